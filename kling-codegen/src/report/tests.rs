use serde_json::json;

use crate::diff::change::Report;
use crate::diff::diff;
use crate::diff::tests::builders::*;
use crate::ir::api::Api;
use crate::ir::definition::Field;
use crate::ir::price::Price;
use crate::ir::types::Facts;
use crate::report::json::Document;
use crate::report::text::TextStyle;

const OTHER: &str = "fal-ai/kling-video/v2/other";

fn described(field: Field, words: &str) -> Field {
    Field {
        facts: Facts {
            description: Some(words.to_owned()),
            ..Facts::default()
        },
        ..field
    }
}

/// A minor change, a breaking one with awkward words, documentation, a shared record, and an endpoint that is gone.
fn sample() -> Report {
    let old = api(
        [
            endpoint(
                ID,
                [
                    described(req("prompt", text()), "What to show."),
                    defaulted(opt("duration", named("Duration")), "5"),
                ],
                [req("video", named("File"))],
                vec![("Duration", values(&["5", "10"]))],
            ),
            endpoint(OTHER, [], [req("video", named("File"))], Vec::new()),
            endpoint("fal-ai/kling-video/v0/gone", [], [], Vec::new()),
        ],
        vec![(
            "File",
            record([req("url", text()), req("file_size", int())]),
        )],
    );
    let mut first = endpoint(
        ID,
        [
            described(
                req("prompt", text()),
                "What to show: *stars*,\n100% <b>bold</b>.",
            ),
            defaulted(opt("duration", named("Duration")), "a*b_c"),
            opt("seed", int()),
        ],
        [req("video", named("File"))],
        vec![("Duration", values(&["5"]))],
    );
    first.price = Some(Price::PerCall { micros: 45_000 });
    let new = api(
        [
            first,
            endpoint(OTHER, [], [req("video", named("File"))], Vec::new()),
        ],
        vec![(
            "File",
            record([req("url", text()), opt("file_size", int())]),
        )],
    );
    diff(&old, &new)
}

fn one_line() -> Report {
    diff(
        &sends([req("prompt", text())]),
        &sends([req("prompt", text()), opt("seed", int())]),
    )
}

fn narrow(colour: bool) -> TextStyle {
    TextStyle {
        width: 72,
        colour,
        ..TextStyle::default()
    }
}

