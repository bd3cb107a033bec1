//! What a caller pays: the packages that a build takes.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

/// What every caller builds who asks for no other features, this crate and what builds need included. One more, and
/// they all wait for it.
const PACKAGES: usize = 114;

/// The same for a program that receives webhooks and sends nothing.
const MOST_PACKAGES_OF_A_RECEIVER: usize = 40;

/// The packages that a build of kling-api with these features is made of.
fn packages(features: &[&str]) -> BTreeSet<String> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
    let output = Command::new(cargo)
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(".."))
        .args([
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
        .args(features)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let tree = String::from_utf8(output.stdout).unwrap();
    tree.lines()
        .map(|line| line.trim_end_matches(" (*)").to_owned())
        .collect()
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
