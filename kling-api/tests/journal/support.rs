//! What the tests of the journal have in common.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use kling_api::journal::{
    Inserted, Journal, JournalStore, Pending, Replaced, Row, State, StoreError,
};
use kling_api::testing::{FakeFal, FakeFalBuilder};
use kling_api::{Client, ClientBuilder, Retry};
use serde_json::json;

use crate::endpoint::{ID, Input};

/// Short, so that a test does not wait long for the dead.
pub(crate) const LEASE: Duration = Duration::from_millis(300);

pub(crate) fn input(prompt: &str) -> Input {
    Input::new(prompt)
}

/// A fake that serves the endpoint of [`input`].
pub(crate) fn fake() -> FakeFalBuilder {
    let body =
        |schema: serde_json::Value| json!({"content": {"application/json": {"schema": schema}}});
    let video =
        json!({"type": "object", "examples": [{"url": "https://v3.fal.media/files/a.mp4"}]});
    let document = json!({"openapi": "3.0.4", "paths": {
        format!("/{ID}"): {"post": {"requestBody": body(json!({
            "type": "object", "properties": {"prompt": {"type": "string"}, "cfg_scale": {"type": "number"}},
        }))}},
        format!("/{ID}/requests/{{request_id}}"): {"get": {"responses": {"200": body(json!({
            "type": "object", "required": ["video"], "properties": {"video": video},
        }))}}},
    }});
    FakeFal::builder().document(ID, document)
}

pub(crate) fn open(path: &Path) -> Journal {
    Journal::open(path).unwrap().lease(LEASE)
}

/// A client as a program would have one, but without long pauses.
pub(crate) fn settings(builder: ClientBuilder) -> ClientBuilder {
    let retry = Retry::default()
        .attempts(3)
        .first_delay(Duration::from_millis(1))
        .max_delay(Duration::from_millis(2));
    builder
        .retry(retry)
        .configure_http(|transport| transport.no_proxy().tls_certs_only([]))
}

pub(crate) fn client(fake: &FakeFal, journal: &Journal) -> Client {
    settings(fake.client())
        .journal(journal.clone())
        .build()
        .unwrap()
}

/// How many jobs of each prompt were bought.
pub(crate) fn bought(fake: &FakeFal, prompt: &str) -> usize {
    fake.jobs()
        .iter()
        .filter(|job| job.input["prompt"] == prompt)
        .count()
}

/// What happens at a step of a [`Stepper`].
pub(crate) type AtStep = Arc<dyn Fn(Step) -> Result<(), StoreError> + Send + Sync>;

/// The moment before or after an operation of the store that changes something, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Before(usize),
    After(usize),
}

/// A store that stops at each step.
pub(crate) struct Stepper<S> {
    store: S,
    count: AtomicUsize,
    at_step: AtStep,
}

impl<S> Stepper<S> {
    pub(crate) fn new(
        store: S,
        at_step: impl Fn(Step) -> Result<(), StoreError> + Send + Sync + 'static,
    ) -> Self {
        Self {
            store,
            count: AtomicUsize::new(0),
            at_step: Arc::new(at_step),
        }
    }

    fn step<'a, T: Send + 'a>(&'a self, work: Pending<'a, T>) -> Pending<'a, T> {
        let number = self.count.fetch_add(1, Ordering::SeqCst) + 1;
        let at_step = self.at_step.clone();
        Box::pin(async move {
            at_step(Step::Before(number))?;
            let outcome = work.await?;
            at_step(Step::After(number))?;
            Ok(outcome)
        })
    }
}

impl<S> std::fmt::Debug for Stepper<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stepper").finish_non_exhaustive()
    }
}

impl<S: JournalStore> JournalStore for Stepper<S> {
    fn insert(&self, row: Row, budget: Option<u64>) -> Pending<'_, Inserted> {
        self.step(Box::pin(
            async move { self.store.insert(row, budget).await },
        ))
    }

    fn replace(&self, row: Row) -> Pending<'_, Replaced> {
        self.step(Box::pin(async move { self.store.replace(row).await }))
    }

    fn remove<'a>(&'a self, key: &'a str, version: u64) -> Pending<'a, bool> {
        self.step(Box::pin(
            async move { self.store.remove(key, version).await },
        ))
    }

    fn get<'a>(&'a self, key: &'a str) -> Pending<'a, Option<Row>> {
        self.store.get(key)
    }

    fn find<'a>(&'a self, request_id: &'a str) -> Pending<'a, Option<Row>> {
        self.store.find(request_id)
    }

    fn page<'a>(
        &'a self,
        after: Option<&'a str>,
        state: Option<State>,
        limit: usize,
    ) -> Pending<'a, Vec<Row>> {
        self.store.page(after, state, limit)
    }

    fn sums(&self) -> Pending<'_, (u64, u64)> {
        self.store.sums()
    }
}
