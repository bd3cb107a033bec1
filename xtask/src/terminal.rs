//! What the commands print: plain sentences, and a progress bar where somebody looks at a terminal.

use std::borrow::Cow;
use std::env;
use std::io::Write;

use indicatif::{ProgressBar, ProgressStyle};

/// Prints lines to standard output.
macro_rules! say {
    ($($words:tt)*) => {
        $crate::terminal::print(std::io::stdout(), &format!($($words)*))
    };
}

/// Prints lines to standard error: an error or a warning.
macro_rules! complain {
    ($($words:tt)*) => {
        $crate::terminal::print(std::io::stderr(), &format!($($words)*))
    };
}

/// Prints lines that hold words of documents and servers. Where a runner of GitHub Actions reads along, none of them is a
/// command to it. A reader that goes away, such as `head`, does not stop the command halfway.
pub(crate) fn print(mut to: impl Write, text: &str) {
    let is_workflow = env::var_os("GITHUB_ACTIONS").is_some();
    for line in text.split('\n') {
        let line = if is_workflow {
            no_command(line)
        } else {
            line.into()
        };
        let _ = writeln!(to, "{line}");
    }
}

/// The line, so that the runner does not read a command in it: `::error::` at the start, or `##[error]` anywhere.
fn no_command(line: &str) -> Cow<'_, str> {
    let words = line.trim_start();
    if !words.starts_with("::") && !line.contains("##[") {
        return line.into();
    }
    let indent = &line[..line.len() - words.len()];
    let sign = if words.starts_with("::") { "\\" } else { "" };
    format!("{indent}{sign}{}", words.replace("##[", "#\\#[")).into()
}

/// Prints annotations for GitHub, which are commands to the runner.
pub(crate) fn print_annotations(annotations: &str) {
    let _ = write!(std::io::stdout(), "{annotations}");
}

/// An error and its causes, one to a line.
pub(crate) fn sentences(error: &anyhow::Error) -> String {
    let causes: Vec<String> = error.chain().map(ToString::to_string).collect();
    causes.join("\n  because: ")
}

/// A number with its noun.
pub(crate) fn counted(count: usize, noun: &str) -> String {
    match count {
        1 => format!("1 {noun}"),
        _ => format!("{count} {noun}s"),
    }
}

/// A progress bar on standard error. It is drawn only where that is a terminal.
pub(crate) fn progress_bar(length: usize) -> ProgressBar {
    let bar = ProgressBar::new(u64::try_from(length).unwrap_or(u64::MAX));
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len} {wide_msg}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar
}

#[cfg(test)]
mod tests {
    use super::no_command;

    #[test]
    fn no_line_is_a_command() {
        assert_eq!(no_command("  ::error::x"), "  \\::error::x");
        assert_eq!(no_command("a ##[error]b"), "a #\\#[error]b");
        assert_eq!(no_command("a :: b"), "a :: b");
    }
}
