//! Status, result and cancel, from the queue to the end.

use std::time::Duration;

use kling_api::testing::{JobState, LogLine, Outcome, Pace, Script};
use serde_json::{Value, json};

use crate::fake_fal::support::{
    APP, JsonResponse, cancel, get, job_path, messages, start, start_with, status, submit,
};

async fn finished(script: Script) -> (JsonResponse, JsonResponse) {
    let fake = start_with(script).await;
    let id = submit(&fake).await;
    fake.job(&id).complete();
    (
        status(&fake, &id).await,
        get(&fake, &job_path(&id, "")).await,
    )
}

#[tokio::test]
async fn a_job_goes_through_the_three_states() {
    let fake = start_with(
        Script::new()
            .queue_positions([3, 0])
            .in_progress(2)
            .logs(["a", "b", "c"]),
    )
    .await;
    let id = submit(&fake).await;
    let mut seen = Vec::new();
    for _ in 0..5 {
        seen.push(status(&fake, &id).await);
    }
    let codes: Vec<u16> = seen.iter().map(|response| response.code).collect();
    assert_eq!(codes, [202, 202, 202, 202, 200]);
    let states: Vec<&Value> = seen
        .iter()
        .map(|response| &response.body["status"])
        .collect();
    assert_eq!(
        states,
        [
            "IN_QUEUE",
            "IN_QUEUE",
            "IN_PROGRESS",
            "IN_PROGRESS",
            "COMPLETED"
        ]
    );
    let positions: Vec<Option<&Value>> = seen
        .iter()
        .map(|response| response.body.get("queue_position"))
        .collect();
    assert_eq!(
        positions,
        [Some(&json!(3)), Some(&json!(0)), None, None, None]
    );
    let lines: Vec<Vec<&str>> = seen
        .iter()
        .map(|response| messages(&response.body))
        .collect();
    assert_eq!(
        lines,
        [
            vec![],
            vec![],
            vec!["a"],
            vec!["a", "b", "c"],
            vec!["a", "b", "c"]
        ]
    );
    assert_eq!(seen[3].body["metrics"], json!({}));
    assert_eq!(seen[4].body["metrics"], json!({"inference_time": 3.42}));
    assert_eq!(seen[4].body.get("error"), None);
    assert_eq!(seen[0].header("x-fal-request-id"), Some(id.as_str()));
    let base = format!("{}/{APP}/requests/{id}", fake.url());
    assert_eq!(seen[0].body["response_url"], base);
    assert_eq!(seen[0].body["status_url"], format!("{base}/status"));
    assert_eq!(seen[0].body["cancel_url"], format!("{base}/cancel"));
}

#[tokio::test]
async fn logs_are_null_unless_asked_for() {
    let fake = start_with(Script::at_once().logs(["a"])).await;
    let id = submit(&fake).await;
    for (query, wanted) in [
        ("", false),
        ("?logs=0", false),
        ("?logs=false", false),
        ("?logs=1", true),
        ("?logs=true", true),
    ] {
        let logs = get(&fake, &job_path(&id, &format!("/status{query}")))
            .await
            .body["logs"]
            .take();
        assert_eq!(logs.is_array(), wanted, "{query}");
        assert_eq!(logs.is_null(), !wanted, "{query}");
    }
}

#[tokio::test]
async fn a_log_line_has_fals_fields() {
    let fake = start().await;
    let id = submit(&fake).await;
    fake.hold();
    fake.job(&id).log(
        LogLine::new("hot")
            .level("WARN")
            .timestamp("2026-02-17T10:30:01.123"),
    );
    let line = status(&fake, &id).await.body["logs"][0].take();
    let expected = json!({"message": "hot", "level": "WARN", "source": "USER", "timestamp": "2026-02-17T10:30:01.123"});
    assert_eq!(line, expected);
    fake.job(&id).log("cold");
    let line = status(&fake, &id).await.body["logs"][1].take();
    assert_eq!(line["level"], "INFO");
    assert!(line["timestamp"].as_str().unwrap().ends_with('Z'));
}

#[tokio::test]
async fn a_result_before_the_end_is_400() {
    let fake = start().await;
    let id = submit(&fake).await;
    fake.hold();
    for _ in 0..2 {
        let early = get(&fake, &job_path(&id, "")).await;
        assert_eq!(
            (early.code, early.body),
            (400, json!({"detail": "Request is still in progress"}))
        );
        fake.job(&id).start();
    }
    fake.job(&id).complete();
    assert_eq!(get(&fake, &job_path(&id, "")).await.code, 200);
}

#[tokio::test]
async fn the_result_is_the_documents_example() {
    let (_, result) = finished(Script::new().billable_units(5.0)).await;
    assert_eq!(result.code, 200);
    let url = result.body["video"]["url"].as_str().unwrap();
    assert!(url.ends_with("/files/output.mp4"), "{url}");
    assert_eq!(result.body.as_object().unwrap().len(), 1);
    assert_eq!(result.header("x-fal-billable-units"), Some("5"));
    assert_eq!(result.header("x-fal-request-id").unwrap().len(), 36);
}

