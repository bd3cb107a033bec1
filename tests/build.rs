//! Lists the generated files of all fixtures, so that each of them is compiled, and the values that the shapes must
//! take or refuse, so that each of them is tried.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=fixtures");
    let root =
        PathBuf::from(env::var("CARGO_MANIFEST_DIR").map_err(io::Error::other)?).join("fixtures");
    let mut modules = String::new();
    let mut cases = String::new();
    for (folder, files) in [
        ("shapes", ["generated.rs"].as_slice()),
        ("evolve", ["before.rs", "after.rs"].as_slice()),
    ] {
        let _ = writeln!(
            modules,
            "/// The generated code of `fixtures/{folder}`.\npub mod {folder} {{"
        );
        for case in subfolders(&root.join(folder))? {
            let name = case
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            for file in files {
                include(&mut modules, &case, &name, file);
            }
            if let Ok(text) = fs::read_to_string(case.join("values.json"))
                && case.join("generated.rs").exists()
            {
                register(&mut cases, folder, &name, &text)?;
            }
        }
        modules.push_str("}\n");
    }
    let _ = write!(
        modules,
        "/// The endpoints whose values the fixtures try.\npub static CASES: &[Case] = &[{cases}];\n"
    );
    let out = PathBuf::from(env::var("OUT_DIR").map_err(io::Error::other)?);
    fs::write(out.join("fixtures.rs"), modules)
}

fn subfolders(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    if !folder.exists() {
        return Ok(found);
    }
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            found.push(entry.path());
        }
    }
    found.sort();
    Ok(found)
}

/// A file that is not there yet is written by the test that misses it.
fn include(modules: &mut String, case: &Path, name: &str, file: &str) {
    let path = case.join(file);
    if path.exists() {
        let stem = file.trim_end_matches(".rs");
        let _ = writeln!(
            modules,
            "/// `{name}/{file}`\npub mod {name}_{stem} {{ include!({:?}); }}",
            path.display().to_string()
        );
    }
}

fn register(cases: &mut String, folder: &str, name: &str, text: &str) -> io::Result<()> {
    let values: serde_json::Value = serde_json::from_str(text)?;
    for id in values
        .as_object()
        .into_iter()
        .flat_map(serde_json::Map::keys)
    {
        let module = id.replace('/', "::").replace(['-', '.'], "_");
        let path = format!("{folder}::{name}_generated::{module}");
        let _ = write!(
            cases,
            "Case {{ fixture: {name:?}, endpoint: {id:?}, input: through::<{path}::Input>, output: through::<{path}::Output> }},"
        );
    }
    Ok(())
}
