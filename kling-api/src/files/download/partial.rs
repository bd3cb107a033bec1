//! The file that a download writes to. It is beside the target, so that the last step is a rename.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use base64ct::{Base64UrlUnpadded, Encoding as _};
use http::HeaderValue;

use crate::error::Error;
use crate::error::kind::Phase;
use crate::files::download::file_name::numbered;

/// A file that is not complete. Dropped before it is kept, it is removed.
#[derive(Debug)]
pub(super) struct Partial {
    target: PathBuf,
    /// The path of the file until it is kept.
    growing: Mutex<Option<PathBuf>>,
    /// The file again, since its lock lasts as long as one of its handles: until it has its name, no other download may take
    /// it for what a killed process has left.
    _lock: File,
    /// The target before it got a number.
    unnumbered: PathBuf,
    on_conflict: OnConflict,
}

/// What happens where there is a file of the name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum OnConflict {
    Replace,
    Refuse,
    /// The caller named a folder and no file.
    TakeNumber,
}

/// What a process that was killed has left of the file.
#[derive(Debug, Default)]
pub(super) struct Resumed {
    pub(super) length: u64,
    pub(super) validator: Option<HeaderValue>,
}

/// The end of the names of files that are not complete.
const SUFFIX: &str = ".kling-part";

impl Partial {
    /// Looks at the path, and makes or takes over the file beside it. Nothing was sent to any server yet.
    pub(super) async fn beside(
        path: PathBuf,
        name: &str,
        overwrite: bool,
    ) -> Result<(Arc<Self>, tokio::fs::File, Resumed), Error> {
        let inside = path.join(name);
        // All of it in one piece of work: where the future is dropped, what it made is dropped too, and so removed.
        let made = blocking(move || {
            let is_folder = path.is_dir() || ends_with_separator(&path);
            let (on_conflict, target) = match (overwrite, is_folder) {
                (true, true) => (OnConflict::Replace, inside),
                (true, false) => (OnConflict::Replace, path),
                (false, true) => (OnConflict::TakeNumber, inside),
                (false, false) => (OnConflict::Refuse, path),
            };
            let unnumbered = target.clone();
            let target = match on_conflict {
                OnConflict::TakeNumber => free(&target),
                OnConflict::Replace | OnConflict::Refuse => target,
            };
            if target.file_name().is_none() || target.is_dir() {
                let problem = format!("{} is not the path of a file", target.display());
                return Err(refused(problem, "Give the path of a file"));
            }
            if on_conflict == OnConflict::Refuse && target.exists() {
                return Err(taken(&target));
            }
            let (growing, file, resumed) = if let Some(left) = left_behind(&target) {
                left
            } else {
                let (path, file) = create(&target)?;
                (path, file, Resumed::default())
            };
            let lock = file
                .try_clone()
                .map_err(|error| unwritable(&target, error))?;
            let partial = Self {
                target,
                _lock: lock,
                growing: Mutex::new(Some(growing)),
                unnumbered,
                on_conflict,
            };
            Ok((partial, file, resumed))
        });
        let (partial, file, resumed) = made.await?;
        Ok((Arc::new(partial), tokio::fs::File::from_std(file), resumed))
    }

    /// Writes into the file's name what the server knows the file by, so that another process can resume it.
    pub(super) async fn known_as(
        self: Arc<Self>,
        validator: Option<HeaderValue>,
    ) -> Result<(), Error> {
        blocking(move || {
            let Some(name) = validator.as_ref().and_then(|it| tagged(&self.target, it)) else {
                return Ok(());
            };
            let mut growing = self.growing();
            // Another download of the same file may be about to do the same: a rename would take its file from it, and a
            // link does not. Some file systems have no links; nobody resumes the file there.
            if let Some(path) = &mut *growing
                && fs::hard_link(&*path, &name).is_ok()
            {
                // A second name that stays behind is removed by the next download of the same target.
                let _ = fs::remove_file(&*path);
                *path = name;
            }
            Ok(())
        })
        .await
    }

    /// Gives the file its name.
    pub(super) async fn keep(self: Arc<Self>) -> Result<PathBuf, Error> {
        // A future that is dropped leaves the work to finish; then it must not remove what it has renamed.
        blocking(move || {
            let mut growing = self.growing();
            let path = match &*growing {
                Some(path) => self.rename(path)?,
                None => self.target.clone(),
            };
            *growing = None;
            Ok(path)
        })
        .await
    }

