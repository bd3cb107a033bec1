//! Synchronous calls, whole and streamed, and the limits on what a client spends: against a fake that breaks.

use std::time::Duration;

use kling_api::testing::{FakeFal, Fault, Operation, Outcome, Script};
use kling_api::{Error, Priority, Submission, Usd};
use kling_tests::harness::{client, fake, input, settings};
use kling_tests::kling::v1::standard::image_to_video::Input;
use serde_json::json;

const ENDPOINT: &str = "fal-ai/kling-video/v1/standard/image-to-video";

#[tokio::test]
async fn a_run_gives_the_output_and_buys_one_job() {
    let fake = fake().start().await.unwrap();
    let call = client(&fake)
        .call(input())
        .tag("team", "birds")
        .store_io(false);
    let video = call.run().await.unwrap();
    assert_eq!(video.video.url, fake.file_url("output.mp4"));
    assert_eq!(video.billable_units(), Some(1.0));
    let requests = fake.requests();
    let [request] = requests.as_slice() else {
        panic!("{requests:?}")
    };
    assert_eq!(request.operation, Operation::Run);
    assert_eq!(request.path, format!("/-/run/{ENDPOINT}"));
    assert_eq!(request.header("x-fal-tags"), Some("team=birds"));
    assert_eq!(request.header("x-fal-store-io"), Some("0"));
    assert_eq!(request.request_id.as_deref(), Some(video.request_id()));
    assert_eq!(fake.submits(), 1);
}

#[tokio::test]
async fn what_is_of_the_queue_is_refused_before_anything_is_sent() {
    let fake = fake().start().await.unwrap();
    let client = client(&fake);
    for (option, call) in [
        ("priority", client.call(input()).priority(Priority::Low)),
        (
            "webhook",
            client.call(input()).webhook("https://me.example/hook"),
        ),
        ("max_queue_length", client.call(input()).max_queue_length(3)),
    ] {
        let error = call.run().await.unwrap_err();
        assert!(error.is_configuration(), "{error}");
        assert!(
            format!("{error:#}").contains(&format!("the option {option} ")),
            "{error}"
        );
    }
    assert!(fake.requests().is_empty());
}

#[tokio::test]
async fn a_run_is_repeated_only_where_it_provably_bought_nothing() {
    let cases: [(Fault, usize, Submission); 8] = [
        (Fault::ResetBefore, 1, Submission::Unknown),
        (Fault::ResetAfter, 1, Submission::Unknown),
        (Fault::TruncatedBody, 1, Submission::Unknown),
        (Fault::ProxyHtml(502), 1, Submission::Unknown),
        (Fault::status(500), 1, Submission::Unknown),
        (
            Fault::status(503).header("x-fal-needs-retry", "1"),
            3,
            Submission::NotSubmitted,
        ),
        (Fault::status(429), 3, Submission::NotSubmitted),
        (Fault::status(401), 1, Submission::NotSubmitted),
    ];
    for (fault, attempts, submission) in cases {
        let fake = fake().start().await.unwrap();
        fake.fault(Operation::Run, fault.clone());
        let client = settings(&fake)
            .budget(Usd::from_micros(9_000_000))
            .build()
            .unwrap();
        let error = client.call(input()).run().await.unwrap_err();
        assert_eq!(error.submission(), submission, "{fault:?} {error}");
        assert_eq!(fake.count(Operation::Run), attempts, "{fault:?}");
        assert!(fake.submits() <= 1, "{fault:?}");
        let is_bought = submission != Submission::NotSubmitted;
        assert!(!(is_bought && error.is_retryable()), "{fault:?}");
        let is_sent_to_search = format!("{error:#}").contains("look for");
        assert_eq!(is_bought, is_sent_to_search, "{fault:?} {error}");
        assert_eq!(client.spent() != Usd::default(), is_bought, "{fault:?}");
    }
}

#[tokio::test]
async fn an_answer_that_broke_off_says_which_request_it_was() {
    let fake = fake().start().await.unwrap();
    fake.fault(Operation::Run, Fault::TruncatedBody);
    let error = client(&fake).call(input()).run().await.unwrap_err();
    let id = fake.jobs()[0].request_id.clone();
    assert_eq!(error.request_id(), Some(id.as_str()));
    assert!(
        format!("{error:#}").contains(&format!("request {id}")),
        "{error}"
    );
}

