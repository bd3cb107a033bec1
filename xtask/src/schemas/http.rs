//! Reads JSON over HTTP, and retries what may work the next time.

use std::thread;
use std::time::Duration;

use anyhow::{Context, Error, Result, anyhow};
use clap::Args;
use serde_json::Value;
use ureq::Agent;
use ureq::http::header::{CONTENT_TYPE, ETAG, RETRY_AFTER};
use ureq::http::{HeaderMap, HeaderName, Response, StatusCode, Uri};

use crate::schemas::lock::Source;

/// The server to read from, and how long it may take.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct Server {
    /// Reads from this server in place of fal's, on the same paths
    #[arg(long, value_name = "URL")]
    base_url: Option<String>,
    /// How long one attempt may take, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 15, value_parser = clap::value_parser!(u64).range(1..=600))]
    timeout: u64,
}

impl Server {
    /// A URL on the server: `path` starts with a slash, `default` is fal's own server.
    pub(crate) fn url(&self, default: &str, path: &str) -> String {
        let base = self.base_url.as_deref().unwrap_or(default);
        format!("{}{path}", base.trim_end_matches('/'))
    }

    /// Where a document of this server is from. What another server sends does not count as from fal.
    pub(crate) fn source(&self) -> Source {
        if self.base_url.is_none() {
            Source::Fal
        } else {
            Source::Elsewhere
        }
    }

    /// A connection pool to the server.
    pub(crate) fn connect(&self) -> Result<Http> {
        let mut config = Agent::config_builder()
            .timeout_global(Some(Duration::from_secs(self.timeout)))
            .timeout_connect(Some(Duration::from_secs(self.timeout.min(10))))
            .http_status_as_error(false)
            .user_agent(concat!("kling-api-xtask/", env!("CARGO_PKG_VERSION")));
        if let Some(base) = &self.base_url {
            let uri = base_uri(base).with_context(|| {
                format!(
                    "`{base}` is no URL of a server, so nothing was requested. Write it with http:// or https://, as in --base-url http://127.0.0.1:8080."
                )
            })?;
            // No proxy can reach this machine's own loopback.
            if matches!(uri.host(), Some("localhost" | "127.0.0.1" | "[::1]")) {
                config = config.proxy(None);
            }
        }
        Ok(Http {
            agent: config.build().new_agent(),
            timeout: self.timeout,
        })
    }
}

/// Reads a URL that paths can be put behind; `None` where it has no scheme that is spoken here, or no host.
fn base_uri(text: &str) -> Option<Uri> {
    let uri: Uri = text.parse().ok()?;
    let good = matches!(uri.scheme_str(), Some("http" | "https"))
        && uri.host().is_some_and(|host| !host.is_empty())
        && uri.query().is_none();
    good.then_some(uri)
}

/// A client that retries what may work the next time.
#[derive(Clone, Debug)]
pub(crate) struct Http {
    agent: Agent,
    timeout: u64,
}

/// A JSON document from a server.
#[derive(Clone, Debug)]
pub(crate) struct JsonResponse {
    /// The text as it was served.
    pub(crate) text: String,
    /// What it says.
    pub(crate) value: Value,
    /// The server's name for these bytes.
    pub(crate) etag: Option<String>,
}

const ATTEMPTS: u32 = 3;
const FIRST_PAUSE: Duration = Duration::from_millis(400);
const LONGEST_PAUSE: Duration = Duration::from_secs(20);
/// A document of fal has at most some hundred kilobytes.
const LARGEST_BODY: u64 = 32 * 1024 * 1024;

enum Failure {
    /// May work the next time; the server may say when.
    Temporary(Error, Option<Duration>),
    Permanent(Error),
}

