//! Outputs and errors as the client returns them, made without a server: for tests of the code that handles them.
//!
//! No part of FakeFal, which knows nothing of the client: here the client's own code reads the response.

use std::io;
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue};

use crate::error::kind::{Kind, Phase};
use crate::error::{Error, Submission};
use crate::http::key::Key;
use crate::http::request::Failure;
use crate::http::response::Response;
use crate::http::retry;
use crate::http::retry::failure::AttemptFailure;
use crate::http::retry::{Decision, decide};
use crate::testing::documents::Documents;
use crate::testing::fault::Fault;
use crate::testing::fault::active::Change;
use crate::testing::jobs::script::Script;
use crate::testing::operation::Operation;
use crate::testing::wire::response;
use crate::values::completed::Completed;
use crate::values::endpoint::Endpoint;
use crate::values::status::LogLine;

/// The request id of every job that is made here.
const REQUEST_ID: &str = "00000000-0000-4000-8000-000000000000";

/// The key that is taken out of the responses. None of them has it.
const KEY: &str = "made-without:a-server";

/// Where the files of example outputs are said to lie.
const BASE_URL: &str = "https://fal.example";

impl Script {
    /// What a call returns whose job runs like this, its output or its error, made without a server.
    ///
    /// ```
    /// use kling_api::testing::{Outcome, Script};
    /// use kling_api::v2_1::master::image_to_video::Input;
    ///
    /// let video = Script::new().billable_units(5.0).finish::<Input>()?;
    /// assert!(video.video.url.ends_with(".mp4"));
    /// assert_eq!(video.billable_units(), Some(5.0));
    ///
    /// let script = Script::new().outcome(Outcome::content_policy_violation());
    /// let error = script.finish::<Input>().unwrap_err();
    /// assert!(error.is_content_policy() && error.is_job_failure());
    /// # Ok::<(), kling_api::Error>(())
    /// ```
    ///
    /// # Errors
    /// The error that the call returns.
    ///
    /// # Panics
    /// If the output is to be the example of an endpoint that this crate has no document of.
    #[track_caller]
    pub fn finish<E: Endpoint>(&self) -> Result<Completed<E::Output>, Error> {
        let endpoint = E::INFO.id;
        let documents = Documents::of_the_crate().ok();
        let document = documents.as_ref().and_then(|all| all.get(endpoint));
        let example = || match document {
            Some(document) => document.example_output(BASE_URL),
            None => panic!("{endpoint:?} has no example here; give its output by Outcome::Output"),
        };
        let response = received(self.outcome.response(example));
        let failure = if response.is_success() {
            match serde_json::from_slice(&response.body) {
                Ok(output) => return Ok(self.completed(output, endpoint)),
                Err(error) => {
                    let mut failure = AttemptFailure::unreadable(response, Phase::Result, error);
                    failure.error.inner_mut().kind = Kind::Output;
                    failure
                }
            }
        } else {
            let mut failure = AttemptFailure::refused(response, Phase::Result);
            failure.error.inner_mut().kind = Kind::JobFailed;
            failure
        };
        let mut error = failure.error.of_job(REQUEST_ID, endpoint);
        error.inner_mut().attempts = 1;
        error.inner_mut().logs = self.log_lines();
        Err(error)
    }

    fn completed<O>(&self, output: O, endpoint: &str) -> Completed<O> {
        let inference_time = self.inference_time.map(Duration::try_from_secs_f64);
        Completed {
            output,
            endpoint: Some(endpoint.to_owned()).filter(|id| !id.is_empty()),
            request_id: REQUEST_ID.to_owned(),
            inference_time: inference_time.and_then(Result::ok),
            billable_units: self.billable_units,
            logs: self.log_lines(),
        }
    }

    fn log_lines(&self) -> Vec<LogLine> {
        let line = |message: &String| LogLine {
            message: message.clone(),
            timestamp: None,
            level: Some("INFO".to_owned()),
            source: Some("USER".to_owned()),
        };
        self.logs.iter().map(line).collect()
    }
}

impl Fault {
    /// The error of a submit to this endpoint that meets the fault once and is not retried, made without a server.
    ///
    /// ```
    /// use kling_api::Submission;
    /// use kling_api::testing::Fault;
    /// use kling_api::v2_1::master::image_to_video::Input;
    ///
    /// let error = Fault::rate_limited().submit_error::<Input>();
    /// assert!(error.is_rate_limit() && error.may_submit_again());
    ///
    /// let error = Fault::ResetAfter.submit_error::<Input>();
    /// assert_eq!(error.submission(), Submission::Unknown);
    /// ```
    ///
    /// # Panics
    /// If a submit succeeds in spite of the fault, or the response has no end.
    #[must_use]
    #[track_caller]
    pub fn submit_error<E: Endpoint>(&self) -> Error {
        self.check(Operation::Submit);
        let interrupted = || Failure::Interrupted {
            source: io::Error::from(io::ErrorKind::ConnectionReset).into(),
            partial: None,
        };
        let failure = match self.activate(Operation::Submit).change {
            Change::Replace(replaced) => {
                let response = received(replaced);
                if response.is_success() {
                    let problem = "the response is no JSON";
                    AttemptFailure::unreadable(response, Phase::Submit, problem)
                } else {
                    AttemptFailure::refused(response, Phase::Submit)
                }
            }
            Change::Reset | Change::Truncate => {
                AttemptFailure::of_failure(interrupted(), Phase::Submit)
            }
            Change::Silence => {
                let failure = Failure::TimedOut {
                    sent: true,
                    deadline: false,
                    partial: None,
                };
                AttemptFailure::of_failure(failure, Phase::Submit)
            }
            Change::Keep | Change::Trickle(_) | Change::MoveUrls(_) | Change::Interrupt(..) => {
                panic!("a submit succeeds in spite of {self:?}")
            }
        };
        let decision = decide(retry::Operation::Submit, failure.outcome);
        let mut error = failure.error;
        let inner = error.inner_mut();
        inner.endpoint = Some(E::INFO.id.to_owned());
        inner.attempts = 1;
        if decision == Decision::Ambiguous {
            inner.submission = Submission::Unknown;
        }
        error
    }
}

/// A response of the fake as the client receives it.
#[track_caller]
#[expect(clippy::expect_used, reason = "the key stands above")]
fn received(response: response::Response) -> Response {
    let response::Body::Whole(body) = response.body else {
        panic!("the response has no end");
    };
    let mut headers = HeaderMap::new();
    for (name, value) in &response.headers {
        if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), HeaderValue::from_str(value)) {
            headers.append(name, value);
        }
    }
    let key = Key::new(KEY.to_owned().into()).expect("the key is text");
    Response {
        status: response.code,
        headers: key.clean_headers(headers),
        body: key.clean(body),
    }
}
