//! Uploading the media of an input before it is sent.

use std::sync::Arc;

use futures_util::{StreamExt, TryStreamExt, stream};
use serde::Serialize;
use serde_json::Value;
use tokio::time::Instant;
use url::Url;

use crate::error::Error;
use crate::error::kind::Kind;
use crate::files::upload::Upload;
use crate::http::core::Core;
use crate::http::notices::Notices;
use crate::values::media::fields::{MediaFields, Path, Visit};
use crate::values::media::limits::MediaLimits;
use crate::values::media::{Content, Form, Local, Media};
use crate::values::validation::Validate;

/// So many files of one input are uploaded at once.
const AT_ONCE: usize = 4;

/// A file that is to be uploaded, each once.
struct Found {
    path: String,
    local: Local,
    limits: MediaLimits,
}

/// Uploads the local files that an input holds, and puts their URLs in their place. The first failure ends it: nothing
/// was submitted then.
pub(crate) async fn upload(
    core: &Arc<Core>,
    input: &mut impl Validate,
    deadline: Option<Instant>,
    notices: &Notices,
) -> Result<(), Error> {
    let found = find(input);
    if found.is_empty() {
        return Ok(());
    }
    let uploads = stream::iter(found).map(|found| async {
        let upload = Upload::of_local(core.clone(), &found.local).telling(notices, &found.path);
        match upload.of_call(deadline, found.limits).await {
            Ok(uploaded) => Ok((found, uploaded.url)),
            Err(error) => Err(of_field(error, &found.path)),
        }
    });
    let uploaded: Vec<_> = uploads.buffer_unordered(AT_ONCE).try_collect().await?;
    visit(input, &mut |_, media, limits| {
        let url = uploaded
            .iter()
            .find(|(found, _)| found.is(media, limits))
            .map(|(_, url)| url);
        if let Some(url) = url {
            *media = Media::url(url);
        }
    });
    Ok(())
}

/// Writes an input before anything is uploaded, with a stand-in for each local file. The files, too, in the order of the
/// stand-ins' numbers.
pub(crate) fn with_stand_ins<E: Validate + Serialize>(
    input: &mut E,
) -> (Result<Value, serde_json::Error>, Vec<Content>) {
    let mut files = Vec::new();
    visit(input, &mut |_, media, _| {
        if let Form::Local(local) = &mut media.0 {
            local.stand_in = Some(format!("local file {}", files.len()));
            files.push(local.content.clone());
        }
    });
    let written = serde_json::to_value(&*input);
    visit(input, &mut |_, media, _| {
        if let Form::Local(local) = &mut media.0 {
            local.stand_in = None;
        }
    });
    (written, files)
}

/// A URL.
impl From<Url> for Media {
    fn from(url: Url) -> Self {
        Self::url(url)
    }
}

fn find(input: &mut impl Validate) -> Vec<Found> {
    let mut all: Vec<Found> = Vec::new();
    visit(input, &mut |path: &Path<'_>, media, limits| {
        if let Form::Local(local) = &media.0
            && !all.iter().any(|found| found.is(media, limits))
        {
            all.push(Found {
                path: path.to_string(),
                local: (**local).clone(),
                limits,
            });
        }
    });
    all
}

fn visit<'a>(input: &mut impl Validate, visit: &'a mut Visit<'a>) {
    input.media(&mut MediaFields {
        path: Path::default(),
        visit,
    });
}

impl Found {
    fn is(&self, media: &Media, limits: MediaLimits) -> bool {
        let is_same = matches!(&media.0, Form::Local(local) if **local == self.local);
        is_same && self.limits == limits
    }
}

impl Upload {
    /// The upload of a local file or of bytes, as they are described.
    fn of_local(core: Arc<Core>, local: &Local) -> Self {
        let upload = match &local.content {
            Content::File(path) => Self::file(core, path.clone()),
            Content::Bytes(bytes) => Self::bytes(core, bytes.clone()),
        };
        upload.described(
            local.file_name.clone(),
            local.content_type.clone(),
            local.lifecycle.clone(),
        )
    }
}

/// Says which field the file was for.
fn of_field(mut error: Error, path: &str) -> Error {
    if let Kind::File { problem, .. } = &mut error.inner_mut().kind {
        *problem = format!("{path}: {problem}");
    }
    error
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parsed_url_is_media() {
        let url = Url::parse("https://example.com/a").unwrap();
        assert_eq!(Media::from(url), "https://example.com/a");
    }
}
