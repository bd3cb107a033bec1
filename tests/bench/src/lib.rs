//! Documents for measuring; the measurements themselves are the program beside this library.

pub mod maker;
