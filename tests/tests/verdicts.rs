//! The verdicts of the change report, held against what they are about.
//!
//! Each folder in `fixtures/evolve` holds
//! - `caller.rs`, written against the code of `before`, which it calls `api`. The documentation tests of this crate
//!   (see `build.rs`) compile it with that code and with the code of `after`: the latter fails exactly if the report
//!   says that the regenerated crate needs a major version. Where the compiler does not see that a name now means
//!   something else, the caller has a `main`, which panics with the code of `after`.
//! - `stays.rs`, where there are several endpoints: a caller of what the report does not name, which compiles with both.
//! - `requests.json`, what callers of a published crate send, by endpoint: valid by the document of `before`. Published
//!   types encode them, and the document of `after` judges them.
//! - `responses.json`, what fal returns from now on, by endpoint: valid by the document of `after`. Published types
//!   decode them.
//!
//! The documents are read by a JSON Schema validator here, not by the generator.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use jsonschema::Validator;
use kling_codegen::diff::{Bump, Report, Rule, Side, Wire};
use kling_tests::{CALLERS, CHANGES, Change, documents, fixtures};
use serde_json::{Value, json};

/// Of these the documents do not say whether fal refuses the requests of published crates.
const UNKNOWABLE: [Rule; 4] = [
    Rule::InputRemoved,
    Rule::OptionalInputRenamed,
    Rule::PatternOrFormat,
    Rule::FileLimitTightened,
];

struct Case {
    name: String,
    folder: PathBuf,
    report: Report,
}

