//! From documents to code: how long each stage takes, how it grows, and how progenitor compares.

use kling_bench::maker;
use kling_codegen::{
    Lowered, NormalDocument, Settings, Target, emit, lower, normalize, pretty, share,
};

use crate::child::{Numbers, Role, peak_memory, processor_time};
use crate::row;
use crate::table::{self, grouped, median};

const COUNTS: [usize; 4] = [5, 67, 250, 1000];
const STAGES: [&str; 5] = ["normalize", "lower", "share", "emit", "pretty"];
const REPEATS: usize = 3;

/// Measures and prints this group.
pub(crate) fn measure() {
    let mut rows = vec![row![
        "documents",
        "all",
        "per document",
        "normalize",
        "lower",
        "share",
        "emit",
        "pretty",
        "peak memory",
        "as one text",
        "lines",
        "progenitor, builder style",
        "of which formatting",
        "its peak memory",
        "ratio"
    ]];
    let mut all = Vec::new();
    for count in COUNTS {
        let text = count.to_string();
        let (mut ours, mut texts, mut theirs) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..REPEATS {
            ours.push(Role::Generate.numbers(&[&text]));
            texts.push(Role::Generate.numbers(&[&text, "text"]));
            theirs.push(Role::Progenitor.numbers(&[&text]));
        }
        let own = |name: &str| middle(&ours, name);
        let their = |name: &str| middle(&theirs, name);
        let total: f64 = STAGES.iter().map(|stage| own(stage)).sum();
        // What progenitor cannot take costs it nothing.
        let ratio = their("total") / their("taken") * count as f64 / total;
        let mut row = row![
            grouped(count as f64),
            seconds(total),
            format!("{:.2} ms", total * 1000.0 / count as f64)
        ];
        row.extend(STAGES.map(|stage| seconds(own(stage))));
        row.extend(row![
            format!("{:.0} MiB", own("peak")),
            format!("{:.0} MiB", middle(&texts, "peak")),
            grouped(own("lines")),
            format!("{} ({} taken)", seconds(their("total")), their("taken")),
            seconds(their("total") - their("tokens")),
            format!("{:.0} MiB", their("peak")),
            format!("{ratio:.1}"),
        ]);
        rows.push(row);
        all.push((total / count as f64, ratio, own("peak")));
    }
    table::print("Generation (processor time)", &rows);
    let (per_document, ratio, peak) = all[3];
    let growth = per_document / all[1].0;
    table::print(
        "Generation, targets",
        &table::verdicts([
            table::verdict(
                "1,000 documents against progenitor's builder style",
                "10 times faster",
                &format!("{ratio:.1} times"),
                ratio >= 10.0,
            ),
            table::verdict(
                "peak memory at 1,000",
                "under 250 MB",
                &format!("{:.0} MB", peak * 1.048_576),
                peak * 1.048_576 < 250.0,
            ),
            table::verdict(
                "time per document, 1,000 against 67",
                "linear (at most 1.25)",
                &format!("{growth:.2}"),
                growth <= 1.25,
            ),
        ]),
    );
}

fn middle(runs: &[Numbers], name: &str) -> f64 {
    median(runs.iter().map(|run| run.get(name)).collect())
}

fn seconds(time: f64) -> String {
    if time < 1.0 {
        format!("{:.1} ms", time * 1000.0)
    } else {
        format!("{time:.2} s")
    }
}

/// A role: generates so many documents, stage by stage; as the one text for a build script, where a second argument is
/// given.
pub(crate) fn generate(arguments: &[String]) {
    let count = arguments[0].parse().expect("a number of documents");
    let target = match arguments.get(1) {
        Some(_) => Target::Elsewhere,
        None => Target::Runtime,
    };
    let documents = maker::documents(count);
    let settings = Settings::default();
    let mut clock = Clock(processor_time());
    let normal: Vec<NormalDocument> = documents
        .iter()
        .map(|document| normalize(document).expect("a document of the maker"))
        .collect();
    clock.lap("normalize");
    let lowered: Vec<Lowered> = normal
        .iter()
        .map(|document| lower(document, &settings).expect("a document of the maker"))
        .collect();
    clock.lap("lower");
    let api = share(lowered).expect("documents of the maker");
    clock.lap("share");
    let root = emit(&api, target);
    clock.lap("emit");
    let files = pretty(root, target).expect("the emitter gives Rust");
    clock.lap("pretty");
    let lines: usize = files.values().map(|text| text.lines().count()).sum();
    println!("peak={}\nlines={lines}", peak_memory());
}

struct Clock(f64);

impl Clock {
    fn lap(&mut self, name: &str) {
        let now = processor_time();
        println!("{name}={}", now - self.0);
        self.0 = now;
    }
}
