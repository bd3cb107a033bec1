//! The lines of CHANGELOG.md that follow from the report.

use std::ops::Range;

use anyhow::{Context as _, Result, bail};
use kling_codegen::diff::{Bump, Report, Rule};

use crate::report::LAST_COMMIT;
use crate::repository::file_changes::FileChanges;
use crate::repository::{CHANGELOG, Repository, git};
use crate::schemas;

/// Plans the Unreleased section of the changelog: what the report says, beside what stands there already.
///
/// The report covers everything since the last commit. So a line of this form that is in the working copy only, but not
/// in the report, is from an earlier run over other documents, and goes.
pub(crate) fn plan(
    repository: &Repository,
    report: &Report,
    changes: &mut FileChanges,
) -> Result<()> {
    let Some(text) = schemas::text(repository, CHANGELOG)? else {
        if !report.is_empty() {
            changes.write(
                CHANGELOG,
                updated(
                    &format!("# Changelog\n\n{UNRELEASED}\n"),
                    "",
                    &report.changelog_lines(),
                ),
            )?;
        }
        return Ok(());
    };
    let committed = git::revision(repository, LAST_COMMIT)?
        .files(&[CHANGELOG.to_owned()])?
        .pop()
        .flatten();
    changes.write(
        CHANGELOG,
        updated(
            &text,
            committed.as_deref().unwrap_or_default(),
            &report.changelog_lines(),
        ),
    )
}

const UNRELEASED: &str = "Unreleased";
const ENDPOINTS: &str = "Endpoints";

/// Whether a line has the form of those that the report gives.
fn is_ours(line: &str) -> bool {
    let line = line.strip_prefix("- ").unwrap_or_default();
    let line = line.strip_prefix("**Breaking:** ").unwrap_or(line);
    let Some((_, said)) = line
        .strip_prefix('`')
        .and_then(|line| line.split_once("`: "))
    else {
        return false;
    };
    Rule::ALL.iter().any(|rule| {
        let rest = said.strip_prefix(rule.title());
        rest.is_some_and(|rest| rest.is_empty() || (rest.starts_with(" (") && rest.ends_with(')')))
    })
}

/// The text with the wanted lines in it, and without those of ours that are neither wanted nor committed.
fn updated(text: &str, committed: &str, wanted: &[String]) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let present = entries(&lines);
    let committed: Vec<&str> = committed.lines().collect();
    let committed = entries(&committed);
    let is_wanted = |line: &&str| wanted.iter().any(|other| other == line);
    let stays = |line: &&str| !is_ours(line) || committed.contains(line) || is_wanted(line);
    let kept: Vec<&str> = present.iter().copied().filter(stays).collect();
    let new = wanted
        .iter()
        .map(String::as_str)
        .filter(|line| !present.contains(line));
    let entries: Vec<&str> = kept.iter().copied().chain(new).collect();
    if entries == present {
        return text.to_owned();
    }
    replaced(&lines, entries.join("\n").trim_matches('\n'))
}

/// What the lines under Unreleased need: people write them as the report does, breaking ones with that word in front.
pub(crate) fn bump(text: &str) -> Bump {
    let lines: Vec<&str> = text.lines().collect();
    let Some(section) = unreleased_section(&lines) else {
        return Bump::None;
    };
    let lines = &lines[section.start + 1..section.end];
    let has = |wanted: &dyn Fn(&str) -> bool| lines.iter().any(|line| wanted(line));
    if has(&|line| line.starts_with("- **Breaking:**")) {
        Bump::Major
    } else if has(&|line| line.eq_ignore_ascii_case("### Added")) {
        Bump::Minor
    } else if has(&|line| line.starts_with("- ")) {
        Bump::Patch
    } else {
        Bump::None
    }
}

/// The text with the lines under Unreleased below the heading of a release.
pub(crate) fn released(text: &str, version: &str, date: &str) -> Result<String> {
    let lines: Vec<&str> = text.lines().collect();
    let section = unreleased_section(&lines)
        .with_context(|| format!("{CHANGELOG} has no section {UNRELEASED}."))?;
    if lines[section.start + 1..section.end]
        .iter()
        .all(|line| line.trim().is_empty())
    {
        bail!("{CHANGELOG} has nothing under {UNRELEASED}. Write there what callers get.");
    }
    let (before, after) = lines.split_at(section.start + 1);
    Ok(format!(
        "{}\n\n## {version} - {date}\n{}\n",
        before.join("\n"),
        after.join("\n")
    ))
}

/// The text with other entries; without the heading above them where there are none.
fn replaced(lines: &[&str], entries: &str) -> String {
    let whole = 0..lines.len();
    let endpoints = match entries {
        "" => String::new(),
        entries => format!("### {ENDPOINTS}\n\n{entries}"),
    };
    let (before, middle, after) = match (endpoints_section(lines), unreleased_section(lines)) {
        (Some(section), _) => (0..section.start, endpoints, section.end..whole.end),
        (None, Some(section)) => (0..section.end, endpoints, section.end..whole.end),
        (None, None) => {
            let releases = lines
                .iter()
                .position(|line| line.starts_with("## "))
                .unwrap_or(whole.end);
            (
                0..releases,
                format!("## {UNRELEASED}\n\n{endpoints}"),
                releases..whole.end,
            )
        }
    };
    let parts = [lines[before].join("\n"), middle, lines[after].join("\n")];
    let parts: Vec<&str> = parts
        .iter()
        .map(|part| part.trim_matches('\n'))
        .filter(|part| !part.is_empty())
        .collect();
    parts.join("\n\n") + "\n"
}

