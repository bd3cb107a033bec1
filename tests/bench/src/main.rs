//! Measures what `BENCHMARKS.md` keeps, and prints it as tables.
//!
//! ```text
//! cargo run --release -p kling-bench -- [generation] [compile] [callers] [runtime] [journal] [size]
//! ```
//!
//! Without a word, all groups are measured, which takes about half an hour. Whatever is compared is measured in the
//! same run, by turns, and the medians are set against each other. Where the machine has it, valgrind counts
//! instructions. What would disturb the measuring runs in a process of its own: this program once more, with a role.
#![expect(
    clippy::expect_used,
    reason = "a measurement that cannot be made ends the program, and what it says is the reason"
)]
#![expect(clippy::cast_precision_loss, reason = "few digits are shown")]

mod callers;
mod callgrind;
mod child;
mod compile;
mod generation;
mod plain;
mod progenitor;
mod project;
mod runtime;
mod table;

use std::time::Instant;

use self::child::Role;

/// A part of `compile` that is measured only when it is asked for: the rest takes far longer.
const CHECK: &str = "check";

/// The groups, in the order in which they are measured.
const GROUPS: [(&str, fn()); 7] = [
    ("generation", generation::measure),
    ("compile", compile::measure),
    (CHECK, compile::measure_check),
    ("callers", callers::cold_builds),
    ("runtime", runtime::measure),
    ("journal", runtime::journal::measure),
    ("size", callers::sizes),
];

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let Some(play) = Role::from_environment() {
        play(&arguments);
        return;
    }
    let unknown = arguments
        .iter()
        .find(|word| GROUPS.iter().all(|(name, _)| name != word));
    if let Some(unknown) = unknown {
        let names = GROUPS.map(|(name, _)| name).join(", ");
        eprintln!(
            "{unknown:?} is no group of measurements; name some of {names}, or none for all."
        );
        std::process::exit(2);
    }
    for (name, measure) in GROUPS {
        let is_default = arguments.is_empty() && name != CHECK;
        if is_default || arguments.iter().any(|word| word == name) {
            let start = Instant::now();
            measure();
            eprintln!("({name}: {:.0} s)", start.elapsed().as_secs_f64());
        }
    }
}
