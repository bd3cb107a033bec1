//! One endpoint, written by hand as the generator writes them.

use serde_json::json;

pub(crate) const ID: &str = "fal-ai/kling-video/v1/standard/image-to-video";
pub(crate) const REQUEST: &str = "6f1c0e9a-0000-4000-8000-000000000001";

#[derive(Clone, Debug, PartialEq, serde::Deserialize, serde::Serialize)]
pub(crate) struct Input {
    pub(crate) prompt: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cfg_scale: Option<f64>,
}

impl Input {
    pub(crate) fn new(prompt: impl Into<String>) -> Self {
        Self {
            prompt: prompt.into(),
            cfg_scale: None,
        }
    }
}

impl ::kling_api::Endpoint for Input {
    type Output = Output;
    const INFO: ::kling_api::EndpointInfo =
        ::kling_api::EndpointInfo::new(ID).title("Kling 1.0").price(
            ::kling_api::Price::per_second(::kling_api::Usd::from_micros(45_000)),
        );

    fn seconds(&self) -> Option<f64> {
        ::kling_api::rt::seconds(None, "5")
    }
}

impl ::kling_api::Validate for Input {
    fn validate_with(&self, validator: &mut ::kling_api::Validator) {
        validator.field("prompt", |validator| validator.max_length(&self.prompt, 20));
        if let Some(value) = &self.cfg_scale {
            validator.field("cfg_scale", |validator| {
                validator.finite(*value);
                validator.maximum(*value, 1.0);
            });
        }
    }
}

#[derive(Clone, Debug, PartialEq, serde::Deserialize, serde::Serialize)]
pub(crate) struct Output {
    pub(crate) video: File,
}

#[derive(Clone, Debug, PartialEq, serde::Deserialize, serde::Serialize)]
pub(crate) struct File {
    pub(crate) url: String,
}

/// What the model makes.
pub(crate) fn output() -> serde_json::Value {
    json!({"video": {"url": "https://v3.fal.media/files/a.mp4", "file_size": null}, "extra": 1})
}

/// fal's answer to a submit, with the URLs below `base`.
pub(crate) fn accepted(base: &str) -> serde_json::Value {
    let request = format!("{base}/fal-ai/kling-video/requests/{REQUEST}");
    json!({
        "status": "IN_QUEUE", "request_id": REQUEST, "queue_position": 0,
        "response_url": request,
        "status_url": format!("{request}/status"),
        "cancel_url": format!("{request}/cancel"),
    })
}

pub(crate) fn status_of(state: &str) -> serde_json::Value {
    json!({"status": state, "request_id": REQUEST, "logs": null, "metrics": {}})
}
