//! A caller's program of ten lines: what its first build takes, and how large it becomes.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use crate::project::{Cost, cargo, repository, run, workspace, write};
use crate::row;
use crate::table;

/// A way to submit a job and print where its video is.
struct Caller {
    name: &'static str,
    described: &'static str,
    dependencies: String,
    program: &'static str,
}

const TOKIO: &str = "tokio = { version = \"1\", features = [\"macros\", \"rt-multi-thread\"] }\n";

fn callers() -> [Caller; 3] {
    [
        Caller {
            name: "kling",
            described: "kling-api, default features",
            dependencies: format!(
                "kling-api = {{ path = '{}' }}\n{TOKIO}",
                repository().join("kling-api").display()
            ),
            program: include_str!("kling.rs.txt"),
        },
        Caller {
            name: "bare",
            described: "reqwest 0.13 with json, and serde",
            dependencies: format!(
                "reqwest = {{ version = \"0.13\", features = [\"json\"] }}\nserde = {{ version = \"1\", features = [\"derive\"] }}\nserde_json = \"1\"\n{TOKIO}"
            ),
            program: include_str!("bare.rs.txt"),
        },
        Caller {
            name: "fal",
            described: "fal 0.3.6, default features",
            dependencies: format!(
                "fal = \"=0.3.6\"\nserde = {{ version = \"1\", features = [\"derive\"] }}\n{TOKIO}"
            ),
            program: include_str!("fal.rs.txt"),
        },
    ]
}

/// Measures and prints the first build.
pub(crate) fn cold_builds() {
    let mut rows = vec![row!["", "packages", "processor time", "wall time"]];
    let mut costs = Vec::new();
    for caller in callers() {
        eprintln!("first build of a caller of {}", caller.name);
        let (cost, packages) = cold_build(&caller);
        rows.push(row![
            caller.described,
            packages,
            format!("{:.1} s", cost.processor_seconds),
            format!("{:.1} s", cost.seconds)
        ]);
        costs.push((cost, packages as f64));
    }
    table::print(
        "First build of a caller (dev profile, sources downloaded)",
        &rows,
    );
    let [
        (kling, kling_packages),
        (bare, bare_packages),
        (fal, fal_packages),
    ] = costs[..]
    else {
        return;
    };
    let (against, floor) = (
        kling.processor_seconds / fal.processor_seconds,
        kling.processor_seconds / bare.processor_seconds,
    );
    table::print(
        "First build, targets",
        &table::verdicts([
            table::verdict(
                "seconds against `fal` 0.3.6",
                "at most 0.33",
                &format!("{against:.2}"),
                against <= 1.0 / 3.0,
            ),
            table::verdict(
                "packages against `fal` 0.3.6",
                "at most 0.33",
                &format!("{:.2}", kling_packages / fal_packages),
                kling_packages / fal_packages <= 1.0 / 3.0,
            ),
            table::verdict(
                "seconds against reqwest and serde",
                "at most 1.25",
                &format!("{floor:.2}"),
                floor <= 1.25,
            ),
            table::verdict(
                "packages against reqwest and serde",
                "at most 1.25",
                &format!("{:.2}", kling_packages / bare_packages),
                kling_packages / bare_packages <= 1.25,
            ),
        ]),
    );
}

fn cold_build(caller: &Caller) -> (Cost, usize) {
    let folder = tempfile::tempdir().expect("a folder for a build");
    let target = folder.path().join("target");
    write_program(folder.path(), caller);
    run(&mut cargo(folder.path(), &target, &["fetch", "--quiet"]));
    let (_, tree) = run(&mut cargo(
        folder.path(),
        &target,
        &[
            "tree",
            "--offline",
            "--edges",
            "normal,build",
            "--prefix",
            "none",
            "--format",
            "{p}",
        ],
    ));
    let packages: BTreeSet<&str> = tree
        .lines()
        .map(|line| {
            line.trim_end_matches(" (*)")
                .trim_end_matches(" (proc-macro)")
        })
        .collect();
    let (cost, _) = run(&mut cargo(
        folder.path(),
        &target,
        &["build", "--quiet", "--offline"],
    ));
    // The program itself is none of them.
    (cost, packages.len() - 1)
}

fn write_program(folder: &Path, caller: &Caller) {
    workspace(folder, "\"caller\"");
    let manifest = format!(
        "[package]\nname = \"caller\"\nedition = \"2024\"\nversion = \"0.0.0\"\n\n[dependencies]\n{}",
        caller.dependencies
    );
    write(&folder.join("caller/Cargo.toml"), &manifest);
    write(&folder.join("caller/src/main.rs"), caller.program);
}

/// Measures and prints how large the programs become.
pub(crate) fn sizes() {
    let mut rows = vec![row!["", "as built", "stripped"]];
    let mut stripped_sizes = Vec::new();
    for caller in callers().into_iter().take(2) {
        eprintln!("release build of a caller of {}", caller.name);
        let folder = tempfile::tempdir().expect("a folder for a build");
        let target = folder.path().join("target");
        write_program(folder.path(), &caller);
        run(&mut cargo(
            folder.path(),
            &target,
            &["build", "--quiet", "--release"],
        ));
        let program = target.join("release/caller");
        let built = size(&program);
        run(Command::new("strip").arg(&program));
        let stripped = size(&program);
        rows.push(row![
            caller.described,
            format!("{built:.2} MiB"),
            format!("{stripped:.2} MiB")
        ]);
        stripped_sizes.push(stripped);
    }
    if let [kling, bare] = stripped_sizes[..] {
        rows.push(row![
            "more than bare",
            "",
            format!(
                "{:.2} MiB ({:+.1} %)",
                kling - bare,
                (kling / bare - 1.0) * 100.0
            )
        ]);
    }
    table::print("Size of the program of ten lines (release profile)", &rows);
}

#[expect(clippy::cast_precision_loss, reason = "two digits are shown")]
fn size(program: &Path) -> f64 {
    std::fs::metadata(program)
        .expect("the program was built")
        .len() as f64
        / 1_048_576.0
}
