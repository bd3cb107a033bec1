//! Files as they were in another revision of the repository.

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;

use anyhow::{Context, Result, anyhow, bail};

use crate::repository::Repository;

/// A commit.
#[derive(Clone, Debug)]
pub(crate) struct Revision<'a> {
    repository: &'a Repository,
    commit: String,
}

/// Finds the commit that a name such as `HEAD` or `v0.2.0` stands for.
pub(crate) fn revision<'a>(repository: &'a Repository, name: &str) -> Result<Revision<'a>> {
    let output = git(repository.root())
        .args(["rev-parse", "--verify", "--quiet", "--end-of-options"])
        .arg(format!("{name}^{{commit}}"))
        .output()
        .context("git cannot be started. Install it, or compare two folders: `cargo xtask diff OLD NEW`.")?;
    if !output.status.success() {
        let place = repository.root().display();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        let error = anyhow!("{name} is no git revision in {place}.");
        return Err(match said.trim() {
            "" => error,
            said => anyhow!("git says: {said}").context(error),
        });
    }
    let commit = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    Ok(Revision { repository, commit })
}

impl Revision<'_> {
    /// The contents of files, named from the root, in the order asked for; `None` where the revision has no such file.
    pub(crate) fn files(&self, from_root: &[String]) -> Result<Vec<Option<String>>> {
        let mut child = git(self.repository.root())
            .args(["cat-file", "--batch"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .context("git cannot be started.")?;
        let mut input = child.stdin.take().context("git takes no input.")?;
        let mut output = child.stdout.take().context("git gives no output.")?;
        let mut requests = String::new();
        for path in from_root {
            let _ = writeln!(requests, "{}:./{path}", self.commit);
        }
        let mut answers = Vec::new();
        // Both pipes are small: whoever fills one without emptying the other waits forever.
        thread::scope(|scope| {
            let writer = scope.spawn(move || input.write_all(requests.as_bytes()));
            let read = output.read_to_end(&mut answers);
            let written = writer
                .join()
                .unwrap_or_else(|_| Err(std::io::ErrorKind::BrokenPipe.into()));
            read.map(drop).and(written)
        })
        .context("git ended before it had answered.")?;
        if !child.wait().context("git cannot be waited for.")?.success() {
            bail!("git cannot read the files of revision {}.", self.commit);
        }
        parse(&answers, from_root.len())
    }
}

fn parse(mut answers: &[u8], count: usize) -> Result<Vec<Option<String>>> {
    let mut files = Vec::with_capacity(count);
    for _ in 0..count {
        let end = answers
            .iter()
            .position(|byte| *byte == b'\n')
            .context("git gave a short answer.")?;
        let (header, rest) = answers.split_at(end);
        let header = String::from_utf8_lossy(header).into_owned();
        answers = &rest[1..];
        if header.ends_with(" missing") {
            files.push(None);
            continue;
        }
        let size: usize = header
            .rsplit(' ')
            .next()
            .and_then(|size| size.parse().ok())
            .filter(|size| *size < answers.len())
            .with_context(|| format!("git gave an answer that is not understood: {header}"))?;
        let content =
            std::str::from_utf8(&answers[..size]).context("A file in git is no UTF-8 text.")?;
        files.push(Some(content.to_owned()));
        answers = &answers[size + 1..];
    }
    Ok(files)
}

fn git(root: &Path) -> Command {
    let mut command = Command::new(OsStr::new("git"));
    command.arg("-C").arg(root);
    command
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn contents_with_newlines_and_missing_files_are_told_apart() {
        let answers = b"abc blob 4\na\nb\n\nHEAD:./x missing\ndef blob 0\n\n";
        let files = parse(answers, 3).unwrap();
        assert_eq!(
            files,
            [Some("a\nb\n".to_owned()), None, Some(String::new())]
        );
    }

    #[test]
    fn a_short_answer_is_an_error() {
        assert!(parse(b"abc blob 9\nab\n", 1).is_err());
        assert!(parse(b"", 1).is_err());
    }
}