/// The evolve fixtures in which something changes.
fn cases() -> Vec<Case> {
    let mut cases: Vec<Case> = fs::read_dir(fixtures().join("evolve"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|folder| Case {
            name: folder.file_name().unwrap().to_string_lossy().into_owned(),
            report: report(&folder),
            folder,
        })
        .filter(|case| !case.name.starts_with("respelled_"))
        .collect();
    cases.sort_by(|one, other| one.name.cmp(&other.name));
    assert!(!cases.is_empty());
    cases
}

fn report(folder: &Path) -> Report {
    let api = |file: &str| {
        let (documents, settings) = documents(&fs::read_to_string(folder.join(file)).unwrap());
        kling_codegen::read(&documents, &settings).unwrap()
    };
    kling_codegen::diff(&api("before.json"), &api("after.json"))
}

#[track_caller]
fn finish(wrong: &[String]) {
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn each_case_has_a_caller_that_is_compiled_as_its_report_demands() {
    let cases = cases();
    let mut wrong = Vec::new();
    for case in &cases {
        let major = case.report.bump() == Bump::Major;
        match CALLERS.iter().find(|(name, _)| *name == case.name) {
            None => wrong.push(format!("{}: no caller.rs, or no changes.md", case.name)),
            Some((_, demanded)) if *demanded != major => {
                wrong.push(format!("{}: changes.md is out of date", case.name));
            }
            Some(_) => {}
        }
    }
    finish(&wrong);
    assert_eq!(CALLERS.len(), cases.len());
}

#[test]
fn each_rule_has_a_case() {
    let seen: BTreeSet<Rule> = cases()
        .iter()
        .flat_map(|case| case.report.changes.iter().map(|change| change.rule))
        .collect();
    let missing: Vec<&Rule> = Rule::ALL
        .iter()
        .filter(|rule| !seen.contains(rule))
        .collect();
    assert!(missing.is_empty(), "no case shows {missing:?}");
}

/// What published crates do at one endpoint is told by the changes that name it, and by no other.
#[test]
fn published_crates_fare_as_the_report_says() {
    let mut wrong = Vec::new();
    for case in cases() {
        wrong.extend(missing(&case));
        for change in changes(&case) {
            let evidence = Evidence::of(&case, change);
            wrong.extend(evidence.missing);
            let told: Vec<_> = case
                .report
                .changes
                .iter()
                .filter(|told| {
                    told.endpoints()
                        .iter()
                        .any(|id| id.as_str() == change.endpoint)
                })
                .collect();
            let worst = told.iter().map(|change| change.verdict.wire).max();
            let refused = evidence.refused.len();
            let knowable = told.iter().any(|change| {
                // A union takes what it does not know, so that only callers can tell whether they miss it.
                let caught = change.places.iter().all(|place| place.path.contains('<'));
                change.verdict.wire == Wire::MayBreak
                    && !UNKNOWABLE.contains(&change.rule)
                    && !caught
            });
            let holds = match worst.unwrap_or(Wire::Ok) {
                Wire::Ok => refused == 0,
                Wire::MayBreak => refused < evidence.tried && (refused > 0 || !knowable),
                Wire::Breaks => refused > 0,
            };
            if !holds {
                wrong.push(format!(
                    "{} {}: the report says {worst:?}, but {refused} of {} values are refused\n  {}",
                    case.name,
                    change.endpoint,
                    evidence.tried,
                    evidence.refused.join("\n  ")
                ));
            }
        }
    }
    finish(&wrong);
}

#[test]
fn regenerated_crates_read_every_new_response() {
    let mut tried = 0;
    let mut wrong = Vec::new();
    for case in cases() {
        let responses = values(&case, "responses.json");
        for change in changes(&case) {
            let Some(after) = &change.after else { continue };
            for response in list(&responses, change.endpoint) {
                tried += 1;
                if let Err(error) = (after.output)(&response.to_string()) {
                    wrong.push(format!("{}: {response}: {error}", case.name));
                }
            }
        }
    }
    finish(&wrong);
    assert!(tried > 0);
}

/// "The new crate reports before sending", as the report says of bounds.
#[test]
fn regenerated_crates_check_the_bounds_that_became_tighter() {
    let tightened = [
        Rule::RangeTightened,
        Rule::LengthTightened,
        Rule::ItemsTightened,
    ];
    let mut wrong = Vec::new();
    let mut tried = 0;
    for case in cases() {
        let only = case
            .report
            .changes
            .iter()
            .all(|change| tightened.contains(&change.rule));
        if !only {
            continue;
        }
        for change in changes(&case) {
            let after = change.after.as_ref().unwrap();
            let schema = schema(&case, "after.json", change.endpoint, Side::Input).unwrap();
            for request in list(&values(&case, "requests.json"), change.endpoint) {
                tried += 1;
                let passed = (after.input)(&request.to_string()).is_ok();
                if passed != schema.is_valid(request) {
                    wrong.push(format!("{}: {request} passes: {passed}", case.name));
                }
            }
        }
    }
    finish(&wrong);
    assert!(tried > 0);
}

/// "Published crates still refuse it before sending", as the report says of bounds. A case that relaxes is the reverse
/// of one that tightens, whose requests its own documents call valid.
#[test]
fn published_crates_keep_refusing_what_relaxed_bounds_allow() {
    let cases = cases();
    let mut wrong = Vec::new();
    let mut tried = 0;
    for case in &cases {
        let only = |report: &Report, rule: Rule| {
            !report.is_empty() && report.changes.iter().all(|change| change.rule == rule)
        };
        if !only(&case.report, Rule::BoundRelaxed) {
            continue;
        }
        let before = fs::read_to_string(case.folder.join("before.json")).unwrap();
        let after = fs::read_to_string(case.folder.join("after.json")).unwrap();
        let reverse = cases.iter().find(|other| {
            let text = |file: &str| fs::read_to_string(other.folder.join(file)).unwrap();
            text("before.json") == after && text("after.json") == before
        });
        let Some(reverse) = reverse else {
            wrong.push(format!("{}: no case goes the other way", case.name));
            continue;
        };
        for change in changes(case) {
            let published = change.before.as_ref().unwrap();
            let refused = list(&values(reverse, "requests.json"), change.endpoint)
                .filter(|request| (published.input)(&request.to_string()).is_err())
                .count();
            tried += 1;
            if refused == 0 {
                wrong.push(format!("{}: published crates refuse nothing", case.name));
            }
        }
    }
    finish(&wrong);
    assert!(tried > 0);
}

/// What became of the values of a case.
#[derive(Default)]
struct Evidence {
    tried: usize,
    refused: Vec<String>,
    /// What the fixture itself lacks or gets wrong.
    missing: Vec<String>,
}

/// What a fixture lacks: values for each endpoint that its report names.
fn missing(case: &Case) -> Vec<String> {
    let (requests, responses) = (
        values(case, "requests.json"),
        values(case, "responses.json"),
    );
    let mut missing = Vec::new();
    for place in case.report.changes.iter().flat_map(|change| &change.places) {
        let (file, values) = match place.side {
            Some(Side::Output) => ("responses.json", &responses),
            Some(Side::Input) | None => ("requests.json", &requests),
        };
        let is_new = schema(case, "before.json", place.endpoint.as_str(), Side::Input).is_none();
        if !is_new && list(values, place.endpoint.as_str()).next().is_none() {
            missing.push(format!(
                "{}: {file} holds nothing for {}",
                case.name, place.endpoint
            ));
        }
    }
    if changes(case).next().is_none() {
        missing.push(format!("{}: no values", case.name));
    }
    missing
}

impl Evidence {
    fn of(case: &Case, change: &Change) -> Self {
        let mut evidence = Self::default();
        for request in list(&values(case, "requests.json"), change.endpoint) {
            evidence.request(case, change, request);
        }
        for response in list(&values(case, "responses.json"), change.endpoint) {
            evidence.response(case, change, response);
        }
        evidence
    }

    /// A published crate sends it; the new document says whether fal takes it.
    fn request(&mut self, case: &Case, change: &Change, request: &Value) {
        let schema = |file| schema(case, file, change.endpoint, Side::Input);
        let (Some(before), Some(published)) = (schema("before.json"), &change.before) else {
            self.missing
                .push(format!("{}: {} is new", case.name, change.endpoint));
            return;
        };
        let sent = match (published.input)(&request.to_string()) {
            Ok(sent) if before.is_valid(request) => sent,
            Ok(_) => {
                self.missing
                    .push(format!("{}: {request} was never valid", case.name));
                return;
            }
            Err(error) => {
                self.missing
                    .push(format!("{}: {request} cannot be sent: {error}", case.name));
                return;
            }
        };
        self.tried += 1;
        let sent: Value = serde_json::from_str(&sent).unwrap();
        let taken = schema("after.json").is_some_and(|after| after.is_valid(&sent));
        if !taken {
            self.refused.push(format!("request {sent}"));
        }
    }

    /// fal returns it; a published crate reads it.
    fn response(&mut self, case: &Case, change: &Change, response: &Value) {
        let Some(published) = &change.before else {
            return;
        };
        if let Some(after) = schema(case, "after.json", change.endpoint, Side::Output) {
            if !after.is_valid(response) {
                self.missing
                    .push(format!("{}: {response} is no new response", case.name));
            }
            self.tried += 1;
            if let Err(error) = (published.output)(&response.to_string()) {
                self.refused.push(format!("response {response}: {error}"));
            }
        }
    }
}

fn changes(case: &Case) -> impl Iterator<Item = &'static Change> {
    CHANGES.iter().filter(|change| change.fixture == case.name)
}

/// The values in a file, by endpoint; none where there is no such file.
fn values(case: &Case, file: &str) -> Value {
    match fs::read_to_string(case.folder.join(file)) {
        Ok(text) => serde_json::from_str(&text).unwrap(),
        Err(_) => Value::Null,
    }
}

fn list<'a>(values: &'a Value, endpoint: &str) -> impl Iterator<Item = &'a Value> {
    values[endpoint].as_array().into_iter().flatten()
}

