//! Generates the crate from documents in memory. `regen`, `add`, `remove` and `discover --add` all end here.

use std::collections::BTreeMap;

use anyhow::{Result, bail};
use kling_codegen::diff::Report;
use kling_codegen::ir::Note;
use kling_codegen::{Generated, NormalDocument, Target};

use crate::generate::{documents, endpoint_table, platform};
use crate::report;
use crate::report::notes::Deny;
use crate::report::{changelog, code_summary, notes};
use crate::repository::file_changes::{FileChange, FileChanges, files_below, temporary_path};
use crate::repository::{CHANGELOG, GENERATED, PLATFORM_DOCUMENT, README, Repository};
use crate::schemas;
use crate::schemas::Schemas;
use crate::terminal::{counted, sentences};

/// What happens to the generated files.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Output {
    /// Nothing is written, and a difference is an error.
    pub(crate) check: bool,
    /// The change of the generated code is printed whole.
    pub(crate) patch: bool,
    /// The documents are those of the disk.
    pub(crate) offline: bool,
    /// What the generator notices ends the run before anything is written.
    pub(crate) deny: Option<Deny>,
}

/// Generates the crate, and writes whatever differs from the disk, the documents included.
pub(crate) fn regenerate(
    repository: &Repository,
    schemas: &mut Schemas,
    output: Output,
) -> Result<()> {
    let snapshot = schemas.snapshot()?;
    let Generated {
        api,
        mut files,
        documents,
        ..
    } = kling_codegen::generate(&snapshot.documents, &snapshot.settings, Target::Runtime)?;
    say!(
        "Read {} below schemas/.",
        counted(snapshot.documents.len(), "document")
    );
    print_notes(api.notes.clone(), output.deny)?;

    let mut changes = FileChanges::new(repository);
    plan_schemas(repository, schemas, &documents, &mut changes)?;
    files.insert(documents::FILE.to_owned(), documents::text(&documents));
    files.insert(
        endpoint_table::FILE.to_owned(),
        endpoint_table::of_crate(&api, &snapshot.settings),
    );
    let code = plan_code(repository, schemas, files, &mut changes)?;
    if let Some(readme) = schemas::text(repository, README)? {
        let readme = endpoint_table::in_readme(&readme, &api, &snapshot.settings)?;
        changes.write(README, readme)?;
    }
    changes.remove(temporary_path(CHANGELOG))?;
    let report = report::since_last_commit(repository, &snapshot, &api);
    if let Ok(report) = &report {
        changelog::plan(repository, report, &mut changes)?;
    }

    print_code(code, &changes, output);
    print_report(&report);
    if output.check {
        return check(&changes, output);
    }
    changes.commit()?;
    match changes.all().count() {
        0 => say!("Nothing had to be written."),
        count => say!("Wrote {}.", counted(count, "file")),
    }
    Ok(())
}

fn print_notes(mut notes: Vec<Note>, deny: Option<Deny>) -> Result<()> {
    notes.sort();
    for line in notes::text(&notes).lines() {
        say!("  {line}");
    }
    notes::check(&notes, deny)
}

/// Plans the files below `schemas/`.
fn plan_schemas(
    repository: &Repository,
    schemas: &mut Schemas,
    documents: &[NormalDocument],
    changes: &mut FileChanges,
) -> Result<()> {
    for stranger in schemas.strangers(repository)? {
        say!(
            "  note: {stranger} belongs to no endpoint of the manifest. Delete it, or run `cargo xtask add` with its id."
        );
    }
    for note in schemas.plan(repository, documents, changes)? {
        say!("  note: {note}");
    }
    Ok(())
}

/// Plans the files of the generated code, and the removal of those that are no longer generated; gives their number.
fn plan_code(
    repository: &Repository,
    schemas: &Schemas,
    mut files: BTreeMap<String, String>,
    changes: &mut FileChanges,
) -> Result<usize> {
    if let Some(document) = &schemas.platform {
        files.insert(platform::FILE.to_owned(), platform::generate(document)?);
        say!(
            "Read {PLATFORM_DOCUMENT}, from which progenitor makes the client of the platform API."
        );
    }
    let count = files.len();
    for file in files_below(repository, GENERATED)? {
        let below = file.strip_prefix(GENERATED).unwrap_or(&file);
        if !files.contains_key(below.trim_start_matches('/')) {
            changes.remove(file)?;
        }
    }
    for (path, text) in files {
        changes.write(format!("{GENERATED}/{path}"), text)?;
    }
    Ok(count)
}

fn check(changes: &FileChanges, output: Output) -> Result<()> {
    let outdated: Vec<String> = changes
        .all()
        .map(|file| format!("\n  {} {}", file.verb(), file.path))
        .collect();
    if outdated.is_empty() {
        return Ok(());
    }
    let command = if output.offline {
        "cargo xtask regen --offline"
    } else {
        "cargo xtask regen"
    };
    bail!(
        "These files are not what the documents say. Run `{command}` and commit them:{}",
        outdated.concat()
    );
}

fn print_code(count: usize, changes: &FileChanges, output: Output) {
    let (code, others): (Vec<FileChange<'_>>, Vec<FileChange<'_>>) = changes
        .all()
        .partition(|file| file.path.starts_with(GENERATED));
    let generated = counted(count, "file");
    if code.is_empty() {
        say!("Generated {generated} below {GENERATED}; all were up to date.");
    } else {
        say!(
            "Generated {generated} below {GENERATED}; {} differed:",
            code.len()
        );
    }
    for file in &code {
        say!("{}", code_summary::summarize(file));
        if output.patch {
            say!("{}", code_summary::patch(file).trim_end());
        }
    }
    if !others.is_empty() {
        let others: Vec<String> = others
            .iter()
            .map(|file| format!("{} {}", file.verb(), file.path))
            .collect();
        say!("Other files: {}.", others.join(", "));
    }
}

fn print_report(report: &Result<Report>) {
    match report {
        Ok(report) if report.is_empty() => say!("Changes since the last commit: none."),
        Ok(report) => say!(
            "Changes since the last commit:\n{}",
            report::for_terminal(report, false)
        ),
        Err(error) => say!(
            "There is no report and no line in the changelog, since there is nothing to compare with.\n  because: {}",
            sentences(error)
        ),
    }
}
