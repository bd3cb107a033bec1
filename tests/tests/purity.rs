//! What the parts must never know, beside the order of their rooms: read off the words of the sources.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

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
        set(&["build/script.rs", "names/reserved.rs"])
    );
    let build = fs::read_to_string(root().join("kling-codegen/src/build/mod.rs")).unwrap();
    assert!(build.contains("#[cfg(feature = \"build\")]\npub(crate) mod script;"));
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
    // Beside it, lib.rs hands the library on to callers who configure it, and the builder takes what they do with it. What
    // progenitor generates belongs to the platform.
    let beside = [
        "lib.rs",
        "client/builder.rs",
        PLATFORM_CLIENT,
        "platform/transport.rs",
    ];
    let allowed = |name: &String| name.starts_with("http/") || beside.contains(&name.as_str());
    assert!(names.iter().all(allowed), "{names:?}");
    // Those beside it send nothing.
    let senders = naming(
        "kling-api/src",
        &["reqwest::Client::", ".execute(", "reqwest::get", ".send()"],
    );
    let mut senders = senders.intersection(&names);
    assert!(senders.all(|name| name.starts_with("http/")), "{names:?}");
    assert_eq!(naming("xtask/src", &["ureq"]), set(&["schemas/http.rs"]));
}

#[test]
fn the_client_of_the_platform_has_no_way_to_the_network_of_its_own() {
    let names = naming("kling-api/src", &["progenitor_client"]);
    assert_eq!(names, set(&[PLATFORM_CLIENT, "platform/transport.rs"]));
    let makers = [".execute(", "ClientBuilder", ".send()", "reqwest::get"];
    let names = naming("kling-api/src", &makers);
    assert!(!names.contains(PLATFORM_CLIENT), "{names:?}");
    let names = naming("kling-api/src", &["generated/platform.rs"]);
    assert_eq!(names, set(&["platform/transport.rs"]));
    assert_eq!(
        naming("xtask/src", &["progenitor::"]),
        set(&["generate/platform.rs"])
    );
    assert_eq!(naming("kling-codegen/src", &["progenitor"]), set(&[]));
}

#[test]
fn the_runtime_meets_generated_code_in_one_place() {
    let outside = |(name, _): &(String, String)| {
        !name.starts_with("generated/") && !name.starts_with("testing/")
    };
    let folder = root().join("kling-api/src/generated");
    let mut modules = vec!["generated::".to_owned(), "types::File".to_owned()];
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        if entry.path().is_dir() {
            modules.push(format!("{}::", entry.file_name().to_string_lossy()));
        }
    }
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
        "CallById",
        "Validate",
        "Validator",
        "Client",
        "Endpoint",
        "EndpointInfo",
        "IntoField",
        "Media",
        "MediaFields",
        "KnownEndpoint",
        "MediaLimits",
        "Price",
        "RemoteFile",
        "Usd",
        "Violations",
        "open_enum",
        "open_integer_enum",
        "rt",
        "whole_numbers",
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
