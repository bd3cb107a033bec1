//! `cargo xtask regen`: documents in, crate out.

use std::process::ExitCode;

use anyhow::{Result, bail};
use kling_codegen::Target;
use kling_codegen::diff::Report;

use crate::commands::fetch::{counted, fetch, keep};
use crate::generate::{documents, platform};
use crate::report::notes::Deny;
use crate::report::{changelog, code_summary, notes};
use crate::repository::file_changes::{Changes, Touched, files_below, in_the_making};
use crate::repository::{CHANGELOG, GENERATED, PLATFORM_DOCUMENT, Repository};
use crate::schemas::Schemas;
use crate::schemas::download::Server;
use crate::{report, sentences};

/// Fetches the documents, generates the crate from them, and reports what changed
///
/// All files are generated and checked before the first one is replaced. The report compares with the last commit; its
/// lines also go to the Unreleased section of CHANGELOG.md.
#[derive(clap::Args, Debug)]
pub(crate) struct Arguments {
    /// Generates from the documents as they are, without the network
    #[arg(long)]
    offline: bool,
    /// Writes nothing, and fails if anything would change
    #[arg(long)]
    check: bool,
    /// Prints the change of the generated code as a patch
    #[arg(long)]
    patch: bool,
    /// Writes nothing, and fails, where the generator guessed, dropped or warns of anything
    #[arg(long, value_enum, value_name = "WHAT")]
    deny: Option<Deny>,
    #[command(flatten)]
    server: Server,
}

/// Runs the command.
pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode> {
    let repository = Repository::find()?;
    let mut schemas = Schemas::load(&repository)?;
    let mut exit_code = ExitCode::SUCCESS;
    if !arguments.offline {
        let ids: Vec<String> = schemas.manifest.ids().map(str::to_owned).collect();
        let fetched = fetch(&mut schemas, &ids, &arguments.server)?;
        fetched.print();
        if fetched.has_failures() && !arguments.check && !schemas.are_complete() {
            // No code can be generated, but the documents that came are good.
            let written = keep(&repository, &mut schemas)?;
            say!(
                "Wrote {} below schemas/, but no code.",
                counted(written, "file")
            );
        }
        exit_code = fetched.exit_code();
    }
    let output = Output {
        check: arguments.check,
        patch: arguments.patch,
        offline: arguments.offline,
        deny: arguments.deny,
    };
    regenerate(&repository, &mut schemas, output)?;
    if exit_code != ExitCode::SUCCESS && !arguments.check {
        eprintln!(
            "Code was generated all the same, with the old files of what could not be fetched. Run `cargo xtask regen` again to catch up."
        );
    }
    Ok(exit_code)
}

/// What becomes of the generated files.
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

/// Generates the crate from documents in memory, and writes whatever differs from the disk, the documents included.
pub(crate) fn regenerate(
    repository: &Repository,
    schemas: &mut Schemas,
    output: Output,
) -> Result<()> {
    let state = schemas.state()?;
    let generated = kling_codegen::generate(&state.documents, &state.settings, Target::Runtime)?;
    say!(
        "Read {} below schemas/.",
        counted(state.documents.len(), "document")
    );
    let mut noticed = generated.api.notes.clone();
    noticed.sort();
    for line in notes::text(&noticed).lines() {
        say!("  {line}");
    }
    notes::check(&noticed, output.deny)?;
    for stranger in schemas.strangers(repository)? {
        say!(
            "  note: {stranger} belongs to no endpoint of the manifest. Delete it, or run `cargo xtask add` with its id."
        );
    }

    let mut changes = Changes::new(repository);
    for note in schemas.plan(repository, &generated.documents, &mut changes)? {
        say!("  note: {note}");
    }
    let mut generated_files = generated.files;
    let fake_fal = documents::text(&generated.documents);
    generated_files.insert(documents::FILE.to_owned(), fake_fal);
    if let Some(document) = &schemas.platform {
        let client = platform::generate(document)?;
        generated_files.insert(platform::FILE.to_owned(), client);
        say!("Read {PLATFORM_DOCUMENT}, of which progenitor makes the client of the platform API.");
    }
    let files = generated_files.len();
    for orphan in files_below(repository, GENERATED)? {
        let below = orphan
            .strip_prefix(GENERATED)
            .unwrap_or(&orphan)
            .trim_start_matches('/');
        if !generated_files.contains_key(below) {
            changes.remove(orphan)?;
        }
    }
    for (path, text) in generated_files {
        changes.write(format!("{GENERATED}/{path}"), text)?;
    }
    changes.remove(in_the_making(CHANGELOG))?;
    let report = report::since_last_commit(repository, &state, &generated.api);
    if let Ok(report) = &report {
        changelog::plan(repository, report, &mut changes)?;
    }

    print_code(files, &changes, output);
    print_report(&report);
    if !output.check {
        changes.commit()?;
        if changes.is_empty() {
            say!("Nothing had to be written.");
        } else {
            say!("Wrote {}.", counted(changes.touched().count(), "file"));
        }
        return Ok(());
    }
    if changes.is_empty() {
        return Ok(());
    }
    let outdated: Vec<String> = changes
        .touched()
        .map(|file| format!("\n  {} {}", file.verb(), file.path))
        .collect();
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

fn print_code(files: usize, changes: &Changes, output: Output) {
    let (code, others): (Vec<Touched<'_>>, Vec<Touched<'_>>) = changes
        .touched()
        .partition(|file| file.path.starts_with(GENERATED));
    let generated = counted(files, "file");
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
        say!("Beside the code: {}.", others.join(", "));
    }
}

fn print_report(report: &Result<Report>) {
    match report {
        Ok(report) if report.is_empty() => say!("Changes since the last commit: none."),
        Ok(report) => say!(
            "Changes since the last commit:\n{}",
            report::for_terminal(report)
        ),
        Err(error) => say!(
            "There is no report and no line in the changelog, since nothing is known to compare with.\n  because: {}",
            sentences(error)
        ),
    }
}
