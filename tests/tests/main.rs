//! The tests that cross crates, as one program.
//!
//! Those that stand apart do to their process what no other test could bear: `load` and `storm` measure it,
//! `last_cells` sets its proxy, `second_reader` silences its panics and `secrets` records its every event.

#![expect(
    clippy::unwrap_used,
    reason = "clippy sees that a test may unwrap, but not that these helpers are for tests"
)]

mod any_bytes;
mod arrows;
mod batch;
mod cargo;
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
mod packed;
mod platform;
mod public_api;
mod published_values;
mod purity;
mod queue;
mod reserved_names;
mod run;
mod stable_names;
mod verdicts;
mod webhook;
mod wire;
