//! The webhooks of jobs: the keys, and what is delivered when a job has ended.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use base64ct::{Base64UrlUnpadded, Encoding};
use ed25519_dalek::{Signer, SigningKey};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::testing::jobs::job::{Ending, Job, Next};
use crate::testing::routes::webhook_delivery;
use crate::testing::routes::webhook_delivery::Delivery;
use crate::testing::state::Shared;
use crate::testing::wire::response;
use crate::testing::wire::response::{Answer, AnswerBody};
use crate::webhook::headers;
use crate::webhook::signed::message;

/// How often the fake delivers an event that is not taken. fal: more often, over hours.
const ATTEMPTS: u32 = 5;

/// The pause after the first attempt; each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(10);

/// The user that the fake's jobs belong to.
const USER: &str = "test-user";

/// Everything about webhooks that changes.
pub(crate) struct Webhooks {
    state: Mutex<State>,
    random: RandomState,
}

struct State {
    key: SigningKey,
    keys_made: u64,
    deliveries: Vec<Delivery>,
    /// One for each job with a webhook, until it has ended and was delivered.
    tasks: JoinSet<()>,
}

impl Webhooks {
    pub(crate) fn new() -> Self {
        let random = RandomState::new();
        let state = State {
            key: new_key(&random, 0),
            keys_made: 1,
            deliveries: Vec::new(),
            tasks: JoinSet::new(),
        };
        Self {
            state: Mutex::new(state),
            random,
        }
    }

    /// The public key, as the document that fal serves.
    pub(crate) fn jwks(&self) -> Value {
        let key = self.lock().key.verifying_key();
        let x = Base64UrlUnpadded::encode_string(key.as_bytes());
        json!({"keys": [{"kty": "OKP", "crv": "Ed25519", "x": x, "kid": "test"}]})
    }

    pub(crate) fn rotate(&self) {
        let mut state = self.lock();
        state.key = new_key(&self.random, state.keys_made);
        state.keys_made += 1;
    }

    /// The four headers of a delivery.
    pub(crate) fn sign(
        &self,
        request_id: &str,
        body: &[u8],
        at: SystemTime,
    ) -> Vec<(String, String)> {
        let key = self.lock().key.clone();
        sign(&key, request_id, body, at)
    }

    /// The same by a key that nobody publishes.
    pub(crate) fn forge(
        &self,
        request_id: &str,
        body: &[u8],
        at: SystemTime,
    ) -> Vec<(String, String)> {
        sign(&new_key(&self.random, u64::MAX), request_id, body, at)
    }

    pub(crate) fn deliveries(&self) -> Vec<Delivery> {
        self.lock().deliveries.clone()
    }

    pub(crate) fn note(&self, delivery: Delivery) {
        self.lock().deliveries.push(delivery);
    }

