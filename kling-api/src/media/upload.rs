//! Uploading the media of an input before it is sent.

use futures_util::{StreamExt, TryStreamExt, stream};
use tokio::time::Instant;

use super::MediaFields;
use super::fields::{Place, Step};
use crate::error::Kind;
use crate::{Check, Client, Error};

/// As many files of one input are uploaded at once.
const AT_ONCE: usize = 4;

/// Uploads what an input holds of this machine, and puts the URLs in its place. The first failure ends it: nothing was
/// submitted then.
pub(crate) async fn upload(
    client: &Client,
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
        let upload = found
            .local
            .upload(client.clone())
            .of_call(deadline, found.limits);
        match upload.await {
            Ok(uploaded) => Ok((found, uploaded.url)),
            Err(error) => Err(of_field(error, &found.path)),
        }
    });
    let uploaded = uploads.buffer_unordered(AT_ONCE).try_collect().await?;
    go_through(input, &mut Step::Put(uploaded));
    Ok(())
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