/// The lines below the heading of the endpoints' changes that are not yet released.
fn entries<'a>(lines: &[&'a str]) -> Vec<&'a str> {
    endpoints_section(lines).map_or_else(Vec::new, |section| {
        lines[section.start + 1..section.end].to_vec()
    })
}

fn endpoints_section(lines: &[&str]) -> Option<Range<usize>> {
    section(lines, unreleased_section(lines)?, "### ", ENDPOINTS)
}

fn unreleased_section(lines: &[&str]) -> Option<Range<usize>> {
    section(lines, 0..lines.len(), "## ", UNRELEASED)
}

/// A heading of a level and what follows up to the next one.
fn section(lines: &[&str], within: Range<usize>, level: &str, title: &str) -> Option<Range<usize>> {
    let is_heading = |line: &&str| {
        let text = line
            .strip_prefix(level)
            .map(|text| text.trim().trim_matches(['[', ']']));
        text.is_some_and(|text| text.eq_ignore_ascii_case(title))
    };
    let start = within.start + lines[within.clone()].iter().position(is_heading)?;
    let below = lines[start + 1..within.end].iter();
    let length = below.take_while(|line| !line.starts_with(level)).count();
    Some(start..start + 1 + length)
}

#[cfg(test)]
mod tests {
    use kling_codegen::diff::Bump;

    use super::{bump, released, updated};

    const SEED: &str = "- `acme/a` `input.seed`: optional input field added (`integer`)";
    const MODE: &str = "- **Breaking:** `acme/a` `input.mode`: enum value removed";
    const TEXT: &str =
        "# Changelog\n\n## [Unreleased]\n\n### Fixed\n\n- A thing.\n\n## 0.1.0\n\n- The start.\n";

    fn with(text: &str, committed: &str, wanted: &[&str]) -> String {
        let wanted: Vec<String> = wanted.iter().map(ToString::to_string).collect();
        updated(text, committed, &wanted)
    }

    #[test]
    fn lines_join_the_unreleased_section_once() {
        let once = with(TEXT, TEXT, &[SEED]);
        assert_eq!(
            once,
            format!(
                "# Changelog\n\n## [Unreleased]\n\n### Fixed\n\n- A thing.\n\n### Endpoints\n\n{SEED}\n\n## 0.1.0\n\n- The start.\n"
            )
        );
        assert_eq!(with(&once, TEXT, &[SEED]), once);
        assert_eq!(with(&once, &once, &[]), once, "what is committed stays");
        assert_eq!(with(&once, &once, &[MODE]).matches("`acme/a`").count(), 2);
    }

    #[test]
    fn a_line_of_an_earlier_run_goes_when_the_report_no_longer_has_it() {
        let once = with(TEXT, TEXT, &[SEED]);
        assert_eq!(with(&once, TEXT, &[]), TEXT);
        assert_eq!(with(&once, TEXT, &[MODE]), with(TEXT, TEXT, &[MODE]));
    }

    #[test]
    fn lines_written_by_hand_stay() {
        let by_hand = with(TEXT, TEXT, &[SEED]).replace(
            SEED,
            &format!("{SEED}\n- `acme/a` has seeds: optional input field added, at last."),
        );
        let rest = with(&by_hand, TEXT, &[]);
        assert!(
            rest.contains("### Endpoints\n\n- `acme/a` has seeds: optional input field added, at last.\n\n## 0.1.0"),
            "{rest}"
        );
    }

    #[test]
    fn a_changelog_without_the_section_gets_one() {
        let text = "# Changelog\n\n## 0.1.0\n\n- The start.\n";
        assert_eq!(with(text, text, &[]), text);
        assert_eq!(
            with(text, text, &[SEED]),
            format!(
                "# Changelog\n\n## Unreleased\n\n### Endpoints\n\n{SEED}\n\n## 0.1.0\n\n- The start.\n"
            )
        );
        assert_eq!(
            with("# Changelog\n", "", &[SEED]),
            format!("# Changelog\n\n## Unreleased\n\n### Endpoints\n\n{SEED}\n")
        );
    }

    #[test]
    fn a_release_takes_what_is_unreleased_and_leaves_the_section() {
        let text = released(TEXT, "0.2.0", "2026-11-28").unwrap();
        assert_eq!(
            text,
            "# Changelog\n\n## [Unreleased]\n\n## 0.2.0 - 2026-11-28\n\n### Fixed\n\n- A thing.\n\n## 0.1.0\n\n- The start.\n"
        );
        let error = released(&text, "0.2.1", "2026-11-29").unwrap_err();
        assert!(
            error.to_string().contains("nothing under Unreleased"),
            "{error}"
        );
        let error = released("# Changelog\n", "0.2.1", "2026-11-29").unwrap_err();
        assert!(
            error.to_string().contains("no section Unreleased"),
            "{error}"
        );
    }

    #[test]
    fn the_lines_say_which_number_they_raise() {
        assert_eq!(bump(TEXT), Bump::Patch);
        assert_eq!(bump(&TEXT.replace("Fixed", "Added")), Bump::Minor);
        assert_eq!(bump(&with(TEXT, TEXT, &[MODE])), Bump::Major);
        assert_eq!(
            bump("## Unreleased\n\n## 0.1.0\n\n- The start.\n"),
            Bump::None
        );
    }
}
