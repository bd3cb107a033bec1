//! How long rustc takes for generated code alone: ours, progenitor's in both styles, and plain structs.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use ::progenitor::InterfaceStyle;
use kling_bench::maker;
use kling_codegen::{Settings, Target, generate, read};
use nix::sys::resource::{UsageWho, getrusage};

use crate::child::{Numbers, Role, processor_time_of};
use crate::project::{cargo, kept, repository, run, workspace, write};
use crate::row;
use crate::table::{self, grouped, median};
use crate::{plain, progenitor};

const COUNTS: [usize; 2] = [5, 67];
const STYLES: [&str; 5] = ["kling", "plain", "derived", "positional", "builder"];
/// The name of a mode, the arguments of cargo, and how often it is measured.
type Mode = (&'static str, &'static [&'static str], usize);

/// How rustc is called: the cheaper it is, the more often.
const MODES: [Mode; 3] = [
    ("check", &["check"], 3),
    ("dev", &["build"], 1),
    ("release", &["build", "--release"], 1),
];

/// Names the file into which the compiler's costs are written.
const LOG: &str = "KLING_BENCH_LOG";

/// Measures and prints this group.
pub(crate) fn measure() {
    measure_modes(&MODES);
}

/// Measures and prints what `cargo check` takes alone.
pub(crate) fn measure_check() {
    measure_modes(&MODES[..1]);
}

fn measure_modes(modes: &[Mode]) {
    let folder = kept().join("compile");
    workspace(&folder, "\"measured_*\"");
    let mut lines = Vec::new();
    for count in COUNTS {
        for style in STYLES {
            lines.push(((style, count), write_crate(&folder, style, count)));
        }
    }
    let mut heading = row!["endpoints", "", "lines"];
    for (mode, ..) in modes {
        heading.extend([(*mode).to_owned(), format!("peak memory, {mode}")]);
    }
    let mut rows = vec![heading];
    let mut checks = Vec::new();
    for count in COUNTS {
        let mut costs: Vec<Vec<Vec<Numbers>>> = vec![vec![Vec::new(); modes.len()]; STYLES.len()];
        for (place, (mode, arguments, repeats)) in modes.iter().enumerate() {
            for repeat in 0..*repeats {
                for (style, costs) in STYLES.iter().zip(&mut costs) {
                    let cost = compile(&folder, style, count, arguments, repeat);
                    eprintln!("{mode} of {style}, {count} endpoints: {cost:?}");
                    costs[place].push(cost);
                }
            }
        }
        for (style, costs) in STYLES.iter().zip(&costs) {
            let lines = lines.iter().find(|(key, _)| *key == (*style, count));
            let lines = lines.map_or(0, |(_, lines)| *lines);
            let mut row = row![count, described(style), grouped(lines as f64)];
            for costs in costs {
                let middle = |name: &str| median(costs.iter().map(|cost| cost.get(name)).collect());
                row.extend(row![
                    format!("{:.2} s", middle("processor")),
                    format!("{:.0} MiB", middle("peak"))
                ]);
            }
            rows.push(row);
            let check = costs[0].iter().map(|cost| cost.get("processor")).collect();
            checks.push(((*style, count), median(check)));
        }
    }
    table::print(
        "Compiling generated code alone (processor time of rustc)",
        &rows,
    );
    let check = |style: &str| {
        checks
            .iter()
            .find(|(key, _)| *key == (style, 67))
            .map_or(f64::NAN, |(_, time)| *time)
    };
    let (against, floor, derived) = (
        check("builder") / check("kling"),
        check("kling") / check("plain"),
        check("kling") / check("derived"),
    );
    table::print(
        "Compile time, targets",
        &table::verdicts([
            table::verdict(
                "`cargo check`, 67 endpoints, against progenitor's builder style",
                "at most a fifth",
                &format!("1 / {against:.1}"),
                against >= 5.0,
            ),
            table::verdict(
                "the same against plain serde structs",
                "at most 1.5 times",
                &format!("{floor:.2} times"),
                floor <= 1.5,
            ),
            table::verdict(
                "the same against plain structs that also derive Clone, Debug and PartialEq",
                "at most 1.5 times",
                &format!("{derived:.2} times"),
                derived <= 1.5,
            ),
        ]),
    );
}

fn described(style: &str) -> &'static str {
    match style {
        "kling" => "this generator",
        "plain" => "plain serde structs",
        "derived" => "the same, with Clone, Debug, PartialEq",
        "positional" => "progenitor, positional",
        _ => "progenitor, builder",
    }
}

/// Writes a crate with nothing but the code of so many endpoints, and counts its lines.
fn write_crate(folder: &Path, style: &str, count: usize) -> usize {
    let documents = maker::documents(count);
    let settings = Settings::default();
    let code = match style {
        "kling" => generate(&documents, &settings, Target::Elsewhere)
            .expect("documents of the maker")
            .files
            .remove("endpoints.rs")
            .expect("one file"),
        "plain" | "derived" => {
            let derives = if style == "plain" {
                ""
            } else {
                "Clone, Debug, PartialEq, "
            };
            plain::text(
                &read(&documents, &settings).expect("documents of the maker"),
                derives,
            )
        }
        _ => {
            let interface = if style == "builder" {
                InterfaceStyle::Builder
            } else {
                InterfaceStyle::Positional
            };
            let documents: Vec<String> = documents.iter().map(progenitor::readable).collect();
            let tokens = progenitor::tokens(&progenitor::merged(&documents), interface)
                .expect("progenitor reads the normal form");
            progenitor::formatted(tokens)
        }
    };
    let mut manifest = format!(
        "[package]\nname = \"{}\"\nedition = \"2024\"\nversion = \"0.0.0\"\n\n[dependencies]\nserde = {{ version = \"1\", features = [\"derive\"] }}\nserde_json = \"1\"\n",
        name(style, count)
    );
    let _ = match style {
        "kling" => writeln!(
            manifest,
            "kling-api = {{ path = '{}' }}",
            repository().join("kling-api").display()
        ),
        "plain" | "derived" => Ok(()),
        _ => writeln!(
            manifest,
            "progenitor-client = \"0.15.1\"\nreqwest = {{ version = \"0.13\", features = [\"json\", \"stream\"] }}\nbytes = \"1\"\nfutures-core = \"0.3\""
        ),
    };
    let package = folder.join(name(style, count));
    write(&package.join("Cargo.toml"), &manifest);
    write(
        &package.join("src/lib.rs"),
        "#![allow(warnings)]\nmod code;\npub use code::*;\n",
    );
    write(&package.join("src/code.rs"), &code);
    code.lines().count()
}

fn name(style: &str, count: usize) -> String {
    format!("measured_{style}_{count}")
}

/// Has cargo compile one crate, its dependencies first where they are not there yet, and gives the cost of the crate.
fn compile(folder: &Path, style: &str, count: usize, arguments: &[&str], repeat: usize) -> Numbers {
    let name = name(style, count);
    let (log, code) = (folder.join("log"), folder.join(&name).join("src/code.rs"));
    // Another text each time, so that nothing is taken as done.
    let text = fs::read_to_string(&code).expect("it was written");
    let text = text.split("\n// Run ").next().unwrap_or_default();
    let now = std::time::SystemTime::UNIX_EPOCH
        .elapsed()
        .map_or(0, |time| time.as_nanos());
    write(&code, &format!("{text}\n// Run {repeat} at {now}\n"));
    write(&log, "");
    let mut command = cargo(folder, &folder.join("target"), arguments);
    command.args(["--quiet", "--package", &name]);
    command.env(
        "RUSTC_WORKSPACE_WRAPPER",
        std::env::current_exe().expect("this program has a path"),
    );
    Role::Compiler.set(&mut command);
    run(command.env(LOG, &log));
    Numbers::read(&fs::read_to_string(&log).expect("the compiler's cost was written"))
}

/// A role: stands between cargo and rustc, and writes down what rustc takes.
pub(crate) fn compiler(arguments: &[String]) {
    let start = Instant::now();
    let status = Command::new(&arguments[0])
        .args(&arguments[1..])
        .status()
        .expect("rustc starts");
    if let Some(log) = std::env::var_os(LOG)
        && arguments
            .iter()
            .any(|argument| argument.starts_with("measured_"))
        && status.success()
    {
        let usage = getrusage(UsageWho::RUSAGE_CHILDREN).expect("the system counts");
        let (clock, processor) = (
            start.elapsed().as_secs_f64(),
            processor_time_of(UsageWho::RUSAGE_CHILDREN),
        );
        // The system counts in KiB here.
        write(
            Path::new(&log),
            &format!(
                "clock={clock}\nprocessor={processor}\npeak={}\n",
                usage.max_rss() / 1024
            ),
        );
    }
    std::process::exit(status.code().unwrap_or(1));
}
