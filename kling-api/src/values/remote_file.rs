//! Files on other servers.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Anything with a URL that a file can be fetched from: a `File` of an output, or the URL itself.
pub trait RemoteFile {
    /// The URL.
    fn url(&self) -> &str;

    /// The length in bytes, where it is known before. A download of another length is an error.
    fn size(&self) -> Option<u64> {
        None
    }

    /// The content type, where it is known before. A download of another kind of file is an error.
    fn content_type(&self) -> Option<&str> {
        None
    }

    /// The name that the file has at fal, where it is known before. A download into a folder takes it.
    fn file_name(&self) -> Option<&str> {
        None
    }
}

impl RemoteFile for str {
    fn url(&self) -> &str {
        self
    }
}

impl RemoteFile for String {
    fn url(&self) -> &str {
        self
    }
}

impl RemoteFile for Uploaded {
    fn url(&self) -> &str {
        &self.url
    }

    fn size(&self) -> Option<u64> {
        Some(self.size)
    }

    fn content_type(&self) -> Option<&str> {
        Some(&self.content_type)
    }

    fn file_name(&self) -> Option<&str> {
        Some(&self.file_name)
    }
}

impl<F: RemoteFile + ?Sized> RemoteFile for &F {
    fn url(&self) -> &str {
        (**self).url()
    }

    fn size(&self) -> Option<u64> {
        (**self).size()
    }

    fn content_type(&self) -> Option<&str> {
        (**self).content_type()
    }

    fn file_name(&self) -> Option<&str> {
        (**self).file_name()
    }
}

/// A file that is stored with fal. An input takes it wherever it takes a file.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[non_exhaustive]
pub struct Uploaded {
    /// The URL. Unless the upload said otherwise, everybody who knows it can read the file.
    pub url: String,
    /// The name that the file was given.
    pub file_name: String,
    /// The content type that the file was given.
    pub content_type: String,
    /// The length in bytes.
    pub size: u64,
}

impl fmt::Display for Uploaded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.url)
    }
}

impl AsRef<str> for Uploaded {
    fn as_ref(&self) -> &str {
        &self.url
    }
}

impl From<Uploaded> for String {
    fn from(uploaded: Uploaded) -> Self {
        uploaded.url
    }
}
