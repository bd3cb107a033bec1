//! The media in an input, found by generated code and uploaded by a call.

use futures_util::{StreamExt, TryStreamExt, stream};
use tokio::time::Instant;

use super::{Inner, Limits, Local, Media, MediaLimits};
use crate::error::Kind;
use crate::{Check, Client, Error};

/// As many files of one input are uploaded at once.
const AT_ONCE: usize = 4;

/// Goes through the media of an input. Generated code shows each of them to it.
#[derive(Debug)]
pub struct MediaFields<'a> {
    path: String,
    step: &'a mut Step,
}

/// The two times that an input is gone through.
#[derive(Debug)]
enum Step {
    /// What is to be uploaded is written down, each thing once.
    Find(Vec<Found>),
    /// What was uploaded takes its place.
    Put(Vec<(Found, String)>),
}

#[derive(Clone, Debug)]
struct Found {
    path: String,
    local: Local,
    limits: Limits,
}

impl MediaFields<'_> {
    /// One level down, into the field of this name.
    pub fn field(&mut self, name: &str, visit: impl FnOnce(&mut MediaFields<'_>)) {
        let path = if self.path.is_empty() {
            name.to_owned()
        } else {
            format!("{}.{name}", self.path)
        };
        visit(&mut MediaFields {
            path,
            step: self.step,
        });
    }

    /// One level down, into each item of a list.
    pub fn each<T>(
        &mut self,
        items: &mut [T],
        mut visit: impl FnMut(&mut T, &mut MediaFields<'_>),
    ) {
        for (index, item) in items.iter_mut().enumerate() {
            let path = format!("{}[{index}]", self.path);
            visit(
                item,
                &mut MediaFields {
                    path,
                    step: self.step,
                },
            );
        }
    }

    /// One level down, into each value of a map.
    pub fn each_value<T>(
        &mut self,
        values: &mut std::collections::BTreeMap<String, T>,
        mut visit: impl FnMut(&mut T, &mut MediaFields<'_>),
    ) {
        for (name, value) in values {
            self.field(name, |fields| visit(value, fields));
        }
    }

    /// A file, and what the model takes in its place.
    pub fn media(&mut self, media: &mut Media, limits: MediaLimits) {
        let Some(local) = media.as_local() else {
            return;
        };
        match self.step {
            Step::Find(found) => {
                let is_new = !found.iter().any(|found| found.is(local, limits));
                if is_new {
                    found.push(Found {
                        path: self.path.clone(),
                        local: local.clone(),
                        limits,
                    });
                }
            }
            Step::Put(uploaded) => {
                let url = uploaded.iter().find(|(found, _)| found.is(local, limits));
                if let Some((_, url)) = url {
                    media.0 = Inner::Url(url.clone());
                }
            }
        }
    }
}

impl Found {
    fn is(&self, local: &Local, limits: Limits) -> bool {
        self.limits == limits && self.local == *local
    }
}

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
        path: String::new(),
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