impl Http {
    /// Fetches a JSON document.
    pub(crate) fn get_json(&self, url: &str) -> Result<JsonResponse> {
        let mut pause = FIRST_PAUSE;
        for _ in 1..ATTEMPTS {
            match self.attempt(url) {
                Ok(response) => return Ok(response),
                Err(Failure::Permanent(error)) => return Err(error),
                Err(Failure::Temporary(_, retry_after)) => {
                    thread::sleep(retry_after.unwrap_or(pause).min(LONGEST_PAUSE));
                    pause *= 3;
                }
            }
        }
        self.attempt(url).map_err(|failure| match failure {
            Failure::Permanent(error) => error,
            Failure::Temporary(error, _) => anyhow!("{error:#}, {ATTEMPTS} times in a row"),
        })
    }

    fn attempt(&self, url: &str) -> Result<JsonResponse, Failure> {
        let mut response = self
            .agent
            .get(url)
            .header("accept", "application/json")
            .call()
            .map_err(|error| self.transport(error))?;
        let body = response
            .body_mut()
            .with_config()
            .limit(LARGEST_BODY)
            .read_to_vec()
            .map_err(|error| self.transport(error))?;
        read(&response, body)
    }

    fn transport(&self, error: ureq::Error) -> Failure {
        match error {
            ureq::Error::Timeout(_) => Failure::Temporary(
                anyhow!(
                    "the server sent no complete response within {} s",
                    self.timeout
                ),
                None,
            ),
            ureq::Error::Io(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
                Failure::Temporary(anyhow!("the server cut its response off"), None)
            }
            ureq::Error::BodyExceedsLimit(limit) => Failure::Permanent(anyhow!(
                "the response is longer than {limit} bytes; no document of fal is that long"
            )),
            ureq::Error::BadUri(_) | ureq::Error::InvalidProxyUrl => {
                Failure::Permanent(error.into())
            }
            error => Failure::Temporary(anyhow!("the connection failed ({error})"), None),
        }
    }
}

fn read<B>(response: &Response<B>, body: Vec<u8>) -> Result<JsonResponse, Failure> {
    let status = response.status();
    let headers = response.headers();
    let text = String::from_utf8(body)
        .map_err(|_| Failure::Permanent(anyhow!("the response is no UTF-8 text")))?;
    if status != StatusCode::OK {
        let error = anyhow!("the server responded with {status}{}", message(&text));
        let temporary = status.is_server_error()
            || matches!(
                status,
                StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS
            );
        return Err(if temporary {
            Failure::Temporary(error, retry_after(headers))
        } else {
            Failure::Permanent(error)
        });
    }
    let value = serde_json::from_str(&text).map_err(|error| not_json(&error, &text, headers))?;
    Ok(JsonResponse {
        text,
        value,
        etag: header(headers, &ETAG).map(str::to_owned),
    })
}

fn not_json(error: &serde_json::Error, text: &str, headers: &HeaderMap) -> Failure {
    let html = header(headers, &CONTENT_TYPE).is_some_and(|kind| kind.starts_with("text/html"));
    if html || text.trim_start().starts_with('<') {
        Failure::Permanent(anyhow!("the response is an HTML page, not JSON"))
    } else if error.is_eof() {
        Failure::Temporary(
            anyhow!(
                "the response is JSON that was cut off after {} bytes",
                text.len()
            ),
            None,
        )
    } else {
        Failure::Permanent(anyhow!("the response is no JSON ({error})"))
    }
}

/// The message in an error body, in any of fal's shapes, with a colon before it.
fn message(body: &str) -> String {
    let Ok(value) = serde_json::from_str::<Value>(body) else {
        return String::new();
    };
    ["/error/message", "/detail", "/message", "/error"]
        .iter()
        .find_map(|pointer| value.pointer(pointer)?.as_str())
        .map_or_else(String::new, |message| {
            format!(": {}", message.escape_debug())
        })
}

fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    header(headers, &RETRY_AFTER)?
        .trim()
        .parse()
        .ok()
        .map(Duration::from_secs)
}

fn header<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

#[cfg(test)]
mod tests {
    use super::{Server, Source};

    #[test]
    fn only_fal_itself_is_the_source_fal() {
        let mut server = Server::default();
        assert_eq!(server.source(), Source::Fal);
        server.base_url = Some("https://fal.example".to_owned());
        assert_eq!(server.source(), Source::Elsewhere);
    }
}
