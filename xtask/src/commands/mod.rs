//! One file for each command.

pub(crate) mod add;
pub(crate) mod check;
pub(crate) mod conformance;
pub(crate) mod diff;
pub(crate) mod discover;
pub(crate) mod fetch;
pub(crate) mod mock;
pub(crate) mod regen;
pub(crate) mod regenerate;
pub(crate) mod release;
pub(crate) mod remove;
