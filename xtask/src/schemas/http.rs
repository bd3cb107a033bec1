//! Reads JSON over HTTP, and retries what may work the next time.

use std::thread;
use std::time::Duration;

use anyhow::{Context, Error, Result, anyhow, bail};
use clap::Args;
use serde::de::IgnoredAny;
use serde_json::Value;
use ureq::Agent;
use ureq::http::header::{CONTENT_TYPE, ETAG, LOCATION, RETRY_AFTER};
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
            // Where a redirect may lead is decided here.
            .max_redirects(0)
            .max_redirects_will_error(false)
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

/// JSON from a server, as text: what it says is read by whoever knows how much of it to keep.
#[derive(Clone, Debug)]
pub(crate) struct JsonResponse {
    /// The text as it was served.
    pub(crate) text: String,
    /// Where it was served from, behind a redirect.
    pub(crate) url: String,
    /// The server's name for these bytes.
    pub(crate) etag: Option<String>,
}

const ATTEMPTS: u32 = 3;
const FIRST_PAUSE: Duration = Duration::from_millis(400);
const LONGEST_PAUSE: Duration = Duration::from_secs(20);
/// A document of fal has less than a megabyte. Eight are read at once.
const LARGEST_BODY: u64 = 4 * 1024 * 1024;
const LONGEST_QUOTE: usize = 400;
const LONGEST_ERROR: usize = 64 * 1024;
const MOST_REDIRECTS: usize = 3;

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
        let mut url = url.to_owned();
        for _ in 0..=MOST_REDIRECTS {
            let mut response = self
                .agent
                .get(&url)
                .header("accept", "application/json")
                .call()
                .map_err(|error| self.transport(error))?;
            if response.status().is_redirection() {
                url = redirected(&url, response.headers()).map_err(Failure::Permanent)?;
                continue;
            }
            let body = response
                .body_mut()
                .with_config()
                .limit(LARGEST_BODY)
                .read_to_vec()
                .map_err(|error| self.transport(error))?;
            return read(&response, body, url);
        }
        Err(Failure::Permanent(anyhow!(
            "the server redirects more than {MOST_REDIRECTS} times"
        )))
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

fn read<B>(response: &Response<B>, body: Vec<u8>, url: String) -> Result<JsonResponse, Failure> {
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
    serde_json::from_str::<IgnoredAny>(&text).map_err(|error| not_json(&error, &text, headers))?;
    Ok(JsonResponse {
        text,
        url,
        etag: header(headers, &ETAG).map(str::to_owned),
    })
}

/// Where a redirect leads: to the same server, by https where the request was, or where the redirect asks for it.
fn redirected(from: &str, headers: &HeaderMap) -> Result<String> {
    let location = header(headers, &LOCATION).unwrap_or_default();
    let origin = |uri: &Uri| Some((uri.scheme_str()?.to_owned(), uri.authority()?.to_string()));
    let here = from.parse().ok().and_then(|uri: Uri| origin(&uri));
    let Some((scheme, server)) = here else {
        bail!("the server redirects, and {from} is no URL to start from");
    };
    if location.starts_with('/') && !location.starts_with("//") {
        return Ok(format!("{scheme}://{server}{location}"));
    }
    let there = location.parse().ok().and_then(|uri: Uri| origin(&uri));
    match there {
        Some((other, same)) if same == server && (other == scheme || other == "https") => {
            Ok(location.to_owned())
        }
        _ => bail!(
            "the server redirects to {}, and only https on {server} is followed",
            shown(location)
        ),
    }
}

fn shown(text: &str) -> String {
    let start: String = text.chars().take(LONGEST_QUOTE).collect();
    start.escape_debug().to_string()
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
    // A body that says what is wrong is short.
    let Ok(value) = serde_json::from_str::<Value>(body.get(..LONGEST_ERROR).unwrap_or(body)) else {
        return String::new();
    };
    ["/error/message", "/detail", "/message", "/error"]
        .iter()
        .find_map(|pointer| value.pointer(pointer)?.as_str())
        .map_or_else(String::new, |message| format!(": {}", shown(message)))
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
    use ureq::http::{HeaderMap, HeaderValue, header::LOCATION};

    use super::{Server, Source, redirected};

    #[test]
    fn only_fal_itself_is_the_source_fal() {
        let mut server = Server::default();
        assert_eq!(server.source(), Source::Fal);
        server.base_url = Some("https://fal.example".to_owned());
        assert_eq!(server.source(), Source::Elsewhere);
    }

    #[test]
    fn a_redirect_stays_on_its_server_and_on_https() {
        let follow = |from: &str, to: &str| {
            let headers = HeaderMap::from_iter([(LOCATION, HeaderValue::from_str(to).unwrap())]);
            redirected(from, &headers).ok()
        };
        let here = "https://fal.ai/a";
        assert_eq!(follow(here, "/b?c").as_deref(), Some("https://fal.ai/b?c"));
        assert_eq!(
            follow(here, "https://fal.ai/b").as_deref(),
            Some("https://fal.ai/b")
        );
        assert_eq!(
            follow("http://fal.ai/a", "https://fal.ai/b").as_deref(),
            Some("https://fal.ai/b")
        );
        for foreign in [
            "http://fal.ai/b",
            "https://other.example/b",
            "//other.example/b",
            "https://fal.ai:8443/b",
            "b",
            "",
        ] {
            assert_eq!(follow(here, foreign), None, "{foreign}");
        }
    }
}
