//! Cargo runs the build script again where a document has changed, has come or is gone, and at no other time. A copy of
//! the package tells, without the code that it generates: only the script is compiled.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

const DOCUMENT: &str = "schemas/acme/lantern/glow.json";

struct Package {
    folder: TempDir,
    /// Where cargo builds; the workspace's own, so that no dependency is compiled twice.
    target: PathBuf,
}

/// What came of a build.
struct Build {
    /// Whether cargo ran the script.
    ran: bool,
    code: PathBuf,
}

impl Package {
    fn new() -> Self {
        let original = Path::new(env!("CARGO_MANIFEST_DIR"));
        let root = original.join("../..").canonicalize().unwrap();
        let folder = tempfile::tempdir().unwrap();
        copy(&original.join("schemas"), &folder.path().join("schemas"));
        fs::copy(original.join("build.rs"), folder.path().join("build.rs")).unwrap();
        fs::copy(root.join("Cargo.lock"), folder.path().join("Cargo.lock")).unwrap();
        fs::create_dir(folder.path().join("src")).unwrap();
        fs::write(
            folder.path().join("src/lib.rs"),
            "//! Only its script counts.\n",
        )
        .unwrap();
        let workspace: toml::Table = fs::read_to_string(root.join("Cargo.toml"))
            .unwrap()
            .parse()
            .unwrap();
        let generator = root.join("kling-codegen").display().to_string();
        let mut manifest: toml::Table = toml::from_str(&format!(
            "package = {{ name = \"kling-rebuild-{}\", version = \"0.0.0\", edition = \"2024\" }}\n\
             [build-dependencies]\n\
             kling-codegen = {{ path = {}, features = [\"build\"] }}\n\
             [workspace]\n",
            std::process::id(),
            toml::Value::from(generator),
        ))
        .unwrap();
        manifest.insert("profile".into(), workspace["profile"].clone());
        fs::write(folder.path().join("Cargo.toml"), manifest.to_string()).unwrap();
        let target = Path::new(env!("OUT_DIR")).ancestors().nth(4).unwrap();
        Self {
            folder,
            target: target.to_owned(),
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn cargo(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(std::env::var_os("CARGO").unwrap_or("cargo".into()));
        command
            .current_dir(self.folder.path())
            .args(arguments)
            .args(["--offline", "--quiet", "--target-dir"])
            .arg(&self.target);
        command
    }

    fn build(&self) -> Build {
        let output = self
            .cargo(&["build", "--message-format", "json"])
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        let messages: Vec<Value> = String::from_utf8(output.stdout)
            .unwrap()
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        let of = |reason: &str| {
            messages
                .iter()
                .filter(|message| message["reason"] == reason)
                .find(|message| {
                    message["package_id"]
                        .as_str()
                        .unwrap()
                        .contains("kling-rebuild")
                        && message["target"]["kind"][0] != "custom-build"
                })
                .unwrap()
        };
        let out = of("build-script-executed")["out_dir"].as_str().unwrap();
        Build {
            // What a script has made anew is compiled anew.
            ran: of("compiler-artifact")["fresh"] == false,
            code: Path::new(out).join("endpoints.rs"),
        }
    }
}

impl Drop for Package {
    fn drop(&mut self) {
        let package = format!("kling-rebuild-{}", std::process::id());
        let _ = self.cargo(&["clean", "--package", &package]).status();
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

#[test]
fn the_script_runs_again_only_where_a_document_changed() {
    let package = Package::new();
    let first = package.build();
    assert!(first.ran);
    let code = fs::read_to_string(&first.code).unwrap();
    assert!(code.contains("pub mod glow") && code.contains("pub mod animate"));
    let written = fs::metadata(&first.code).unwrap().modified().unwrap();
    assert!(!package.build().ran, "nothing changed");

    fs::write(package.path("README.md"), "no document").unwrap();
    assert!(!package.build().ran, "no document changed");

    let document = fs::read_to_string(package.path(DOCUMENT)).unwrap();
    fs::write(package.path(DOCUMENT), document.clone() + "\n").unwrap();
    assert!(package.build().ran, "a document changed its bytes");
    let again = fs::metadata(&first.code).unwrap().modified().unwrap();
    assert_eq!(
        again, written,
        "the code did not change, so it is not written"
    );

    let changed = document.replace("\"rose\"", "\"rose\", \"jade\"");
    assert_ne!(changed, document);
    fs::write(package.path(DOCUMENT), changed).unwrap();
    assert!(package.build().ran, "a document says something else");
    assert!(fs::read_to_string(&first.code).unwrap().contains("Jade"));

    fs::remove_file(package.path("schemas/acme/lantern/animate.json")).unwrap();
    assert!(package.build().ran, "a document is gone");
    assert!(
        !fs::read_to_string(&first.code)
            .unwrap()
            .contains("pub mod animate")
    );
    assert!(!package.build().ran, "nothing changed");
}
