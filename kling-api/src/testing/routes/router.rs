//! Reads a method and a path.

use crate::testing::jobs::json::app_of;
use crate::testing::operation::Operation;

/// What a method and a path ask for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Route<'a> {
    /// Submit to this endpoint id.
    Submit(String),
    /// One of the four operations on a request of `owner/alias`.
    Job {
        operation: Operation,
        app: String,
        id: &'a str,
    },
    /// A file below `/files/`.
    File(&'a str),
    /// A synchronous call of this endpoint, with or without the outputs before the last one.
    Run { endpoint: String, streams: bool },
    /// One step of an upload, with the path below `/-/rest/storage/upload/` or `/-/storage/`.
    Storage { operation: Operation, path: &'a str },
    /// A token for uploads.
    UploadToken,
    /// One step of an upload with a token, with the path of the place where the step has one.
    Cdn { operation: Operation, path: &'a str },
    /// The keys of webhooks.
    WebhookKeys,
    /// The path below the platform API's base URL.
    Platform(&'a str),
    /// The path is right and the method is not, or the request id stands below a sub-path.
    WrongMethod {
        operation: Operation,
        allow: &'static str,
    },
    /// Nothing of fal's is there.
    Nothing,
}

impl Route<'_> {
    pub(crate) fn operation(&self) -> Operation {
        match self {
            Self::Submit(_) => Operation::Submit,
            Self::Job { operation, .. }
            | Self::WrongMethod { operation, .. }
            | Self::Storage { operation, .. }
            | Self::Cdn { operation, .. } => *operation,
            Self::File(_) => Operation::File,
            Self::Run { streams: false, .. } => Operation::Run,
            Self::Run { streams: true, .. } => Operation::RunStream,
            Self::UploadToken => Operation::UploadToken,
            Self::WebhookKeys => Operation::WebhookKeys,
            Self::Platform(_) => Operation::Platform,
            Self::Nothing => Operation::Other,
        }
    }
}

pub(crate) fn route<'a>(method: &str, path: &'a str) -> Route<'a> {
    let path = path.trim_matches('/');
    if let Some(name) = path.strip_prefix("files/") {
        let cdn = |operation| Route::Cdn {
            operation,
            path: name,
        };
        return match (method, name.contains("/multipart/")) {
            ("GET" | "HEAD", _) => Route::File(name),
            ("PUT", true) => cdn(Operation::UploadPart),
            ("POST", true) => cdn(Operation::CompleteUpload),
            _ => Route::WrongMethod {
                operation: Operation::File,
                allow: "GET, HEAD",
            },
        };
    }
    // No endpoint id starts with a hyphen, so what fal serves on other hosts stands there.
    if let Some(path) = path.strip_prefix("-/") {
        return host_route(method, path);
    }
    let segments: Vec<&str> = path.split('/').collect();
    if segments.contains(&"") {
        return Route::Nothing;
    }
    match segments.iter().position(|segment| *segment == "requests") {
        Some(position) => job_route(method, &segments[..position], &segments[position + 1..]),
        None if method == "POST" => Route::Submit(endpoint_id(path)),
        None => Route::WrongMethod {
            operation: Operation::Other,
            allow: "POST",
        },
    }
}

/// The OpenAPI document of one endpoint, which fal serves beside the platform API.
pub(crate) const DOCUMENT: &str = "../openapi.json";

/// What fal serves on other hosts than the queue's.
fn host_route<'a>(method: &str, path: &'a str) -> Route<'a> {
    let (route, allow) = if let Some(endpoint) = path.strip_prefix("run/") {
        let streamed = endpoint.strip_suffix("/stream");
        let route = Route::Run {
            endpoint: endpoint_id(streamed.unwrap_or(endpoint)),
            streams: streamed.is_some(),
        };
        (route, "POST")
    } else if path == "rest/storage/auth/token" {
        (Route::UploadToken, "POST")
    } else if let Some(step) = path.strip_prefix("cdn/files/upload") {
        let operation = match step {
            "" => Operation::Upload,
            "/multipart" => Operation::InitiateUpload,
            _ => return Route::Nothing,
        };
        let path = "";
        (Route::Cdn { operation, path }, "POST")
    } else if let Some(path) = path.strip_prefix("rest/storage/upload/") {
        let operation = Operation::InitiateUpload;
        (Route::Storage { operation, path }, "POST")
    } else if let Some(path) = path.strip_prefix("storage/") {
        let last = path.rsplit_once('/').map_or("", |(_, last)| last);
        let (operation, allow) = match last {
            "complete" => (Operation::CompleteUpload, "POST"),
            number if number.parse::<u32>().is_ok() => (Operation::UploadPart, "PUT"),
            _ => (Operation::Upload, "PUT"),
        };
        (Route::Storage { operation, path }, allow)
    } else if path == "rest/.well-known/jwks.json" {
        (Route::WebhookKeys, "GET")
    } else if let Some(path) = path.strip_prefix("platform/v1/") {
        return Route::Platform(path);
    } else if path == "platform/api/openapi/queue/openapi.json" {
        return Route::Platform(DOCUMENT);
    } else {
        return Route::Nothing;
    };
    if method == allow {
        route
    } else {
        let operation = route.operation();
        Route::WrongMethod { operation, allow }
    }
}

