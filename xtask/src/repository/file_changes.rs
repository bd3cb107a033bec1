//! A set of file changes that is written as one.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::repository::Repository;

/// The start of a temporary file's name. A killed run leaves such files; the next one removes them.
const TEMPORARY: &str = ".xtask-";

/// Files to write and to remove, by their path from the root. Nothing happens before [`FileChanges::commit`].
#[derive(Debug)]
pub(crate) struct FileChanges {
    repository: Repository,
    files: BTreeMap<String, Change>,
}

#[derive(Debug)]
struct Change {
    old: Option<Vec<u8>>,
    new: Option<Vec<u8>>,
}

/// A file that is written or removed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FileChange<'a> {
    /// The path from the root.
    pub(crate) path: &'a str,
    /// Its content so far; `None` for a new file.
    pub(crate) old: Option<&'a [u8]>,
    /// Its content from now on; `None` for a removed file.
    pub(crate) new: Option<&'a [u8]>,
}

impl FileChange<'_> {
    /// What happens to the file.
    pub(crate) fn verb(&self) -> &'static str {
        match (self.old, self.new) {
            (None, _) => "new",
            (_, None) => "removed",
            _ => "changed",
        }
    }
}

impl FileChanges {
    /// No changes yet.
    pub(crate) fn new(repository: &Repository) -> Self {
        Self {
            repository: repository.clone(),
            files: BTreeMap::new(),
        }
    }

    /// Plans a file's content; a file that holds it already is left alone.
    pub(crate) fn write(
        &mut self,
        path: impl Into<String>,
        text: impl Into<Vec<u8>>,
    ) -> Result<()> {
        self.plan(path.into(), Some(text.into()))
    }

    /// Plans a file's removal.
    pub(crate) fn remove(&mut self, path: impl Into<String>) -> Result<()> {
        self.plan(path.into(), None)
    }

    fn plan(&mut self, path: String, new: Option<Vec<u8>>) -> Result<()> {
        let old = read(&self.repository.path(&path))?;
        if old == new {
            self.files.remove(&path);
        } else {
            self.files.insert(path, Change { old, new });
        }
        Ok(())
    }

    /// The files that change, by path.
    pub(crate) fn all(&self) -> impl Iterator<Item = FileChange<'_>> {
        self.files.iter().map(|(path, change)| FileChange {
            path,
            old: change.old.as_deref(),
            new: change.new.as_deref(),
        })
    }

    /// Writes the changes: all new contents are on the disk before the first file is replaced, and a failure on
    /// the way puts back what was there.
    pub(crate) fn commit(&self) -> Result<()> {
        let result = self.replace();
        self.remove_empty_folders();
        result
    }

    fn replace(&self) -> Result<()> {
        let steps = self.files.iter().map(|(path, change)| Step {
            path,
            target: self.repository.path(path),
            change,
        });
        // Temporary files of an earlier run go first: a file of this run may need its name.
        let (leftovers, steps): (Vec<_>, Vec<_>) = steps.partition(|step| is_leftover(step.path));
        leftovers.iter().try_for_each(Step::apply)?;
        if let Err(error) = steps.iter().try_for_each(Step::stage) {
            discard(&steps);
            return Err(error.context("Nothing was written."));
        }
        for (position, step) in steps.iter().enumerate() {
            if let Err(error) = step.apply() {
                let (done, open) = steps.split_at(position);
                discard(open);
                let stuck: Vec<&str> = done
                    .iter()
                    .filter(|step| step.undo().is_err())
                    .map(|step| step.path)
                    .collect();
                return Err(if stuck.is_empty() {
                    error.context("Nothing was written.")
                } else {
                    error.context(format!(
                        "These files are new already and could not be put back: {}.",
                        stuck.join(", ")
                    ))
                });
            }
        }
        Ok(())
    }

    /// Removes the folders that the changes, or their failure, left empty.
    fn remove_empty_folders(&self) {
        for path in self.files.keys() {
            let target = self.repository.path(path);
            for folder in target.ancestors().skip(1) {
                // `remove_dir` refuses a folder that holds anything.
                if folder == self.repository.root() || fs::remove_dir(folder).is_err() {
                    break;
                }
            }
        }
    }
}

/// Removes what steps have put on the disk beside their targets.
fn discard(steps: &[Step<'_>]) {
    for step in steps {
        drop(fs::remove_file(step.temporary()));
    }
}

struct Step<'a> {
    path: &'a str,
    target: PathBuf,
    change: &'a Change,
}

