//! What an event says, as far as it needs no job to compare it with.

use kling_api::v2_1::master::image_to_video::Input;
use kling_api::webhook::{Event, EventKind};
use kling_api::{Endpoint, ErrorType, Raw, Submission};
use serde_json::{Value, json};

fn event<E: Endpoint>(body: &Value) -> Event<E> {
    Event::parse_unverified(body.to_string().as_bytes()).unwrap()
}

fn output() -> Value {
    json!({"video": {"url": "https://v3.fal.media/files/b/x.mp4"}})
}

#[test]
fn a_completed_job_gives_its_output() {
    let body = json!({"request_id": "6f", "gateway_request_id": "71", "status": "OK", "payload": output()});
    let event = event::<Input>(&body);
    assert_eq!(event.kind(), EventKind::Completed);
    assert_eq!(
        (event.request_id(), event.gateway_request_id()),
        ("6f", Some("71"))
    );
    assert_eq!(event.job().request_id(), "6f");
    assert_eq!(event.job().endpoint(), Input::INFO.id);
    let video = event.clone().into_result().unwrap();
    assert_eq!(video.video.url, "https://v3.fal.media/files/b/x.mp4");
    assert_eq!(video.request_id(), "6f");
    assert_eq!(video.billable_units(), None);
    assert!(!format!("{event:?}").contains("fal.media"), "{event:?}");
}

#[test]
fn jobs_of_several_endpoints_may_report_to_one_url() {
    let body = json!({"request_id": "6f", "status": "OK", "payload": output()});
    let raw = event::<Raw>(&body);
    assert_eq!(raw.raw_job("acme/film").endpoint(), "acme/film");
    assert_eq!(*raw.clone().into_result().unwrap(), output());
    let video = raw.typed::<Input>().into_result().unwrap();
    assert_eq!(video.video.url, "https://v3.fal.media/files/b/x.mp4");
}

#[test]
fn a_failed_job_gives_its_error() {
    let detail = json!([{"loc": ["body", "prompt"], "msg": "field required", "type": "value_error.missing"}]);
    let body = json!({
        "request_id": "6f", "gateway_request_id": "71", "status": "ERROR",
        "error": "Invalid status code: 422", "payload": {"detail": detail},
    });
    let error = event::<Input>(&body).into_result().unwrap_err();
    assert!(error.is_job_failure() && error.is_validation() && !error.is_retryable());
    assert_eq!(error.status(), Some(422));
    assert_eq!(error.submission(), Submission::Submitted("6f".to_owned()));
    assert_eq!(error.endpoint(), Some(Input::INFO.id));
    assert_eq!(error.field_errors()[0].path(), "prompt");
    assert_eq!(
        error.error_type(),
        Some(&ErrorType::Other("value_error.missing".into()))
    );
    assert_eq!(
        format!("{error:#}"),
        "job 6f failed: field required (prompt). Correct the input, then submit a new job"
    );
}

#[test]
fn a_failure_may_come_without_any_details() {
    for (body, status, text) in [
        (
            json!({"request_id": "6f", "status": "ERROR", "error": "Invalid status code: 500", "payload": null,
                "payload_error": "not JSON"}),
            Some(500),
            "job 6f failed: Invalid status code: 500. Trying again may help: a new submit is a new job",
        ),
        (
            json!({"request_id": "6f", "status": "ERROR", "error": "Runner disconnected",
                "error_type": "runner_disconnected"}),
            Some(503),
            "job 6f failed: Runner disconnected. Trying again may help: a new submit is a new job",
        ),
        (
            json!({"request_id": "6f", "status": "ERROR", "error_type": "client_cancelled"}),
            Some(499),
            "job 6f was cancelled. Submit it again to get a result",
        ),
        (
            json!({"request_id": "6f", "status": "ERROR", "error": {"no": "text"}, "payload": 7}),
            None,
            "job 6f failed. The same result will come back for this request: submit a new job to try again",
        ),
        (
            json!({"request_id": "6f", "status": "ERROR", "error": "Invalid status code: ü00"}),
            None,
            "job 6f failed: Invalid status code: ü00. The same result will come back for this request: \
             submit a new job to try again",
        ),
    ] {
        let error = event::<Input>(&body).into_result().unwrap_err();
        assert!(error.is_job_failure(), "{body}");
        assert_eq!(error.status(), status, "{body}");
        assert_eq!(format!("{error:#}"), text, "{body}");
    }
}

#[test]
fn a_result_that_did_not_come_along_is_there_to_be_fetched() {
    let body = json!({"request_id": "6f", "gateway_request_id": "6f", "status": "OK", "payload": null,
        "payload_error": "Response payload is not JSON serializable"});
    let event = event::<Input>(&body);
    assert_eq!(event.kind(), EventKind::WithoutPayload);
    let error = event.into_result().unwrap_err();
    assert!(error.is_undelivered() && !error.is_job_failure() && !error.may_submit_again());
    assert_eq!(error.submission(), Submission::Submitted("6f".to_owned()));
    assert_eq!(
        format!("{error:#}"),
        "reading the webhook of job 6f failed: the webhook has no result: Response payload is not JSON \
         serializable. The job is done and paid: fetch the result of request 6f with \
         client.result(&job), soon, for fal keeps results for an hour, those of 10 KB or more for six \
         minutes"
    );
}

#[test]
fn an_output_of_another_shape_is_kept_in_the_error() {
    for payload in [json!({"movie": 1}), json!("text"), json!(null)] {
        let body = json!({"request_id": "6f", "status": "OK", "payload": payload});
        let error = event::<Input>(&body).into_result().unwrap_err();
        assert!(error.is_unreadable() && !error.is_retryable(), "{body}");
        assert_eq!(error.body(), Some(payload.to_string().as_str()));
        assert_eq!(
            format!("{error:#}"),
            "reading the webhook of job 6f failed: the result is JSON of a shape that this version does \
             not know. The job is done and paid: read the result from the error's body(), and update this \
             crate"
        );
    }
    let body = json!({"request_id": "6f", "status": "OK", "payload": null});
    assert_eq!(*event::<Raw>(&body).into_result().unwrap(), Value::Null);
}

#[test]
fn a_status_of_tomorrow_does_not_lose_the_job() {
    for status in [json!("PAUSED"), json!(null), json!(3)] {
        let body = json!({"request_id": "6f", "status": status, "payload": {}});
        let event = event::<Raw>(&body);
        assert_eq!(event.kind(), EventKind::Unknown);
        let error = event.into_result().unwrap_err();
        assert_eq!(error.request_id(), Some("6f"));
        assert_eq!(error.endpoint(), None);
        assert!(error.is_unreadable() && !error.is_job_failure());
    }
}

#[test]
fn what_names_no_job_is_no_event() {
    for (body, problem) in [
        ("", "it is no object of JSON"),
        ("[1]", "it names no request_id"),
        ("{", "it is no object of JSON"),
        ("\"6f\"", "it is no object of JSON"),
        ("{}", "it names no request_id"),
        (r#"{"request_id": ""}"#, "it names no request_id"),
        (
            r#"{"request_id": 7, "status": "OK"}"#,
            "it names no request_id",
        ),
        (r#"{"request_id": null}"#, "it names no request_id"),
    ] {
        let error = Event::<Raw>::parse_unverified(body.as_bytes()).unwrap_err();
        assert!(error.is_unreadable(), "{body}");
        assert_eq!(error.status_code(), 400);
        let expected = format!(
            "the signature is fal's, and the body is no event: {problem}. Update this crate, or read the \
             body yourself"
        );
        assert_eq!(format!("{error:#}"), expected, "{body}");
    }
}
