//! Fetching a file, in as many attempts as it takes.
//!
//! An attempt resumes the one before, if the server can show that it still has the same file: by a strong tag, or the
//! date of its last change. Otherwise the file is fetched from its start again.

use std::sync::Arc;

use base64ct::{Base64, Encoding as _};
use http::{HeaderMap, HeaderValue, header};
use tokio::time::Instant;
use url::Url;

use crate::error::Error;
use crate::error::kind::{Kind, Phase};
use crate::files::download::kind;
use crate::files::download::partial::{Resumed, refused};
use crate::files::download::sink::Sink;
use crate::http::core::Core;
use crate::http::file_transfer::DownloadBody;
use crate::http::progress::{Progress, Report};
use crate::http::request::Failure;
use crate::http::response::is_success;
use crate::http::retry::failure::AttemptFailure;
use crate::http::retry::{Operation, Outcome};
use crate::http::stall::TransferTimeouts;

/// The longest chain of redirects.
const MOST_REDIRECTS: usize = 5;

pub(super) struct Transfer {
    pub(super) core: Arc<Core>,
    pub(super) deadline: Option<Instant>,
    /// The length that the file's record names.
    pub(super) expected: Option<u64>,
    /// The content type that the file's record names.
    pub(super) content_type: Option<String>,
    pub(super) max_size: Option<u64>,
    pub(super) report: Option<Report>,
}

/// What is known of the file, and how much of it has arrived.
#[derive(Debug, Default)]
struct FileState {
    done: u64,
    total: Option<u64>,
    /// What the server knows the file by, as it goes into `If-Range`.
    validator: Option<HeaderValue>,
    progress: Option<Progress>,
    /// The most that attempts before have kept.
    kept: u64,
}

impl FileState {
    /// Whether the next attempt has less to fetch than any before. Without a validator, it starts from nothing.
    fn has_gained(&mut self) -> bool {
        let kept = self.validator.as_ref().map_or(0, |_| self.done);
        let has_gained = kept > self.kept;
        self.kept = self.kept.max(kept);
        has_gained
    }
}

impl Transfer {
    /// The number of bytes of the whole file.
    pub(super) async fn run(
        &self,
        url: &str,
        sink: &mut Sink<'_>,
        start: Resumed,
    ) -> Result<u64, Error> {
        if url.starts_with("data:") {
            sink.start_over().await?;
            return self.unpack(url, sink).await;
        }
        let url = Url::parse(url).map_err(|_| {
            refused(
                "its URL is not valid",
                "Give a URL that starts with https://",
            )
        })?;
        self.check(&url, "its URL is not one of https")?;
        let url = &url;
        let attempts = self.core.attempts(Operation::Download, self.deadline);
        let state = FileState {
            done: start.length,
            validator: start.validator,
            ..FileState::default()
        };
        let start = (state, sink);
        let attempted = attempts.run_with(start, |(mut state, sink)| async move {
            let mut result = self.attempt(url, sink, &mut state).await;
            if let Err(failure) = &mut result {
                failure.made_progress = state.has_gained();
            }
            let done = result.map(|()| state.done);
            ((state, sink), done)
        });
        attempted.await.1
    }

    async fn attempt(
        &self,
        url: &Url,
        sink: &mut Sink<'_>,
        state: &mut FileState,
    ) -> Result<(), AttemptFailure> {
        let mut body = self.request(url, state).await?;
        let mut skip = self.begin(&body, sink, state).await?;
        while let Some(piece) = body.piece().await.map_err(failed)? {
            let known = usize::try_from(skip).map_or(piece.len(), |skip| skip.min(piece.len()));
            skip -= known as u64;
            let piece = piece.slice(known..);
            if state.done == 0 {
                kind::check_start(self.content_type.as_deref(), &piece)?;
            }
            let done = state.done + piece.len() as u64;
            self.check_size(done)?;
            sink.write(&piece).await?;
            state.done = done;
            if let Some(progress) = &state.progress {
                progress.arrived(piece.len() as u64);
            }
        }
        let total = state.total.or(self.expected);
        let is_whole = skip == 0 && total.is_none_or(|total| state.done >= total);
        if !is_whole {
            return Err(interrupted("the response ended before the file did"));
        }
        match self.expected.filter(|expected| *expected != state.done) {
            Some(expected) => Err(other_length(state.done, expected).into()),
            None => Ok(()),
        }
    }

