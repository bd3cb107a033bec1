//! All jobs of one fake.

pub(crate) mod job;
pub(crate) mod json;
pub(crate) mod logs;
pub(crate) mod outcome;
mod progress;
pub(crate) mod script;
pub(crate) mod state;

use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::Value;

use crate::testing::jobs::job::{Job, Submit};
use crate::testing::jobs::state::JobState;

/// A job as it was at one time.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct JobRecord {
    /// The id in the response to the submit.
    pub request_id: String,
    /// The full endpoint id.
    pub endpoint: String,
    /// The input as it was sent.
    pub input: Value,
    /// The URL of the query parameter `fal_webhook`.
    pub webhook: Option<String>,
    /// Where the job stands.
    pub state: JobState,
}

/// Finds jobs by their id, and keeps them in the order in which they were bought.
pub(crate) struct Jobs {
    index: Mutex<Index>,
    random: RandomState,
}

#[derive(Default)]
struct Index {
    by_id: HashMap<String, Arc<Job>>,
    order: Vec<Arc<Job>>,
    ids: u64,
    held: bool,
}

impl Jobs {
    pub(crate) fn new(held: bool) -> Self {
        Self {
            index: Mutex::new(Index {
                held,
                ..Index::default()
            }),
            random: RandomState::new(),
        }
    }

    /// Buys a job under a new id.
    pub(crate) fn add(&self, submit: Submit) -> Arc<Job> {
        let mut index = self.lock();
        index.ids += 1;
        let job = Arc::new(Job::new(self.new_id(index.ids), submit, index.held));
        index.by_id.insert(job.request_id.clone(), Arc::clone(&job));
        index.order.push(Arc::clone(&job));
        job
    }

    pub(crate) fn get(&self, request_id: &str) -> Option<Arc<Job>> {
        self.lock().by_id.get(request_id).cloned()
    }

    pub(crate) fn forget(&self, request_id: &str) {
        self.lock().by_id.remove(request_id);
    }

    pub(crate) fn count(&self) -> usize {
        self.lock().order.len()
    }

    /// All jobs ever bought, the forgotten too, in the order in which they were bought.
    pub(crate) fn all(&self) -> Vec<Arc<Job>> {
        self.lock().order.clone()
    }

    pub(crate) fn records(&self) -> Vec<JobRecord> {
        self.all()
            .iter()
            .map(|job| JobRecord {
                request_id: job.request_id.clone(),
                endpoint: job.submit.endpoint.to_string(),
                input: job.submit.input.clone(),
                webhook: job.submit.webhook.clone(),
                state: job.peek().state,
            })
            .collect()
    }

    /// How many jobs wait in the queue of an endpoint. Reads every job: only for a submit that limits the queue.
    pub(crate) fn waiting(&self, endpoint: &str) -> usize {
        let jobs = self.all();
        jobs.iter()
            .filter(|job| {
                *job.submit.endpoint == *endpoint && job.peek().state == JobState::InQueue
            })
            .count()
    }

    pub(crate) fn hold(&self) {
        self.lock().held = true;
        self.all().iter().for_each(|job| job.hold());
    }

    pub(crate) fn release(&self) {
        self.lock().held = false;
        self.all().iter().for_each(|job| job.release());
    }

    /// An id of the form of fal's, different in each fake and each run.
    fn new_id(&self, number: u64) -> String {
        let (high, low) = (
            self.random.hash_one((number, 'h')),
            self.random.hash_one((number, 'l')),
        );
        format!(
            "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
            high >> 32,
            high >> 16 & 0xffff,
            high & 0xfff,
            low >> 48 & 0x3fff | 0x8000,
            low & 0xffff_ffff_ffff
        )
    }

    fn lock(&self) -> MutexGuard<'_, Index> {
        self.index.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_look_like_random_uuids_and_differ() {
        let jobs = Jobs::new(false);
        let ids: std::collections::HashSet<String> =
            (0..1000).map(|number| jobs.new_id(number)).collect();
        assert_eq!(ids.len(), 1000);
        for id in ids {
            let lengths: Vec<usize> = id.split('-').map(str::len).collect();
            assert_eq!(lengths, [8, 4, 4, 4, 12], "{id}");
            assert_eq!(id.as_bytes()[14], b'4', "{id}");
            assert!(b"89ab".contains(&id.as_bytes()[19]), "{id}");
        }
    }
}
