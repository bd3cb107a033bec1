//! The models that fal serves, and facts about the platform itself.

use std::fmt::{self, Write as _};
use std::future::IntoFuture;
use std::num::NonZeroU32;
use std::time::Duration;

use serde_json::Value;

use crate::client::Client;
use crate::error::Error;
use crate::error::visible::Visible;
use crate::http::core::Running;
use crate::platform::pages::{List, Page, Pages, page};
use crate::platform::request::{TimeLimit, send};
use crate::platform::transport::types::{ModelExpansion, ModelStatus};
use crate::platform::transport::{Api, PlatformRequest, Sending};

use crate::platform::transport::types::{Meta, Model};

/// A request for a list of models; made by [`Platform::models`](super::Platform::models).
///
/// Awaited, it gives the whole list. fal has some thousand models: [`stream`](Self::stream) gives
/// them as they come, and [`page`](Self::page) one page of them.
///
/// # Errors
/// Where a page cannot be fetched: see [`Error`]. A request buys nothing.
#[derive(Clone, Debug)]
#[must_use = "nothing is sent until the list is awaited or streamed"]
pub struct Models {
    client: Client,
    query: Query,
    timeout: Option<Duration>,
}

#[derive(Clone, Debug, Default)]
struct Query {
    category: Option<String>,
    endpoint_ids: Vec<String>,
    expansions: Vec<ModelExpansion>,
    limit: Option<NonZeroU32>,
    text: Option<String>,
    status: Option<ModelStatus>,
}

/// fal allows so many.
const MOST_IDS: usize = 50;

impl Models {
    pub(super) fn new(client: Client) -> Self {
        Self {
            client,
            query: Query::default(),
            timeout: None,
        }
    }

    /// Only the model of this endpoint id; called up to 50 times, only those.
    pub fn endpoint_id(mut self, id: impl Into<String>) -> Self {
        self.query.endpoint_ids.push(id.into());
        self
    }

    /// Only models in whose entry fal finds this text.
    pub fn search(mut self, text: impl Into<String>) -> Self {
        self.query.text = Some(text.into());
        self
    }

    /// Only models of this category, such as `image-to-video`.
    pub fn category(mut self, category: impl Into<String>) -> Self {
        self.query.category = Some(category.into());
        self
    }

    /// Only models of this status.
    pub fn status(mut self, status: ModelStatus) -> Self {
        self.query.status = Some(status);
        self
    }

    /// Adds something to each model. Read it by [`Model::openapi_document`], which knows of models for
    /// which fal could not.
    pub fn expand(mut self, expansion: ModelExpansion) -> Self {
        self.query.expansions.push(expansion);
        self
    }

    /// The most entries of a page. How many fal allows is not documented and depends on what is
    /// expanded; unset, fal chooses.
    pub fn limit(mut self, entries: NonZeroU32) -> Self {
        self.query.limit = Some(entries);
        self
    }

    /// The longest that all pages together may take. By default, the attempts of each page are limited
    /// instead: see [`Retry::attempts`](crate::Retry::attempts).
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// The models, page after page.
    pub fn stream(self) -> Pages<Model> {
        Pages::of(self.client, self.query, self.timeout)
    }

    /// One page: the first one, or the one that `cursor` leads to.
    ///
    /// # Errors
    /// Where the page cannot be fetched.
    pub async fn page(&self, cursor: Option<&str>) -> Result<Page<Model>, Error> {
        let cursor = cursor.map(str::to_owned);
        let limit = TimeLimit::of(&self.client, self.timeout);
        page(&self.client, self.query.clone(), cursor, limit).await
    }
}

impl IntoFuture for Models {
    type Output = Result<Vec<Model>, Error>;
    type IntoFuture = Running<Vec<Model>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.stream().all())
    }
}

impl List for Query {
    type Item = Model;

    fn check(&self) -> Result<(), Error> {
        if self.endpoint_ids.len() > MOST_IDS {
            return Err(Error::configuration(format!(
                "fal looks up at most {MOST_IDS} endpoint ids at a time, and {} were given; ask in \
                 several calls",
                self.endpoint_ids.len()
            )));
        }
        Ok(())
    }