#[tokio::test]
async fn a_script_settles_output_units_and_inference_time() {
    let script = Script::new()
        .outcome(Outcome::Output(json!({"video": null})))
        .billable_units(None)
        .inference_time(None);
    let (status, result) = finished(script).await;
    assert_eq!(result.body, json!({"video": null}));
    assert_eq!(result.header("x-fal-billable-units"), None);
    assert_eq!(status.body["metrics"], json!({"inference_time": null}));
}

#[tokio::test]
async fn a_model_error_is_replayed_with_its_status() {
    let outcome = Outcome::model_error(
        "content_policy_violation",
        "prompt",
        "The prompt was refused",
    );
    let (status, result) = finished(Script::new().outcome(outcome)).await;
    assert_eq!(
        (status.code, &status.body["status"]),
        (200, &json!("COMPLETED"))
    );
    assert_eq!(status.body["error"], "Invalid status code: 422");
    assert_eq!(result.code, 422);
    assert_eq!(
        result.body,
        json!({"detail": [{
            "loc": ["body", "prompt"],
            "msg": "The prompt was refused",
            "type": "content_policy_violation",
            "url": "https://docs.fal.ai/errors/#content_policy_violation",
        }]})
    );
    assert_eq!(result.header("x-fal-billable-units"), None);
}

#[tokio::test]
async fn a_platform_error_has_its_type_in_body_header_and_status() {
    for (outcome, code, error_type) in [
        (Outcome::runner_died(), 503, "runner_disconnected"),
        (
            Outcome::platform_error("runner_incomplete_response"),
            502,
            "runner_incomplete_response",
        ),
        (
            Outcome::platform_error("internal_error"),
            500,
            "internal_error",
        ),
        (
            Outcome::platform_error("request_timeout"),
            504,
            "request_timeout",
        ),
    ] {
        let (status, result) = finished(Script::new().outcome(outcome)).await;
        assert_eq!(status.body["error_type"], error_type);
        assert_eq!(status.body["error"], result.body["detail"]);
        assert_eq!(
            (result.code, &result.body["error_type"]),
            (code, &json!(error_type))
        );
        assert_eq!(result.header("x-fal-error-type"), Some(error_type));
        assert_eq!(result.header("x-fal-request-timeout-type"), None);
    }
}

#[tokio::test]
async fn any_response_can_be_the_result() {
    let headers = vec![
        ("content-type".to_owned(), "application/json".to_owned()),
        ("x-more".to_owned(), "1".to_owned()),
    ];
    let (status, result) = finished(Script::new().outcome(Outcome::Answer {
        code: 207,
        headers,
        body: b"[1]".to_vec(),
    }))
    .await;
    assert_eq!(status.body.get("error"), None);
    assert_eq!(
        (result.code, result.header("x-more"), &result.body),
        (207, Some("1"), &json!([1]))
    );
}

#[tokio::test]
async fn a_job_in_the_queue_is_removed() {
    let fake = start().await;
    let id = submit(&fake).await;
    let response = cancel(&fake, &id).await;
    assert_eq!(
        (response.code, response.body),
        (200, json!({"status": "OK"}))
    );
    let seen = status(&fake, &id).await;
    assert_eq!(
        (&seen.body["status"], &seen.body["error_type"]),
        (&json!("COMPLETED"), &json!("client_cancelled"))
    );
    let result = get(&fake, &job_path(&id, "")).await;
    assert_eq!(
        (result.code, result.header("x-fal-error-type")),
        (499, Some("client_cancelled"))
    );
    let again = cancel(&fake, &id).await;
    assert_eq!(
        (again.code, again.body),
        (400, json!({"status": "ALREADY_COMPLETED"}))
    );
}

#[tokio::test]
async fn a_job_in_progress_is_asked_to_stop() {
    for (script, code) in [(Script::new(), 499), (Script::new().ignores_cancel(), 200)] {
        let fake = start_with(script).await;
        let id = submit(&fake).await;
        fake.job(&id).start();
        let response = cancel(&fake, &id).await;
        assert_eq!(
            (response.code, response.body),
            (202, json!({"status": "CANCELLATION_REQUESTED"}))
        );
        assert_eq!(fake.job(&id).state(), JobState::InProgress);
        while status(&fake, &id).await.code == 202 {}
        assert_eq!(get(&fake, &job_path(&id, "")).await.code, code);
    }
}

#[tokio::test]
async fn an_ended_job_cannot_be_cancelled() {
    let fake = start_with(Script::at_once()).await;
    let id = submit(&fake).await;
    let response = cancel(&fake, &id).await;
    assert_eq!(
        (response.code, response.body),
        (400, json!({"status": "ALREADY_COMPLETED"}))
    );
    assert_eq!(get(&fake, &job_path(&id, "")).await.code, 200);
}

#[tokio::test]
async fn a_timed_job_moves_without_requests() {
    let fake = start_with(Script::new().pace(Pace::Timed(Duration::ZERO))).await;
    let id = submit(&fake).await;
    assert_eq!(status(&fake, &id).await.body["status"], "COMPLETED");
    fake.set_script(Script::new().pace(Pace::Timed(Duration::from_secs(3600))));
    let id = submit(&fake).await;
    for _ in 0..3 {
        assert_eq!(status(&fake, &id).await.body["queue_position"], 1);
    }
}
