//! A call of an endpoint that is chosen at run time, among those that the crate knows.

mod fields;
pub(crate) mod input;

use std::fmt;
use std::future::IntoFuture;
use std::sync::Arc;

use serde_json::Value;

use crate::call::budget::Budget;
use crate::call::by_id::input::{ById, KnownEndpoint};
use crate::call::recorder::Recording;
use crate::call::{Call, Running};
use crate::error::Error;
use crate::http::core::Core;
use crate::values::completed::Completed;
use crate::values::media::Media;

/// A call of an endpoint by its id, made by `Client::call_by_id`. Nothing is sent until it is awaited, or until the
/// [call](Self::call) that it becomes is.
///
/// ```no_run
/// # async fn example(client: kling_api::Client, id: &str) -> Result<(), kling_api::Error> {
/// let call = client
///     .call_by_id(id, serde_json::json!({"prompt": "two robins build a nest"}))
///     .file("image_url", std::path::Path::new("robins.webp"))
///     .call()?;
/// println!("{:?}", call.estimated_cost());
/// let job = call.submit().await?;
/// # Ok(())
/// # }
/// ```
#[must_use = "a call sends nothing until it is awaited or submitted"]
pub struct CallById {
    core: Arc<Core>,
    budget: Arc<Budget>,
    recording: Recording,
    endpoints: &'static [KnownEndpoint],
    id: String,
    input: Value,
    files: Vec<(String, Media)>,
}

impl CallById {
    pub(crate) fn new(
        core: Arc<Core>,
        budget: Arc<Budget>,
        recording: Recording,
        endpoints: &'static [KnownEndpoint],
        id: String,
        input: Value,
    ) -> Self {
        Self {
            core,
            budget,
            recording,
            endpoints,
            id,
            input,
            files: Vec::new(),
        }
    }

    /// Puts a local file, bytes or a URL into a field of the input. Where the input has a list there, the file joins it.
    pub fn file(mut self, field: impl Into<String>, file: impl Into<Media>) -> Self {
        self.files.push((field.into(), file.into()));
        self
    }

    /// The call, with all its options. Limits, required fields, price, budget and files are those of the typed input.
    ///
    /// # Errors
    /// Where the crate knows no endpoint of this id, where the input is not one of the endpoint, or where it has a field
    /// that the endpoint does not have. The text lists what there is. Nothing was sent.
    pub fn call(self) -> Result<Call<ById>, Error> {
        let input = ById::read(self.endpoints, &self.id, self.input, self.files)
            .map_err(|violations| Error::invalid(violations, &self.id))?;
        Ok(Call::new(self.core, self.budget, self.recording, input))
    }
}

impl fmt::Debug for CallById {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallById")
            .field("endpoint", &self.id)
            .finish_non_exhaustive()
    }
}

impl IntoFuture for CallById {
    type Output = Result<Completed<Value>, Error>;
    type IntoFuture = Running<Completed<Value>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move { self.call()?.await })
    }
}
