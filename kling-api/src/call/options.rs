//! The options of a submit.

use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue};
use url::Url;

use crate::call::tags;
use crate::error::Error;
use crate::files::lifecycle;
use crate::values::lifecycle::ObjectLifecycle;

/// The place of a job in the queue of its endpoint, which all callers share.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Priority {
    /// fal's default.
    #[default]
    Normal,
    /// After the jobs of normal priority.
    Low,
}

/// The options of a [`Call`](crate::Call).
#[derive(Clone, Debug, Default)]
pub(crate) struct Options {
    pub(crate) priority: Option<Priority>,
    pub(crate) start_timeout: Option<Duration>,
    pub(crate) webhook: Option<String>,
    pub(crate) runner_hint: Option<String>,
    pub(crate) no_retry: bool,
    pub(crate) store_io: Option<bool>,
    pub(crate) lifecycle: Option<ObjectLifecycle>,
    pub(crate) disable_fallback: bool,
    pub(crate) max_queue_length: Option<u64>,
    pub(crate) tags: Vec<(String, String)>,
}

/// fal takes no start timeout of this length or less.
const SHORTEST_START: Duration = Duration::from_millis(100);

impl Options {
    /// Refuses the options that a synchronous call cannot have.
    pub(crate) fn refuse_those_of_the_queue(&self) -> Result<(), Error> {
        let given = [
            ("priority", self.priority.is_some()),
            ("webhook", self.webhook.is_some()),
            ("max_queue_length", self.max_queue_length.is_some()),
        ];
        match given.iter().find(|(_, is_given)| *is_given) {
            None => Ok(()),
            Some((option, _)) => Err(Error::configuration(format!(
                "the option {option} belongs to the queue, which a synchronous call does not use; remove \
                 it, or submit the call"
            ))),
        }
    }

    /// Checks everything, and writes it into the headers and the query of a submit.
    pub(crate) fn apply(&self, headers: &mut HeaderMap, url: &mut Url) -> Result<(), Error> {
        let mut set = |name: &'static str, value: &str| {
            let value = HeaderValue::from_str(value).map_err(|_| {
                Error::configuration(format!(
                    "the option {} contains a line break or a control character; remove it",
                    name.trim_start_matches("x-fal-").replace('-', "_")
                ))
            })?;
            headers.insert(HeaderName::from_static(name), value);
            Ok::<(), Error>(())
        };
        match self.priority {
            Some(Priority::Normal) => set("x-fal-queue-priority", "normal")?,
            Some(Priority::Low) => set("x-fal-queue-priority", "low")?,
            None => {}
        }
        if let Some(timeout) = self.start_timeout {
            if timeout <= SHORTEST_START {
                return Err(Error::configuration(format!(
                    "the start timeout is {timeout:?} but must be more than 0.1 s; give it more time"
                )));
            }
            set(
                "x-fal-request-start-timeout",
                &timeout.as_secs_f64().to_string(),
            )?;
        }
        if let Some(hint) = &self.runner_hint {
            set("x-fal-runner-hint", hint)?;
        }
        if self.no_retry {
            set("x-fal-no-retry", "1")?;
        }
        if let Some(store) = self.store_io {
            set("x-fal-store-io", if store { "1" } else { "0" })?;
        }
        if self.disable_fallback {
            set("x-app-fal-disable-fallback", "1")?;
        }
        if let Some(lifecycle) = &self.lifecycle {
            set(
                "x-fal-object-lifecycle-preference",
                &lifecycle::header(lifecycle)?,
            )?;
        }
        if !self.tags.is_empty() {
            set("x-fal-tags", &tags::pack(&self.tags)?)?;
        }
        if let Some(webhook) = &self.webhook {
            let is_http =
                Url::parse(webhook).is_ok_and(|url| matches!(url.scheme(), "https" | "http"));
            if !is_http {
                return Err(Error::configuration(
                    "the webhook is not a URL of http or https; give the full URL that fal is to call",
                ));
            }
            url.query_pairs_mut().append_pair("fal_webhook", webhook);
        }
        if let Some(length) = self.max_queue_length {
            url.query_pairs_mut()
                .append_pair("fal_max_queue_length", &length.to_string());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::lifecycle::Access;

    fn apply(options: &Options) -> Result<(Vec<(String, String)>, String), Error> {
        let mut headers = HeaderMap::new();
        let mut url = Url::parse("https://queue.fal.run/a/b").unwrap();
        options.apply(&mut headers, &mut url)?;
        let mut headers: Vec<_> = headers
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
            .collect();
        headers.sort();
        Ok((headers, url.query().unwrap_or_default().to_owned()))
    }

    #[test]
    fn nothing_set_sends_nothing() {
        assert_eq!(apply(&Options::default()).unwrap(), (vec![], String::new()));
    }

    #[test]
    fn every_option_is_sent_as_fal_reads_it() {
        let options = Options {
            priority: Some(Priority::Low),
            start_timeout: Some(Duration::from_millis(60_500)),
            webhook: Some("https://me.example/hook?a=b&c=d".into()),
            runner_hint: Some("near".into()),
            no_retry: true,
            store_io: Some(false),
            lifecycle: Some(
                ObjectLifecycle::new()
                    .expires_after(Duration::from_secs(3600))
                    .default_access(Access::Forbid),
            ),
            disable_fallback: true,
            max_queue_length: Some(7),
            tags: vec![("Team".into(), "a b".into()), ("env".into(), "x".into())],
        };
        let (headers, query) = apply(&options).unwrap();
        let expected = [
            ("x-app-fal-disable-fallback", "1"),
            ("x-fal-no-retry", "1"),
            (
                "x-fal-object-lifecycle-preference",
                "{\"expiration_duration_seconds\":3600,\"initial_acl\":{\"default\":\"forbid\"}}",
            ),
            ("x-fal-queue-priority", "low"),
            ("x-fal-request-start-timeout", "60.5"),
            ("x-fal-runner-hint", "near"),
            ("x-fal-store-io", "0"),
            ("x-fal-tags", "team=a b,env=x"),
        ];
        assert_eq!(
            headers,
            expected.map(|(name, value)| (name.to_owned(), value.to_owned()))
        );
        assert_eq!(
            query,
            "fal_webhook=https%3A%2F%2Fme.example%2Fhook%3Fa%3Db%26c%3Dd&fal_max_queue_length=7"
        );
    }

    #[test]
    fn what_fal_would_misread_is_refused() {
        for options in [
            Options {
                start_timeout: Some(SHORTEST_START),
                ..Options::default()
            },
            Options {
                webhook: Some("me.example/hook".into()),
                ..Options::default()
            },
            Options {
                runner_hint: Some("a\nb".into()),
                ..Options::default()
            },
            Options {
                lifecycle: Some(ObjectLifecycle::new().expires_after(Duration::from_millis(900))),
                ..Options::default()
            },
            Options {
                tags: vec![("a b".into(), String::new())],
                ..Options::default()
            },
        ] {
            assert!(
                apply(&options).unwrap_err().is_configuration(),
                "{options:?}"
            );
        }
        let options = Options {
            runner_hint: Some("a\nb".into()),
            ..Options::default()
        };
        let error = apply(&options).unwrap_err().to_string();
        assert!(error.starts_with("the option runner_hint "), "{error}");
    }
}
