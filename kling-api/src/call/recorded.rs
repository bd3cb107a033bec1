//! Calls that a journal keeps: submitting them, and the end of their jobs.

use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;
use tokio::time::Instant;

use crate::call::Call;
use crate::call::budget::Reserved;
use crate::call::follow::update::Update;
use crate::call::recorder::{Ended, Found, RecordedCall, Recorder};
use crate::call::submit::Submit;
use crate::error::kind::{Kind, Phase};
use crate::error::{Error, Submission};
use crate::files::media;
use crate::http::core::Running;
use crate::values::completed::Completed;
use crate::values::endpoint::{Endpoint, Raw};
use crate::values::job::Job;
use crate::values::violations::Violations;

impl<E: Endpoint> Call<E> {
    /// The journal that keeps this call, where one does.
    pub(super) fn recorder(&self) -> Result<Option<Arc<dyn Recorder>>, Error> {
        match &self.recording.recorder {
            Some(recorder) if self.recording.key.is_some() || self.recording.records_all => {
                Ok(Some(recorder.clone()))
            }
            None if self.recording.key.is_some() => Err(Error::configuration(
                "the call has an idempotency key, and its client no journal to keep it in; give the client one with \
                 ClientBuilder::journal",
            )),
            _ => Ok(None),
        }
    }

    /// A synchronous call has no job that could be found again.
    pub(super) fn refuse_key(&self) -> Result<(), Error> {
        match self.recording.key {
            None => Ok(()),
            Some(_) => Err(Error::configuration(
                "an idempotency key is of no use to a synchronous call, which has no job that could be found again; take \
                 it out, or submit the call",
            )),
        }
    }

    /// The job of the call's key: submitted now, or by whichever call of the key came first; and how it ended, where
    /// that is known.
    pub(super) async fn submit_recorded(
        &mut self,
        recorder: Arc<dyn Recorder>,
        deadline: Option<Instant>,
    ) -> Result<(Job<E>, Option<Box<Ended>>), Error> {
        let endpoint = self.input.endpoint_id().to_owned();
        if !self.skip_validation {
            Violations::of(&self.input)
                .map_err(|violations| Error::invalid(violations, &endpoint))?;
        }
        let (identity, files) = media::with_stand_ins(&mut self.input);
        let identity = identity.map_err(|error| cannot_be_written(error, &endpoint))?;
        // What is set aside for a submit in doubt, until it is known whether it is sent again.
        let mut in_doubt: Option<Reserved> = None;
        loop {
            let call = RecordedCall {
                core: self.core.clone(),
                key: self.recording.key.clone(),
                endpoint: endpoint.clone(),
                identity: identity.clone(),
                files: files.clone(),
                resubmit_after: self.recording.resubmit_after,
                deadline,
            };
            let leave = match recorder.clone().look_up(call).await? {
                Found::Job(job) => return Ok((job.of(), None)),
                Found::Ended(job, ended) => return Ok((job.of(), Some(ended))),
                Found::Nothing(leave) => leave,
            };
            if let Some(before) = in_doubt.take() {
                before.release();
            }
            let reserved = self.ready(deadline).await?;
            let submit = Submit::new(&self.core, &self.input, &self.options, deadline);
            let outcome = match (submit, written(&self.input)) {
                (Ok(submit), Ok(input)) => {
                    let submit: Running<Job<Raw>> = Box::pin(submit.telling(&self.notices).send());
                    leave.submit(input, self.estimated_cost(), submit).await
                }
                (Err(error), _) | (_, Err(error)) => Err(error),
            };
            match outcome {
                Ok(Some(job)) => return Ok((job.of(), None)),
                // Somebody else was quicker.
                Ok(None) => reserved.release(),
                Err(error) => {
                    let is_unknown = error.submission() == Submission::Unknown;
                    if is_unknown && self.recording.resubmit_after.is_some() {
                        // The look at the entry finds out what there is, and waits as long as the caller allows.
                        in_doubt = Some(reserved);
                    } else {
                        let outcome = Err(error);
                        reserved.settle(&outcome);
                        return outcome;
                    }
                }
            }
        }
    }
}

/// Keeps the end of a job before the caller sees it.
pub(super) async fn keep_end<O: Serialize>(
    recorder: &dyn Recorder,
    item: Result<Update<O>, Error>,
) -> Result<Update<O>, Error> {
    match item {
        Ok(Update::Completed(completed)) => {
            let completed = keep_outcome(recorder, Ok(*completed)).await?;
            Ok(Update::Completed(Box::new(completed)))
        }
        Ok(update) => Ok(update),
        Err(error) => keep_outcome::<O>(recorder, Err(error))
            .await
            .map(|it| Update::Completed(Box::new(it))),
    }
}

/// Keeps how a job ended; an error that says nothing about the job is none.
pub(super) async fn keep_outcome<O: Serialize>(
    recorder: &dyn Recorder,
    outcome: Result<Completed<O>, Error>,
) -> Result<Completed<O>, Error> {
    match outcome {
        Ok(completed) => {
            recorder.ended(&Ok(as_json(&completed)?)).await?;
            Ok(completed)
        }
        Err(error) => {
            let ended: Ended = Err(error);
            recorder.ended(&ended).await?;
            ended.and_then(|_| Err(Error::new(Kind::Unended, Phase::Follow)))
        }
    }
}

fn as_json<O: Serialize>(completed: &Completed<O>) -> Result<Completed<Value>, Error> {
    let output = serde_json::to_value(&completed.output)
        .map_err(|error| Error::new(Kind::Encode, Phase::Result).with_source(error))?;
    Ok(Completed {
        output,
        endpoint: completed.endpoint.clone(),
        request_id: completed.request_id.clone(),
        inference_time: completed.inference_time,
        billable_units: completed.billable_units,
        logs: Vec::new(),
    })
}

/// The result that a journal kept, as the endpoint's output.
pub(super) fn typed<E: Endpoint>(
    completed: Completed<Value>,
    job: &Job<E>,
) -> Result<Completed<E::Output>, Error> {
    let output = serde_json::from_value(completed.output).map_err(|error| {
        Error::new(Kind::Output, Phase::Result)
            .of_job(job.request_id(), job.endpoint())
            .with_source(error)
    })?;
    Ok(Completed {
        output,
        endpoint: completed.endpoint,
        request_id: completed.request_id,
        inference_time: completed.inference_time,
        billable_units: completed.billable_units,
        logs: completed.logs,
    })
}

fn written(input: &impl Endpoint) -> Result<Value, Error> {
    serde_json::to_value(input).map_err(|error| cannot_be_written(error, input.endpoint_id()))
}

fn cannot_be_written(error: serde_json::Error, endpoint: &str) -> Error {
    Error::new(Kind::Encode, Phase::Prepare)
        .of_endpoint(endpoint)
        .with_source(error)
}
