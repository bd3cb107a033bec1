//! What a caller pays: the packages that a build takes.

use std::collections::BTreeSet;
use std::path::Path;

use crate::cargo::{cargo, succeed};

/// What every caller builds who asks for no other features, this crate and what builds need included. One more, and
/// they all wait for it.
const PACKAGES: usize = 114;

/// The same for a program that receives webhooks and sends nothing.
const MOST_PACKAGES_OF_A_RECEIVER: usize = 40;

/// The packages that a build of kling-api with these features is made of.
fn packages(features: &[&str]) -> BTreeSet<String> {
    let mut tree = cargo();
    tree.args([
        "tree",
        "--locked",
        "--target",
        "x86_64-unknown-linux-gnu",
        "--package",
        "kling-api",
        "--edges",
        "normal,build",
        "--prefix",
        "none",
    ])
    .args(["--format", "{p}"])
    .args(features);
    let output = succeed(&mut tree);
    let tree = String::from_utf8(output.stdout).unwrap();
    tree.lines()
        .map(|line| line.trim_end_matches(" (*)").to_owned())
        .collect()
}

/// The page of the features, in the documentation of the crate.
const PAGE: &str = "../kling-api/src/features.md";

/// The features of a row, as the page says it.
fn of_row(feature: &str) -> Vec<&str> {
    match feature {
        "rustls" | "rustls-aws-lc" | "native-tls" | "client" => {
            vec!["--no-default-features", "--features", feature]
        }
        other => vec!["--features", other],
    }
}

/// `UPDATE_FIXTURES=1` writes the numbers anew.
#[test]
fn the_page_of_the_features_says_what_each_costs() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(PAGE);
    let page = std::fs::read_to_string(&path).unwrap();
    let without_client = |text: &str, features: &[&str]| {
        let features = [&["--no-default-features"], features].concat();
        let (start, end) = text.rsplit_once(" (").unwrap();
        let (_, end) = end.split_once(')').unwrap();
        format!("{start} ({}){end}", packages(&features).len())
    };
    let counted: Vec<String> = page
        .lines()
        .map(|line| {
            let mut cells: Vec<String> = line.split('|').map(str::to_owned).collect();
            let name = cells[1].split('`').nth(1).map(str::to_owned);
            let Some(name) = name else {
                return line.to_owned();
            };
            cells[2] = format!(" {} ", packages(&of_row(&name)).len());
            match name.as_str() {
                "client" => cells[3] = without_client(&cells[3], &[]),
                "webhook" => cells[3] = without_client(&cells[3], &["--features", "webhook"]),
                _ => {}
            }
            cells.join("|")
        })
        .collect();
    let counted = counted.join("\n") + "\n";
    if std::env::var_os("UPDATE_FIXTURES").is_some() {
        std::fs::write(&path, &counted).unwrap();
    }
    assert!(
        page == counted || std::env::var_os("UPDATE_FIXTURES").is_some(),
        "{page}\n{counted}\nUPDATE_FIXTURES=1 writes {PAGE} anew"
    );
    let manifest = include_str!("../../kling-api/Cargo.toml");
    let features = manifest.split("[features]").nth(1).unwrap();
    let features = features.split("\n\n[").next().unwrap().lines();
    for line in features.filter(|line| line.contains(" = [") && !line.starts_with("default")) {
        let name = line.split(" = ").next().unwrap();
        assert!(page.contains(&format!("| `{name}`")), "{PAGE} lacks {name}");
    }
}

#[test]
fn a_caller_pays_for_few_packages() {
    let packages = packages(&[]);
    assert_eq!(
        packages.len(),
        PACKAGES,
        "the number is to be changed knowingly: {packages:#?}"
    );
}

#[test]
fn who_only_receives_webhooks_builds_no_transport_and_no_runtime() {
    let packages = packages(&["--no-default-features", "--features", "webhook"]);
    assert!(
        packages.len() <= MOST_PACKAGES_OF_A_RECEIVER,
        "{} packages: {packages:#?}",
        packages.len()
    );
    let named = |name: &str| {
        let start = format!("{name} v");
        packages.iter().any(|package| package.starts_with(&start))
    };
    assert!(named("ed25519-dalek"), "{packages:#?}");
    for name in ["reqwest", "hyper", "tokio", "rustls", "url"] {
        assert!(!named(name), "{name} is built for a receiver");
    }
}
