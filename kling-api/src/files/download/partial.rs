//! The file that a download writes to. It is beside the target, so that the last step is a rename.

use std::fs::{self, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::fs::File;

use crate::error::Error;
use crate::error::kind::Phase;

/// A file that is not complete. Dropped before it is kept, it is removed.
#[derive(Debug)]
pub(super) struct Partial {
    target: PathBuf,
    /// Where the bytes go meanwhile.
    growing: Option<PathBuf>,
    overwrite: bool,
}

impl Partial {
    /// Looks at the path and makes the file beside it. Nothing was sent to any server yet.
    pub(super) async fn beside(target: PathBuf, overwrite: bool) -> Result<Self, Error> {
        if target.file_name().is_none() {
            let problem = format!("{} is not the path of a file", target.display());
            return Err(refused(problem, "Give the path of a file"));
        }
        if let Ok(metadata) = tokio::fs::metadata(&target).await {
            if metadata.is_dir() {
                let problem = format!("{} is a directory", target.display());
                return Err(refused(problem, "Give the path of a file in it"));
            }
            if !overwrite {
                return Err(taken(&target));
            }
        }
        let growing = blocking(move || create(&target).map(|growing| (target, growing))).await?;
        let (target, growing) = growing;
        Ok(Self {
            target,
            growing: Some(growing),
            overwrite,
        })
    }

    /// The file itself, to be written to.
    pub(super) async fn file(&self) -> Result<File, Error> {
        let path = self.growing.as_deref().unwrap_or(&self.target);
        let open = tokio::fs::OpenOptions::new().write(true).open(path).await;
        open.map_err(|error| unwritable(&self.target, error))
    }

    /// Gives the file its name.
    pub(super) async fn keep(mut self) -> Result<PathBuf, Error> {
        // A future that is dropped leaves the work to finish; then it must not remove what it has renamed.
        blocking(move || {
            self.rename()?;
            self.growing = None;
            Ok(std::mem::take(&mut self.target))
        })
        .await
    }

    fn rename(&self) -> Result<(), Error> {
        let target = &self.target;
        let Some(growing) = &self.growing else {
            return Ok(());
        };
        if !self.overwrite {
            // A rename would replace what somebody else has put there since, without a word: so the name is
            // claimed first, which only one can do.
            match OpenOptions::new().write(true).create_new(true).open(target) {
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                    return Err(taken(target));
                }
                Err(error) => return Err(unwritable(target, error)),
            }
        }
        fs::rename(growing, target).map_err(|error| {
            if !self.overwrite {
                // It is the empty one that we have just made, and the error to report is the first one.
                let _ = fs::remove_file(target);
            }
            unwritable(target, error)
        })
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        if let Some(growing) = self.growing.take() {
            // Nobody is left who could be told.
            let _ = fs::remove_file(growing);
        }
    }
}

/// A new file in the same directory, under a name that no other download has.
fn create(target: &Path) -> Result<PathBuf, Error> {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    loop {
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!(".kling-api-{}-{count}.part", std::process::id());
        let path = target.with_file_name(name);
        match OpenOptions::new().write(true).create_new(true).open(&path) {
            Ok(_) => return Ok(path),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(unwritable(target, error)),
        }
    }
}

/// Runs what the system may block on, on a thread that may be blocked.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(error) => {
            Err(refused("writing the file was interrupted", "Try again").with_source(error))
        }
    }
}

fn taken(target: &Path) -> Error {
    refused(
        format!("there is a file {} already", target.display()),
        "Give another path, or call overwrite(true)",
    )
}

/// A file that cannot be written, with the reason of the system.
pub(super) fn unwritable(target: &Path, error: io::Error) -> Error {
    let shown = target.display();
    let (problem, advice) = match error.kind() {
        io::ErrorKind::NotFound => (
            format!("the directory of {shown} does not exist"),
            "Make the directory first",
        ),
        io::ErrorKind::PermissionDenied => (
            format!("{shown} may not be written"),
            "Check the permissions of the directory",
        ),
        _ => (format!("{shown} cannot be written"), "The cause says why"),
    };
    refused(problem, advice).with_source(error)
}

pub(super) fn refused(problem: impl Into<String>, advice: &'static str) -> Error {
    Error::file(Phase::Download, problem, advice)
}
