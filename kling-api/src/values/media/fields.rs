//! A walk through the media of an input.

use std::fmt;

use crate::values::media::Media;
use crate::values::media::limits::MediaLimits;

/// Visits the media of an input. Generated code passes each of them to it.
pub struct MediaFields<'a> {
    pub(crate) path: Path<'a>,
    pub(crate) visit: &'a mut Visit<'a>,
}

/// Gets each file, wherever it is.
pub(crate) type Visit<'a> = dyn FnMut(&Path<'_>, &mut Media, MediaLimits) + 'a;

/// The path of a field. It becomes text only for what is to be uploaded, and most inputs have no such field.
#[derive(Debug, Default)]
pub(crate) struct Path<'a> {
    parent: Option<&'a Path<'a>>,
    segment: Segment<'a>,
}

#[derive(Clone, Copy, Debug, Default)]
enum Segment<'a> {
    #[default]
    Root,
    Field(&'a str),
    Item(usize),
}

impl fmt::Display for Path<'_> {
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

impl MediaFields<'_> {
    /// Visits the field of this name.
    pub fn field(&mut self, name: &str, visit: impl FnOnce(&mut MediaFields<'_>)) {
        self.below(Segment::Field(name), visit);
    }

    /// Visits each item of a list.
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
            path: Path {
                parent: Some(&self.path),
                segment,
            },
            visit: &mut *self.visit,
        });
    }

    /// Visits each value of a map.
    pub fn each_value<T>(
        &mut self,
        values: &mut std::collections::BTreeMap<String, T>,
        mut visit: impl FnMut(&mut T, &mut MediaFields<'_>),
    ) {
        for (name, value) in values {
            self.field(name, |fields| visit(value, fields));
        }
    }

    /// A file, and what the model takes in this field.
    pub fn media(&mut self, media: &mut Media, limits: MediaLimits) {
        (self.visit)(&self.path, media, limits);
    }
}

impl fmt::Debug for MediaFields<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MediaFields")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}
