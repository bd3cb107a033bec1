//! What each error says.

use std::time::Duration;

use crate::error::Submission;
use crate::error::body::ErrorBody;
use crate::error::display::*;
use crate::values::endpoint::{Endpoint, EndpointInfo, Raw};
use crate::values::job::Job;
use crate::values::validation::{Validate, Validator};
use crate::values::violations::Violations;

const ENDPOINT: &str = "fal-ai/x/y";

fn unknown(kind: Kind) -> Error {
    let mut error = Error::new(kind, Phase::Submit);
    error.inner_mut().submission = Submission::Unknown;
    error.inner_mut().endpoint = Some(ENDPOINT.to_owned());
    error
}

fn refused(phase: Phase, status: u16, body: &str) -> Error {
    let mut error = Error::new(Kind::Refused, phase);
    error.inner_mut().status = Some(status);
    error.inner_mut().body = ErrorBody::from(body);
    error
}

fn cancelled(outcome: Result<CancelOutcome, Error>) -> Error {
    let mut error = Error::new(Kind::Deadline, Phase::Follow).of_job("6f", ENDPOINT);
    error.inner_mut().cancel = Some(outcome);
    error
}

struct TooLong;

impl Validate for TooLong {
    fn validate_with(&self, validator: &mut Validator) {
        validator.field("prompt", |validator| validator.max_length("abc", 2));
    }
}