#[test]
fn text_for_a_terminal() {
    insta::assert_snapshot!(sample().to_text(&narrow(false)), @r#"
    Needs a major release: 3 of 7 changes need it (rules 2, 11 and 30). 3
    changes break published crates. Release at once: regenerating mends it.

    fal-ai/kling-video/v1/standard/image-to-video
      major  input.duration
             - "10"
             fal refuses "10". Code that names the variant `V10` must
             change.
             rule 11: enum value removed; breaks published crates
      minor  the endpoint
             + 0.045 USD per call
             The published price changed. `INFO` and `estimated_cost` give
             the new price.
             rule 37: price changed; published crates keep working; same
             code, other result
      minor  input.duration
             - "5"
             + "a*b_c"
             fal assumes "a*b_c" where `duration` is not set: the result or
             the cost may change.
             rule 21: default changed; published crates keep working; same
             code, other result
      minor  input.seed
             + optional integer
             `seed` may be left out. A setter `seed` is there.
             rule 4: optional input field added; published crates keep
             working

    fal-ai/kling-video/v0/gone
      major  the endpoint
             - fal-ai/kling-video/v0/gone
             The endpoint is gone. `v1::gone` and `v1_gone` are gone: keep
             them as deprecated for one release if fal still serves the
             endpoint.
             rule 2: endpoint removed; breaks published crates

    File, shared by 2 endpoints
      fal-ai/kling-video/v1/standard/image-to-video
      fal-ai/kling-video/v2/other
      major  File.file_size
             - required integer
             + optional integer
             fal may return no `file_size`, and published crates cannot read
             such a response. `file_size` becomes an `Option`.
             rule 30: output became optional or nullable; breaks published
             crates; release at once

    1 change of the documentation alone: --all lists what is left out here.
    "#);
}

#[test]
fn text_in_colour_differs_by_the_escape_codes_only() {
    let coloured = sample().to_text(&narrow(true));
    let mut bare = String::new();
    for (index, part) in coloured.split('\u{1b}').enumerate() {
        bare.push_str(match (index, part.split_once('m')) {
            (0, _) => part,
            (_, Some((_, rest))) => rest,
            (_, None) => panic!("{part:?} is no escape code"),
        });
    }
    assert_eq!(bare, sample().to_text(&narrow(false)));
    assert!(coloured.contains("\u{1b}[1;31mmajor\u{1b}[0m"));
}

#[test]
fn text_keeps_to_the_width() {
    for width in [40, 72, 120] {
        let style = TextStyle {
            width,
            colour: false,
            ..TextStyle::default()
        };
        for line in sample().to_text(&style).lines() {
            let prose = line.trim_start().contains(' ');
            assert!(!prose || line.chars().count() <= width, "{width}: {line}");
        }
    }
}

#[test]
fn text_holds_no_control_character_of_a_document() {
    let old = sends([req("prompt", text())]);
    let new = sends([described(req("prompt", text()), "\u{1b}[31mred\u{7}")]);
    let text = diff(&old, &new).to_text(&TextStyle {
        all: true,
        ..TextStyle::default()
    });
    assert!(text.contains("[31mred"));
    assert!(!text.contains('\u{1b}') && !text.contains('\u{7}'));
}

#[test]
fn markdown_for_a_pull_request() {
    insta::assert_snapshot!(sample().to_markdown(), @r#"
    **Needs a major release: 3 of 7 changes need it (rules 2, 11 and 30). 3 changes break published crates. Release at once: regenerating mends it.**

    ### `fal-ai/kling-video/v1/standard/image-to-video`

    - **major** `input.duration`: was `"10"`<br>
      fal refuses "10". Code that names the variant `V10` must change. ([rule 11](https://docs.rs/kling-codegen/latest/kling_codegen/diff/enum.Rule.html#variant.InputValueRemoved), **breaks published crates**)
    - minor the endpoint: now `0.045 USD per call`<br>
      The published price changed. `INFO` and `estimated_cost` give the new price. ([rule 37](https://docs.rs/kling-codegen/latest/kling_codegen/diff/enum.Rule.html#variant.PriceChanged), published crates keep working, same code, other result)
    - minor `input.duration`: `"5"` → `"a*b_c"`<br>
      fal assumes "a\*b\_c" where `duration` is not set: the result or the cost may change. ([rule 21](https://docs.rs/kling-codegen/latest/kling_codegen/diff/enum.Rule.html#variant.DefaultChanged), published crates keep working, same code, other result)
    - minor `input.seed`: now `optional integer`<br>
      `seed` may be left out. A setter `seed` is there. ([rule 4](https://docs.rs/kling-codegen/latest/kling_codegen/diff/enum.Rule.html#variant.OptionalInputAdded), published crates keep working)

    ### `fal-ai/kling-video/v0/gone`

    - **major** the endpoint: was `fal-ai/kling-video/v0/gone`<br>
      The endpoint is gone. `v1::gone` and `v1_gone` are gone: keep them as deprecated for one release if fal still serves the endpoint. ([rule 2](https://docs.rs/kling-codegen/latest/kling_codegen/diff/enum.Rule.html#variant.EndpointRemoved), **breaks published crates**)

    ### Shared `File`

    In `fal-ai/kling-video/v1/standard/image-to-video`, `fal-ai/kling-video/v2/other`.

    - **major** `File.file_size`: `required integer` → `optional integer`<br>
      fal may return no `file_size`, and published crates cannot read such a response. `file_size` becomes an `Option`. ([rule 30](https://docs.rs/kling-codegen/latest/kling_codegen/diff/enum.Rule.html#variant.OutputBecameOptional), **breaks published crates**, release at once)

    <details><summary>1 change of the documentation alone</summary>

    ### `fal-ai/kling-video/v1/standard/image-to-video`

    - patch `input.prompt`: `What to show.` → `What to show: *stars*, 100% <b>bold</b>.`<br>
      The description of `prompt` changed. ([rule 36](https://docs.rs/kling-codegen/latest/kling_codegen/diff/enum.Rule.html#variant.Documentation), published crates keep working)

    </details>
    "#);
}

#[test]
fn markdown_code_spans_hold_any_text() {
    assert_eq!(crate::markdown::code("plain"), "`plain`");
    assert_eq!(crate::markdown::code("a`b``c"), "```a`b``c```");
    assert_eq!(crate::markdown::code("`a"), "`` `a ``");
}

#[test]
fn json_for_a_program() {
    insta::assert_snapshot!(one_line().to_json(), @r#"
    {
      "version": 1,
      "bump": "minor",
      "headline": "Needs a minor release: 1 change needs it (rule 4). Published crates keep working.",
      "breaks_published": false,
      "hot_fix": false,
      "changes": [
        {
          "rule": "4",
          "title": "optional input field added",
          "shared": null,
          "path": "input.seed",
          "places": [
            {
              "endpoint": "fal-ai/kling-video/v1/standard/image-to-video",
              "side": "input",
              "path": "input.seed",
              "pointer": "/properties/seed",
              "file": null,
              "line": null
            }
          ],
          "old": null,
          "new": "optional integer",
          "wire": "ok",
          "rust": "minor",
          "flags": [],
          "sentence": "`seed` may be left out. A setter `seed` is there.",
          "url": "https://docs.rs/kling-codegen/latest/kling_codegen/diff/enum.Rule.html#variant.OptionalInputAdded"
        }
      ]
    }
    "#);
}

#[test]
fn json_reads_back() {
    let document: Document = serde_json::from_str(&sample().to_json()).unwrap();
    assert_eq!(document, Document::from(&sample()));
    let value: serde_json::Value = serde_json::from_str(&sample().to_json()).unwrap();
    assert_eq!(value["bump"], json!("major"));
    assert_eq!(value["breaks_published"], json!(true));
    assert_eq!(value["changes"][4]["wire"], json!("breaks"));
}

#[test]
fn annotations_for_github() {
    insta::assert_snapshot!(sample().to_github(), @r#"
    ::warning file=schemas/fal-ai/kling-video/v1/standard/image-to-video.json,title=major%3A enum value removed::input.duration (was "10"): fal refuses "10". Code that names the variant `V10` must change. Rule 11, breaks published crates. https://docs.rs/kling-codegen/latest/kling_codegen/diff/enum.Rule.html#variant.InputValueRemoved
    ::warning file=schemas/fal-ai/kling-video/v0/gone.json,title=major%3A endpoint removed::the endpoint (was fal-ai/kling-video/v0/gone): The endpoint is gone. `v1::gone` and `v1_gone` are gone: keep them as deprecated for one release if fal still serves the endpoint. Rule 2, breaks published crates. https://docs.rs/kling-codegen/latest/kling_codegen/diff/enum.Rule.html#variant.EndpointRemoved
    ::warning file=schemas/fal-ai/kling-video/v1/standard/image-to-video.json,title=major%3A output became optional or nullable::File.file_size (required integer → optional integer): fal may return no `file_size`, and published crates cannot read such a response. `file_size` becomes an `Option`. It is true of 2 endpoints. Rule 30, breaks published crates, release at once. https://docs.rs/kling-codegen/latest/kling_codegen/diff/enum.Rule.html#variant.OutputBecameOptional
    ::warning file=schemas/fal-ai/kling-video/v1/standard/image-to-video.json,title=minor%3A price changed::the endpoint (now 0.045 USD per call): The published price changed. `INFO` and `estimated_cost` give the new price. Rule 37, published crates keep working, same code, other result. https://docs.rs/kling-codegen/latest/kling_codegen/diff/enum.Rule.html#variant.PriceChanged
    ::warning file=schemas/fal-ai/kling-video/v1/standard/image-to-video.json,title=minor%3A default changed::input.duration ("5" → "a*b_c"): fal assumes "a*b_c" where `duration` is not set: the result or the cost may change. Rule 21, published crates keep working, same code, other result. https://docs.rs/kling-codegen/latest/kling_codegen/diff/enum.Rule.html#variant.DefaultChanged
    ::notice file=schemas/fal-ai/kling-video/v1/standard/image-to-video.json,title=minor%3A optional input field added::input.seed (now optional integer): `seed` may be left out. A setter `seed` is there. Rule 4, published crates keep working. https://docs.rs/kling-codegen/latest/kling_codegen/diff/enum.Rule.html#variant.OptionalInputAdded
    ::notice file=schemas/fal-ai/kling-video/v1/standard/image-to-video.json,title=patch%3A documentation changed::input.prompt (What to show. → What to show: *stars*, 100%25 <b>bold</b>.): The description of `prompt` changed. Rule 36, published crates keep working. https://docs.rs/kling-codegen/latest/kling_codegen/diff/enum.Rule.html#variant.Documentation
    "#);
}

#[test]
fn annotations_escape_what_github_reads() {
    let mut report = one_line();
    report.changes[0].sentence = "50 % of\r\nall, as: it is.".to_owned();
    insta::assert_snapshot!(report.to_github(), @"::notice file=schemas/fal-ai/kling-video/v1/standard/image-to-video.json,title=minor%3A optional input field added::input.seed (now optional integer): 50 %25 of%0D%0Aall, as: it is. Rule 4, published crates keep working. https://docs.rs/kling-codegen/latest/kling_codegen/diff/enum.Rule.html#variant.OptionalInputAdded");
}

#[test]
fn annotations_keep_a_title_with_a_comma_whole() {
    let report = diff(
        &answers([opt("seed", int())]),
        &answers([null("seed", int())]),
    );
    let line = report.to_github();
    let title = "title=none%3A optional output field is always there%2C possibly null::";
    assert!(line.contains(title), "{line}");
}

#[test]
fn lines_of_the_changelog() {
    insta::assert_snapshot!(sample().changelog_lines().join("\n"), @r#"
    - `fal-ai/kling-video/v1/standard/image-to-video`: price changed (`0.045 USD per call`)
    - `fal-ai/kling-video/v1/standard/image-to-video` `input.prompt`: documentation changed
    - `fal-ai/kling-video/v1/standard/image-to-video` `input.duration`: default changed (`"5"` → `"a*b_c"`)
    - `fal-ai/kling-video/v1/standard/image-to-video` `input.seed`: optional input field added (`optional integer`)
    - **Breaking:** `fal-ai/kling-video/v1/standard/image-to-video` `input.duration`: enum value removed (was `"10"`)
    - **Breaking:** `fal-ai/kling-video/v0/gone`: endpoint removed
    - **Breaking:** `types::File.file_size`: output became optional or nullable (`required integer` → `optional integer`)
    "#);
}

#[test]
fn changelog_is_silent_where_the_crate_stays() {
    let report = diff(
        &answers([opt("seed", int())]),
        &answers([null("seed", int())]),
    );
    assert_eq!(report.changes.len(), 1);
    assert!(report.changelog_lines().is_empty());
    assert_eq!(
        report.headline(),
        "No release needed: 1 change without effect on callers. Published crates keep working."
    );
}

#[test]
fn an_empty_report_says_so_in_one_line() {
    let report = diff(&Api::default(), &Api::default());
    let plain = "The schemas did not change.\n";
    assert_eq!(report.to_text(&narrow(false)), plain);
    assert_eq!(report.to_markdown(), plain);
    assert_eq!(report.to_github(), format!("::notice::{plain}"));
    assert!(report.changelog_lines().is_empty());
    let document: Document = serde_json::from_str(&report.to_json()).unwrap();
    assert_eq!(document.headline, plain.trim_end());
    assert!(document.changes.is_empty());
}

#[test]
fn headlines() {
    assert_eq!(
        one_line().headline(),
        "Needs a minor release: 1 change needs it (rule 4). Published crates keep working."
    );
    assert_eq!(
        sample().headline(),
        "Needs a major release: 3 of 7 changes need it (rules 2, 11 and 30). 3 changes break published crates. \
         Release at once: regenerating mends it."
    );
}
