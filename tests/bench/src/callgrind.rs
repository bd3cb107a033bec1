//! Counting instructions and allocations with valgrind.

use std::collections::BTreeMap;
use std::process::Command;

use crate::child::Role;
use crate::table::median;

/// What one round takes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Counts {
    pub(crate) instructions: f64,
    pub(crate) allocations: f64,
}

const REPEATS: usize = 3;

/// Whether valgrind is installed.
pub(crate) fn is_there() -> bool {
    Command::new("valgrind")
        .arg("--version")
        .output()
        .is_ok_and(|output| output.status.success())
}

/// Plays a role with so many rounds and with twice as many, and gives the difference of the two by round.
pub(crate) fn per_round(role: Role, arguments: &[&str], rounds: usize) -> Counts {
    let differences = (0..REPEATS).map(|_| {
        let (once, twice) = (
            counts(role, arguments, rounds),
            counts(role, arguments, 2 * rounds),
        );
        (
            twice.instructions - once.instructions,
            twice.allocations - once.allocations,
        )
    });
    let (instructions, allocations): (Vec<f64>, Vec<f64>) = differences.unzip();
    let rounds = rounds as f64;
    Counts {
        instructions: median(instructions) / rounds,
        allocations: median(allocations) / rounds,
    }
}

fn counts(role: Role, arguments: &[&str], rounds: usize) -> Counts {
    let folder = tempfile::tempdir().expect("a folder");
    let (file, rounds) = (folder.path().join("counts"), rounds.to_string());
    let mut command = Command::new("valgrind");
    command
        .arg("--tool=callgrind")
        .arg(format!("--callgrind-out-file={}", file.display()));
    command
        .arg(std::env::current_exe().expect("this program has a path"))
        .args(arguments)
        .arg(rounds);
    role.set(&mut command);
    let output = command.output().expect("valgrind starts");
    assert!(
        output.status.success(),
        "{role:?} {arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    read(&std::fs::read_to_string(file).expect("valgrind has written its counts"))
}

/// Reads the file in callgrind's format, in which a name is spelled out where it first occurs and a number after that.
fn read(text: &str) -> Counts {
    const ALLOCATORS: [&str; 5] = [
        "malloc",
        "calloc",
        "realloc",
        "posix_memalign",
        "aligned_alloc",
    ];
    let mut names: BTreeMap<&str, &str> = BTreeMap::new();
    let (mut instructions, mut allocations, mut is_allocator) = (0.0, 0.0, false);
    for line in text.lines() {
        if let Some(name) = line
            .strip_prefix("fn=")
            .or_else(|| line.strip_prefix("cfn="))
        {
            let (number, name) = name.split_once(' ').unwrap_or((name, ""));
            if !name.is_empty() {
                names.insert(number, name);
            }
            is_allocator = names
                .get(number)
                .is_some_and(|name| ALLOCATORS.contains(name));
        } else if let Some(calls) = line.strip_prefix("calls=")
            && is_allocator
        {
            allocations += calls
                .split(' ')
                .next()
                .and_then(|count| count.parse().ok())
                .unwrap_or(0.0);
        } else if let Some(total) = line.strip_prefix("totals: ") {
            instructions = total.trim().parse().expect("a number");
        }
    }
    Counts {
        instructions,
        allocations,
    }
}