    /// Requests what is missing, along redirects, up to the head of a response of success.
    async fn request(
        &self,
        url: &Url,
        state: &mut FileState,
    ) -> Result<DownloadBody, AttemptFailure> {
        let http = &self.core.http;
        let timeouts = TransferTimeouts {
            stall: self.core.timeouts.transfer,
            deadline: self.deadline,
        };
        let mut headers = HeaderMap::new();
        if let (1.., Some(validator)) = (state.done, &state.validator) {
            let range = HeaderValue::try_from(format!("bytes={}-", state.done));
            headers.extend(range.ok().map(|range| (header::RANGE, range)));
            headers.insert(header::IF_RANGE, validator.clone());
        }
        let mut url = url.clone();
        for _ in 0..=MOST_REDIRECTS {
            let body = http
                .get(&url, headers.clone(), timeouts)
                .await
                .map_err(failed)?;
            let status = body.status();
            if is_success(status) {
                return Ok(body);
            }
            let location = body.headers().get(header::LOCATION);
            let location = location.filter(|_| matches!(status, 301 | 302 | 303 | 307 | 308));
            let Some(next) = location.and_then(|to| url.join(to.to_str().ok()?).ok()) else {
                let response = body.whole().await.map_err(failed)?;
                let mut refused = AttemptFailure::refused(response, Phase::Download).unquoted();
                if status == 416 {
                    refused.outcome = Outcome::Unreadable;
                    // The next attempt requests the whole.
                    state.validator = None;
                }
                return Err(refused);
            };
            self.check(
                &next,
                "its server redirects to a URL that is not one of https",
            )?;
            url = next;
        }
        let problem = format!("its servers redirect more than {MOST_REDIRECTS} times");
        Err(refused(problem, "Check the URL").into())
    }

    /// Reads the head of a response, and says how many of its first bytes are there already.
    async fn begin(
        &self,
        body: &DownloadBody,
        sink: &mut Sink<'_>,
        state: &mut FileState,
    ) -> Result<u64, AttemptFailure> {
        let headers = body.headers();
        kind::check_headers(self.content_type.as_deref(), headers)?;
        let validator = validator(headers);
        let is_same = validator.is_some() && validator == state.validator;
        if body.status() == 206 {
            let range = headers.get(header::CONTENT_RANGE).and_then(content_range);
            let goes_on = state.done > 0
                && range.is_some_and(|(start, total)| {
                    start == state.done
                        && (state.total.is_none() || total.is_none() || total == state.total)
                });
            let is_other = validator.is_some() && !is_same;
            if goes_on && !is_other {
                state.total = state.total.or(range.and_then(|(_, total)| total));
                self.tell(state);
                return Ok(0);
            }
            // The next attempt asks for the whole.
            self.start_over(sink, state).await?;
            return Err(interrupted("the server sent another part of the file"));
        }
        let length = headers
            .get(header::CONTENT_LENGTH)
            .and_then(|length| length.to_str().ok()?.parse().ok());
        let mut skip = 0;
        if state.done > 0 {
            if is_same && length == state.total && matches!(sink, Sink::Writer(_)) {
                // It cannot send ranges, but it is the same file: what is there is passed over.
                skip = state.done;
            } else {
                self.start_over(sink, state).await?;
            }
        }
        if let Some(length) = length {
            if let Some(expected) = self.expected.filter(|expected| *expected != length) {
                return Err(other_length(length, expected).into());
            }
            self.check_size(length)?;
        }
        state.total = length;
        sink.known_as(validator.as_ref()).await?;
        state.validator = validator;
        self.tell(state);
        Ok(skip)
    }

    /// Reports from now on, as soon as it is known how long the file is.
    fn tell(&self, state: &mut FileState) {
        if state.progress.is_none() {
            let total = state.total.or(self.expected).unwrap_or(0);
            let progress = Progress::new(self.report.clone(), total);
            if state.done > 0 {
                progress.arrived(state.done);
            }
            state.progress = Some(progress);
        }
    }

