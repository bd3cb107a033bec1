//! Everything public of the two published crates, as it was reviewed, and the crates of others whose types are in it.
//!
//! ```text
//! cargo test -p kling-tests --test it public_api -- --ignored
//! UPDATE_FIXTURES=1 cargo test -p kling-tests --test it public_api -- --ignored
//! ```
//!
//! rustdoc writes it as JSON. That is no stable feature, so a compiler other than the one in `RUSTC` may write a form
//! that cannot be read; then this fails, and says so.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::cargo::{cargo, succeed};
use crate::reserved_names::items;

/// Whose types are in our signatures, and why. Each of them can force a major version upon us.
const FOREIGN: &[(&str, &str, &str)] = &[
    (
        "kling-api",
        "bytes",
        "the bytes of a file, shared without a copy",
    ),
    (
        "kling-api",
        "futures_core",
        "the one trait of streams that there is; part of it is to become std's",
    ),
    (
        "kling-api",
        "http",
        "the headers of a webhook, as every server has them",
    ),
    (
        "kling-api",
        "reqwest",
        "only by the feature unstable-configure-http, which is exempt",
    ),
    (
        "kling-api",
        "serde_core",
        "what callers save and load is theirs to choose",
    ),
    (
        "kling-api",
        "serde_json",
        "values that fal's documents leave open",
    ),
    ("kling-api", "tokio", "the writer that a download goes to"),
    (
        "kling-api",
        "url",
        "the URL of a file, as a program may have it",
    ),
    (
        "kling-codegen",
        "indexmap",
        "the types of an endpoint, in the order of its document",
    ),
    ("kling-codegen", "serde_core", "reports can be saved"),
    (
        "kling-codegen",
        "serde_json",
        "values that fal's documents leave open",
    ),
];

#[test]
#[ignore = "builds everything anew, which takes minutes; CI runs it"]
fn it_is_what_was_reviewed() {
    let mut wrong = Vec::new();
    for name in ["kling-api", "kling-codegen"] {
        let found = public_api(name);
        let place = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("fixtures/public_api")
            .join(format!("{name}.txt"));
        let reviewed = fs::read_to_string(&place).unwrap_or_default();
        let text = found.join("\n") + "\n";
        if text != reviewed {
            if std::env::var_os("UPDATE_FIXTURES").is_some() {
                fs::create_dir_all(place.parent().unwrap()).unwrap();
                fs::write(&place, &text).unwrap();
            } else {
                let difference = similar::TextDiff::from_lines(&reviewed, &text);
                wrong.push(difference.unified_diff().context_radius(0).to_string());
            }
        }
        let expected: BTreeSet<&str> = FOREIGN
            .iter()
            .filter(|(ours, ..)| *ours == name)
            .map(|(_, theirs, _)| *theirs)
            .collect();
        let foreign = foreign(&found);
        let foreign: BTreeSet<&str> = foreign.iter().map(String::as_str).collect();
        if foreign != expected {
            wrong.push(format!(
                "{name} shows types of {foreign:?}, and the list in this file has {expected:?}"
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What is public, a line each. What follows from fal's documents is left out: the change report judges that.
fn public_api(name: &str) -> Vec<String> {
    let krate = name.replace('-', "_");
    let json = json(name);
    let api = public_api::Builder::from_rustdoc_json(&json)
        .sorted(true)
        .omit_blanket_impls(true)
        .omit_auto_trait_impls(true)
        .omit_auto_derived_impls(true)
        .build()
        .unwrap_or_else(|error| {
            panic!(
                "{} cannot be read; is the compiler another one? {error}",
                json.display()
            )
        });
    let generated: Vec<String> = generated_modules()
        .iter()
        .map(|module| format!("{krate}::{module}"))
        .collect();
    let is_generated = |line: &str| {
        generated.iter().any(|module| {
            let mut found = line.match_indices(module.as_str());
            found.any(|(at, _)| {
                !line[at + module.len()..]
                    .starts_with(|next: char| next.is_alphanumeric() || next == '_')
            })
        })
    };
    api.items()
        .map(ToString::to_string)
        .filter(|line| !is_generated(line))
        .collect()
}

/// The modules of the endpoints.
fn generated_modules() -> Vec<String> {
    let items = items("kling-api/src/generated/mod.rs").into_iter();
    let modules = items.filter_map(|item| match item {
        syn::Item::Mod(module) if matches!(module.vis, syn::Visibility::Public(_)) => {
            Some(module.ident.to_string())
        }
        _ => None,
    });
    modules.collect()
}

/// What rustdoc knows of a crate, with all its features.
fn json(name: &str) -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("public_api");
    let mut rustdoc = cargo();
    rustdoc
        .args(["rustdoc", "--lib", "--all-features", "--package", name])
        .args(["--", "-Z", "unstable-options", "--output-format", "json"])
        .args(["--cap-lints", "allow"])
        .env("RUSTC_BOOTSTRAP", "1")
        .env("CARGO_TARGET_DIR", &target);
    succeed(&mut rustdoc);
    target
        .join("doc")
        .join(format!("{}.json", name.replace('-', "_")))
}

/// The crates whose paths stand in these lines, without ours and the language's own.
fn foreign(lines: &[String]) -> BTreeSet<String> {
    let mut crates = BTreeSet::new();
    for line in lines {
        let words =
            line.split(|next: char| !(next.is_alphanumeric() || next == '_' || next == ':'));
        for word in words {
            if let Some((first, rest)) = word.split_once("::")
                && !first.is_empty()
                && !rest.is_empty()
                && first.starts_with(|first: char| first.is_lowercase())
                && !["kling_api", "kling_codegen", "core", "alloc", "std", "str"].contains(&first)
            {
                crates.insert(first.to_owned());
            }
        }
    }
    crates
}