#[tokio::test]
async fn a_time_limit_ends_a_run_whose_outcome_nobody_knows() {
    let fake = fake().start().await.unwrap();
    fake.fault(Operation::Run, Fault::Hang);
    let call = client(&fake).call(input());
    let error = call
        .timeout(Duration::from_millis(200))
        .run()
        .await
        .unwrap_err();
    assert!(error.is_timeout(), "{error}");
    assert_eq!(error.submission(), Submission::Unknown);
}

#[tokio::test]
async fn what_the_model_refused_is_a_failed_job() {
    let outcome = Outcome::model_error("content_policy_violation", "prompt", "not that");
    let fake = fake_with(Script::new().outcome(outcome)).await;
    let error = client(&fake).call(input()).run().await.unwrap_err();
    let id = fake.jobs()[0].request_id.clone();
    assert!(
        error.is_job_failure() && error.is_content_policy(),
        "{error}"
    );
    assert_eq!(error.submission(), Submission::Submitted(id));
    assert_eq!(fake.count(Operation::Run), 1);
}

#[tokio::test]
async fn an_output_of_another_shape_is_kept() {
    let output = json!({"film": {"url": "https://example.com/a.mp4"}});
    let fake = fake_with(Script::new().outcome(Outcome::Output(output))).await;
    let error = client(&fake).call(input()).run().await.unwrap_err();
    assert!(error.is_unreadable(), "{error}");
    assert!(error.body().unwrap().contains("film"));
    assert!(matches!(error.submission(), Submission::Submitted(_)));
    assert!(!error.is_retryable());
}

fn output(name: &str) -> serde_json::Value {
    json!({"video": {"url": format!("https://example.com/{name}.mp4")}})
}

async fn fake_with(script: Script) -> FakeFal {
    fake().script(script).start().await.unwrap()
}

#[tokio::test]
async fn a_stream_gives_every_output_in_order() {
    let script = Script::new()
        .partial_outputs([output("first"), output("second")])
        .outcome(Outcome::Output(output("last")));
    let fake = fake_with(script).await;
    let client = client(&fake);
    let mut outputs = client.call(input()).stream().await.unwrap();
    let id = fake.jobs()[0].request_id.clone();
    assert_eq!(outputs.request_id(), Some(id.as_str()));
    let mut urls = Vec::new();
    while let Some(output) = outputs.next().await {
        urls.push(output.unwrap().video.url);
    }
    let expected = ["first", "second", "last"].map(|it| format!("https://example.com/{it}.mp4"));
    assert_eq!(urls, expected);
    let last = client.call(input()).stream().await.unwrap().finish().await;
    assert_eq!(last.unwrap().video.url, "https://example.com/last.mp4");
    assert_eq!(fake.requests()[0].path, format!("/-/run/{ENDPOINT}/stream"));
    assert_eq!(
        fake.requests()[0].header("accept"),
        Some("text/event-stream")
    );
}

#[tokio::test]
async fn a_path_that_is_a_stream_already_is_left_as_it_is() {
    let fake = fake()
        .validation(kling_api::testing::Validation::Off)
        .start()
        .await
        .unwrap();
    let call = client(&fake).call_raw(format!("{ENDPOINT}/stream"), json!({}));
    let last = call.stream().await.unwrap().finish().await.unwrap();
    assert!(last["video"]["url"].is_string(), "{last:?}");
    assert_eq!(fake.requests()[0].path, format!("/-/run/{ENDPOINT}/stream"));
}

#[tokio::test]
async fn a_broken_stream_says_that_the_model_has_run() {
    for (fault, outputs) in [
        (Fault::StreamDrop { after: 1 }, 1),
        (Fault::ResetAfter, 0),
        (Fault::ProxyHtml(502), 0),
    ] {
        let script = Script::new().partial_outputs([output("first")]);
        let fake = fake_with(script).await;
        fake.fault(Operation::RunStream, fault.clone());
        let mut arrived = 0;
        let error = match client(&fake).call(input()).stream().await {
            Err(error) => error,
            Ok(mut stream) => {
                let error = loop {
                    match stream.next().await.unwrap() {
                        Ok(_) => arrived += 1,
                        Err(error) => break error,
                    }
                };
                assert!(stream.next().await.is_none(), "an error is the last item");
                error
            }
        };
        assert_eq!(arrived, outputs, "{fault:?}");
        assert_ne!(error.submission(), Submission::NotSubmitted, "{fault:?}");
        assert!(!error.is_retryable(), "{fault:?}");
        assert!(fake.submits() <= 1, "{fault:?}");
    }
}

