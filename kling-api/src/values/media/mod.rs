//! A file that an input names: a URL, or a local file or bytes that a call uploads first.

pub(crate) mod data_uri;
pub(crate) mod fields;
pub(crate) mod limits;

use std::borrow::Cow;
use std::fmt;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser};

use crate::values::lifecycle::ObjectLifecycle;
use crate::values::media::data_uri::DataUriError;
use crate::values::remote_file::{RemoteFile, Uploaded};

/// A file that an input names.
///
/// Text is a URL, as it is: one that fal can fetch without any header, or a `data:` URI where the
/// model takes one. Other text, such as the name of a local file, is refused before anything is sent.
///
/// A path or bytes are local: the [`Call`](crate::Call) uploads them before it submits the job, and
/// sends the URL. An upload buys nothing, so where it fails, no job was bought. An empty file is
/// refused, and so is one whose first bytes are those of text, HTML, an archive or another thing that
/// is no image, video or sound, where the model takes one of those;
/// [`content_type`](Self::content_type) overrules that.
///
/// ```no_run
/// # async fn example(client: kling_api::Client) -> Result<(), kling_api::Error> {
/// use std::path::Path;
/// use kling_api::{Media, v2_1::master::image_to_video::Input};
///
/// let by_url = Input::new("a nest", "https://example.com/robins.webp");
/// let by_path = Input::new("a nest", Path::new("robins.webp"));
/// let by_bytes = Input::new("a nest", Media::bytes(std::fs::read("robins.webp").unwrap()));
/// let video = client.call(by_path).await?;
/// # Ok(())
/// # }
/// ```
///
/// It is serialized as the URL; what is not uploaded yet cannot be serialized.
#[derive(Clone, PartialEq)]
pub struct Media(pub(crate) Form);

/// The two forms of a file.
#[derive(Clone, PartialEq)]
pub(crate) enum Form {
    Url(String),
    Local(Box<Local>),
}

/// A file of this machine, and the description that fal gets of it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Local {
    pub(crate) content: Content,
    pub(crate) file_name: Option<String>,
    pub(crate) content_type: Option<String>,
    /// What is written in its place, for the moment in which an input is written that is not uploaded yet.
    pub(crate) stand_in: Option<String>,
    pub(crate) lifecycle: Option<ObjectLifecycle>,
}

#[derive(Clone, PartialEq)]
pub(crate) enum Content {
    File(PathBuf),
    Bytes(Bytes),
}

impl Media {
    /// A file by its URL, which fal must be able to fetch without any header.
    pub fn url(url: impl Into<String>) -> Self {
        Self(Form::Url(url.into()))
    }

    /// A local file. It is read when a call uploads it, and not before.
    pub fn file(path: impl Into<PathBuf>) -> Self {
        Self::local(Content::File(path.into()))
    }

    /// Bytes that a call uploads. Their type is read from the first of them, unless
    /// [`content_type`](Self::content_type) gives it.
    pub fn bytes(bytes: impl Into<Bytes>) -> Self {
        Self::local(Content::Bytes(bytes.into()))
    }

    /// A few bytes, written out as a `data:` URI, which needs no upload. Not every model takes one.
    ///
    /// # Errors
    /// Where there are more than 8 KiB, which belong in an upload, and where `content_type` is not a content type.
    ///
    /// ```
    /// use kling_api::Media;
    ///
    /// let media = Media::data_uri(b"\x89PNG", "image/png")?;
    /// assert_eq!(media.as_url(), Some("data:image/png;base64,iVBORw=="));
    /// # Ok::<(), kling_api::DataUriError>(())
    /// ```
    pub fn data_uri(bytes: impl AsRef<[u8]>, content_type: &str) -> Result<Self, DataUriError> {
        data_uri::encode(bytes.as_ref(), content_type).map(Self::url)
    }

    /// The content type of what is uploaded, such as `image/png`. It holds whatever the first bytes are. It
    /// has no effect on a URL.
    #[must_use]
    pub fn content_type(mut self, content_type: impl Into<String>) -> Self {
        if let Form::Local(local) = &mut self.0 {
            local.content_type = Some(content_type.into());
        }
        self
    }

    /// The name of what is uploaded. It has no effect on a URL.
    #[must_use]
    pub fn file_name(mut self, name: impl Into<String>) -> Self {
        if let Form::Local(local) = &mut self.0 {
            local.file_name = Some(name.into());
        }
        self
    }

    /// How long fal keeps what is uploaded, and who may see it; fal itself must be able to. It has no
    /// effect on a URL.
    #[must_use]
    pub fn lifecycle(mut self, lifecycle: ObjectLifecycle) -> Self {
        if let Form::Local(local) = &mut self.0 {
            local.lifecycle = Some(lifecycle);
        }
        self
    }

    /// The URL; `None` for a file that is still to be uploaded.
    #[must_use]
    pub fn as_url(&self) -> Option<&str> {
        match &self.0 {
            Form::Url(url) => Some(url),
            Form::Local(_) => None,
        }
    }

