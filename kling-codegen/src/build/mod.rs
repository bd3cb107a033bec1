//! What to generate and how, put together step by step.

#[cfg(feature = "build")]
pub(crate) mod script;

#[cfg(feature = "build")]
use std::path::PathBuf;

use crate::document::Document;
use crate::emit::Target;
use crate::error::Error;
use crate::settings::{EndpointSettings, Settings};
use crate::{Generated, generate};

/// Documents, and how code is generated from them; made for a `build.rs`.
///
/// By itself it is as pure as the rest of the crate: [`document`](Self::document) takes texts, and
/// [`generate`](Self::generate) gives texts. The feature `build` adds what a build script needs beside that: `folder`
/// reads documents, and `write` writes the code and tells cargo what it depends on.
///
/// ```
/// use kling_codegen::Config;
///
/// # fn main() -> Result<(), kling_codegen::Error> {
/// # let text = r##"{ "openapi": "3.0.4", "info": {}, "components": { "schemas": { "In": { "type": "object", "properties": {
/// # "mode": { "type": "string", "enum": ["std"] } } }, "Out": { "type": "object" } } }, "paths": {
/// # "/acme/app": { "post": { "requestBody": { "content": { "application/json": { "schema": { "$ref": "#/components/schemas/In" } } } } } },
/// # "/acme/app/requests/{request_id}": { "get": { "responses": { "200": { "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Out" } } } } } } } } }"##;
/// let generated = Config::new()
///     .document("acme/app", text)
///     .prefix("acme")
///     .variant("acme/app", "Mode", "std", "Standard")
///     .generate()?;
/// assert!(generated.files["endpoints.rs"].contains("Standard"));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "nothing is generated before `generate` or `write`"]
pub struct Config {
    documents: Vec<Document>,
    settings: Settings,
    target: Target,
    #[cfg(feature = "build")]
    folders: Vec<PathBuf>,
    #[cfg(feature = "build")]
    out_dir: Option<PathBuf>,
}

impl Config {
    /// No documents, no settings, and code for anybody's crate.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the document of an endpoint: its id, such as `acme/app/image-to-video`, and the JSON text.
    pub fn document(mut self, id: impl Into<String>, text: impl Into<String>) -> Self {
        self.documents.push(Document {
            id: id.into(),
            text: text.into(),
        });
        self
    }

    /// Adds several documents.
    pub fn documents(mut self, documents: impl IntoIterator<Item = Document>) -> Self {
        self.documents.extend(documents);
        self
    }

    /// Leaves the start of the endpoint ids out of the modules and methods: below `acme`, `acme/app` is module `app`.
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.settings.prefix = prefix.into();
        self
    }

    /// Names the variant of an endpoint's enum, where the name that is made of its value is a poor one.
    ///
    /// It is an error to name what the document does not have, so that no name is forgotten.
    pub fn variant(
        mut self,
        endpoint: &str,
        type_name: impl Into<String>,
        value: impl Into<String>,
        variant: impl Into<String>,
    ) -> Self {
        let known = &mut self.settings.endpoints;
        let index = known
            .iter()
            .position(|settings| settings.id == endpoint)
            .unwrap_or_else(|| {
                known.push(EndpointSettings {
                    id: endpoint.to_owned(),
                    ..EndpointSettings::default()
                });
                known.len() - 1
            });
        if let Some(settings) = known.get_mut(index) {
            let values = settings.variants.entry(type_name.into()).or_default();
            values.insert(value.into(), variant.into());
        }
        self
    }

    /// Takes these settings in the place of all that were given before, prefix and variants included.
    pub fn settings(mut self, settings: Settings) -> Self {
        self.settings = settings;
        self
    }

    /// Says for whom the code is made; without it, for anybody's crate.
    pub fn target(mut self, target: Target) -> Self {
        self.target = target;
        self
    }

    /// Generates from the documents that were given as text, in the order of their ids. Nothing is read or written.
    ///
    /// # Errors
    ///
    /// The first document or setting from which no code can be generated, with the place and the reason.
    pub fn generate(&self) -> Result<Generated, Error> {
        self.generate_with(Vec::new())
    }

    fn generate_with(&self, mut documents: Vec<Document>) -> Result<Generated, Error> {
        documents.extend_from_slice(&self.documents);
        documents.sort_by(|left, right| left.id.cmp(&right.id));
        self.check_endpoints(&documents)?;
        generate(&documents, &self.settings, self.target)
    }

    /// Settings for an endpoint without a document are a mistake.
    fn check_endpoints(&self, documents: &[Document]) -> Result<(), Error> {
        let is_there = |id: &str| documents.iter().any(|document| document.id == id);
        match self
            .settings
            .endpoints
            .iter()
            .find(|settings| !is_there(&settings.id))
        {
            None => Ok(()),
            Some(settings) => Err(Error::new(
                settings.id.as_str(),
                "",
                "there are settings for this endpoint, but no document",
                "Add the document, or remove the settings",
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_for_an_endpoint_without_a_document_are_an_error() {
        let error = Config::new()
            .variant("acme/app", "Mode", "std", "Standard")
            .generate()
            .unwrap_err();
        assert_eq!(error.endpoint(), "acme/app");
        assert!(error.problem().contains("no document"), "{error}");
    }

    #[test]
    fn an_endpoint_has_one_entry_however_many_variants_it_names() {
        let config = Config::new()
            .variant("acme/app", "Mode", "std", "Standard")
            .variant("acme/app", "Mode", "pro", "Professional")
            .variant("acme/other", "Mode", "std", "Standard");
        let settings = &config.settings.endpoints;
        assert_eq!(settings.len(), 2);
        assert_eq!(settings[0].variants["Mode"].len(), 2);
    }
}