#[tokio::test]
async fn a_stream_goes_on_after_an_output_that_cannot_be_read() {
    let script = Script::new().partial_outputs([output("first")]);
    let fake = fake_with(script).await;
    fake.fault(Operation::RunStream, Fault::StreamGarbage { after: 1 });
    let mut outputs = client(&fake).call(input()).stream().await.unwrap();
    assert!(outputs.next().await.unwrap().is_ok());
    let error = outputs.next().await.unwrap().unwrap_err();
    assert!(error.is_unreadable(), "{error}");
    assert!(outputs.next().await.unwrap().is_ok());
    assert!(outputs.next().await.is_none());
}

#[tokio::test]
async fn a_stream_that_stalls_ends_with_the_timeout_of_the_call() {
    let fake = fake().start().await.unwrap();
    fake.fault(Operation::RunStream, Fault::StreamStall { after: 0 });
    let call = client(&fake)
        .call(input())
        .timeout(Duration::from_millis(300));
    let mut outputs = call.stream().await.unwrap();
    let error = outputs.next().await.unwrap().unwrap_err();
    assert!(error.is_timeout(), "{error}");
    assert!(outputs.next().await.is_none());
}

#[tokio::test]
async fn an_answer_that_is_no_stream_is_an_error() {
    let fake = fake().start().await.unwrap();
    fake.fault(
        Operation::RunStream,
        Fault::status(200).json(&json!({"video": null})),
    );
    let error = client(&fake).call(input()).stream().await.unwrap_err();
    assert!(error.is_unreadable(), "{error}");
    assert_ne!(error.submission(), Submission::NotSubmitted);
}

fn dear() -> Input {
    input().duration("10")
}

#[tokio::test]
async fn what_a_client_may_not_spend_is_never_sent() {
    let fake = fake().start().await.unwrap();
    let cost = input().estimated_cost().unwrap();
    let client = settings(&fake).max_cost_per_call(cost).build().unwrap();
    let refusals: [Result<(), Error>; 3] = [
        client.call(dear()).submit().await.map(drop),
        client.call(dear()).run().await.map(drop),
        client.call(dear()).stream().await.map(drop),
    ];
    for refusal in refusals {
        let error = refusal.unwrap_err();
        assert!(error.is_over_budget(), "{error}");
        assert_eq!(error.endpoint(), Some(ENDPOINT));
    }
    let unknown = client.call_raw(ENDPOINT, json!({"prompt": "a"}));
    assert!(unknown.submit().await.unwrap_err().is_over_budget());
    assert!(fake.requests().is_empty());
    client.call(input()).submit().await.unwrap();
    client
        .call(dear())
        .expected_cost(cost)
        .submit()
        .await
        .unwrap();
    assert_eq!(client.spent(), cost.saturating_mul(2));
}

#[tokio::test]
async fn a_budget_is_shared_by_clones_and_counts_what_may_have_been_bought() {
    let fake = fake().start().await.unwrap();
    let cost = input().estimated_cost().unwrap();
    let client = settings(&fake)
        .budget(cost.saturating_mul(2))
        .build()
        .unwrap();
    let refused = fake.fault(Operation::Submit, Fault::status(401));
    refused.times(1);
    assert!(client.call(input()).submit().await.is_err());
    assert_eq!(client.spent(), Usd::default());
    fake.fault(Operation::Submit, Fault::ResetAfter).times(1);
    let error = client.clone().call(input()).submit().await.unwrap_err();
    assert_eq!(error.submission(), Submission::Unknown);
    assert_eq!(client.spent(), cost);
    client.call(input()).submit().await.unwrap();
    let error = client.call(input()).submit().await.unwrap_err();
    assert!(error.is_over_budget(), "{error}");
    assert_eq!(fake.submits(), 2);
}
