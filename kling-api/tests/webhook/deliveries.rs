//! What FakeFal delivers, to a receiver that uses the verifier as a program would.

use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use kling_api::testing::{Delivery, FakeFal, Fault, Operation, Pace, Script};
use kling_api::v2_1::master::image_to_video::Input;
use kling_api::webhook::FetchingVerifier;
use kling_api::{Client, Job};
use serde_json::Value;

struct Receiver {
    fake: FakeFal,
    client: Client,
    url: String,
    seen: Arc<Seen>,
}

struct Seen {
    verifier: FetchingVerifier,
    verdicts: Mutex<Vec<Result<String, String>>>,
    /// What to answer a delivery with that is taken.
    answer: AtomicU16,
}

async fn receive(State(seen): State<Arc<Seen>>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let verdict = seen.verifier.verify::<Input>(&headers, &body).await;
    let status = match &verdict {
        Ok(_) => seen.answer.load(Ordering::Relaxed),
        Err(error) => error.status_code(),
    };
    let verdict = verdict.map(|event| event.request_id().to_owned());
    let verdict = verdict.map_err(|error| format!("{error:#}"));
    seen.verdicts.lock().unwrap().push(verdict);
    StatusCode::from_u16(status).unwrap()
}

async fn start(script: Script) -> Receiver {
    let fake = FakeFal::builder().script(script).start().await.unwrap();
    let client = fake.client().build().unwrap();
    let seen = Arc::new(Seen {
        verifier: FetchingVerifier::new(&client),
        verdicts: Mutex::default(),
        answer: AtomicU16::new(200),
    });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook?from=fal", listener.local_addr().unwrap());
    let router = Router::new()
        .route("/hook", post(receive))
        .with_state(Arc::clone(&seen));
    tokio::spawn(async move { axum::serve(listener, router).await });
    Receiver {
        fake,
        client,
        url,
        seen,
    }
}

impl Receiver {
    async fn submit(&self) -> Job<Input> {
        let call = self.client.call(Input::example()).webhook(&self.url);
        call.submit().await.unwrap()
    }

    async fn deliveries(&self, count: usize) -> Vec<Delivery> {
        self.fake.wait_for(Operation::Webhook, count).await;
        self.fake.deliveries()
    }

    fn statuses(deliveries: &[Delivery]) -> Vec<Option<u16>> {
        deliveries.iter().map(|delivery| delivery.status).collect()
    }

    fn verdicts(&self) -> Vec<Result<String, String>> {
        self.seen.verdicts.lock().unwrap().clone()
    }
}

#[tokio::test]
async fn a_job_is_delivered_when_it_has_ended_and_once() {
    let receiver = start(Script::new()).await;
    receiver.fake.hold();
    let job = receiver.submit().await;
    assert!(receiver.fake.deliveries().is_empty());
    receiver.fake.job(job.request_id()).complete();
    let deliveries = receiver.deliveries(1).await;
    let delivery = &deliveries[0];
    assert_eq!(delivery.status, Some(200));
    assert_eq!(
        (delivery.attempt, delivery.url.as_str()),
        (1, receiver.url.as_str())
    );
    assert_eq!(delivery.request_id, job.request_id());
    let body: Value = serde_json::from_slice(&delivery.body).unwrap();
    assert_eq!(body["status"], "OK");
    assert_eq!(receiver.verdicts(), [Ok(job.request_id().to_owned())]);

    // A second job is one more delivery, and the first is not delivered again meanwhile.
    receiver.fake.release();
    let other = receiver.submit().await;
    receiver.deliveries(2).await;
    assert_eq!(
        receiver.verdicts(),
        [job, other].map(|job| Ok(job.request_id().to_owned()))
    );
    assert_eq!(receiver.fake.count(Operation::WebhookKeys), 1);
}

#[tokio::test]
async fn a_job_in_step_with_the_clock_is_delivered_too() {
    let pace = Pace::Timed(Duration::from_millis(2));
    let receiver = start(Script::new().pace(pace)).await;
    receiver.submit().await;
    assert_eq!(receiver.deliveries(1).await[0].status, Some(200));
}

