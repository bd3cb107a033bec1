//! What the generator decided by itself.

use crate::ir::names::EndpointId;

/// Something that the generator decided for want of a clear word in the document.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Note {
    /// The endpoint.
    pub endpoint: EndpointId,
    /// Where in the document, as a JSON pointer.
    pub pointer: String,
    /// What kind of decision it was.
    pub kind: NoteKind,
    /// One sentence.
    pub message: String,
}

/// The kinds of [`Note`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NoteKind {
    /// The document leaves it open; a rule of the generator decided.
    Guessed,
    /// Something contradicts itself and was left out.
    Dropped,
    /// Something looks wrong and was kept.
    Warned,
}
