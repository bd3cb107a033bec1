//! The same API for programs that are not async.
//!
//! Use `.wait()` in the place of `.await`, on whatever can be awaited: calls and requests, uploads and downloads, the
//! checks of webhooks, and what a journal is read by. A stream is an iterator, by
//! `into_iter()` or [`items`]. What runs beside a request,
//! such as its connections, runs on one background thread that all callers share.
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
use std::io::{self, Write};
use std::pin::{Pin, pin};
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use futures_util::{Stream, StreamExt};
use tokio::io::AsyncWrite;
use tokio::runtime::{Builder, Runtime};

use crate::call::follow::update::{Update, Updates};
use crate::call::output_stream::OutputStream;
use crate::error::Error;

/// Blocks until a request is done: for everything in this crate that can be awaited.
pub trait Wait: Sized {
    /// The output.
    type Done;
    /// Why there is none.
    type Error;

    /// Runs it to its end on this thread, and blocks it until then. Within an async program it blocks the executor: await
    /// there.
    ///
    /// # Errors
    /// Those of the operation, and one where the background thread cannot be started.
    fn wait(self) -> Result<Self::Done, Self::Error>;
}

impl<W, T, E> Wait for W
where
    W: IntoFuture<Output = Result<T, E>>,
    E: From<Error>,
{
    type Done = T;
    type Error = E;

    fn wait(self) -> Result<T, E> {
        block_on(self)?
    }
}

/// A writer of the standard library, for [`Client::download_to`](crate::Client::download_to).
///
/// ```no_run
/// # fn example(client: kling_api::Client) -> Result<(), kling_api::Error> {
/// use kling_api::blocking::{Wait, Writer};
///
/// let mut bytes = Vec::new();
/// client
///     .download_to("https://v3.fal.media/files/b/nest.mp4", Writer::new(&mut bytes))
///     .max_size(100_000_000)
///     .wait()?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Writer<W>(W);

impl<W: Write + Unpin> Writer<W> {
    /// It is written to while the download is waited for. Awaited, it would block the executor.
    pub fn new(writer: W) -> Self {
        Self(writer)
    }
}

impl<W: Write + Unpin> AsyncWrite for Writer<W> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        loop {
            match self.0.write(bytes) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                written => return Poll::Ready(written),
            }
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(self.0.flush())
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_flush(context)
    }
}

/// The items of a stream, one after the other: made by [`items`], and by `into_iter()` of [`Updates`] and
/// [`OutputStream`].
#[derive(Debug)]
pub struct Items<S> {
    stream: Option<S>,
}

/// The items of any stream of this crate, such as the entries of a journal or the pages of a list.
pub fn items<S: Stream + Unpin>(stream: S) -> Items<S> {
    Items {
        stream: Some(stream),
    }
}

impl<S, T, E> Iterator for Items<S>
where
    S: Stream<Item = Result<T, E>> + Unpin,
    E: From<Error>,
{
    type Item = Result<T, E>;

    fn next(&mut self) -> Option<Self::Item> {
        match block_on(self.stream.as_mut()?.next()) {
            Ok(item) => item,
            Err(error) => {
                self.stream = None;
                Some(Err(error.into()))
            }
        }
    }
}

impl<O> IntoIterator for Updates<O> {
    type Item = Result<Update<O>, Error>;
    type IntoIter = Items<Self>;

    fn into_iter(self) -> Self::IntoIter {
        items(self)
    }
}

impl<O> IntoIterator for OutputStream<O> {
    type Item = Result<O, Error>;
    type IntoIter = Items<Self>;

    fn into_iter(self) -> Self::IntoIter {
        items(self)
    }
}

/// Wakes a thread that is parked.
struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Runs a future on this thread; timers, sockets and what the future spawns are served by the background thread. The
/// runtime's own `block_on` would panic where this thread already belongs to a runtime.
fn block_on<F: IntoFuture>(work: F) -> Result<F::Output, Error> {
    let _context = runtime()?.enter();
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = Context::from_waker(&waker);
    let mut future = pin!(work.into_future());
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(output) => return Ok(output),
            Poll::Pending => thread::park(),
        }
    }
}

fn runtime() -> Result<&'static Runtime, Error> {
    static RUNTIME: OnceLock<io::Result<Runtime>> = OnceLock::new();
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
    use std::time::Duration;

    use super::*;

    #[test]
    #[should_panic(expected = "of the caller")]
    fn a_panic_reaches_the_caller_as_it_is() {
        let _ = block_on(async { panic!("of the caller") });
    }

    #[test]
    fn a_future_may_borrow_and_stay_on_its_thread() {
        let text = std::rc::Rc::new(String::from("seven"));
        let borrowed: &str = &text;
        let length = block_on(async {
            tokio::time::sleep(Duration::from_millis(5)).await;
            let task = tokio::spawn(async { 2 });
            borrowed.len() + task.await.unwrap()
        });
        assert_eq!(length.ok(), Some(7));
    }

    /// It blocks the executor, which is bad manners and no panic.
    #[tokio::test]
    async fn a_thread_of_another_runtime_may_wait() {
        let waited = block_on(async { tokio::time::sleep(Duration::from_millis(5)).await });
        assert!(waited.is_ok());
    }

    #[test]
    fn a_writer_of_the_standard_library_is_written_to() {
        use tokio::io::AsyncWriteExt as _;

        let mut bytes = Vec::new();
        let mut writer = Writer::new(&mut bytes);
        let written = block_on(async {
            writer.write_all(b"a nest").await?;
            writer.flush().await
        });
        assert!(written.is_ok_and(|it| it.is_ok()));
        assert_eq!(bytes, b"a nest");
    }
}
