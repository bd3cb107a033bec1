//! What a build script needs beside the generator: documents read from a folder, code written below `OUT_DIR`, and the
//! lines that tell cargo when to run again.
//!
//! This is the one place in the crate that knows files and the environment, and it is there only with the feature
//! `build`. Everybody's build script would otherwise hold the same forty lines, with the same slips in them: files
//! written although nothing changed, or half written.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::{env, fs, process};

use crate::Generated;
use crate::build::Config;
use crate::document::Document;
use crate::error::Error;

/// No endpoint id is longer, so a folder that is deeper leads in a circle.
const LONGEST_PREFIX: usize = 400;

/// Why a build script ends. `{:?}`, which is what cargo shows of a `main` that returns it, is the sentence and its cause.
#[non_exhaustive]
pub enum BuildError {
    /// No code can be generated.
    Generate(Error),
    /// A file or folder cannot be read or written.
    #[non_exhaustive]
    File {
        /// The file or folder.
        path: PathBuf,
        /// What cannot be done with it.
        problem: &'static str,
        /// The reason.
        source: io::Error,
    },
    /// There is nowhere to write to: neither `out_dir` was called, nor does cargo run this as a build script.
    NoOutput,
}

impl fmt::Display for BuildError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Generate(error) => error.fmt(formatter),
            Self::File { path, problem, .. } => {
                write!(formatter, "{} {problem}.", path.display())
            }
            Self::NoOutput => formatter.write_str(
                "OUT_DIR is not set. Run this from a build script, or say where to write with `out_dir`.",
            ),
        }
    }
}

impl fmt::Debug for BuildError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{self}")?;
        match self {
            Self::File { source, .. } => write!(formatter, "\n\nCaused by:\n    {source}"),
            Self::Generate(_) | Self::NoOutput => Ok(()),
        }
    }
}

impl std::error::Error for BuildError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Generate(error) => Some(error),
            Self::File { source, .. } => Some(source),
            Self::NoOutput => None,
        }
    }
}

impl From<Error> for BuildError {
    fn from(error: Error) -> Self {
        Self::Generate(error)
    }
}

impl Config {
    /// Adds every `<id>.json` below a folder, such as `schemas/acme/app/image-to-video.json`. It is read by
    /// [`write`](Self::write); a relative path starts at the package that is built.
    ///
    /// Needs the feature `build`.
    pub fn folder(mut self, folder: impl Into<PathBuf>) -> Self {
        self.folders.push(folder.into());
        self
    }

    /// Writes below this folder in place of cargo's `OUT_DIR`.
    ///
    /// Needs the feature `build`.
    pub fn out_dir(mut self, folder: impl Into<PathBuf>) -> Self {
        self.out_dir = Some(folder.into());
        self
    }

    /// Reads the folders, generates, and writes the code: `endpoints.rs`, to be included.
    ///
    /// Tells cargo on standard output to run the script again only where something below the folders changed, and what
    /// the generator guessed, dropped or warns of, as warnings. A file that would not change is not touched; another
    /// comes by way of a temporary file, so that it is whole or not there.
    ///
    /// Needs the feature `build`.
    ///
    /// # Errors
    ///
    /// The first document or setting from which no code can be generated, or the first file that cannot be read or
    /// written.
    pub fn write(&self) -> Result<Generated, BuildError> {
        let out = match &self.out_dir {
            Some(folder) => folder.clone(),
            None => env::var_os("OUT_DIR").ok_or(BuildError::NoOutput)?.into(),
        };
        let mut documents = Vec::new();
        for folder in &self.folders {
            println!("cargo::rerun-if-changed={}", folder.display());
            collect(folder, "", &mut documents)?;
        }
        if self.folders.is_empty() {
            // Without a word of this cargo would look at every file of the package.
            println!("cargo::rerun-if-changed=build.rs");
        }
        let generated = self.generate_with(documents)?;
        for note in &generated.api.notes {
            println!(
                "cargo::warning={} at {}: {}",
                note.endpoint,
                note.pointer.escape_debug(),
                note.message
            );
        }
        for (name, text) in &generated.files {
            replace(&out.join(name), text)?;
        }
        Ok(generated)
    }
}

/// Finds every `<id>.json` below a folder.
fn collect(folder: &Path, prefix: &str, documents: &mut Vec<Document>) -> Result<(), BuildError> {
    if prefix.len() > LONGEST_PREFIX {
        let source = io::Error::other("no endpoint id is that long");
        return Err(fault(folder, "is too deep below the documents")(source));
    }
    let unreadable = || fault(folder, "cannot be read as a folder of documents");
    for entry in fs::read_dir(folder).map_err(unreadable())? {
        let path = entry.map_err(unreadable())?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
            // No endpoint id has letters that are no Unicode.
            continue;
        };
        if path.is_dir() {
            collect(&path, &format!("{prefix}{name}/"), documents)?;
        } else if let Some(stem) = name.strip_suffix(".json") {
            documents.push(Document {
                id: format!("{prefix}{stem}"),
                text: fs::read_to_string(&path).map_err(fault(&path, "cannot be read as text"))?,
            });
        }
    }
    Ok(())
}