#[test]
fn each_says_what_happened_and_what_to_do() {
    let locked = r#"{"detail": "User is locked. Reason: Exhausted balance."}"#;
    let mut busy = refused(Phase::Submit, 429, "");
    busy.inner_mut().retry_after = Some(Duration::from_secs(8));
    let mut failed = refused(Phase::Result, 503, r#"{"detail": "Gone."}"#).of_job("6f", ENDPOINT);
    failed.inner_mut().kind = Kind::JobFailed;
    let how = if cfg!(feature = "platform") {
        "by find_lost_jobs, or in"
    } else {
        "in"
    };
    let lost = format!(
        "submitting the job failed: the connection broke before the whole response arrived. fal may \
         have taken it: before you submit again, look for it {how} the list of your requests, GET \
         https://api.fal.ai/v1/models/requests/by-endpoint?endpoint_id=fal-ai/x/y"
    );
    for (error, text) in [
        (
            Error::new(Kind::Invalid, Phase::Prepare)
                .with_source(Violations::of(&TooLong).unwrap_err()),
            "the job was not sent: prompt has 3 characters but may have at most 2. Correct the \
             input, or call skip_validation() or call_raw() if fal accepts it by now",
        ),
        (unknown(Kind::Interrupted), &lost),
        (
            Error::new(Kind::Connect, Phase::Submit),
            "submitting the job failed: no connection could be made. Nothing was bought: check \
             the network and the proxy, then submit again",
        ),
        (
            busy,
            "submitting the job failed: the server answered 429 Too Many Requests. Nothing was \
             bought: submit again in 8 s",
        ),
        (
            refused(Phase::Submit, 403, locked),
            "submitting the job failed: the server answered 403 Forbidden: User is locked. \
             Reason: Exhausted balance. Nothing was bought: add credit to the account, then submit \
             again",
        ),
        (
            refused(Phase::Status, 401, "").of_job("6f", ENDPOINT),
            "getting the status of job 6f failed: the server answered 401 Unauthorized. The \
             job itself is not affected: check the API key, then follow request 6f again",
        ),
        (
            Error::new(Kind::AttemptTimeout, Phase::Result).of_job("6f", ENDPOINT),
            "fetching the result of job 6f failed: the server took longer to respond than one \
             attempt may take. The job itself is not affected: follow request 6f again, do not \
             submit it again",
        ),
        (
            failed,
            "job 6f failed: Gone. Trying again may help: a new submit is a new job",
        ),
        (
            cancelled(Ok(CancelOutcome::Removed)),
            "following job 6f ended: the timeout of the call has passed; the job was taken out \
             of the queue. It will not run: submit it again to get a result",
        ),
        (
            cancelled(Ok(CancelOutcome::Requested)),
            "following job 6f ended: the timeout of the call has passed; fal was asked to cancel \
             the job, which may still finish and be billed. Get the status of request 6f to see \
             how it ended",
        ),
        (
            cancelled(Err(Error::new(Kind::Connect, Phase::Cancel))),
            "following job 6f ended: the timeout of the call has passed; cancelling the job \
             failed too. The job may continue and be billed: cancel request 6f again, or follow it to get the \
             result",
        ),
        (
            cancelled(Ok(CancelOutcome::UnknownJob)),
            "following job 6f ended: the timeout of the call has passed; fal does not know the job \
             that was to be cancelled. Check the endpoint id and the request id 6f: a job under \
             another id may continue and be billed",
        ),
        (
            Error::new(Kind::Deadline, Phase::Follow).of_job("6f", ENDPOINT),
            "following job 6f ended: the timeout of the call has passed. The job is not affected: \
             follow request 6f again, do not submit it again",
        ),
        (
            Error::new(Kind::Unended, Phase::Follow).of_job("6f", ENDPOINT),
            "following job 6f ended without a result or an error, which is a bug of kling-api. The \
             job itself is not affected: follow request 6f again, do not submit it again",
        ),
        (
            Error::new(Kind::Unsendable, Phase::Submit),
            "submitting the job failed: the HTTP library cannot make a request of it. Check the headers \
             and the base URLs of the client; the cause says what is wrong",
        ),
    ] {
        assert_eq!(format!("{error:#}"), text);
    }
}

#[test]
fn what_is_printed_plainly_has_no_advice_in_it() {
    let invalid = Error::from(Violations::of(&TooLong).unwrap_err());
    let sentence = "no API key is set";
    let configuration = Kind::Configuration(format!("{sentence}; set FAL_KEY"));
    let configuration = Error::new(configuration, Phase::Prepare);
    let cost = "the call costs $1.40, and one call may cost $1.00";
    let over = Kind::OverBudget(format!("{cost}. Ask for less"));
    let over = Error::new(over, Phase::Prepare);
    let plain = Error::new(
        Kind::Journal("it is gone: no more. than that".to_owned()),
        Phase::Prepare,
    );
    for (error, text, advice) in [
        (
            invalid,
            "the job was not sent: prompt has 3 characters but may have at most 2".to_owned(),
            Some(
                "Correct the input, or call skip_validation() or call_raw() if fal accepts it by now",
            ),
        ),
        (configuration, sentence.to_owned(), Some("set FAL_KEY")),
        (
            over,
            format!("the job was not sent: {cost}"),
            Some("Ask for less"),
        ),
        (plain, "it is gone: no more. than that".to_owned(), None),
    ] {
        assert_eq!(error.to_string(), text);
        assert_eq!(error.advice().as_deref(), advice);
        let both = format!("{error:#}");
        assert!(
            both.starts_with(&text) && both.ends_with(advice.unwrap_or(&text)),
            "{both}"
        );
    }
}

#[test]
fn blank_words_of_the_server_leave_nothing_behind() {
    for body in [
        r#"{"detail": ""}"#,
        r#"{"detail": " . "}"#,
        r#"{"detail": [{"loc": ["body"], "msg": " ", "type": "x"}]}"#,
    ] {
        let error = refused(Phase::Submit, 500, body);
        assert_eq!(
            error.to_string(),
            "submitting the job failed: the server answered 500 Internal Server Error",
            "{body}"
        );
    }
    let named = r#"{"detail": [{"loc": ["body", "prompt"], "msg": "", "type": "x"}]}"#;
    let text = refused(Phase::Submit, 422, named).to_string();
    assert!(text.ends_with("422 Unprocessable Entity: prompt"), "{text}");
}

#[derive(serde::Serialize)]
struct Own;

impl Validate for Own {
    fn validate_with(&self, _: &mut Validator) {}
}

impl Endpoint for Own {
    type Output = ();
    const INFO: EndpointInfo = EndpointInfo::new(ENDPOINT);
}

#[test]
fn the_job_comes_back_from_an_error_of_its_endpoint() {
    let error = Error::new(Kind::Deadline, Phase::Follow).of_job("6f", ENDPOINT);
    assert_eq!(error.job::<Raw>(), Some(Job::raw(ENDPOINT, "6f")));
    assert_eq!(error.job::<Own>(), Some(Job::from_request_id("6f")));
    let other = Error::new(Kind::Deadline, Phase::Follow).of_job("6f", "a/b");
    assert_eq!(other.job::<Own>(), None);
    // A synchronous call leaves no job, and of an unknown one nobody knows.
    let ran = Error::new(Kind::Interrupted, Phase::Run).of_job("6f", ENDPOINT);
    assert_eq!(ran.job::<Raw>(), None);
    assert_eq!(unknown(Kind::Interrupted).job::<Raw>(), None);
}

#[test]
fn the_servers_words_are_kept_short_and_on_one_line() {
    let long = format!("{{\"detail\": \"a\\n{}\"}}", "b".repeat(1000));
    let text = refused(Phase::Submit, 500, &long).to_string();
    assert!(text.contains(": a bbb") && text.contains("b…"), "{text}");
    assert!(text.len() < 500);
}

#[test]
fn after_a_cancellation_that_failed_the_job_may_cost() {
    let locked = r#"{"detail": "User is locked. Reason: Exhausted balance."}"#;
    let mut busy = refused(Phase::Cancel, 429, "");
    busy.inner_mut().retry_after = Some(Duration::from_secs(8));
    for (error, text) in [
        (
            refused(Phase::Cancel, 401, ""),
            "check the API key and its scope, then cancel request 6f again",
        ),
        (
            refused(Phase::Cancel, 403, locked),
            "add credit to the account, then cancel request 6f again",
        ),
        (
            refused(Phase::Cancel, 404, ""),
            "check the endpoint id and the request id, then cancel request 6f again",
        ),
        (busy, "cancel request 6f again in 8 s"),
        (refused(Phase::Cancel, 500, ""), "cancel request 6f again"),
        (
            Error::new(Kind::Connect, Phase::Cancel),
            "cancel request 6f again",
        ),
    ] {
        let error = error.of_job("6f", ENDPOINT);
        assert_eq!(
            error.next(),
            format!("The job may continue and be billed: {text}")
        );
    }
    for kind in [
        Kind::Interrupted,
        Kind::AttemptTimeout,
        Kind::Deadline,
        Kind::Unreadable,
        Kind::TooLarge,
    ] {
        let error = Error::new(kind, Phase::Cancel).of_job("6f", ENDPOINT);
        assert_eq!(
            error.next(),
            "The cancellation may have arrived: get the status of request 6f, or cancel it again"
        );
    }
}

#[test]
fn a_refused_submit_names_what_to_change() {
    let mut late = refused(Phase::Submit, 504, "");
    late.inner_mut().user_timeout = true;
    assert_eq!(
        late.next(),
        "It did not start within the start timeout: submit it again with a longer one"
    );
    for status in [400, 405, 413] {
        assert_eq!(
            refused(Phase::Submit, status, "").next(),
            "Nothing was bought. Correct the request, then submit again"
        );
    }
}

#[test]
fn only_a_missing_result_is_about_how_long_results_are_kept() {
    for (phase, speaks) in [
        (Phase::Status, false),
        (Phase::Cancel, false),
        (Phase::Result, true),
    ] {
        let text = refused(phase, 404, "").of_job("6f", ENDPOINT).next();
        assert_eq!(text.contains("10 KB or more"), speaks, "{text}");
        assert!(text.contains("6f"), "{text}");
    }
}

#[test]
fn plain_debug_is_the_sentence_with_its_causes_and_the_alternate_one_the_fields() {
    let error = Error::new(Kind::Connect, Phase::Submit).with_source(
        Error::new(Kind::Configuration("no route".to_owned()), Phase::Prepare)
            .with_source("cable cut"),
    );
    assert_eq!(
        format!("{error:?}"),
        format!("{error:#}\n\nCaused by:\n    no route\n    cable cut")
    );
    let alone = Error::new(Kind::Connect, Phase::Submit);
    assert_eq!(format!("{alone:?}"), format!("{alone:#}"));
    let fields = format!("{error:#?}");
    assert!(fields.contains("kind: Connect"), "{fields}");
    assert!(fields.contains("cable cut"), "{fields}");
}

#[test]
fn submitting_again_is_another_matter() {
    let busy = refused(Phase::Submit, 429, "");
    assert!(busy.is_retryable() && busy.may_submit_again());
    let asked = refused(Phase::Status, 429, "").of_job("6f", ENDPOINT);
    assert!(asked.is_retryable() && !asked.may_submit_again());
    assert!(!unknown(Kind::Interrupted).may_submit_again());
    assert!(!refused(Phase::Submit, 400, "").may_submit_again());
    for (outcome, expected) in [
        (CancelOutcome::Removed, false),
        (CancelOutcome::Requested, false),
        (CancelOutcome::TooLate, true),
    ] {
        assert_eq!(cancelled(Ok(outcome)).is_retryable(), expected, "{outcome}");
    }
}

#[test]
fn words_of_a_server_move_no_cursor_and_break_no_line() {
    let body = "{\"detail\": [{\"loc\": [\"body\", \"a\\u001b[2J\"], \"msg\": \"bad\\u202e\\u009b\", \"type\": \"x\"}]}";
    let error = refused(Phase::Submit, 422, body);
    let source = refused(
        Phase::Submit,
        400,
        r#"{"detail": "::error \u001b[31m \u2028 ##"}"#,
    );
    let both = error.with_source("a\u{1b}\nb");
    for text in [
        both.to_string(),
        format!("{source}"),
        format!("{both:?}"),
        format!("{:?}", both.field_errors()),
    ] {
        let odd = |letter: char| {
            letter.is_control() && letter != '\n' || "\u{202e}\u{2028}".contains(letter)
        };
        assert!(!text.contains(odd), "{}", text.escape_unicode());
    }
    assert!(
        format!("{both:?}").contains("Caused by:\n    a\\u{1b}\\u{a}b"),
        "{both:?}"
    );
    assert!(
        both.field_errors()[0]
            .to_string()
            .contains("bad\\u{202e}\\u{9b}")
    );
}