    fn local(content: Content) -> Self {
        Self(Form::Local(Box::new(Local {
            content,
            file_name: None,
            content_type: None,
            stand_in: None,
            lifecycle: None,
        })))
    }
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => fmt::Debug::fmt(path, f),
            Self::Bytes(bytes) => write!(f, "{} bytes", bytes.len()),
        }
    }
}

impl fmt::Debug for Media {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Form::Url(url) => fmt::Debug::fmt(url, f),
            Form::Local(local) => fmt::Debug::fmt(&local.content, f),
        }
    }
}

macro_rules! from {
    ($($(#[$doc:meta])* $ty:ty: $value:ident => $media:expr;)+) => {$(
        $(#[$doc])*
        impl From<$ty> for Media {
            fn from($value: $ty) -> Self {
                $media
            }
        }
    )+};
}

from! {
    /// A URL.
    String: url => Self::url(url);
    /// A URL.
    &str: url => Self::url(url);
    /// A URL.
    Cow<'_, str>: url => Self::url(url);
    /// A local file.
    PathBuf: path => Self::file(path);
    /// A local file.
    &PathBuf: path => Self::file(path);
    /// A local file.
    &Path: path => Self::file(path);
    /// Bytes that a call uploads.
    Vec<u8>: bytes => Self::bytes(bytes);
    /// Bytes that a call uploads.
    Bytes: bytes => Self::bytes(bytes);
    /// A file that is stored with fal already.
    Uploaded: uploaded => Self::url(uploaded.url);
}

/// A file that has a URL already: what a job has made, or what was uploaded.
///
/// ```no_run
/// # async fn example(client: kling_api::Client) -> Result<(), kling_api::Error> {
/// use kling_api::Endpoint as _;
/// use kling_api::v2_1::master::image_to_video::Input;
///
/// let image = client.upload_file("robins.webp").await?;
/// let video = client.call(Input::new("two robins", &image)).await?;
/// let media = kling_api::Media::from(&video.video);
/// # Ok(())
/// # }
/// ```
impl<F: RemoteFile> From<&F> for Media {
    fn from(file: &F) -> Self {
        Self::url(file.url())
    }
}

impl PartialEq<str> for Media {
    fn eq(&self, url: &str) -> bool {
        self.as_url() == Some(url)
    }
}

impl PartialEq<&str> for Media {
    fn eq(&self, url: &&str) -> bool {
        self.as_url() == Some(url)
    }
}

impl Serialize for Media {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0 {
            Form::Url(url) => serializer.serialize_str(url),
            Form::Local(local) => match &local.stand_in {
                Some(stand_in) => serializer.serialize_str(stand_in),
                None => Err(ser::Error::custom(format!(
                    "{:?} is not uploaded yet; a call uploads it before it is sent, or upload it with \
                 the client first",
                    local.content
                ))),
            },
        }
    }
}

impl<'de> Deserialize<'de> for Media {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Url;

        impl de::Visitor<'_> for Url {
            type Value = Media;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the URL of a file")
            }

            fn visit_str<E: de::Error>(self, url: &str) -> Result<Media, E> {
                Ok(Media::url(url))
            }

            fn visit_string<E: de::Error>(self, url: String) -> Result<Media, E> {
                Ok(Media::url(url))
            }
        }

        deserializer.deserialize_string(Url)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_a_url_and_round_trips_as_one() {
        let media: Media = serde_json::from_str("\"https://example.com/a\"").unwrap();
        assert_eq!(media, "https://example.com/a");
        assert_eq!(
            serde_json::to_string(&media).unwrap(),
            "\"https://example.com/a\""
        );
        assert_eq!(format!("{media:?}"), "\"https://example.com/a\"");
        assert!(serde_json::from_str::<Media>("7").is_err());
        assert_eq!(
            Media::from("u").content_type("image/png").file_name("n"),
            "u"
        );
    }

    #[test]
    fn whatever_has_a_url_is_media() {
        let url = "https://example.com/a";
        let made: crate::generated::types::File =
            serde_json::from_value(serde_json::json!({ "url": url })).unwrap();
        let owned = url.to_owned();
        for media in [
            Media::from(&made),
            Media::from(&owned),
            Media::from(&url),
            Media::from(Cow::from(url)),
            Media::from(Cow::from(owned.clone())),
        ] {
            assert_eq!(media, url);
        }
    }

    #[test]
    fn what_is_local_cannot_be_written_and_shows_no_content() {
        let media = Media::from(Path::new("robins.webp"));
        let error = serde_json::to_string(&media).unwrap_err().to_string();
        assert!(
            error.contains("robins.webp\" is not uploaded yet"),
            "{error}"
        );
        assert_eq!(format!("{:?}", Media::from(b"secret".to_vec())), "6 bytes");
        assert_eq!(media.as_url(), None);
    }
}
