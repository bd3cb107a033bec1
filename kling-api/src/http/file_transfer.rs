//! Sending and fetching files. They are stored with hosts that neither the key nor the headers of the caller are meant
//! for, so nothing is sent here but what belongs to the file.

use ::http::{HeaderMap, HeaderValue, Method, header};
use bytes::Bytes;
use tokio::sync::OwnedSemaphorePermit;
use url::Url;

use crate::http::key::Key;
use crate::http::request::Failure;
use crate::http::response::{Reader, Response};
use crate::http::stall::{StallTimer, TransferTimeouts};
use crate::http::transport::Http;
use crate::http::upload_body::UploadBody;

impl Http {
    /// One attempt to send bytes to a storage host, and its whole response.
    pub(crate) async fn put(
        &self,
        url: &Url,
        content_type: Option<&HeaderValue>,
        body: UploadBody,
        timeouts: TransferTimeouts,
    ) -> Result<Response, Failure> {
        let timer = body.timer.clone();
        let mut headers = HeaderMap::new();
        headers.extend(content_type.map(|value| (header::CONTENT_TYPE, value.clone())));
        let request = self
            .shared
            .client(url)?
            .request(Method::PUT, url.clone())
            .headers(headers)
            .body(reqwest::Body::wrap(body));
        self.transfer(url, request, &timer, timeouts).await
    }

    /// One attempt to send JSON to a storage host.
    pub(crate) async fn post(
        &self,
        url: &Url,
        json: Bytes,
        timeouts: TransferTimeouts,
    ) -> Result<Response, Failure> {
        let json_type = HeaderValue::from_static("application/json");
        let request = self
            .shared
            .client(url)?
            .request(Method::POST, url.clone())
            .header(header::CONTENT_TYPE, json_type)
            .body(json);
        self.transfer(url, request, &StallTimer::default(), timeouts)
            .await
    }

    async fn transfer(
        &self,
        url: &Url,
        request: reqwest::RequestBuilder,
        timer: &StallTimer,
        timeouts: TransferTimeouts,
    ) -> Result<Response, Failure> {
        let _permit = self.permit(url, timeouts).await?;
        let exchange = async {
            let response = request.send().await?;
            Reader::new(&self.key, self.body_limit).read(response).await
        };
        timer.reset();
        timer.watch(timeouts, exchange).await
    }

    /// One attempt to fetch a file, up to the head of the response.
    pub(crate) async fn get(
        &self,
        url: &Url,
        mut headers: HeaderMap,
        timeouts: TransferTimeouts,
    ) -> Result<DownloadBody, Failure> {
        let permit = self.permit(url, timeouts).await?;
        let timer = StallTimer::default();
        headers.insert(
            header::ACCEPT_ENCODING,
            HeaderValue::from_static("identity"),
        );
        let request = self
            .shared
            .client(url)?
            .request(Method::GET, url.clone())
            .headers(headers);
        let head = async { Ok(request.send().await?) };
        let response = timer.watch(timeouts, head).await?;
        Ok(DownloadBody {
            response,
            timer,
            timeouts,
            limit: self.body_limit,
            key: self.key.clone(),
            _permit: permit,
        })
    }

    /// The last gate, and a place among the transfers.
    async fn permit(
        &self,
        url: &Url,
        timeouts: TransferTimeouts,
    ) -> Result<OwnedSemaphorePermit, Failure> {
        if !self.hosts().may_carry_files(url) {
            return Err(Failure::Untrusted);
        }
        let late = || Failure::TimedOut {
            sent: false,
            deadline: true,
            partial: None,
        };
        let permit = self.transfers.clone().acquire_owned();
        let permit = match timeouts.deadline {
            Some(deadline) => tokio::time::timeout_at(deadline, permit)
                .await
                .map_err(|_| late())?,
            None => permit.await,
        };
        // Nobody closes the semaphore.
        permit.map_err(|_| late())
    }
}

/// The body of a response that is a file, as it arrives.
#[derive(Debug)]
pub(crate) struct DownloadBody {
    response: reqwest::Response,
    timer: StallTimer,
    timeouts: TransferTimeouts,
    limit: usize,
    key: Key,
    _permit: OwnedSemaphorePermit,
}

impl DownloadBody {
    pub(crate) fn status(&self) -> u16 {
        self.response.status().as_u16()
    }

    pub(crate) fn headers(&self) -> &HeaderMap {
        self.response.headers()
    }

    /// The next bytes; `None` at the end.
    pub(crate) async fn piece(&mut self) -> Result<Option<Bytes>, Failure> {
        self.timer.reset();
        let response = &mut self.response;
        let piece = async { Ok(response.chunk().await?) };
        self.timer.watch(self.timeouts, piece).await
    }

    /// All of it, where it is no file but a refusal.
    pub(crate) async fn whole(self) -> Result<Response, Failure> {
        let mut reader = Reader::new(&self.key, self.limit);
        self.timer.reset();
        let whole = reader.read(self.response);
        self.timer.watch(self.timeouts, whole).await
    }
}
