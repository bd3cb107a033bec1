//! Outputs and errors that are made without a server are those that the client returns.

use kling_api::testing::{FakeFal, Fault, Operation, Outcome, Script};
use kling_api::v2_1::master::image_to_video::Input;
use kling_api::{Client, Completed, Endpoint, Error, Retry, Submission};
use serde_json::json;

type Output = <Input as Endpoint>::Output;

async fn start() -> (FakeFal, Client) {
    let fake = FakeFal::start().await.unwrap();
    let client = fake.client().retry(Retry::default().attempts(1));
    (fake, client.build().unwrap())
}

/// Everything that an error says, but for the id of its job.
fn facts(error: &Error) -> String {
    let submission = match error.submission() {
        Submission::Submitted(_) => "submitted".to_owned(),
        other => format!("{other:?}"),
    };
    let texts = [error.message(), error.body(), error.endpoint()];
    let kinds = [
        error.is_job_failure(),
        error.is_retryable(),
        error.may_submit_again(),
        error.is_unreadable(),
        error.is_timeout(),
    ];
    format!(
        "{submission} {:?} {:?} {:?} {:?} {texts:?} {kinds:?} {}",
        error.status(),
        error.error_type(),
        error.field_errors(),
        error.retry_after(),
        error.attempts()
    )
}

fn parts(completed: &Completed<Output>) -> (String, String) {
    let facts = (completed.inference_time(), completed.billable_units());
    let file = completed.video.url.rsplit('/').next().unwrap();
    (file.to_owned(), format!("{facts:?}"))
}

#[tokio::test]
async fn a_script_ends_as_it_does_against_the_fake() {
    let (fake, client) = start().await;
    for outcome in [
        Outcome::Example,
        Outcome::Output(json!({"video": {"url": "https://media.example/nest.mp4"}})),
        Outcome::Output(json!({"video": 7})),
        Outcome::content_policy_violation(),
        Outcome::model_failure(),
        Outcome::runner_died(),
        Outcome::platform_error("bad_request"),
        Outcome::platform_error("client_cancelled"),
    ] {
        let script = Script::new().billable_units(5.0).outcome(outcome);
        fake.set_script(script.clone());
        let served = client.call(Input::example()).await;
        let made = script.finish::<Input>();
        match (&served, &made) {
            (Ok(served), Ok(made)) => assert_eq!(parts(served), parts(made)),
            (Err(served), Err(made)) => assert_eq!(facts(served), facts(made)),
            _ => panic!("{served:?}\n{made:?}"),
        }
    }
}

#[tokio::test]
async fn a_fault_of_a_submit_has_the_error_that_it_has_against_the_fake() {
    let (fake, client) = start().await;
    for fault in [
        Fault::balance_exhausted(),
        Fault::rate_limited(),
        Fault::rate_limited().header("retry-after", "7"),
        Fault::status(503).header("x-fal-needs-retry", "1"),
        Fault::ProxyHtml(502),
        Fault::Redirect {
            to: "https://fal.example".to_owned(),
        },
        Fault::Garbage,
        Fault::ResetBefore,
        Fault::ResetAfter,
    ] {
        fake.clear_faults();
        fake.fault(Operation::Submit, fault.clone());
        let served = client.call(Input::example()).submit().await.unwrap_err();
        let made = fault.submit_error::<Input>();
        assert_eq!(facts(&served), facts(&made), "{fault:?}");
    }
}

#[test]
fn log_lines_and_the_request_id_are_there_too() {
    let made = Script::new().logs(["a", "b"]).finish::<Input>().unwrap();
    assert_eq!(made.request_id().len(), 36);
    let messages: Vec<&str> = made.logs().iter().map(|line| &*line.message).collect();
    assert_eq!(messages, ["a", "b"]);
}

#[test]
#[should_panic(expected = "a submit succeeds in spite of")]
fn a_fault_without_an_error_is_refused() {
    let _ = Fault::Delay(std::time::Duration::ZERO).submit_error::<Input>();
}
