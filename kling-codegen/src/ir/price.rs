//! What a call costs.

use crate::ir::names::Identifier;

/// A published price, in whole millionths of a US dollar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Price {
    /// The same for each call.
    PerCall {
        /// Micro-dollars for one call.
        micros: u64,
    },
    /// By the length of the video.
    PerSecond {
        /// Seconds that `first_micros` pays for; 0 where each second costs the same.
        first_seconds: u32,
        /// Micro-dollars for the first seconds together.
        first_micros: u64,
        /// Micro-dollars for each further second.
        further_micros: u64,
        /// Where the length stands in the input.
        seconds: SecondsField,
    },
}

/// The input field that says how many seconds a video has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecondsField {
    /// The field's name in the input.
    pub ident: Identifier,
    /// How the field holds the number.
    pub kind: SecondsKind,
    /// Whether the field may be left out.
    pub optional: bool,
    /// The seconds that fal assumes where the field is left out.
    pub default: Option<u32>,
}

/// How an input field holds a number of seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecondsKind {
    /// A string enum whose values are numbers, such as `"5"`.
    StringEnum,
    /// An integer enum.
    IntegerEnum,
    /// A plain string.
    String,
    /// An integer.
    Integer,
    /// A number.
    Number,
}
