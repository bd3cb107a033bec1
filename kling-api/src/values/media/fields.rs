//! The media in an input, found by generated code and uploaded by a call.

use std::fmt;

use crate::values::media::limits::MediaLimits;
use crate::values::media::{Inner, Local, Media};

/// Goes through the media of an input. Generated code shows each of them to it.
#[derive(Debug)]
pub struct MediaFields<'a> {
    pub(crate) place: Place<'a>,
    pub(crate) step: &'a mut Step,
}

/// Where a medium stands. It becomes text only for what is to be uploaded, which most inputs have nothing of.
#[derive(Debug, Default)]
pub(crate) struct Place<'a> {
    parent: Option<&'a Place<'a>>,
    segment: Segment<'a>,
}

#[derive(Clone, Copy, Debug, Default)]
enum Segment<'a> {
    #[default]
    Root,
    Field(&'a str),
    Item(usize),
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parent = self
            .parent
            .filter(|parent| !matches!(parent.segment, Segment::Root));
        if let Some(parent) = parent {
            fmt::Display::fmt(parent, f)?;
        }
        match self.segment {
            Segment::Root => Ok(()),
            Segment::Field(name) if parent.is_some() => write!(f, ".{name}"),
            Segment::Field(name) => f.write_str(name),
            Segment::Item(index) => write!(f, "[{index}]"),
        }
    }
}

/// The two times that an input is gone through.
#[derive(Debug)]
pub(crate) enum Step {
    /// What is to be uploaded is written down, each thing once.
    Find(Vec<Found>),
    /// What was uploaded takes its place.
    Put(Vec<(Found, String)>),
}

#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub(crate) path: String,
    pub(crate) local: Local,
    pub(crate) limits: MediaLimits,
}

impl MediaFields<'_> {
    /// One level down, into the field of this name.
    pub fn field(&mut self, name: &str, visit: impl FnOnce(&mut MediaFields<'_>)) {
        self.below(Segment::Field(name), visit);
    }

    /// One level down, into each item of a list.
    pub fn each<T>(
        &mut self,
        items: &mut [T],
        mut visit: impl FnMut(&mut T, &mut MediaFields<'_>),
    ) {
        for (index, item) in items.iter_mut().enumerate() {
            self.below(Segment::Item(index), |fields| visit(item, fields));
        }
    }

    fn below(&mut self, segment: Segment<'_>, visit: impl FnOnce(&mut MediaFields<'_>)) {
        visit(&mut MediaFields {
            place: Place {
                parent: Some(&self.place),
                segment,
            },
            step: self.step,
        });
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
                        path: self.place.to_string(),
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
    fn is(&self, local: &Local, limits: MediaLimits) -> bool {
        self.limits == limits && self.local == *local
    }
}
