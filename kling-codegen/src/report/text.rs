//! The report for a terminal.

use textwrap::Options;

use crate::diff::change::{Change, Report};
use crate::diff::rules::Bump;
use crate::ir::names::TypeName;
use crate::report::{Section, Subject, consequences, count, location, path, sections, short};
use crate::visible::{no_command, visible};

/// How the report looks on a terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TextStyle {
    /// The number of columns. Prose is wrapped to it; a name or a path that is longer stays whole, so that it can be
    /// copied.
    pub width: usize,
    /// Whether to use colour, by ANSI escape codes.
    pub colour: bool,
    /// Whether to list the changes of the documentation alone too; else they are counted.
    pub all: bool,
}

impl Default for TextStyle {
    /// 100 columns without colour, as for a log file.
    fn default() -> Self {
        Self {
            width: 100,
            colour: false,
            all: false,
        }
    }
}

const BOLD: &str = "1";
const DIM: &str = "2";
const RED: &str = "31";
const GREEN: &str = "32";
const YELLOW: &str = "33";
const BOLD_RED: &str = "1;31";

/// The longest value that is shown.
const VALUE: usize = 240;

pub(super) fn render(report: &Report, style: &TextStyle) -> String {
    let mut page = Page {
        style: *style,
        text: String::new(),
    };
    let mood = match report.bump() {
        _ if report.is_empty() => DIM,
        Bump::Major => BOLD_RED,
        _ => BOLD,
    };
    page.paragraph("", "", &report.headline(), mood);
    let shown = |change: &&Change| style.all || !change.rule.is_documentation();
    for section in sections(report.changes.iter().filter(shown)) {
        page.section(&section);
    }
    let left_out = report.changes.len() - report.changes.iter().filter(shown).count();
    if left_out > 0 {
        page.text.push('\n');
        let number = count(left_out, "change");
        let line =
            format!("{number} of the documentation alone: --all lists what is left out here.");
        page.paragraph("", "", &line, DIM);
    }
    page.text
}

struct Page {
    style: TextStyle,
    text: String,
}

impl Page {
    fn section(&mut self, section: &Section<'_>) {
        self.text.push('\n');
        let Subject { shared, endpoints } = &section.subject;
        match (shared, endpoints.as_slice()) {
            (None, [only]) => self.paragraph("", "", only.as_str(), BOLD),
            (name, endpoints) => {
                let name = name.map_or("", TypeName::as_str);
                let title = format!("{name}, shared by {}", count(endpoints.len(), "endpoint"));
                self.paragraph("", "", &title, BOLD);
                for endpoint in endpoints {
                    self.paragraph("  ", "  ", endpoint.as_str(), DIM);
                }
            }
        }
        for change in &section.changes {
            self.change(change);
        }
    }

    fn change(&mut self, change: &Change) {
        const INDENT: &str = "         ";
        let bump = change.verdict.rust;
        let badge = self.painted(&format!("{:<5}", bump.as_str()), colour(bump));
        let path = self.painted(&no_command(&visible(path(change))), BOLD);
        self.text.extend(["  ", &badge, "  ", &path, "\n"]);
        for (sign, value, paint) in [("- ", &change.old, RED), ("+ ", &change.new, GREEN)] {
            if let Some(value) = value {
                let first = format!("{INDENT}{sign}");
                let further = format!("{INDENT}  ");
                self.paragraph(&first, &further, &short(value, VALUE), paint);
            }
        }
        self.paragraph(INDENT, INDENT, &change.sentence, "");
        let mut facts = vec![format!("rule {}: {}", change.rule, change.rule.title())];
        facts.extend(consequences(change).into_iter().map(str::to_owned));
        facts.extend(location(change).map(|(file, line)| format!("{file}:{line}")));
        self.paragraph(INDENT, INDENT, &facts.join("; "), DIM);
    }

    fn paragraph(&mut self, first: &str, further: &str, text: &str, paint: &str) {
        let options = Options::new(self.style.width)
            .initial_indent(first)
            .subsequent_indent(further)
            .break_words(false)
            .word_splitter(textwrap::WordSplitter::NoHyphenation)
            .wrap_algorithm(textwrap::WrapAlgorithm::FirstFit);
        for line in textwrap::wrap(&visible(text), options) {
            let line = no_command(&line);
            let bare = line.trim_start();
            let (indent, bare) = line.split_at(line.len() - bare.len());
            self.text.push_str(indent);
            let painted = self.painted(bare, paint);
            self.text.push_str(&painted);
            self.text.push('\n');
        }
    }

    fn painted(&self, text: &str, paint: &str) -> String {
        if self.style.colour && !paint.is_empty() {
            format!("\u{1b}[{paint}m{text}\u{1b}[0m")
        } else {
            text.to_owned()
        }
    }
}

fn colour(bump: Bump) -> &'static str {
    match bump {
        Bump::None => DIM,
        Bump::Patch => GREEN,
        Bump::Minor => YELLOW,
        Bump::Major => BOLD_RED,
    }
}
