//! What each part must never know, read off the sources and the dependency graph.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What every caller builds who asks for no other features, this crate and what builds need included. One more, and
/// they all wait for it.
const PACKAGES: usize = 115;

/// The same for a program that receives webhooks and sends nothing.
const MOST_PACKAGES_OF_A_RECEIVER: usize = 40;

/// What progenitor makes of the platform's document.
const PLATFORM_CLIENT: &str = "generated/platform.rs";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("..")
        .canonicalize()
        .unwrap()
}

/// The Rust files below a folder with the part of each that is no test, by their paths below the folder.
fn sources(folder: &str) -> Vec<(String, String)> {
    fn collect(folder: &Path, base: &Path, found: &mut Vec<(String, String)>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path
                .strip_prefix(base)
                .unwrap()
                .to_string_lossy()
                .replace('\\', "/");
            if path.is_dir() {
                if !name.ends_with("tests") {
                    collect(&path, base, found);
                }
            } else if path.extension().is_some_and(|extension| extension == "rs")
                && !name.ends_with("tests.rs")
            {
                let text = fs::read_to_string(&path).unwrap();
                let code = text
                    .split("#[cfg(test)]\nmod tests {")
                    .next()
                    .unwrap_or_default();
                // What stands in comments and documentation is no dependency.
                let code: Vec<&str> = code
                    .lines()
                    .filter(|line| !line.trim_start().starts_with("//"))
                    .collect();
                found.push((name, code.join("\n")));
            }
        }
    }
    let base = root().join(folder);
    let mut found = Vec::new();
    collect(&base, &base, &mut found);
    found.sort();
    assert!(found.len() > 1, "{folder} holds no sources");
    found
}

/// The files below a folder that name something.
fn naming(folder: &str, words: &[&str]) -> BTreeSet<String> {
    sources(folder)
        .into_iter()
        .filter(|(_, code)| words.iter().any(|word| code.contains(word)))
        .map(|(name, _)| name)
        .collect()
}

