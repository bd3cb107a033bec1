//! The same API for programs that are not async.
//!
//! Whatever would be awaited is waited for instead: `.wait()` in the place of `.await`. The work
//! runs on one background thread that all callers share.
//!
//! ```no_run
//! # fn example() -> Result<(), kling_api::Error> {
//! use kling_api::blocking::Wait;
//! use kling_api::Client;
//!
//! let client = Client::from_env()?;
//! let input = serde_json::json!({"prompt": "two robins build a nest"});
//! let job = client.call_raw("fal-ai/kling-video/v1/standard/image-to-video", input).submit().wait()?;
//! let video = client.follow(&job).wait()?;
//! println!("{}", video["video"]["url"]);
//! # Ok(())
//! # }
//! ```

use std::future::IntoFuture;
use std::sync::OnceLock;
use std::sync::mpsc;

use tokio::runtime::{Builder, Runtime};

use crate::{Error, Update, Updates};

/// Waiting for what would be awaited.
pub trait Wait: Sized {
    /// What comes of it.
    type Done;

    /// Runs it to its end on the background thread, and blocks this thread until then. Within an
    /// async program it blocks the executor: await there.
    ///
    /// # Errors
    /// Those of the operation, and one where the background thread cannot be started.
    fn wait(self) -> Result<Self::Done, Error>;
}

impl<W, T> Wait for W
where
    W: IntoFuture<Output = Result<T, Error>>,
    W::IntoFuture: Send + 'static,
    T: Send + 'static,
{
    type Done = T;

    fn wait(self) -> Result<T, Error> {
        run(self.into_future())?
    }
}

/// The updates of a job, one after the other.
impl<O: Send + 'static> Iterator for BlockingUpdates<O> {
    type Item = Result<Update<O>, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut updates = self.updates.take()?;
        let step = run(async move {
            let item = updates.next().await;
            (item, updates)
        });
        match step {
            Ok((item, updates)) => {
                self.updates = Some(updates);
                item
            }
            Err(error) => Some(Err(error)),
        }
    }
}

/// [`Updates`] as an iterator: made by [`Updates::into_iter`](IntoIterator::into_iter).
#[derive(Debug)]
pub struct BlockingUpdates<O> {
    updates: Option<Updates<O>>,
}

impl<O: Send + 'static> IntoIterator for Updates<O> {
    type Item = Result<Update<O>, Error>;
    type IntoIter = BlockingUpdates<O>;

    fn into_iter(self) -> Self::IntoIter {
        BlockingUpdates {
            updates: Some(self),
        }
    }
}

fn run<F>(future: F) -> Result<F::Output, Error>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    let (sender, receiver) = mpsc::sync_channel(1);
    runtime()?.spawn(async move {
        // The receiver waits below for as long as this runs.
        let _ = sender.send(future.await);
    });
    receiver.recv().map_err(|error| {
        Error::configuration("the background thread of kling-api has ended").with_source(error)
    })
}

fn runtime() -> Result<&'static Runtime, Error> {
    static RUNTIME: OnceLock<std::io::Result<Runtime>> = OnceLock::new();
    RUNTIME
        .get_or_init(|| {
            Builder::new_multi_thread()
                .worker_threads(1)
                .thread_name("kling-api")
                .enable_io()
                .enable_time()
                .build()
        })
        .as_ref()
        .map_err(|error| {
            Error::configuration("the background thread of kling-api cannot be started")
                .with_source(error.to_string())
        })
}