    fn rename(&self, growing: &Path) -> Result<PathBuf, Error> {
        let mut target = self.target.clone();
        loop {
            if self.on_conflict == OnConflict::Replace {
                break;
            }
            // A rename would replace what somebody else has put there since. A link does not, and it is there at once.
            match fs::hard_link(growing, &target) {
                Ok(()) => {
                    // The file has its name; a second one that stays behind is not worth an error.
                    let _ = fs::remove_file(growing);
                    return Ok(target);
                }
                // Some file systems have no links.
                Err(_) if !target.exists() => break,
                Err(_) if self.on_conflict == OnConflict::TakeNumber => {
                    target = free(&self.unnumbered);
                }
                Err(_) => return Err(taken(&target)),
            }
        }
        match fs::rename(growing, &target) {
            Ok(()) => Ok(target),
            Err(error) => Err(unwritable(&target, error)),
        }
    }

    fn growing(&self) -> MutexGuard<'_, Option<PathBuf>> {
        self.growing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        if let Some(growing) = self.growing().take() {
            // Nobody is left who could be told.
            let _ = fs::remove_file(growing);
        }
    }
}

/// A new file in the same directory, under a name that no other download has.
fn create(target: &Path) -> Result<(PathBuf, File), Error> {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    loop {
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = named(target, &format!("new-{}-{count}", std::process::id()));
        match OpenOptions::new().write(true).create_new(true).open(&path) {
            Ok(file) => {
                // Another download may look between the two steps, and take this for what a killed process has left. Where
                // there are no locks nobody takes it over, and that is all that is lost.
                let is_lost = matches!(
                    fs4::FileExt::try_lock(&file),
                    Err(fs4::TryLockError::WouldBlock)
                );
                if !is_lost && path.exists() {
                    return Ok((path, file));
                }
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(unwritable(target, error)),
        }
    }
}

/// What killed processes have left beside the target: one file to resume, and the others are removed. The system gives
/// the locks of a process free when it ends.
fn left_behind(target: &Path) -> Option<(PathBuf, File, Resumed)> {
    let mut found = None;
    let prefix = named(target, "").file_name()?.to_str()?.to_owned();
    let prefix = prefix.strip_suffix(SUFFIX)?;
    for entry in fs::read_dir(folder(target)).ok()?.flatten() {
        let name = entry.file_name();
        let tag = name
            .to_str()
            .and_then(|name| name.strip_prefix(prefix)?.strip_suffix(SUFFIX));
        let Some(tag) = tag else { continue };
        let path = entry.path();
        let Ok(mut file) = OpenOptions::new().write(true).open(&path) else {
            continue;
        };
        // What had a lock until now may have its final name.
        if fs4::FileExt::try_lock(&file).is_err() || !path.exists() {
            continue;
        }
        let validator = Base64UrlUnpadded::decode_vec(tag).ok();
        let validator = validator.and_then(|bytes| HeaderValue::from_bytes(&bytes).ok());
        match (validator, file.seek(SeekFrom::End(0))) {
            (Some(validator), Ok(length)) if found.is_none() => {
                let validator = Some(validator);
                found = Some((path, file, Resumed { length, validator }));
            }
            _ => {
                let _ = fs::remove_file(path);
            }
        }
    }
    found
}

/// The name of a file that the server knows by this, where it is not too long.
fn tagged(target: &Path, validator: &HeaderValue) -> Option<PathBuf> {
    const LONGEST_NAME: usize = 255;
    let path = named(
        target,
        &Base64UrlUnpadded::encode_string(validator.as_bytes()),
    );
    (path.file_name()?.len() <= LONGEST_NAME).then_some(path)
}

fn named(target: &Path, tag: &str) -> PathBuf {
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    target.with_file_name(format!(".{name}.{tag}{SUFFIX}"))
}

fn folder(target: &Path) -> &Path {
    match target.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// The first path of this name, with a number where it needs one, at which there is nothing.
fn free(path: &Path) -> PathBuf {
    let mut paths = (1..u32::MAX).map(|number| numbered(path, number));
    paths
        .find(|path| path.symlink_metadata().is_err())
        .unwrap_or_else(|| path.to_owned())
}

fn ends_with_separator(path: &Path) -> bool {
    let end = path.as_os_str().as_encoded_bytes().last();
    end.is_some_and(|byte| std::path::is_separator(char::from(*byte)))
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