    /// Delivers nothing any more.
    pub(crate) fn stop(&self) {
        self.lock().tasks.abort_all();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The answer with the public key. It needs no API key.
pub(crate) fn keys(shared: &Shared) -> Answer {
    Answer::json(200, &shared.webhooks.jwks())
}

/// Delivers the job's event once it has ended, where its webhook is on this machine.
pub(crate) fn watch(shared: &Arc<Shared>, job: &Arc<Job>) {
    let Some(target) = job.webhook.as_deref().and_then(webhook_delivery::target) else {
        return;
    };
    let (watched, job) = (Arc::clone(shared), Arc::clone(job));
    let mut state = shared.webhooks.lock();
    while state.tasks.try_join_next().is_some() {}
    state.tasks.spawn(async move {
        let ending = end(&job).await;
        let body = body(&watched, &job, &ending);
        let mut pause = FIRST_PAUSE;
        for attempt in 1..=ATTEMPTS {
            let status = webhook_delivery::deliver(&watched, &job, &target, &body, attempt).await;
            // fal takes a redirect for a final answer, and any other failure for a passing one.
            if status.is_some_and(|status| (200..400).contains(&status)) {
                return;
            }
            tokio::time::sleep(pause).await;
            pause *= 2;
        }
    });
}

/// One more delivery of a job that has ended; the status that it was answered with.
pub(crate) async fn deliver_again(shared: &Arc<Shared>, job: &Job) -> Option<u16> {
    let target = webhook_delivery::target(job.webhook.as_deref()?)?;
    let body = body(shared, job, &job.peek().ending?);
    let attempts = shared.webhooks.deliveries();
    let attempts = attempts
        .iter()
        .filter(|delivery| delivery.request_id == job.request_id);
    let attempt = u32::try_from(attempts.count()).unwrap_or(u32::MAX);
    webhook_delivery::deliver(shared, job, &target, &body, attempt.saturating_add(1)).await
}

/// Waits for the end of the job. To wait for it is to look at it: nobody else may do so.
async fn end(job: &Job) -> Ending {
    let mut cursor = job.cursor();
    loop {
        let mut changed = std::pin::pin!(job.changed.notified());
        changed.as_mut().enable();
        match job.next_event(&mut cursor) {
            Next::Event(snapshot) => {
                if let Some(ending) = snapshot.ending {
                    return ending;
                }
            }
            Next::Wait(Some(until)) => tokio::select! {
                () = changed => {}
                () = tokio::time::sleep_until(until) => {}
            },
            Next::Wait(None) => changed.await,
            // The job had ended before anybody looked.
            Next::End => match job.peek().ending {
                Some(ending) => return ending,
                None => changed.await,
            },
        }
    }
}

/// The event: what a fetch of the result is answered with, under `payload`.
fn body(shared: &Shared, job: &Job, ending: &Ending) -> Vec<u8> {
    let document = shared.documents.get(&job.endpoint);
    let example = document.map(|document| document.example_output(&shared.base_url));
    let result = response::result(job, ending, &example.unwrap_or_default());
    let payload = match &result.body {
        AnswerBody::Whole(body) => serde_json::from_slice::<Value>(body).ok(),
        AnswerBody::Events(_) | AnswerBody::Endless { .. } | AnswerBody::Trickle(..) => None,
    };
    let failure = response::failure(ending).map(|(error, _)| error);
    let failure = failure.or_else(|| {
        let is_success = (200..300).contains(&result.code);
        (!is_success).then(|| format!("Invalid status code: {}", result.code))
    });
    let problem = match (&job.script.payload_error, &payload) {
        (Some(problem), _) => Some(problem.as_str()),
        (None, None) => Some("Response payload is not JSON serializable"),
        (None, Some(_)) => None,
    };
    let mut event = json!({
        "request_id": job.request_id,
        "gateway_request_id": job.request_id,
        "status": if failure.is_none() { "OK" } else { "ERROR" },
        "payload": payload,
    });
    if let Some(failure) = failure {
        event["error"] = json!(failure);
    }
    if let Some(problem) = problem {
        event["payload"] = Value::Null;
        event["payload_error"] = json!(problem);
    }
    event.to_string().into_bytes()
}

fn sign(key: &SigningKey, request_id: &str, body: &[u8], at: SystemTime) -> Vec<(String, String)> {
    let seconds = at
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default()
        .as_secs()
        .to_string();
    let signature = key.sign(&message(request_id, USER, &seconds, body));
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    vec![
        pair(headers::REQUEST_ID, request_id),
        pair(headers::USER_ID, USER),
        pair(headers::TIMESTAMP, &seconds),
        pair(headers::SIGNATURE, &hex::encode(signature.to_bytes())),
    ]
}

/// A key of this fake alone.
fn new_key(random: &RandomState, number: u64) -> SigningKey {
    let mut seed = [0; 32];
    for (place, part) in seed.chunks_exact_mut(8).enumerate() {
        part.copy_from_slice(&random.hash_one((number, place)).to_le_bytes());
    }
    SigningKey::from_bytes(&seed)
}
