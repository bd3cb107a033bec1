//! The deliveries of webhooks: those that were made, and the tasks that wait to make one.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use tokio::task::JoinSet;

/// One attempt of the fake to deliver an event to a webhook.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct Delivery {
    /// The job that has ended.
    pub request_id: String,
    /// Where it was delivered to.
    pub url: String,
    /// The number of the attempt, from 1.
    pub attempt: u32,
    /// The headers with fal's signature.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// The status of the response; none where no response came.
    pub status: Option<u16>,
}

/// Without the body, which may be long.
impl fmt::Debug for Delivery {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Delivery")
            .field("request_id", &self.request_id)
            .field("url", &self.url)
            .field("attempt", &self.attempt)
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

#[derive(Default)]
pub(crate) struct Deliveries {
    made: Mutex<Vec<Delivery>>,
    /// One for each job with a webhook, until it has ended and was delivered.
    tasks: Mutex<JoinSet<()>>,
}

impl Deliveries {
    pub(crate) fn all(&self) -> Vec<Delivery> {
        let made = self.made.lock();
        made.unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn add(&self, delivery: Delivery) {
        let made = self.made.lock();
        made.unwrap_or_else(PoisonError::into_inner).push(delivery);
    }

    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let mut tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        while tasks.try_join_next().is_some() {}
        tasks.spawn(task);
    }

    /// Makes no further delivery.
    pub(crate) fn stop(&self) {
        let tasks = self.tasks.lock();
        tasks.unwrap_or_else(PoisonError::into_inner).abort_all();
    }
}
