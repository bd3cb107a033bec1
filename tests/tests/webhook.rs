//! The example `webhook.rs` as a program: every event is worked on once, whatever is delivered and whenever it is killed.

use std::path::Path;
use std::process::Stdio;

use kling_api::testing::{FakeFal, Fault, Operation, Outcome, Script};
use kling_api::v1::standard::image_to_video::Input;
use serde_json::json;
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

struct Receiver {
    process: Child,
    lines: Lines<BufReader<ChildStdout>>,
    url: String,
}

impl Receiver {
    /// On a port of its own, or on the one where another has stopped.
    async fn start(fake: &FakeFal, inbox: &Path, port: &str) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_webhook"))
            .arg(inbox)
            .args(["--port", port, "--queue-url", fake.url()])
            .args(["--rest-url", &fake.rest_url()])
            .env("FAL_KEY", fake.key())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let line = lines.next_line().await.unwrap().unwrap();
        let url = line.strip_prefix("listening on ").unwrap().to_owned();
        Self {
            process,
            lines,
            url,
        }
    }

    fn port(&self) -> &str {
        let (_, port) = self.url.rsplit_once(':').unwrap();
        port.split('/').next().unwrap()
    }

    async fn line(&mut self) -> String {
        self.lines.next_line().await.unwrap().unwrap()
    }

    async fn kill(&mut self) {
        self.process.kill().await.unwrap();
        self.process.wait().await.unwrap();
    }

    async fn submit(&self, fake: &FakeFal) -> String {
        let client = fake.client().build().unwrap();
        let call = client.call(Input::example()).webhook(&self.url);
        call.submit().await.unwrap().request_id().to_owned()
    }
}

fn output(name: &str) -> Outcome {
    Outcome::Output(json!({"video": {"url": format!("https://v3.fal.media/files/b/{name}.mp4")}}))
}

#[tokio::test]
async fn each_event_is_worked_on_once_across_restarts() {
    let script = Script::at_once().outcome(output("x"));
    let fake = FakeFal::builder().script(script).start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut receiver = Receiver::start(&fake, folder.path(), "0").await;

    fake.fault(Operation::Webhook, Fault::DeliveredTwice)
        .times(1);
    let id = receiver.submit(&fake).await;
    let worked = format!("{id}: https://v3.fal.media/files/b/x.mp4");
    let known = format!("{id}: received before");
    let mut said = [receiver.line().await, receiver.line().await];
    said.sort();
    assert_eq!(said, [worked, known.clone()]);
    fake.wait_for(Operation::Webhook, 2).await;
    let statuses: Vec<_> = fake.deliveries().iter().map(|it| it.status).collect();
    assert_eq!(statuses, [Some(200), Some(200)]);
    assert_eq!(fake.deliver_again(&id).await, Some(200));
    assert_eq!(receiver.line().await, known);

    let port = receiver.port().to_owned();
    receiver.kill().await;
    assert_eq!(fake.deliver_again(&id).await, None);
    let mut receiver = Receiver::start(&fake, folder.path(), &port).await;
    assert_eq!(fake.deliver_again(&id).await, Some(200));
    assert_eq!(
        receiver.line().await,
        known,
        "and it was not worked on again"
    );
    assert_eq!(fake.count(Operation::Result), 0, "the event was enough");
}

#[tokio::test]
async fn an_event_that_was_taken_and_not_worked_on_is_found_at_the_next_start() {
    let fake = FakeFal::start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let output = json!({"video": {"url": "https://v3.fal.media/files/b/y.mp4"}});
    let event = json!({"request_id": "6f", "status": "OK", "payload": output});
    std::fs::write(folder.path().join("6f.json"), event.to_string()).unwrap();
    let mut receiver = Receiver::start(&fake, folder.path(), "0").await;
    let said = receiver.line().await;
    assert_eq!(said, "6f: https://v3.fal.media/files/b/y.mp4");
}

#[tokio::test]
async fn forged_deliveries_are_refused_and_failed_jobs_reported() {
    let fake = FakeFal::start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut receiver = Receiver::start(&fake, folder.path(), "0").await;

    let outcome = Outcome::model_error("content_policy_violation", "prompt", "not allowed");
    fake.set_script(Script::at_once().outcome(outcome));
    fake.fault(Operation::Webhook, Fault::WrongSignature)
        .times(1);
    let id = receiver.submit(&fake).await;
    let said = receiver.line().await;
    assert!(
        said.starts_with(&format!("{id}: job {id} failed: not allowed")),
        "{said}"
    );
    let statuses: Vec<_> = fake.deliveries().iter().map(|it| it.status).collect();
    assert_eq!(statuses[0], Some(401));

    // The result of this one did not come along, and is fetched.
    let script = Script::at_once().outcome(output("z"));
    fake.set_script(script.payload_error("too strange"));
    let id = receiver.submit(&fake).await;
    let said = receiver.line().await;
    assert_eq!(said, format!("{id}: https://v3.fal.media/files/b/z.mp4"));
    assert_eq!(fake.count(Operation::Result), 1);
}