fn set(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[test]
fn the_generator_reads_no_file_network_clock_environment_or_hash_order() {
    let worldly = [
        "std::fs",
        "std::net",
        "std::time",
        "std::env",
        "std::process",
        "std::thread",
        "std::io",
        "fs::",
        "env::",
        "HashMap",
        "HashSet",
        "reqwest",
        "ureq",
        "tokio",
    ];
    // The list of names that endpoints cannot take has the runtime's in it, and uses none. What a build script needs
    // beside the generator is in one module, which is there only where somebody asks for it.
    assert_eq!(
        naming("kling-codegen/src", &worldly),
        set(&["config/build.rs", "names/reserved.rs"])
    );
    let config = fs::read_to_string(root().join("kling-codegen/src/config.rs")).unwrap();
    assert!(config.contains("#[cfg(feature = \"build\")]\nmod build;"));
    let manifest = fs::read_to_string(root().join("kling-codegen/Cargo.toml")).unwrap();
    let manifest: toml::Table = manifest.parse().unwrap();
    assert!(
        manifest["features"].get("default").is_none(),
        "the generator is pure where nobody asks for more"
    );
}

#[test]
fn the_generator_knows_the_runtime_only_as_text() {
    let manifest = fs::read_to_string(root().join("kling-codegen/Cargo.toml")).unwrap();
    let manifest: toml::Table = manifest.parse().unwrap();
    for section in ["dependencies", "dev-dependencies", "build-dependencies"] {
        let names = manifest.get(section).and_then(toml::Value::as_table);
        assert!(
            !names.is_some_and(|names| names.contains_key("kling-api")),
            "kling-codegen depends on kling-api"
        );
    }
    // The only place for that text is the emitters.
    let names = naming("kling-codegen/src", &["kling_api"]);
    assert!(!names.is_empty());
    assert!(
        names.iter().all(|name| name.starts_with("emit/")),
        "{names:?}"
    );
}

#[test]
fn lower_alone_reads_documents_and_leaves_nothing_to_a_default_arm() {
    let names = naming("kling-codegen/src", &["openapiv3::", "use openapiv3"]);
    assert!(!names.is_empty());
    assert!(
        names.iter().all(|name| name.starts_with("lower/")),
        "{names:?}"
    );
    let defaults = naming("kling-codegen/src/lower", &["_ =>"]);
    assert_eq!(defaults, set(&[]), "a new kind of schema would pass unseen");
}

#[test]
fn one_room_in_each_crate_reaches_the_network() {
    let names = naming("kling-api/src", &["reqwest"]);
    assert!(!names.is_empty());
    // Beside it, lib.rs hands the library on to callers who configure it. What progenitor generates belongs to the
    // room that declares it.
    let allowed =
        |name: &String| name.starts_with("http/") || name == "lib.rs" || name == PLATFORM_CLIENT;
    assert!(names.iter().all(allowed), "{names:?}");
    let handed_on = sources("kling-api/src")
        .into_iter()
        .find(|(name, _)| name == "lib.rs")
        .unwrap()
        .1;
    let lines: Vec<&str> = handed_on
        .lines()
        .filter(|line| line.contains("reqwest"))
        .collect();
    assert_eq!(lines, ["pub use crate::http::reqwest;"]);
    assert_eq!(naming("xtask/src", &["ureq"]), set(&["http.rs"]));
}

#[test]
fn the_client_of_the_platform_has_no_way_to_the_network_of_its_own() {
    let names = naming("kling-api/src", &["progenitor_client"]);
    assert_eq!(names, set(&[PLATFORM_CLIENT, "http/platform.rs"]));
    let makers = [".execute(", "ClientBuilder", ".send()", "reqwest::get"];
    let names = naming("kling-api/src", &makers);
    assert!(!names.contains(PLATFORM_CLIENT), "{names:?}");
    let names = naming("kling-api/src", &["generated/platform.rs"]);
    assert_eq!(names, set(&["http/platform.rs"]));
    assert_eq!(
        naming("xtask/src", &["progenitor_impl"]),
        set(&["platform_client.rs"])
    );
    assert_eq!(naming("kling-codegen/src", &["progenitor"]), set(&[]));
}

#[test]
fn the_runtime_meets_generated_code_in_one_place() {
    let outside = |(name, _): &(String, String)| {
        !name.starts_with("generated/") && !name.starts_with("testing/")
    };
    let modules = [
        "generated::",
        "types::File",
        "v1::",
        "v2_1::",
        "v2_5_turbo::",
    ];
    let names: Vec<String> = sources("kling-api/src")
        .into_iter()
        .filter(outside)
        .filter(|(_, code)| modules.iter().any(|module| code.contains(module)))
        .map(|(name, _)| name)
        .collect();
    assert_eq!(names, ["lib.rs"]);
}

#[test]
fn generated_code_names_nothing_of_the_runtime_but_the_seam() {
    let seam = set(&[
        "Call",
        "Check",
        "Checks",
        "Client",
        "Endpoint",
        "EndpointInfo",
        "Media",
        "MediaFields",
        "MediaLimits",
        "Price",
        "RemoteFile",
        "Usd",
        "Violations",
        "open_enum",
        "open_integer_enum",
        "rt",
    ]);
    for (name, code) in sources("kling-api/src/generated") {
        for part in code.split("::kling_api::").skip(1) {
            let item: String = part
                .chars()
                .take_while(|character| character.is_alphanumeric() || *character == '_')
                .collect();
            assert!(seam.contains(&item), "{name} names {item}");
        }
        assert!(
            !code.contains("crate::"),
            "{name} knows in which crate it stands"
        );
    }
}

/// The packages that a build of kling-api with these features is made of.
fn packages(features: &[&str]) -> BTreeSet<String> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
    let output = Command::new(cargo)
        .current_dir(root())
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

/// The words of a list in the generator's source.
fn reserved(list: &str) -> BTreeSet<String> {
    let text = fs::read_to_string(root().join("kling-codegen/src/names/reserved.rs")).unwrap();
    let (_, after) = text.split_once(&format!("const {list}:")).unwrap();
    let (_, after) = after.split_once("= &[").unwrap();
    let (words, _) = after.split_once("];").unwrap();
    let words = words.split('"').skip(1).step_by(2);
    words.map(str::to_owned).collect()
}

#[test]
fn no_endpoint_can_take_the_name_of_a_method_or_module_of_the_runtime() {
    let client = fs::read_to_string(root().join("kling-api/src/client.rs")).unwrap();
    let (_, methods) = client.split_once("\nimpl Client {").unwrap();
    let (methods, _) = methods.split_once("\n}\n").unwrap();
    let mut methods: BTreeSet<String> = methods
        .lines()
        .filter_map(|line| line.trim_start().strip_prefix("pub "))
        .filter_map(|line| line.trim_start_matches("async ").strip_prefix("fn "))
        .filter_map(|line| line.split(['(', '<']).next())
        .map(str::to_owned)
        .collect();
    assert!(methods.contains("call"), "{methods:?}");
    methods.insert("clone".to_owned());
    assert_eq!(reserved("METHODS"), methods);

    let library = fs::read_to_string(root().join("kling-api/src/lib.rs")).unwrap();
    let mut modules: BTreeSet<String> = BTreeSet::new();
    for line in library.lines().filter(|line| line.ends_with(';')) {
        let line = line.trim_end_matches(';');
        let line = line.strip_prefix("pub ").unwrap_or(line);
        if let Some(name) = line.strip_prefix("mod ") {
            modules.insert(name.to_owned());
        } else if let Some(path) = line.strip_prefix("use ") {
            let last = path.rsplit("::").next().unwrap_or_default();
            if last.starts_with(|first: char| first.is_ascii_lowercase()) {
                modules.insert(last.to_owned());
            }
        }
    }
    assert!(modules.contains("testing"), "{modules:?}");
    modules.insert("types".to_owned());
    assert_eq!(reserved("MODULES"), modules);
}
