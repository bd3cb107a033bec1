//! The response to a submit, and what the fake records of it.

use std::time::Duration;

use kling_api::testing::{FakeFal, JobState, Operation, Pace, Script};
use reqwest::Method;
use serde_json::{Value, json};

use crate::fake_fal::support::{
    APP, ENDPOINT, JsonResponse, document, get, good_input, job_path, request, start, start_with,
    status, submit, submit_request,
};

#[tokio::test]
async fn the_response_to_a_submit_has_the_job_and_its_urls() {
    let fake = start_with(Script::new().queue_positions([4, 2])).await;
    let response = JsonResponse::read(submit_request(&fake).send().await.unwrap()).await;
    let id = response.body["request_id"].as_str().unwrap();
    let base = format!("{}/{APP}/requests/{id}", fake.url());
    assert_eq!(response.code, 200);
    assert_eq!(response.header("x-fal-request-id"), Some(id));
    assert_eq!(
        response.body,
        json!({
            "status": "IN_QUEUE",
            "request_id": id,
            "queue_position": 4,
            "response_url": base,
            "status_url": format!("{base}/status"),
            "cancel_url": format!("{base}/cancel"),
        })
    );
}

#[tokio::test]
async fn each_submit_buys_its_own_job() {
    let fake = start().await;
    let (first, second) = (submit(&fake).await, submit(&fake).await);
    assert_ne!(first, second);
    assert_eq!(fake.submits(), 2);
    let jobs = fake.jobs();
    assert_eq!(
        [&jobs[0].request_id, &jobs[1].request_id],
        [&first, &second]
    );
    assert_eq!(
        (jobs[0].endpoint.as_str(), &jobs[0].input),
        (ENDPOINT, &good_input())
    );
    assert_eq!(
        (jobs[0].state, &jobs[0].webhook),
        (JobState::InQueue, &None)
    );
}

#[tokio::test]
async fn everything_about_a_submit_is_recorded_but_the_key() {
    let fake = start().await;
    let response = submit_request(&fake)
        .query(&[("fal_webhook", "https://me.example/hook?a=1&b=ü")])
        .header("X-Fal-Queue-Priority", "low")
        .header("X-Fal-Tags", "team=film")
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 200);
    let webhook = "https://me.example/hook?a=1&b=ü";
    assert_eq!(fake.jobs()[0].webhook.as_deref(), Some(webhook));

    let requests = fake.requests();
    let [seen] = requests.as_slice() else {
        panic!("one request was sent, not {}", requests.len())
    };
    assert_eq!(
        (seen.operation, seen.method.as_str()),
        (Operation::Submit, "POST")
    );
    assert_eq!(seen.path, format!("/{ENDPOINT}"));
    assert_eq!(seen.endpoint.as_deref(), Some(ENDPOINT));
    assert_eq!(seen.request_id, Some(fake.jobs()[0].request_id.clone()));
    assert_eq!(seen.query_value("fal_webhook").as_deref(), Some(webhook));
    assert_eq!(seen.header("X-Fal-Queue-Priority"), Some("low"));
    assert_eq!(seen.header("x-fal-tags"), Some("team=film"));
    assert_eq!(seen.json(), Some(good_input()));
    assert_eq!(
        (seen.status, seen.took_effect, seen.faulted),
        (Some(200), true, false)
    );
    assert_eq!(seen.header("authorization"), None);
    let shown = format!("{seen:?} {seen} {fake:?} {:?}", fake.jobs());
    assert!(!shown.contains("test-key"), "{shown}");
}

#[tokio::test]
async fn a_queue_longer_than_the_caller_wants_is_429() {
    let fake = start().await;
    fake.hold();
    submit(&fake).await;
    submit(&fake).await;
    let limited = |limit: &str| {
        submit_request(&fake)
            .query(&[("fal_max_queue_length", limit)])
            .send()
    };
    assert_eq!(limited("2").await.unwrap().status(), 200);
    let refused = JsonResponse::read(limited("2").await.unwrap()).await;
    assert_eq!(refused.code, 429);
    assert!(refused.body["detail"].is_string());
    assert_eq!(fake.submits(), 3);
    fake.job(&fake.jobs()[0].request_id).start();
    assert_eq!(
        limited("2").await.unwrap().status(),
        200,
        "a job in progress does not wait"
    );
}

#[tokio::test]
async fn a_missed_start_timeout_is_the_callers_504() {
    for header in ["X-Fal-Request-Start-Timeout", "X-Fal-Request-Timeout"] {
        let fake = start().await;
        fake.hold();
        let response = submit_request(&fake)
            .header(header, "0")
            .send()
            .await
            .unwrap();
        let id = response.json::<Value>().await.unwrap()["request_id"]
            .as_str()
            .unwrap()
            .to_owned();
        let seen = status(&fake, &id).await;
        assert_eq!(
            (seen.code, &seen.body["status"]),
            (200, &json!("COMPLETED"))
        );
        assert_eq!(seen.body["error_type"], "request_timeout");
        let result = get(&fake, &job_path(&id, "")).await;
        assert_eq!(result.code, 504);
        assert_eq!(result.header("x-fal-request-timeout-type"), Some("user"));
        assert_eq!(result.header("x-fal-error-type"), Some("request_timeout"));
        assert_eq!(result.body["error_type"], "request_timeout");
    }
}

#[tokio::test]
async fn the_newer_start_timeout_wins_and_nonsense_is_ignored() {
    let fake = start().await;
    fake.hold();
    for (newer, older) in [("3600", "0"), ("soon", "soon"), ("-1", "-1")] {
        let response = submit_request(&fake)
            .header("X-Fal-Request-Start-Timeout", newer)
            .header("X-Fal-Request-Timeout", older)
            .send()
            .await
            .unwrap();
        let id = response.json::<Value>().await.unwrap()["request_id"]
            .as_str()
            .unwrap()
            .to_owned();
        assert_eq!(status(&fake, &id).await.body["status"], "IN_QUEUE");
    }
    let id = submit(&fake).await;
    fake.job(&id).miss_start_timeout();
    assert_eq!(get(&fake, &job_path(&id, "")).await.code, 504);
}

#[tokio::test]
async fn a_script_may_depend_on_endpoint_and_input() {
    let script_for = |endpoint: &str, input: &Value| {
        assert_eq!(endpoint, ENDPOINT);
        let position = input["cfg_scale"].as_f64().map_or(9, |_| 3);
        Script::new()
            .queue_positions([position])
            .pace(Pace::Timed(Duration::from_secs(3600)))
    };
    let fake = FakeFal::builder()
        .document(ENDPOINT, document())
        .script_for(script_for)
        .start()
        .await
        .unwrap();
    let mut input = good_input();
    input["cfg_scale"] = json!(0.1);
    let path = format!("/{ENDPOINT}");
    let response = JsonResponse::read(
        request(&fake, Method::POST, &path)
            .json(&input)
            .send()
            .await
            .unwrap(),
    )
    .await;
    assert_eq!(response.body["queue_position"], 3);
    assert_eq!(
        JsonResponse::read(submit_request(&fake).send().await.unwrap())
            .await
            .body["queue_position"],
        9
    );
    fake.set_script(Script::new().queue_positions([7]));
    assert_eq!(
        JsonResponse::read(submit_request(&fake).send().await.unwrap())
            .await
            .body["queue_position"],
        7
    );
}
