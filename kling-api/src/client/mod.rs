//! The client and its builder.

pub(crate) mod builder;

pub use builder::ClientBuilder;

use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use serde_json::Value;
use tokio::io::AsyncWrite;

use crate::call::Call;
use crate::call::budget::Budget;
use crate::call::by_id::CallById;
use crate::call::by_id::input::KnownEndpoint;
use crate::call::follow::Follow;
use crate::call::recorder::Recording;
use crate::call::requests::{CancelRequest, ResultRequest, StatusRequest};
use crate::error::Error;
use crate::files::download::{Download, DownloadTo};
use crate::files::upload::Upload;
use crate::http::core::Core;
use crate::values::endpoint::{Endpoint, Raw};
use crate::values::job::Job;
use crate::values::remote_file::RemoteFile;
use crate::values::usd::Usd;

/// A client of fal's queue. Cheap to clone; clones share their connections.
///
/// ```no_run
/// # async fn example() -> Result<(), kling_api::Error> {
/// use kling_api::Client;
/// use kling_api::v2_1::master::image_to_video::{Duration, Input};
///
/// let client = Client::from_env()?;
/// let input = Input::new("two robins build a nest", "https://example.com/robins.webp")
///     .duration(Duration::Ten);
/// let video = client.call(input).await?;                  // or client.v2_1_master_image_to_video(input)
/// println!("{} (request {})", video.video.url, video.request_id());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Client {
    pub(crate) core: Arc<Core>,
    budget: Arc<Budget>,
    pub(crate) recording: Recording,
}