/// Writes a file where it holds something else.
fn replace(path: &Path, text: &str) -> Result<(), BuildError> {
    if fs::read(path).is_ok_and(|present| present == text.as_bytes()) {
        return Ok(());
    }
    let unwritable = || fault(path, "cannot be written");
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(unwritable())?;
    }
    let mut temporary = path.as_os_str().to_owned();
    temporary.push(format!(".{}.new", process::id()));
    fs::write(&temporary, text)
        .and_then(|()| fs::rename(&temporary, path))
        .map_err(|error| {
            // A file that is half written is of no use.
            let _ = fs::remove_file(&temporary);
            unwritable()(error)
        })
}

fn fault(path: &Path, problem: &'static str) -> impl FnOnce(io::Error) -> BuildError {
    let path = path.to_owned();
    move |source| BuildError::File {
        path,
        problem,
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCUMENT: &str = r#"{ "openapi": "3.0.4", "info": {}, "paths": {
        "/acme/app": { "post": { "requestBody": { "content": { "application/json": { "schema": { "type": "object" } } } } } },
        "/acme/app/requests/{request_id}": { "get": { "responses": { "200": { "content": { "application/json": { "schema": { "type": "object" } } } } } } } } }"#;

    fn schemas() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("acme")).unwrap();
        fs::write(folder.path().join("acme/app.json"), DOCUMENT).unwrap();
        fs::write(folder.path().join("README.md"), "no document").unwrap();
        folder
    }

    #[test]
    fn a_folder_becomes_code_and_nothing_else_is_left_beside_it() {
        let (schemas, out) = (schemas(), tempfile::tempdir().unwrap());
        let config = Config::new().folder(schemas.path()).out_dir(out.path());
        let generated = config.write().unwrap();
        assert_eq!(generated.api.endpoints[0].id.as_str(), "acme/app");
        let written: Vec<_> = fs::read_dir(out.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        assert_eq!(written, ["endpoints.rs"]);
        let text = fs::read_to_string(out.path().join("endpoints.rs")).unwrap();
        assert_eq!(text, generated.files["endpoints.rs"]);
    }

    #[test]
    fn a_file_is_written_only_where_it_changes() {
        let (schemas, out) = (schemas(), tempfile::tempdir().unwrap());
        let config = Config::new().folder(schemas.path()).out_dir(out.path());
        config.write().unwrap();
        let file = out.path().join("endpoints.rs");
        let mut locked = fs::metadata(&file).unwrap().permissions();
        locked.set_readonly(true);
        fs::set_permissions(&file, locked).unwrap();
        let before = fs::metadata(&file).unwrap().modified().unwrap();
        config.write().unwrap();
        assert_eq!(fs::metadata(&file).unwrap().modified().unwrap(), before);
        config.prefix("acme").write().unwrap();
        let text = fs::read_to_string(&file).unwrap();
        assert!(text.contains("pub mod app") && !text.contains("pub mod acme"));
    }

    #[test]
    fn what_is_wrong_names_the_file_or_the_place_in_it() {
        let (schemas, out) = (schemas(), tempfile::tempdir().unwrap());
        let missing = Config::new().folder("no/such/folder").out_dir(out.path());
        let error = missing.write().unwrap_err();
        assert!(
            error.to_string().starts_with("no/such/folder cannot"),
            "{error}"
        );
        let cause = std::error::Error::source(&error).unwrap();
        assert_eq!(
            format!("{error:?}"),
            format!("{error}\n\nCaused by:\n    {cause}")
        );

        fs::write(schemas.path().join("acme/torn.json"), r#"{"paths": {"#).unwrap();
        let torn = Config::new().folder(schemas.path()).out_dir(out.path());
        let error = torn.write().unwrap_err();
        assert!(
            error.to_string().starts_with("acme/torn at /paths: "),
            "{error}"
        );
        assert_eq!(format!("{error:?}"), error.to_string());
        assert!(fs::read_dir(out.path()).unwrap().next().is_none());
    }

    #[cfg(unix)]
    #[test]
    fn folders_in_a_circle_are_an_error() {
        let schemas = schemas();
        std::os::unix::fs::symlink(schemas.path(), schemas.path().join("again")).unwrap();
        let out = tempfile::tempdir().unwrap();
        let config = Config::new().folder(schemas.path()).out_dir(out.path());
        assert!(config.write().is_err());
    }
}