/// One side of an endpoint as a JSON Schema; `None` where the document is not there.
fn schema(case: &Case, file: &str, endpoint: &str, side: Side) -> Option<Validator> {
    let text = fs::read_to_string(case.folder.join(file)).unwrap();
    let (documents, _) = documents(&text);
    let document = documents.iter().find(|document| document.id == endpoint)?;
    let mut document: Value = serde_json::from_str(&document.text).unwrap();
    let mut components = document["components"].take();
    if side == Side::Input {
        for component in components["schemas"].as_object_mut().unwrap().values_mut() {
            drop_what_fal_fills_in(component);
        }
    }
    let root = match side {
        Side::Input => "Input",
        Side::Output => "Output",
    };
    let schema =
        json!({ "$ref": format!("#/components/schemas/{root}"), "components": components });
    Some(jsonschema::draft202012::new(&schema).unwrap())
}

/// fal applies a default before it asks whether a property is there.
fn drop_what_fal_fills_in(schema: &mut Value) {
    let filled: Vec<String> = schema["properties"]
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(_, property)| property.get("default").is_some())
        .map(|(name, _)| name.clone())
        .collect();
    if let Some(required) = schema.get_mut("required").and_then(Value::as_array_mut) {
        required.retain(|name| !filled.iter().any(|filled| name == filled));
    }
}

/// A record is merged from all endpoints that use it, so one that joins can loosen it, although nothing that published
/// crates receive has changed.
#[test]
fn an_endpoint_that_joins_is_no_reason_to_release_at_once() {
    let endpoint = |required: Value| {
        json!({
            "Input": { "type": "object", "properties": { "prompt": { "type": "string" } } },
            "File": { "type": "object", "properties": { "url": { "type": "string" } }, "required": required },
        })
    };
    let api = |fixture: Value| {
        let (documents, settings) = documents(&fixture.to_string());
        kling_codegen::read(&documents, &settings).unwrap()
    };
    let before = api(json!({ "acme/one": endpoint(json!(["url"])) }));
    let after =
        api(json!({ "acme/one": endpoint(json!(["url"])), "acme/two": endpoint(json!([])) }));
    let report = kling_codegen::diff(&before, &after);
    let loosened: Vec<_> = report
        .changes
        .iter()
        .filter(|change| change.shared.is_some())
        .collect();
    assert_eq!(loosened.len(), 1, "{:?}", report.changes);
    assert_eq!(loosened[0].rule, Rule::SharedTypeChanged);
    assert_eq!(loosened[0].verdict.wire, Wire::Ok);
    assert_eq!(loosened[0].endpoints()[0].as_str(), "acme/one");
    assert!(!report.needs_hot_fix());
}