impl Client {
    /// A client with this key, `key-id:key-secret`, and defaults for everything else.
    ///
    /// # Errors
    /// Where the key cannot stand in a header.
    ///
    /// ```no_run
    /// # fn example() -> Result<(), kling_api::Error> {
    /// let client = kling_api::Client::new("key-id:key-secret")?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn new(key: impl Into<String>) -> Result<Self, Error> {
        Self::builder().key(key).build()
    }

    /// A client with the key from the environment, `FAL_KEY`, or `FAL_KEY_ID` and `FAL_KEY_SECRET`,
    /// and defaults for everything else. No other variable is read but those that name a proxy, and those that lead to a
    /// server on this machine: see [`ClientBuilder::queue_url`].
    ///
    /// # Errors
    /// Where no key is set, or the key cannot stand in a header.
    ///
    /// ```no_run
    /// # fn example() -> Result<(), kling_api::Error> {
    /// let client = kling_api::Client::from_env()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn from_env() -> Result<Self, Error> {
        Self::builder().build()
    }

    /// A builder with the settings of a client.
    ///
    /// ```no_run
    /// # fn example() -> Result<(), kling_api::Error> {
    /// let client = kling_api::Client::builder()
    ///     .key("key-id:key-secret")
    ///     .user_agent_suffix("my-studio/1.0")
    ///     .build()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn builder() -> ClientBuilder {
        ClientBuilder::new()
    }

    pub(crate) fn from_parts(core: Core, budget: Budget, recording: Recording) -> Self {
        Self {
            core: Arc::new(core),
            budget: Arc::new(budget),
            recording,
        }
    }

    /// A client that buys nothing, for what is done on behalf of a call.
    #[cfg(all(feature = "journal", feature = "platform"))]
    pub(crate) fn of_core(core: Arc<Core>) -> Self {
        Self {
            core,
            budget: Arc::default(),
            recording: Recording::default(),
        }
    }

    /// Makes a call of any endpoint by its input. Nothing is sent until the call is awaited or submitted.
    ///
    /// ```no_run
    /// # async fn example(client: kling_api::Client) -> Result<(), kling_api::Error> {
    /// use kling_api::Raw;
    ///
    /// let input = Raw::new("kling/v4/reference-to-video", serde_json::json!({"prompt": "a nest"}));
    /// let video = client.call(input).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn call<E: Endpoint>(&self, input: E) -> Call<E> {
        Call::new(
            self.core.clone(),
            self.budget.clone(),
            self.recording.clone(),
            input,
        )
    }

    /// A call of an endpoint that this crate does not know, with plain JSON in and out. The input is
    /// not checked.
    ///
    /// ```no_run
    /// # async fn example(client: kling_api::Client) -> Result<(), kling_api::Error> {
    /// let input = serde_json::json!({"prompt": "two robins build a nest"});
    /// let video = client.call_raw("kling/v4/reference-to-video", input).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn call_raw(&self, endpoint: impl Into<String>, input: Value) -> Call<Raw> {
        self.call(Raw::new(endpoint, input))
    }

    /// What the generated `call_by_id` calls with its list of endpoints.
    #[doc(hidden)]
    pub fn call_known(
        &self,
        endpoints: &'static [KnownEndpoint],
        id: String,
        input: Value,
    ) -> CallById {
        CallById::new(
            self.core.clone(),
            self.budget.clone(),
            self.recording.clone(),
            endpoints,
            id,
            input,
        )
    }

    /// Gets the status of a job. Retried until there is a response; see [`Retry`](crate::Retry).
    ///
    /// ```no_run
    /// # async fn example(client: kling_api::Client, job: kling_api::Job<kling_api::Raw>)
    /// # -> Result<(), kling_api::Error> {
    /// let status = client.status(&job).await?;
    /// println!("{:?}", status.state());
    /// # Ok(())
    /// # }
    /// ```
    pub fn status<E: Endpoint>(&self, job: &Job<E>) -> StatusRequest<E> {
        StatusRequest::new(self.core.clone(), job.clone())
    }

    /// Fetches the result of a finished job.
    ///
    /// Where the job has only just ended and fal does not have the result yet, it is waited for. A
    /// job that is still queued or running is an error: [`Error::is_in_progress`]. Use
    /// [`follow`](Self::follow) to wait for it. Where the client has a journal and the job is in it, the journal keeps the
    /// outcome, as it does for a job that is followed.
    ///
    /// ```no_run
    /// # async fn example(client: kling_api::Client, job: kling_api::Job<kling_api::Raw>)
    /// # -> Result<(), kling_api::Error> {
    /// let video = client.result(&job).await?;
    /// println!("{}", video["video"]["url"].as_str().unwrap_or("no URL"));
    /// # Ok(())
    /// # }
    /// ```
    pub fn result<E: Endpoint>(&self, job: &Job<E>) -> ResultRequest<E> {
        ResultRequest::new(self.core.clone(), job.clone()).recorded(self.recording.recorder.clone())
    }

    /// Cancels the job. Repeating it is harmless, so it is retried until there is a response.
    ///
    /// ```no_run
    /// # async fn example(client: kling_api::Client, job: kling_api::Job<kling_api::Raw>)
    /// # -> Result<(), kling_api::Error> {
    /// println!("{}", client.cancel(&job).await?);
    /// # Ok(())
    /// # }
    /// ```
    pub fn cancel<E: Endpoint>(&self, job: &Job<E>) -> CancelRequest<E> {
        CancelRequest::new(self.core.clone(), job.clone())
    }

    /// Uploads bytes to fal, for an input to name. Nothing is sent until it is awaited.
    ///
    /// Inputs take local files and bytes as they are, too: see [`Media`](crate::Media).
    ///
    /// ```no_run
    /// # async fn example(client: kling_api::Client, bytes: Vec<u8>) -> Result<(), kling_api::Error> {
    /// use kling_api::v2_1::master::image_to_video::Input;
    ///
    /// let image = client.upload(bytes, "image/webp").await?;
    /// let input = Input::new("two robins build a nest", &image);
    /// # Ok(())
    /// # }
    /// ```
    pub fn upload(&self, bytes: impl Into<Bytes>, content_type: impl Into<String>) -> Upload {
        Upload::bytes(self.core.clone(), bytes.into()).content_type(content_type)
    }

    /// Uploads a local file to fal. The content type is read from the first bytes of the file,
    /// or else from its name.
    ///
    /// ```no_run
    /// # async fn example(client: kling_api::Client) -> Result<(), kling_api::Error> {
    /// let image = client
    ///     .upload_file("robins.webp")
    ///     .on_progress(|sent, total| println!("{sent} of {total} bytes"))
    ///     .await?;
    /// println!("{}", image.url);
    /// # Ok(())
    /// # }
    /// ```
    pub fn upload_file(&self, path: impl Into<PathBuf>) -> Upload {
        Upload::file(self.core.clone(), path.into())
    }

    /// Uploads a stream of `length` bytes to fal. More than 10 MiB go in parts, of which four
    /// are in memory at most.
    ///
    /// ```no_run
    /// # async fn example(client: kling_api::Client) -> Result<(), kling_api::Error> {
    /// use futures_util::stream;
    ///
    /// let pieces = stream::iter([Ok::<_, std::io::Error>("RIFF"), Ok("....WEBP")]);
    /// let image = client.upload_stream(pieces, 12, "image/webp").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn upload_stream<S, B, F>(
        &self,
        stream: S,
        length: u64,
        content_type: impl Into<String>,
    ) -> Upload
    where
        S: Stream<Item = Result<B, F>> + Send + 'static,
        B: Into<Bytes>,
        F: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let pieces = stream.map(|piece| piece.map(Into::into).map_err(Into::into));
        Upload::stream(self.core.clone(), Box::pin(pieces), length).content_type(content_type)
    }

    /// Downloads a file to a path: a `File` of an output, or a URL. A file of that name is
    /// not replaced unless [`overwrite`](Download::overwrite) says so.
    ///
    /// ```no_run
    /// # async fn example(client: kling_api::Client) -> Result<(), kling_api::Error> {
    /// use kling_api::v2_1::master::image_to_video::Input;
    ///
    /// let result = client.call(Input::example()).await?;
    /// let video = client.download(&result.video, "nest.mp4").await?;
    /// println!("{} bytes in {}", video.size, video.path.display());
    /// # Ok(())
    /// # }
    /// ```
    pub fn download(
        &self,
        file: &(impl RemoteFile + ?Sized),
        path: impl Into<PathBuf>,
    ) -> Download {
        Download::new(self.core.clone(), file, path.into())
    }

    /// Downloads a file to a writer.
    ///
    /// ```no_run
    /// # async fn example(client: kling_api::Client) -> Result<(), kling_api::Error> {
    /// let mut bytes = Vec::new();
    /// client
    ///     .download_to("https://v3.fal.media/files/b/nest.mp4", &mut bytes)
    ///     .max_size(100_000_000)
    ///     .await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn download_to<'a>(
        &self,
        file: &(impl RemoteFile + ?Sized),
        writer: impl AsyncWrite + Send + Unpin + 'a,
    ) -> DownloadTo<'a> {
        DownloadTo::new(self.core.clone(), file, writer)
    }

    /// Follows the job to its end: awaited, it gives the result; with
    /// [`updates`](Follow::updates), every step on the way too.
    ///
    /// ```no_run
    /// # async fn example(client: kling_api::Client, job: kling_api::Job<kling_api::Raw>)
    /// # -> Result<(), kling_api::Error> {
    /// let video = client.follow(&job).await?;
    /// println!("{}", video["video"]["url"].as_str().unwrap_or("no URL"));
    /// # Ok(())
    /// # }
    /// ```
    pub fn follow<E: Endpoint>(&self, job: &Job<E>) -> Follow<E> {
        Follow::new(
            self.core.clone(),
            job.clone(),
            self.recording.recorder.clone(),
        )
    }

    /// What the calls of this client and its clones cost so far, by the published prices or by
    /// [`expected_cost`](Call::expected_cost).
    ///
    /// A call counts from the moment before it is sent, and no longer once it provably bought
    /// nothing. One whose outcome is unknown counts, and so does a job that failed or was cancelled
    /// later; a call of unknown price counts as zero. fal's invoice says what it bills.
    ///
    /// ```no_run
    /// # fn example(client: kling_api::Client) {
    /// println!("about {} so far", client.spent());
    /// # }
    /// ```
    #[must_use]
    pub fn spent(&self) -> Usd {
        self.budget.spent()
    }
}
