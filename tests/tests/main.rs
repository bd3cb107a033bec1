//! The tests that cross crates, as one program.
//!
//! Three stand apart: `load` measures its own process, `second_reader` silences panics and `secrets` records every
//! event, and both would do so for all tests of their process.

#![expect(
    clippy::unwrap_used,
    reason = "clippy sees that a test may unwrap, but not that these helpers are for tests"
)]

mod any_bytes;
mod arrows;
mod batch;
mod company;
mod fault_matrix;
mod files;
mod fixtures;
mod full_circle;
mod hostile;
mod markup;
mod module_graph;
mod names;
mod packages;
mod platform;
mod published_values;
mod purity;
mod queue;
mod reserved_names;
mod run;
mod stable_names;
mod verdicts;
mod webhook;
mod wire;
