//! Every generated line is compiled by every caller: a change of the generator that needs more of them does so knowingly.

use std::path::Path;
use std::{fs, io};

use kling_bench::maker;
use kling_codegen::{Settings, Target, generate};

/// Lines for each endpoint of 67 made documents, which have 15 fields each.
const MADE: usize = 372;

/// Lines for each endpoint of the crate.
const COMMITTED: usize = 266;

/// So many of a hundred may come and go without a word.
const SLACK: usize = 4;

#[test]
fn an_endpoint_takes_no_more_lines_than_it_did() {
    let documents = maker::documents(67);
    let generated = generate(&documents, &Settings::default(), Target::Runtime).unwrap();
    let code = generated
        .files
        .iter()
        .filter(|(name, _)| is_rust(Path::new(name)));
    let lines: usize = code.map(|(_, text)| text.lines().count()).sum();
    assert_near(lines / documents.len(), MADE);
}

#[test]
fn the_committed_endpoints_take_no_more_lines_than_they_did() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../kling-api/src/generated");
    let (mut lines, mut endpoints) = (0, 0);
    count(&folder, &mut lines, &mut endpoints).unwrap();
    assert!(endpoints >= 5);
    assert_near(lines / endpoints, COMMITTED);
}

fn count(folder: &Path, lines: &mut usize, endpoints: &mut usize) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            count(&path, lines, endpoints)?;
        } else if is_rust(&path) {
            let text = fs::read_to_string(&path)?;
            *lines += text.lines().count();
            *endpoints += text.matches("impl ::kling_api::Endpoint for").count();
        }
    }
    Ok(())
}

/// progenitor's client of the platform API has no endpoints, and is compiled by those alone who ask for its feature.
fn is_rust(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "rs") && !path.ends_with("platform.rs")
}

/// Fewer lines are good news, which the next reader shall find here too.
#[track_caller]
fn assert_near(found: usize, pinned: usize) {
    let slack = pinned * SLACK / 100;
    assert!(
        (pinned - slack..=pinned + slack).contains(&found),
        "{found} lines for each endpoint, and not {pinned}; if that is meant to be, change the number in this test and \
         measure again what BENCHMARKS.md says of compile time"
    );
}