#[tokio::test]
async fn what_is_not_taken_comes_again() {
    let receiver = start(Script::at_once()).await;
    receiver.seen.answer.store(500, Ordering::Relaxed);
    receiver.submit().await;
    receiver.deliveries(2).await;
    receiver.seen.answer.store(204, Ordering::Relaxed);
    let all = receiver.deliveries(3).await;
    let statuses = Receiver::statuses(&all);
    assert_eq!(&statuses[..2], [Some(500), Some(500)]);
    assert!(statuses.contains(&Some(204)), "{statuses:?}");
    let attempts: Vec<u32> = all.iter().map(|delivery| delivery.attempt).collect();
    assert_eq!(attempts[..3], [1, 2, 3]);
}

/// Each fault strikes the first attempt; the second is taken.
#[tokio::test]
async fn each_forgery_is_refused_and_the_genuine_delivery_after_it_taken() {
    let too_far = Duration::from_secs(3600);
    for (fault, status, words) in [
        (Fault::WrongSignature, 401, "fits no key of fal's"),
        (Fault::ChangedBody, 401, "fits no key of fal's"),
        (Fault::SignedEarlier(too_far), 401, "was signed 360"),
        (
            Fault::SignedLater(too_far),
            401,
            "ahead of this machine's clock",
        ),
        (
            Fault::WithoutHeader("X-Fal-Webhook-User-Id".to_owned()),
            400,
            "has no header x-fal-webhook-user-id",
        ),
    ] {
        let receiver = start(Script::at_once()).await;
        let what = format!("{fault:?}");
        receiver.fake.fault(Operation::Webhook, fault).times(1);
        let job = receiver.submit().await;
        let deliveries = receiver.deliveries(2).await;
        assert_eq!(
            Receiver::statuses(&deliveries),
            [Some(status), Some(200)],
            "{what}"
        );
        let verdicts = receiver.verdicts();
        let refusal = verdicts[0].as_ref().unwrap_err();
        assert!(refusal.contains(words), "{what}: {refusal}");
        assert_eq!(verdicts[1].as_deref(), Ok(job.request_id()));
    }
}

#[tokio::test]
async fn keys_that_cannot_be_fetched_are_answered_with_503_and_the_job_comes_again() {
    let receiver = start(Script::at_once()).await;
    receiver
        .fake
        .fault(Operation::WebhookKeys, Fault::status(404));
    receiver.submit().await;
    let deliveries = receiver.deliveries(1).await;
    assert_eq!(deliveries[0].status, Some(503));
    assert!(receiver.verdicts()[0].is_err());
}

#[tokio::test]
async fn the_same_delivery_may_come_twice_and_passes_the_check_twice() {
    let receiver = start(Script::at_once()).await;
    receiver
        .fake
        .fault(Operation::Webhook, Fault::DeliveredTwice)
        .times(1);
    let job = receiver.submit().await;
    let deliveries = receiver.deliveries(2).await;
    assert_eq!(deliveries[0], deliveries[1]);
    assert_eq!(
        receiver.fake.deliver_again(job.request_id()).await,
        Some(200)
    );
    let id = || Ok(job.request_id().to_owned());
    assert_eq!(receiver.verdicts(), [id(), id(), id()]);
}

#[tokio::test]
async fn only_plain_urls_on_this_machine_are_delivered_to() {
    let receiver = start(Script::at_once()).await;
    for url in [
        "https://127.0.0.1:9/",
        "http://192.0.2.1/hook",
        "http://me.example/hook",
    ] {
        let call = receiver.client.call(Input::example()).webhook(url);
        let job = call.submit().await.unwrap();
        assert_eq!(receiver.fake.deliver_again(job.request_id()).await, None);
    }
    let job = receiver.submit().await;
    let deliveries = receiver.deliveries(1).await;
    assert_eq!(deliveries[0].request_id, job.request_id());
}

#[tokio::test]
async fn a_receiver_that_is_gone_is_tried_again() {
    let receiver = start(Script::at_once()).await;
    let call = receiver
        .client
        .call(Input::example())
        .webhook("http://127.0.0.1:9/");
    call.submit().await.unwrap();
    let deliveries = receiver.deliveries(5).await;
    assert_eq!(Receiver::statuses(&deliveries), [None; 5]);
}

#[tokio::test]
#[should_panic(expected = "Hang is no fault of Operation::Webhook")]
async fn a_fault_of_answers_is_none_of_deliveries() {
    let fake = FakeFal::start().await.unwrap();
    fake.fault(Operation::Webhook, Fault::Hang);
}
