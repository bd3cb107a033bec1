//! `cargo xtask diff`: what changed between two states of the documents, and what that means.

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::ValueEnum;
use kling_codegen::Settings;
use kling_codegen::diff::{Bump, Report, Wire};

use crate::report;
use crate::report::LAST_COMMIT;
use crate::repository::Repository;
use crate::schemas::Schemas;
use crate::schemas::snapshot::Snapshot;
use crate::terminal::print_annotations;

/// Reports what changed between two states of the documents
///
/// Without arguments: from the last commit to the working copy. A state is a folder of documents, a single document, or
/// a git revision, which stands for its schemas/.
///
/// The exit code is 0, or 1 where --fail-on applies, or 2 where no report can be made.
#[derive(clap::Args, Debug)]
pub(crate) struct Arguments {
    /// The state before
    #[arg(requires = "new")]
    old: Option<String>,
    /// The state after
    new: Option<String>,
    /// The git revision to compare the working copy with
    #[arg(long, value_name = "REF", conflicts_with = "old")]
    base: Option<String>,
    /// How to print the report
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Lists the changes of the documentation alone too, which the text only counts
    #[arg(long)]
    all: bool,
    /// Ends with exit code 1 where there is such a change
    #[arg(long, value_enum, value_name = "KIND")]
    fail_on: Option<FailOn>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people at a terminal
    Text,
    /// For a pull request
    Markdown,
    /// For programs
    Json,
    /// Annotations for a GitHub workflow
    Github,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum FailOn {
    /// A change that breaks published crates or needs a major bump
    Breaking,
    /// A change that needs a minor bump, or more
    Minor,
    /// Any change
    Any,
}

/// The exit code where no report can be made.
pub(crate) const EXIT_ERROR: u8 = 2;

/// Runs the command.
pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode> {
    let report = report(arguments)?;
    let text = match arguments.format {
        Format::Text => report::for_terminal(&report, arguments.all),
        Format::Markdown => report.to_markdown(),
        Format::Json => report.to_json(),
        Format::Github => report.to_github(),
    };
    if arguments.format == Format::Github {
        print_annotations(&text);
    } else if !text.is_empty() {
        say!("{}", text.trim_end_matches('\n'));
    }
    let hit = arguments.fail_on.is_some_and(|kind| kind.applies(&report));
    Ok(if hit {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

fn report(arguments: &Arguments) -> Result<Report> {
    let (Some(old), Some(new)) = (&arguments.old, &arguments.new) else {
        let repository = Repository::find()?;
        let base = arguments.base.as_deref().unwrap_or(LAST_COMMIT);
        let old = Snapshot::of_revision(&repository, base)?;
        return report::compare(&old, &Schemas::load(&repository)?.snapshot()?);
    };
    // Outside of the repository, folders and files can be compared all the same.
    let repository = Repository::find().ok();
    let settings = match &repository {
        Some(repository) => Schemas::load(repository)?.manifest.settings().clone(),
        None => Settings::default(),
    };
    report::compare(
        &state(repository.as_ref(), old, &settings)?,
        &state(repository.as_ref(), new, &settings)?,
    )
}

fn state(repository: Option<&Repository>, name: &str, settings: &Settings) -> Result<Snapshot> {
    let path = Path::new(name);
    if path.exists() {
        return Snapshot::of_path(path, settings);
    }
    repository
        .context("There is no such file or folder, and no repository around the current folder.")
        .and_then(|repository| Snapshot::of_revision(repository, name))
        .with_context(|| {
            format!("{name} is no file, no folder and no git revision that can be read.")
        })
}

impl FailOn {
    fn applies(self, report: &Report) -> bool {
        match self {
            Self::Breaking => {
                report.bump() >= Bump::Major
                    || report
                        .changes
                        .iter()
                        .any(|change| change.verdict.wire == Wire::Breaks)
            }
            Self::Minor => report.bump() >= Bump::Minor || Self::Breaking.applies(report),
            Self::Any => !report.is_empty(),
        }
    }
}
