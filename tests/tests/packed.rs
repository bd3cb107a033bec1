//! The two published packages as the registry would give them: packed, unpacked beside each other, and used by packages of
//! their own, made of the snippets of the README with the manifest that stands above each.
//!
//! ```text
//! cargo test -p kling-tests --test it packed -- --ignored
//! ```

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use kling_api::testing::FakeFal;
use pulldown_cmark::{CodeBlockKind, Event, Parser, Tag, TagEnd};

use crate::cargo::{cargo, succeed};

#[tokio::test(flavor = "multi_thread")]
#[ignore = "builds everything anew, which takes minutes; CI runs it"]
async fn the_packages_do_alone_what_the_readme_says() {
    let packed = Packed::make();
    for name in Packed::NAMES {
        packed.holds_what_it_should(name);
    }

    let snippets =
        snippets(&fs::read_to_string(packed.folder("kling-api").join("README.md")).unwrap());
    assert!(
        snippets.len() >= 2,
        "the README has {} snippets",
        snippets.len()
    );
    let consumers: Vec<_> = snippets
        .iter()
        .enumerate()
        .map(|(number, snippet)| packed.consumer(number, snippet))
        .collect();
    for consumer in &consumers {
        succeed(&mut packed.cargo(consumer, &["build"]));
    }

    // The first is a whole program. It buys a video of a server on this machine.
    let fake = FakeFal::start().await.unwrap();
    let mut run = packed.cargo(&consumers[0], &["run", "--quiet"]);
    run.env("FAL_KEY", fake.key());
    run.env("KLING_API_QUEUE_URL", fake.url());
    let output = succeed(&mut run);
    let [job] = &fake.jobs()[..] else {
        panic!("one job: {:?}", fake.jobs());
    };
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(printed.contains(&job.request_id), "{printed}");

    for name in Packed::NAMES {
        let mut doc = packed.cargo(
            &packed.folder(name),
            &["doc", "--no-deps", "--all-features"],
        );
        doc.env("RUSTDOCFLAGS", "-D warnings");
        succeed(&mut doc);
    }
}

/// A program of the README, and the manifest that stands above it.
struct Snippet {
    manifest: String,
    code: String,
}

/// The programs that the text shows in Rust, each with the last manifest above it.
fn snippets(readme: &str) -> Vec<Snippet> {
    let mut snippets = Vec::new();
    let mut manifest = None;
    let mut block: Option<(String, String)> = None;
    for event in Parser::new(readme) {
        match event {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(language))) => {
                block = Some((language.to_string(), String::new()));
            }
            Event::Text(text) => {
                if let Some((_, code)) = &mut block {
                    code.push_str(&text);
                }
            }
            Event::End(TagEnd::CodeBlock) => {
                let Some((language, code)) = block.take() else {
                    continue;
                };
                if language == "toml" {
                    manifest = Some(code);
                } else if language.split(',').any(|word| word == "rust") {
                    let manifest = manifest.clone();
                    let manifest = manifest.unwrap();
                    snippets.push(Snippet { manifest, code });
                }
            }
            _ => {}
        }
    }
    snippets
}

/// The packages, unpacked beside each other outside the workspace.
struct Packed {
    folder: PathBuf,
}

impl Packed {
    const NAMES: [&'static str; 2] = ["kling-api", "kling-codegen"];

    fn make() -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("packed");
        let unpacked = folder.join("unpacked");
        if unpacked.exists() {
            fs::remove_dir_all(&unpacked).unwrap();
        }
        fs::create_dir_all(&unpacked).unwrap();
        let mut package = cargo();
        package
            .args(["package", "--no-verify", "--allow-dirty", "--target-dir"])
            .arg(&folder);
        for name in Self::NAMES {
            package.args(["--package", name]);
        }
        succeed(&mut package);
        for name in Self::NAMES {
            let mut unpack = Command::new("tar");
            let archive = format!("{name}-{}.crate", env!("CARGO_PKG_VERSION"));
            // With the time of now: by those of the archive, all would look built already.
            unpack
                .arg("-xmzf")
                .arg(folder.join("package").join(archive));
            unpack.arg("-C").arg(&unpacked);
            succeed(&mut unpack);
            // Cargo looks for a workspace above, and finds the one that these packages are to do without.
            let manifest = unpacked
                .join(format!("{name}-{}", env!("CARGO_PKG_VERSION")))
                .join("Cargo.toml");
            let text = fs::read_to_string(&manifest).unwrap();
            fs::write(&manifest, format!("{text}\n[workspace]\n")).unwrap();
        }
        Self { folder }
    }

    fn folder(&self, name: &str) -> PathBuf {
        let unpacked = self.folder.join("unpacked");
        unpacked.join(format!("{name}-{}", env!("CARGO_PKG_VERSION")))
    }

    fn holds_what_it_should(&self, name: &str) {
        let folder = self.folder(name);
        for file in ["LICENSE-APACHE", "LICENSE-MIT", "README.md", "src/lib.rs"] {
            assert!(folder.join(file).is_file(), "{name} has no {file}");
        }
        assert!(!folder.join("tests").exists(), "{name} carries its tests");
        let manifest: toml::Table =
            toml::from_str(&fs::read_to_string(folder.join("Cargo.toml")).unwrap()).unwrap();
        for field in [
            "description",
            "repository",
            "documentation",
            "keywords",
            "categories",
            "license",
            "rust-version",
        ] {
            assert!(
                manifest["package"].get(field).is_some(),
                "{name} has no {field}"
            );
        }
        assert!(manifest["package"].get("publish").is_none(), "{name}");
    }

    /// A package with this program and this manifest, whose dependencies on ours are what was packed.
    fn consumer(&self, number: usize, snippet: &Snippet) -> PathBuf {
        let folder = self
            .folder
            .join("unpacked")
            .join(format!("readme-{number}"));
        fs::create_dir_all(folder.join("src")).unwrap();
        let mut patches = String::new();
        for name in Self::NAMES {
            if snippet.manifest.contains(name) {
                let path = self.folder(name).display().to_string();
                writeln!(patches, "{name} = {{ path = {path:?} }}").unwrap();
            }
        }
        let manifest = format!(
            "[package]\nname = \"readme-{number}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n\
             {}\n[patch.crates-io]\n{patches}\n[workspace]\n",
            snippet.manifest
        );
        fs::write(folder.join("Cargo.toml"), manifest).unwrap();
        let main = if snippet.code.contains("fn main") {
            snippet.code.clone()
        } else {
            format!("#![allow(dead_code)]\n{}\nfn main() {{}}\n", snippet.code)
        };
        fs::write(folder.join("src/main.rs"), main).unwrap();
        folder
    }

    /// Cargo at work in a folder, with a target folder that all of them share.
    fn cargo(&self, folder: &Path, arguments: &[&str]) -> Command {
        let mut command = cargo();
        command.current_dir(folder).args(arguments);
        command.env("CARGO_TARGET_DIR", self.folder.join("target"));
        command
    }
}
