//! `cargo xtask release`: which version comes next, and its heading in the changelog.

use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use kling_codegen::diff::Bump;
use semver::Version;

use crate::report::{self, changelog};
use crate::repository::file_changes::FileChanges;
use crate::repository::{CHANGELOG, Repository};
use crate::schemas::snapshot::Snapshot;
use crate::schemas::{self, Schemas, lock};

/// Prepares a release: works out its version, and moves what stands under Unreleased below a heading of its own
///
/// The version follows from the report since the last release, whose tag is `v` and the present version, and from the
/// changelog: a line that starts with **Breaking:** needs a major version, the section Added a minor one. Before 1.0,
/// what needs a major version raises the second number, and everything else the third.
#[derive(clap::Args, Debug)]
pub(crate) struct Arguments {
    /// A version of your own choice; one lower than the changes need is refused
    version: Option<Version>,
    /// This is the first release: there is none to compare with, and the present version is published
    #[arg(long, conflicts_with = "version")]
    first: bool,
    /// Prints the version and writes nothing
    #[arg(long)]
    dry_run: bool,
}

/// Runs the command.
pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode> {
    let repository = Repository::find()?;
    let present = present_version(&repository)?;
    let text = schemas::text(&repository, CHANGELOG)?
        .with_context(|| format!("There is no {CHANGELOG}."))?;
    let version = if arguments.first {
        present
    } else {
        let tag = format!("v{present}");
        let old = Snapshot::of_revision(&repository, &tag).with_context(|| {
            format!(
                "The release {present} has no tag {tag} to compare with. Fetch the tags, or pass --first where nothing was \
                 released yet."
            )
        })?;
        let report = report::compare(&old, &Schemas::load(&repository)?.snapshot()?)?;
        let bump = report.bump().max(changelog::bump(&text));
        let least = next(&present, bump);
        match &arguments.version {
            Some(chosen) if *chosen < least => bail!(
                "{chosen} is too low: the changes since {tag} need a {bump} version, so {least} or higher."
            ),
            Some(chosen) => chosen.clone(),
            None if bump == Bump::None => {
                bail!(
                    "Nothing has changed since {tag} that callers would notice. Name a version to release all the same."
                )
            }
            None => least,
        }
    };
    if arguments.dry_run {
        say!("{version}");
        return Ok(ExitCode::SUCCESS);
    }
    let today = lock::today();
    let mut changes = FileChanges::new(&repository);
    changes.write(
        CHANGELOG,
        changelog::released(&text, &version.to_string(), &today)?,
    )?;
    changes.commit()?;
    say!("{CHANGELOG} has a section for {version}. Next: `release-plz set-version {version}`.");
    Ok(ExitCode::SUCCESS)
}

/// The version that all crates share.
fn present_version(repository: &Repository) -> Result<Version> {
    let manifest = "Cargo.toml";
    let text =
        schemas::text(repository, manifest)?.with_context(|| format!("There is no {manifest}."))?;
    let table: toml::Table =
        toml::from_str(&text).with_context(|| format!("{manifest} cannot be read."))?;
    let version = table
        .get("workspace")
        .and_then(|workspace| workspace.get("package")?.get("version")?.as_str())
        .with_context(|| format!("{manifest} has no version under [workspace.package]."))?;
    version
        .parse()
        .with_context(|| format!("The version in {manifest} is none."))
}

/// The lowest version above this one that such a change may have.
fn next(version: &Version, bump: Bump) -> Version {
    let Version {
        major,
        minor,
        patch,
        ..
    } = *version;
    match (bump, major) {
        (Bump::None, _) => version.clone(),
        (Bump::Major, 0) | (Bump::Minor, 1..) => Version::new(major, minor + 1, 0),
        (Bump::Major, 1..) => Version::new(major + 1, 0, 0),
        (Bump::Minor, 0) | (Bump::Patch, _) => Version::new(major, minor, patch + 1),
    }
}

#[cfg(test)]
mod tests {
    use kling_codegen::diff::Bump;
    use semver::Version;

    #[test]
    fn before_1_0_the_second_number_says_that_something_breaks() {
        let next = |version: &str, bump| {
            super::next(&version.parse::<Version>().unwrap(), bump).to_string()
        };
        for (bump, before, after) in [
            (Bump::Major, "0.2.3", "0.3.0"),
            (Bump::Minor, "0.2.3", "0.2.4"),
            (Bump::Patch, "0.2.3", "0.2.4"),
            (Bump::Major, "1.2.3", "2.0.0"),
            (Bump::Minor, "1.2.3", "1.3.0"),
            (Bump::Patch, "1.2.3", "1.2.4"),
            (Bump::None, "1.2.3", "1.2.3"),
        ] {
            assert_eq!(next(before, bump), after, "{before} {bump}");
        }
    }
}
