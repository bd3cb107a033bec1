//! The media in an input, found by generated code and uploaded by a call.

use super::{Inner, Limits, Local, Media, MediaLimits};

/// Goes through the media of an input. Generated code shows each of them to it.
#[derive(Debug)]
pub struct MediaFields<'a> {
    pub(super) path: String,
    pub(super) step: &'a mut Step,
}

/// The two times that an input is gone through.
#[derive(Debug)]
pub(super) enum Step {
    /// What is to be uploaded is written down, each thing once.
    Find(Vec<Found>),
    /// What was uploaded takes its place.
    Put(Vec<(Found, String)>),
}

#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) path: String,
    pub(super) local: Local,
    pub(super) limits: Limits,
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
