//! The same API for programs that are not async.
//!
//! Use `.wait()` in the place of `.await`. The work runs on one background thread that all callers
//! share.
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
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::sync::OnceLock;
use std::sync::mpsc;

use futures_util::{FutureExt, Stream, StreamExt};
use tokio::runtime::{Builder, Runtime};

use crate::call::follow::{Update, Updates};
use crate::call::output_stream::OutputStream;
use crate::error::{Error, Submission};

/// Blocks until a request is done.
pub trait Wait: Sized {
    /// The output.
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

/// The items of a stream, one after the other: made by `into_iter()` of [`Updates`] and
/// [`OutputStream`].
#[derive(Debug)]
pub struct Items<S> {
    stream: Option<S>,
}

impl<S, T> Iterator for Items<S>
where
    S: Stream<Item = Result<T, Error>> + Unpin + Send + 'static,
    T: Send + 'static,
{
    type Item = Result<T, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut stream = self.stream.take()?;
        let step = run(async move {
            let item = stream.next().await;
            (item, stream)
        });
        match step {
            Ok((item, stream)) => {
                self.stream = Some(stream);
                item
            }
            Err(error) => Some(Err(error)),
        }
    }
}

impl<O: Send + 'static> IntoIterator for Updates<O> {
    type Item = Result<Update<O>, Error>;
    type IntoIter = Items<Self>;

    fn into_iter(self) -> Self::IntoIter {
        Items { stream: Some(self) }
    }
}

impl<O: Send + 'static> IntoIterator for OutputStream<O> {
    type Item = Result<O, Error>;
    type IntoIter = Items<Self>;

    fn into_iter(self) -> Self::IntoIter {
        Items { stream: Some(self) }
    }
}

fn run<F>(future: F) -> Result<F::Output, Error>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    let (sender, receiver) = mpsc::sync_channel(1);
    runtime()?.spawn(async move {
        // A panic is the caller's to see, as it would be without a thread in between.
        let outcome = AssertUnwindSafe(future).catch_unwind().await;
        // The receiver waits below for as long as this runs.
        let _ = sender.send(outcome);
    });
    match receiver.recv() {
        Ok(Ok(output)) => Ok(output),
        Ok(Err(panic)) => resume_unwind(panic),
        Err(error) => {
            let mut error = Error::configuration(
                "the background thread of kling-api has ended; look at fal's dashboard before you \
                 submit again",
            )
            .with_source(error);
            error.inner_mut().submission = Submission::Unknown;
            Err(error)
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[should_panic(expected = "of the caller")]
    fn a_panic_reaches_the_caller_as_it_is() {
        let _ = run(async { panic!("of the caller") });
    }

    #[test]
    fn waiting_gives_the_value() {
        assert_eq!(run(async { 7 }).ok(), Some(7));
    }
}
