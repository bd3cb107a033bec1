//! Lists the generated files of all fixtures, so that each of them is compiled, the values that the shapes must take or
//! refuse, so that each of them is tried, and the callers of the evolve fixtures, as documentation tests that must or
//! must not compile.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=fixtures");
    let root =
        PathBuf::from(env::var("CARGO_MANIFEST_DIR").map_err(io::Error::other)?).join("fixtures");
    let mut modules = String::new();
    let mut cases = String::new();
    let mut evolved = Evolved::default();
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
            if folder == "evolve" {
                evolved.add(&case, &name)?;
            }
        }
        modules.push_str("}\n");
    }
    let _ = write!(
        modules,
        "/// The endpoints whose values the fixtures try.\npub static CASES: &[Case] = &[{cases}];\n"
    );
    let Evolved {
        callers,
        doctests,
        changes,
    } = evolved;
    let _ = write!(
        modules,
        "/// The callers of the evolve fixtures, and whether the report says that a change breaks them.\npub static CALLERS: &[(&str, bool)] = &[{callers}];\n\
         /// The endpoints whose values the evolve fixtures try.\npub static CHANGES: &[Change] = &[{changes}];\n\
         #[cfg(doctest)]\npub mod callers {{ {doctests} }}\n"
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

/// What the evolve fixtures hold beside the generated code.
#[derive(Default)]
struct Evolved {
    callers: String,
    doctests: String,
    changes: String,
}

impl Evolved {
    fn add(&mut self, case: &Path, name: &str) -> io::Result<()> {
        if !case.join("before.rs").exists() || !case.join("after.rs").exists() {
            return Ok(());
        }
        self.add_caller(case, name);
        self.add_values(case, name)
    }

    /// The caller compiles with the old code, and with the new code exactly if the report does not call it major. A
    /// caller with a `main` shows what no compiler sees: it runs with the old code, and panics with the new one.
    fn add_caller(&mut self, case: &Path, name: &str) {
        let path = case.join("caller.rs");
        let (Ok(report), Ok(caller)) = (
            fs::read_to_string(case.join("changes.md")),
            fs::read_to_string(&path),
        ) else {
            return;
        };
        let major = report.starts_with("**Needs a major release");
        let _ = write!(self.callers, "({name:?}, {major}),");
        let runs = caller.contains("fn main()");
        let works = if runs { "rust" } else { "no_run" };
        let fails = if runs { "should_panic" } else { "compile_fail" };
        let main = if runs { "" } else { "fn main() {}\n" };
        for (side, fate) in [
            ("before", works),
            ("after", if major { fails } else { works }),
        ] {
            let head = format!("```{fate}\nuse kling_tests::evolve::{name}_{side} as api;\n");
            let tail = format!("\n{main}```");
            let path = path.display().to_string();
            let _ = writeln!(
                self.doctests,
                "#[doc = concat!({head:?}, include_str!({path:?}), {tail:?})]\npub mod {name}_{side} {{}}"
            );
        }
    }

    fn add_values(&mut self, case: &Path, name: &str) -> io::Result<()> {
        let mut ids: Vec<String> = Vec::new();
        for file in ["requests.json", "responses.json"] {
            if let Ok(text) = fs::read_to_string(case.join(file)) {
                ids.extend(keys(&serde_json::from_str(&text)?));
            }
        }
        ids.sort();
        ids.dedup();
        let before = read(&case.join("before.json"))?;
        let after = read(&case.join("after.json"))?;
        for id in ids {
            let types = |document: &serde_json::Value, side: &str| {
                document.get(&id)?;
                let module = module(document, &id);
                let path = format!("evolve::{name}_{side}::{module}");
                Some(format!(
                    "Types {{ input: checked::<{path}::Input>, output: through::<{path}::Output> }}"
                ))
            };
            let option = |types: Option<String>| match types {
                Some(types) => format!("Some({types})"),
                None => "None".to_owned(),
            };
            let (before, after) = (types(&before, "before"), types(&after, "after"));
            let _ = write!(
                self.changes,
                "Change {{ fixture: {name:?}, endpoint: {id:?}, before: {}, after: {} }},",
                option(before),
                option(after)
            );
        }
        Ok(())
    }
}

fn read(path: &Path) -> io::Result<serde_json::Value> {
    Ok(serde_json::from_str(&fs::read_to_string(path)?)?)
}

fn keys(value: &serde_json::Value) -> Vec<String> {
    value
        .as_object()
        .into_iter()
        .flat_map(serde_json::Map::keys)
        .cloned()
        .collect()
}

/// The module of an endpoint in a fixture whose settings may leave out the start of its id.
fn module(document: &serde_json::Value, id: &str) -> String {
    let prefix = document["$settings"]["prefix"].as_str().unwrap_or_default();
    let rest = id.strip_prefix(prefix).unwrap_or(id).trim_matches('/');
    rest.replace('/', "::").replace(['-', '.'], "_")
}

fn register(cases: &mut String, folder: &str, name: &str, text: &str) -> io::Result<()> {
    let values: serde_json::Value = serde_json::from_str(text)?;
    for id in keys(&values) {
        let module = id.replace('/', "::").replace(['-', '.'], "_");
        let path = format!("{folder}::{name}_generated::{module}");
        let _ = write!(
            cases,
            "Case {{ fixture: {name:?}, endpoint: {id:?}, input: through::<{path}::Input>, output: through::<{path}::Output> }},"
        );
    }
    Ok(())
}
