//! Uploads and downloads, and the local files of an input.
//!
//! Nothing here knows the queue.

pub(crate) mod download;
pub(crate) mod lifecycle;
pub(crate) mod media;
pub(crate) mod upload;

pub use download::{Download, DownloadTo, Downloaded};
pub use upload::Upload;