    async fn start_over(&self, sink: &mut Sink<'_>, state: &mut FileState) -> Result<(), Error> {
        if state.done > 0 && !sink.start_over().await? {
            return Err(refused(
                "the connection broke, and the server no longer has the file that it began to send",
                "Start again with an empty writer, or download to a path",
            ));
        }
        if let Some(progress) = &state.progress {
            progress.gone(state.done);
        }
        state.done = 0;
        state.validator = None;
        Ok(())
    }

    /// The file that a `data:` URI is itself.
    async fn unpack(&self, url: &str, sink: &mut Sink<'_>) -> Result<u64, Error> {
        let none = || {
            refused(
                "its data URI cannot be read",
                "Give one of base64, or a URL",
            )
        };
        let (head, data) = url.split_once(',').ok_or_else(none)?;
        if !head.ends_with(";base64") {
            return Err(none());
        }
        let bytes = Base64::decode_vec(data.trim()).map_err(|_| none())?;
        let size = bytes.len() as u64;
        self.check_size(size)?;
        sink.write(&bytes).await?;
        Progress::new(self.report.clone(), size).arrived(size);
        Ok(size)
    }

    fn check(&self, url: &Url, problem: &'static str) -> Result<(), Error> {
        if self.core.http.hosts().may_carry_files(url) {
            return Ok(());
        }
        Err(refused(
            problem,
            "Give a URL that starts with https:// and names no user",
        ))
    }

    fn check_size(&self, size: u64) -> Result<(), Error> {
        if let Some(expected) = self.expected.filter(|expected| size > *expected) {
            return Err(other_length(size, expected));
        }
        match self.max_size.filter(|most| size > *most) {
            Some(most) => Err(refused(
                format!("it has more than {most} bytes"),
                "Raise max_size to have it",
            )),
            None => Ok(()),
        }
    }
}

/// The words of a response may hold the URL, which may be signed, or half a file: none is quoted.
fn failed(failure: Failure) -> AttemptFailure {
    AttemptFailure::of_failure(failure, Phase::Download).unquoted()
}

fn interrupted(problem: &'static str) -> AttemptFailure {
    let error = Error::new(Kind::Interrupted, Phase::Download).with_source(problem);
    AttemptFailure::new(Outcome::Interrupted, error)
}

fn other_length(found: u64, expected: u64) -> Error {
    refused(
        format!("it has {found} bytes or more, and should have {expected}"),
        "Fetch the result again, and download what it names then",
    )
}

/// A tag that stands for each byte, or the date of the last change. A weak tag stands for no byte.
fn validator(headers: &HeaderMap) -> Option<HeaderValue> {
    let tag = headers
        .get(header::ETAG)
        .filter(|tag| tag.as_bytes().starts_with(b"\""));
    tag.or_else(|| headers.get(header::LAST_MODIFIED)).cloned()
}

/// `bytes first-last/total`: the first byte, and the total where it is known.
fn content_range(value: &HeaderValue) -> Option<(u64, Option<u64>)> {
    let text = value.to_str().ok()?.trim().strip_prefix("bytes ")?;
    let (range, total) = text.split_once('/')?;
    let (first, _) = range.split_once('-')?;
    Some((first.trim().parse().ok()?, total.trim().parse().ok()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_content_range_is_read_or_none() {
        let read = |text: &str| content_range(&HeaderValue::from_str(text).unwrap());
        assert_eq!(read("bytes 5-9/10"), Some((5, Some(10))));
        assert_eq!(read("bytes 5-9/*"), Some((5, None)));
        for text in [
            "",
            "bytes */10",
            "items 5-9/10",
            "bytes 5-9",
            "bytes x-9/10",
            "bytes -9/10",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn only_what_stands_for_each_byte_is_a_validator() {
        let of = |name, value| {
            let mut headers = HeaderMap::new();
            headers.insert(name, HeaderValue::from_static(value));
            validator(&headers).map(|value| value.to_str().unwrap().to_owned())
        };
        assert_eq!(of(header::ETAG, "\"a\"").as_deref(), Some("\"a\""));
        assert_eq!(of(header::ETAG, "W/\"a\""), None);
        assert!(of(header::LAST_MODIFIED, "Sun, 06 Nov 1994 08:49:47 GMT").is_some());
    }
}