fn job_route<'a>(method: &str, prefix: &[&str], rest: &[&'a str]) -> Route<'a> {
    let (operation, id, allow) = match rest {
        [id] => (Operation::Result, *id, "GET"),
        [id, "status"] => (Operation::Status, *id, "GET"),
        [id, "status", "stream"] => (Operation::Stream, *id, "GET"),
        [id, "cancel"] => (Operation::Cancel, *id, "PUT"),
        _ => return Route::Nothing,
    };
    let prefix = endpoint_id(&prefix.join("/"));
    let app = app_of(&prefix);
    if app != prefix || method != allow {
        // fal refuses the paths that keep the sub-path with 405, although its own documents list them.
        return Route::WrongMethod { operation, allow };
    }
    Route::Job {
        operation,
        app: app.to_owned(),
        id,
    }
}

/// An old id without a slash, `123-name`, stands for `123/name`.
fn endpoint_id(path: &str) -> String {
    match path.split_once('-') {
        Some((owner, alias))
            if !path.contains('/')
                && !owner.is_empty()
                && !alias.is_empty()
                && owner.bytes().all(|byte| byte.is_ascii_digit()) =>
        {
            format!("{owner}/{alias}")
        }
        _ => path.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(operation: Operation, app: &str, id: &'static str) -> Route<'static> {
        Route::Job {
            operation,
            app: app.to_owned(),
            id,
        }
    }

    #[test]
    fn submit_keeps_the_whole_endpoint_id() {
        assert_eq!(
            route("POST", "/fal-ai/kling-video/v2.1/master/image-to-video"),
            Route::Submit("fal-ai/kling-video/v2.1/master/image-to-video".to_owned())
        );
        assert_eq!(
            route("POST", "/54285744-sdxl"),
            Route::Submit("54285744/sdxl".to_owned())
        );
    }

    #[test]
    fn the_four_operations_stand_under_owner_and_alias() {
        let app = "fal-ai/kling-video";
        assert_eq!(
            route("GET", "/fal-ai/kling-video/requests/7"),
            job(Operation::Result, app, "7")
        );
        assert_eq!(
            route("GET", "/fal-ai/kling-video/requests/7/status"),
            job(Operation::Status, app, "7")
        );
        assert_eq!(
            route("GET", "/fal-ai/kling-video/requests/7/status/stream"),
            job(Operation::Stream, app, "7")
        );
        assert_eq!(
            route("PUT", "/fal-ai/kling-video/requests/7/cancel"),
            job(Operation::Cancel, app, "7")
        );
    }

    #[test]
    fn namespaces_are_part_of_the_app() {
        assert_eq!(
            route("GET", "/workflows/a/b/requests/7"),
            job(Operation::Result, "workflows/a/b", "7")
        );
        assert_eq!(
            route("GET", "/comfy/a/b/requests/7/status"),
            job(Operation::Status, "comfy/a/b", "7")
        );
    }

    #[test]
    #[rustfmt::skip]
    fn a_sub_path_or_another_method_is_refused() {
        for (method, path, operation) in [
            ("GET", "/fal-ai/kling-video/v2.1/master/requests/7", Operation::Result),
            ("GET", "/fal-ai/kling-video/v2.1/master/requests/7/status", Operation::Status),
            ("GET", "/fal-ai/kling-video/v2.1/master/requests/7/status/stream", Operation::Stream),
            ("PUT", "/fal-ai/kling-video/v2.1/master/requests/7/cancel", Operation::Cancel),
            ("POST", "/fal-ai/kling-video/requests/7/cancel", Operation::Cancel),
            ("DELETE", "/fal-ai/kling-video/requests/7", Operation::Result),
            ("GET", "/fal-ai/kling-video/v2.1", Operation::Other),
        ] {
            assert!(
                matches!(route(method, path), Route::WrongMethod { operation: found, .. } if found == operation),
                "{method} {path}"
            );
        }
    }

    #[test]
    fn files_and_the_unknown() {
        assert_eq!(route("GET", "/files/output.mp4"), Route::File("output.mp4"));
        assert_eq!(
            route("GET", "/fal-ai/kling-video/requests/7/logs"),
            Route::Nothing
        );
        assert_eq!(route("GET", "/"), Route::Nothing);
    }

    #[test]
    #[rustfmt::skip]
    fn other_hosts_stand_where_no_endpoint_can() {
        assert_eq!(
            route(
                "POST",
                "/-/run/fal-ai/kling-video/v1/standard/image-to-video"
            ),
            Route::Run {
                endpoint: "fal-ai/kling-video/v1/standard/image-to-video".to_owned(),
                streams: false
            }
        );
        for (method, path, operation) in [
            ("POST", "/-/run/a/b/stream", Operation::RunStream),
            ("POST", "/-/rest/storage/upload/initiate-multipart", Operation::InitiateUpload),
            ("PUT", "/-/storage/7/a.png", Operation::Upload),
            ("PUT", "/-/storage/7/a.png/12", Operation::UploadPart),
            ("POST", "/-/storage/7/a.png/complete", Operation::CompleteUpload),
            ("POST", "/-/rest/storage/auth/token", Operation::UploadToken),
            ("POST", "/-/cdn/files/upload", Operation::Upload),
            ("POST", "/-/cdn/files/upload/multipart", Operation::InitiateUpload),
            ("PUT", "/files/7/a.png/multipart/7/12", Operation::UploadPart),
            ("POST", "/files/7/a.png/multipart/7/complete", Operation::CompleteUpload),
            ("GET", "/files/7/a.png/multipart/7/12", Operation::File),
            ("POST", "/-/cdn/files/elsewhere", Operation::Other),
            ("GET", "/-/rest/.well-known/jwks.json", Operation::WebhookKeys),
            ("GET", "/-/platform/v1/models", Operation::Platform),
            ("GET", "/-/elsewhere", Operation::Other),
        ] {
            assert_eq!(route(method, path).operation(), operation, "{path}");
        }
    }
}
