//! Generates the endpoints whose documents lie below `schemas/`.

use std::error::Error;
use std::path::Path;
use std::{env, fs};

use kling_codegen::{Document, Settings, Target, generate};

fn main() -> Result<(), Box<dyn Error>> {
    // Cargo looks at every file below the folder, and runs this again only where one of them changed.
    println!("cargo::rerun-if-changed=schemas");
    let mut documents = Vec::new();
    collect(Path::new("schemas"), "", &mut documents)?;
    documents.sort_by(|left, right| left.id.cmp(&right.id));
    let settings = Settings {
        prefix: "acme".to_owned(),
        ..Settings::default()
    };
    let generated = generate(&documents, &settings, Target::Elsewhere)?;
    for note in &generated.api.notes {
        println!(
            "cargo::warning={} at {}: {}",
            note.endpoint, note.pointer, note.message
        );
    }
    let folder = env::var("OUT_DIR")?;
    for (name, text) in generated.files {
        fs::write(Path::new(&folder).join(name), text)?;
    }
    Ok(())
}

/// Finds every `<id>.json` below a folder.
fn collect(
    folder: &Path,
    prefix: &str,
    documents: &mut Vec<Document>,
) -> Result<(), Box<dyn Error>> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry
            .file_name()
            .into_string()
            .map_err(|_| "a file name is no Unicode")?;
        if entry.file_type()?.is_dir() {
            collect(&entry.path(), &format!("{prefix}{name}/"), documents)?;
        } else if let Some(stem) = name.strip_suffix(".json") {
            documents.push(Document {
                id: format!("{prefix}{stem}"),
                text: fs::read_to_string(entry.path())?,
            });
        }
    }
    Ok(())
}