    fn send<'a>(&'a self, api: &'a Api, cursor: Option<&'a str>) -> Sending<'a, Page<Model>> {
        let ids = (!self.endpoint_ids.is_empty()).then_some(&self.endpoint_ids);
        let expansions = (!self.expansions.is_empty()).then_some(&self.expansions);
        Box::pin(async move {
            let page = api
                .list_models(
                    self.category.as_deref(),
                    cursor,
                    ids,
                    expansions,
                    self.limit,
                    self.text.as_deref(),
                    self.status,
                )
                .await?
                .into_inner();
            Ok(Page::new(page.models, page.next_cursor, page.has_more))
        })
    }
}

impl Model {
    /// Whether fal has marked the model as deprecated.
    #[must_use]
    pub fn is_deprecated(&self) -> bool {
        let status = self.metadata.as_ref().and_then(|it| it.status.as_deref());
        status == Some("deprecated")
    }

    /// The model's OpenAPI document; `None` where it was not asked for by
    /// [`ModelExpansion::Openapi30`].
    ///
    /// # Errors
    /// Where fal could not make the document. That happens within a response of success, and says
    /// nothing of the other models.
    #[must_use]
    pub fn openapi_document(&self) -> Option<Result<&Value, ExpansionFailed>> {
        let document = self.openapi.as_ref()?;
        // An OpenAPI document has no `error` at its root.
        let Some(error) = document.get("error") else {
            return Some(Ok(document));
        };
        let text = |name: &str| {
            let text = error.get(name).and_then(Value::as_str);
            text.unwrap_or_default().to_owned()
        };
        Some(Err(ExpansionFailed {
            code: text("code"),
            message: text("message"),
        }))
    }
}

/// Why fal did not send an expansion of a model.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExpansionFailed {
    /// fal's name for it, such as `expansion_failed`.
    pub code: String,
    /// What went wrong, in fal's words.
    pub message: String,
}

impl fmt::Display for ExpansionFailed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            Visible(f),
            "fal could not make the document of this model: {}",
            self.message
        )
    }
}

impl std::error::Error for ExpansionFailed {}

/// A request for facts about the platform; made by [`Platform::meta`](super::Platform::meta).
#[derive(Clone, Debug)]
#[must_use = "nothing is sent until the request is awaited"]
pub struct MetaRequest {
    client: Client,
    timeout: Option<Duration>,
}

impl MetaRequest {
    pub(super) fn new(client: Client) -> Self {
        Self {
            client,
            timeout: None,
        }
    }

    /// The longest that all attempts together may take.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }
}

impl IntoFuture for MetaRequest {
    type Output = Result<Meta, Error>;
    type IntoFuture = Running<Meta>;

    fn into_future(self) -> Self::IntoFuture {
        struct GetMeta;

        impl PlatformRequest for GetMeta {
            type Response = Meta;

            fn send<'a>(&'a self, api: &'a Api) -> Sending<'a, Meta> {
                Box::pin(async move { Ok(api.get_meta().await?.into_inner()) })
            }
        }

        Box::pin(async move {
            send(
                &self.client,
                &GetMeta,
                TimeLimit::of(&self.client, self.timeout),
            )
            .await
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn model(value: Value) -> Model {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn a_document_that_fal_could_not_make_is_an_error_of_this_model_alone() {
        assert!(
            model(json!({"endpoint_id": "a/b"}))
                .openapi_document()
                .is_none()
        );
        let document = json!({"openapi": "3.0.4"});
        let good = model(json!({"endpoint_id": "a/b", "openapi": document}));
        assert_eq!(good.openapi_document(), Some(Ok(&document)));
        let error = json!({"error": {"code": "expansion_failed", "message": "No schema"}});
        let failed = model(json!({"endpoint_id": "a/b", "openapi": error}));
        let error = failed.openapi_document().unwrap().unwrap_err();
        assert_eq!(error.code, "expansion_failed");
        assert!(error.to_string().ends_with(": No schema"), "{error}");
    }

    #[test]
    fn an_odd_entry_can_be_read_all_the_same() {
        let odd = model(json!({
            "endpoint_id": "a/b", "new": 1, "openapi": null,
            "metadata": {"status": "retired", "tags": null, "group": null, "is_favorited": null, "x": []}
        }));
        assert!(!odd.is_deprecated());
        assert_eq!(odd.metadata.unwrap().status.as_deref(), Some("retired"));
    }
}
