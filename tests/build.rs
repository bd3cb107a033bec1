//! Lists the generated files of all fixtures, so that each of them is compiled, the values that the shapes must take or
//! refuse, so that each of them is tried, and the callers of the evolve fixtures, as documentation tests that must or
//! must not compile. The code of the evolve fixtures is generated here: what a reviewer reads of it is their difference.

#[expect(unreachable_pub, reason = "the library exports it")]
mod terse;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

use kling_codegen::{Document, Settings, Target, generate};

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=fixtures");
    let root =
        PathBuf::from(env::var("CARGO_MANIFEST_DIR").map_err(io::Error::other)?).join("fixtures");
    let out = PathBuf::from(env::var("OUT_DIR").map_err(io::Error::other)?);
    let mut modules =
        String::from("/// The generated code of `fixtures/shapes`.\npub mod shapes {\n");
    let mut cases = String::new();
    for (name, case) in subfolders(&root.join("shapes"))? {
        let generated = case.join("generated.rs");
        // A file that is not there yet is written by the test that misses it.
        if generated.exists() {
            include(&mut modules, &format!("{name}_generated"), &generated);
            if let Ok(text) = fs::read_to_string(case.join("values.json")) {
                register(&mut cases, &name, &text)?;
            }
        }
    }
    modules.push_str("}\n/// The generated code of `fixtures/evolve`.\npub mod evolve {\n");
    let mut evolved = Evolved::default();
    for (name, case) in subfolders(&root.join("evolve"))? {
        for side in ["before", "after"] {
            let module = format!("{name}_{side}");
            let generated = out.join(format!("{module}.rs"));
            fs::write(&generated, code(&case.join(format!("{side}.json")))?)?;
            include(&mut modules, &module, &generated);
        }
        evolved.add_caller(&case, &name);
        evolved.add_values(&case, &name)?;
    }
    modules.push_str("}\n");
    modules.push_str("/// The generated code of `fixtures/kling`, a copy of `schemas/` that fal cannot change.\npub mod kling {\n");
    let (generated, documents) = family(&root.join("kling"), &out)?;
    let _ = write!(
        modules,
        "include!({:?});\npub(super) static DOCUMENTS: &[(&str, &str)] = &[{documents}];\n}}\n",
        generated.display().to_string()
    );
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
    fs::write(out.join("fixtures.rs"), modules)
}

/// The folders in a folder with their names, in the order of the names.
fn subfolders(folder: &Path) -> io::Result<Vec<(String, PathBuf)>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            found.push((
                entry.file_name().to_string_lossy().into_owned(),
                entry.path(),
            ));
        }
    }
    found.sort();
    Ok(found)
}

/// The file with the code for a folder of documents and its manifest, and the documents as items of a table.
fn family(folder: &Path, out: &Path) -> io::Result<(PathBuf, String)> {
    let manifest = fs::read_to_string(folder.join("manifest.toml"))?;
    let settings: Settings = toml::from_str(&manifest).map_err(io::Error::other)?;
    let mut documents = Vec::new();
    let mut table = String::new();
    for endpoint in &settings.endpoints {
        let id = endpoint.id.clone();
        let path = folder.join(format!("{id}.json"));
        let _ = write!(
            table,
            "({id:?}, include_str!({:?})),",
            path.display().to_string()
        );
        documents.push(Document {
            id,
            text: fs::read_to_string(path)?,
        });
    }
    let code = generate(&documents, &settings, Target::Elsewhere).map_err(io::Error::other)?;
    let generated = out.join("kling.rs");
    fs::write(&generated, &code.files["endpoints.rs"])?;
    Ok((generated, table))
}

/// The code that is generated for one side of an evolve fixture.
fn code(path: &Path) -> io::Result<String> {
    let wrong = |error: String| io::Error::other(format!("{}: {error}", path.display()));
    let text = fs::read_to_string(path).map_err(|error| wrong(error.to_string()))?;
    let (documents, settings) = terse::documents(&text);
    let mut generated = generate(&documents, &settings, Target::Elsewhere)
        .map_err(|error| wrong(error.to_string()))?;
    generated
        .files
        .remove("endpoints.rs")
        .ok_or_else(|| wrong("no endpoints.rs is generated".to_owned()))
}

fn include(modules: &mut String, module: &str, path: &Path) {
    let _ = writeln!(
        modules,
        "/// `{module}`\npub mod {module} {{ include!({:?}); }}",
        path.display().to_string()
    );
}

/// What the evolve fixtures hold beside the generated code.
#[derive(Default)]
struct Evolved {
    callers: String,
    doctests: String,
    changes: String,
}

impl Evolved {
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
        let stays = case.join("stays.rs");
        if stays.exists() {
            // What the report does not name compiles whatever becomes of the rest.
            self.add_doctests(
                &stays,
                &format!("{name}_stays"),
                name,
                ["no_run"; 2],
                "fn main() {}\n",
            );
        }
        let major = report.starts_with("**Needs a major release");
        let _ = write!(self.callers, "({name:?}, {major}),");
        let runs = caller.contains("fn main()");
        let works = if runs { "rust" } else { "no_run" };
        let fails = if runs { "should_panic" } else { "compile_fail" };
        let main = if runs { "" } else { "fn main() {}\n" };
        let fates = [works, if major { fails } else { works }];
        self.add_doctests(&path, name, name, fates, main);
    }

    /// A caller as two documentation tests: with the code before and with the code after.
    fn add_doctests(
        &mut self,
        path: &Path,
        module: &str,
        name: &str,
        fates: [&str; 2],
        main: &str,
    ) {
        for (side, fate) in ["before", "after"].into_iter().zip(fates) {
            let head = format!("```{fate}\nuse kling_tests::evolve::{name}_{side} as api;\n");
            let tail = format!("\n{main}```");
            let path = path.display().to_string();
            let _ = writeln!(
                self.doctests,
                "#[doc = concat!({head:?}, include_str!({path:?}), {tail:?})]\npub mod {module}_{side} {{}}"
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

fn register(cases: &mut String, name: &str, text: &str) -> io::Result<()> {
    let values: serde_json::Value = serde_json::from_str(text)?;
    for id in keys(&values) {
        let module = id.replace('/', "::").replace(['-', '.'], "_");
        let path = format!("shapes::{name}_generated::{module}");
        let _ = write!(
            cases,
            "Case {{ fixture: {name:?}, endpoint: {id:?}, input: through::<{path}::Input>, output: through::<{path}::Output> }},"
        );
    }
    Ok(())
}
