//! Uploading the media of an input before it is sent.

use futures_util::{StreamExt, TryStreamExt, stream};
use tokio::time::Instant;

use std::sync::Arc;

use crate::error::Error;
use crate::error::kind::Kind;
use crate::files::upload::Upload;
use crate::http::core::Core;
use crate::values::media::fields::{MediaFields, Place, Step};
use crate::values::media::{Content, Local};
use crate::values::validation::Check;

/// As many files of one input are uploaded at once.
const AT_ONCE: usize = 4;

/// Uploads what an input holds of this machine, and puts the URLs in its place. The first failure ends it: nothing was
/// submitted then.
pub(crate) async fn upload(
    core: &Arc<Core>,
    input: &mut impl Check,
    deadline: Option<Instant>,
) -> Result<(), Error> {
    let mut step = Step::Find(Vec::new());
    go_through(input, &mut step);
    let Step::Find(found) = step else {
        return Ok(());
    };
    if found.is_empty() {
        return Ok(());
    }
    let uploads = stream::iter(found).map(|found| async {
        let upload = upload_of(core.clone(), &found.local);
        match upload.of_call(deadline, found.limits).await {
            Ok(uploaded) => Ok((found, uploaded.url)),
            Err(error) => Err(of_field(error, &found.path)),
        }
    });
    let uploaded = uploads.buffer_unordered(AT_ONCE).try_collect().await?;
    go_through(input, &mut Step::Put(uploaded));
    Ok(())
}

/// The upload of a local file or of bytes, with everything that it was told.
fn upload_of(core: Arc<Core>, local: &Local) -> Upload {
    let upload = match &local.content {
        Content::File(path) => Upload::file(core, path.clone()),
        Content::Bytes(bytes) => Upload::bytes(core, bytes.clone()),
    };
    upload.described(
        local.file_name.clone(),
        local.content_type.clone(),
        local.lifecycle.clone(),
    )
}

fn go_through(input: &mut impl Check, step: &mut Step) {
    input.media(&mut MediaFields {
        place: Place::default(),
        step,
    });
}

/// Says which field the file was for.
fn of_field(mut error: Error, path: &str) -> Error {
    if let Kind::File { problem, .. } = &mut error.inner_mut().kind {
        *problem = format!("{path}: {problem}");
    }
    error
}