impl Step<'_> {
    fn temporary(&self) -> PathBuf {
        self.target.with_file_name(temporary_path(self.path))
    }

    fn stage(&self) -> Result<()> {
        let Some(new) = &self.change.new else {
            return Ok(());
        };
        let temporary = self.temporary();
        if let Some(folder) = self.target.parent() {
            fs::create_dir_all(folder)
                .with_context(|| format!("{} cannot be created.", folder.display()))?;
        }
        fs::write(&temporary, new)
            .with_context(|| format!("{} cannot be written.", temporary.display()))
    }

    fn apply(&self) -> Result<()> {
        if self.change.new.is_some() {
            fs::rename(self.temporary(), &self.target)
                .with_context(|| format!("{} cannot be replaced.", self.target.display()))
        } else {
            fs::remove_file(&self.target)
                .with_context(|| format!("{} cannot be removed.", self.target.display()))
        }
    }

    fn undo(&self) -> std::io::Result<()> {
        match &self.change.old {
            Some(old) => fs::write(&self.target, old),
            None => fs::remove_file(&self.target),
        }
    }
}

/// A file's content; `None` where there is no file.
pub(crate) fn read(path: &Path) -> Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Ok(content) => Ok(Some(content)),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            Ok(None)
        }
        Err(error) => Err(error).with_context(|| format!("{} cannot be read.", path.display())),
    }
}

/// Every file below a folder of the repository, by its path from the root, sorted.
pub(crate) fn files_below(repository: &Repository, folder: &str) -> Result<Vec<String>> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let path = repository.path(&folder);
        let entries = match fs::read_dir(&path) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            Err(error) => {
                return Err(error).with_context(|| format!("{} cannot be read.", path.display()));
            }
        };
        for entry in entries {
            let entry = entry.with_context(|| format!("{} cannot be read.", path.display()))?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let from_root = format!("{folder}/{name}");
            let kind = entry
                .file_type()
                .with_context(|| format!("{from_root} cannot be examined."))?;
            if kind.is_dir() {
                folders.push(from_root);
            } else {
                found.push(from_root);
            }
        }
    }
    found.sort();
    Ok(found)
}

/// Where a file's new content waits, in the folder of the file itself.
pub(crate) fn temporary_path(path: &str) -> String {
    let name = path.rsplit('/').next().unwrap_or(path);
    format!("{TEMPORARY}{name}")
}

/// Whether a path is that of a temporary file, which only a killed run leaves behind.
pub(crate) fn is_leftover(path: &str) -> bool {
    path.rsplit('/')
        .next()
        .is_some_and(|name| name.starts_with(TEMPORARY))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn repository() -> (tempfile::TempDir, Repository) {
        let folder = tempfile::tempdir().unwrap();
        let repository = Repository::at(folder.path());
        (folder, repository)
    }

    #[test]
    fn a_failure_in_the_middle_puts_everything_back() {
        let (folder, repository) = repository();
        fs::write(folder.path().join("a"), "old").unwrap();
        fs::write(folder.path().join("b"), "old").unwrap();
        let mut changes = FileChanges::new(&repository);
        changes.write("a", "new").unwrap();
        changes.remove("b").unwrap();
        changes.write("n/e/w", "new").unwrap();
        changes.write("z", "new").unwrap();
        // A folder stands where the last file should go.
        fs::create_dir_all(folder.path().join("z/full")).unwrap();
        let error = changes.commit().unwrap_err();
        assert_eq!(error.to_string(), "Nothing was written.");
        assert_eq!(fs::read_to_string(folder.path().join("a")).unwrap(), "old");
        assert_eq!(fs::read_to_string(folder.path().join("b")).unwrap(), "old");
        assert_eq!(
            fs::read_dir(folder.path()).unwrap().count(),
            3,
            "a, b and z"
        );
    }

    #[test]
    fn a_failure_before_the_first_file_is_replaced_leaves_no_trace() {
        let (folder, repository) = repository();
        fs::write(folder.path().join("z"), "a file, no folder").unwrap();
        let mut changes = FileChanges::new(&repository);
        changes.write("n/e/w", "new").unwrap();
        changes.write("z/inside", "new").unwrap();
        changes.commit().unwrap_err();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_is_as_planned_is_no_change() {
        let (folder, repository) = repository();
        fs::write(folder.path().join("a"), "same").unwrap();
        let mut changes = FileChanges::new(&repository);
        changes.write("a", "other").unwrap();
        changes.write("a", "same").unwrap();
        changes.remove("missing").unwrap();
        assert_eq!(changes.all().count(), 0);
    }
}
