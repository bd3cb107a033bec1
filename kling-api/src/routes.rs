//! The URLs of a job.

use std::sync::Arc;

use url::Url;

use crate::Error;
use crate::endpoint_id::EndpointId;
use crate::http::is_loopback;
use crate::job::{Named, Parts};
use crate::key::is_trusted;

/// The URLs of a job: those that fal named, where the key may go to them, else those that follow
/// from the endpoint id.
#[derive(Debug)]
pub(crate) struct Routes {
    job: Arc<Parts>,
}

impl Routes {
    pub(crate) fn of(job: Arc<Parts>) -> Result<Self, Error> {
        let id = &job.request_id;
        if matches!(id.as_str(), "" | "." | "..") {
            return Err(Error::configuration(format!(
                "{id:?} is no request id; take the id that fal named when it took the job"
            )));
        }
        EndpointId::parse(&job.endpoint)?;
        Ok(Self { job })
    }

    pub(crate) fn job(&self) -> &Parts {
        &self.job
    }

    pub(crate) fn status(&self, base: &Url) -> Url {
        self.url(self.job.status_url.as_ref(), Some("status"), base)
    }

    pub(crate) fn stream(&self, base: &Url) -> Url {
        let mut stream = self.status(base);
        stream.set_path(&format!("{}/stream", stream.path()));
        stream
    }

    pub(crate) fn result(&self, base: &Url) -> Url {
        self.url(self.job.response_url.as_ref(), None, base)
    }

    pub(crate) fn cancel(&self, base: &Url) -> Url {
        self.url(self.job.cancel_url.as_ref(), Some("cancel"), base)
    }

    fn url(&self, named: Option<&Named>, last: Option<&str>, base: &Url) -> Url {
        let named = named
            .and_then(Named::url)
            .filter(|url| is_trusted(url, base));
        named.cloned().unwrap_or_else(|| {
            let endpoint = EndpointId::parse(&self.job.endpoint);
            let application = endpoint.as_ref().map_or("", EndpointId::application_path);
            let requests = ["requests", &self.job.request_id];
            below(base, application.split('/').chain(requests).chain(last))
        })
    }
}

/// Where a job is submitted: the whole id.
pub(crate) fn submit(endpoint: &EndpointId<'_>, base: &Url) -> Url {
    below(base, endpoint.submit_path())
}

/// A base URL of the caller.
pub(crate) fn base(text: &str, allow_plain_http: bool) -> Result<Url, Error> {
    let problem = match Url::parse(text) {
        Err(_) => "is no URL",
        Ok(url) if !matches!(url.scheme(), "https" | "http") || !url.has_host() => {
            "is no URL of http or https"
        }
        Ok(url)
            if url.scheme() == "http"
                && !is_loopback(&url)
                && !may_be_plain(&url, allow_plain_http) =>
        {
            return Err(Error::configuration(
                "the base URL given to queue_url is plain http to another machine, and anybody on \
                 the way could read the API key; use https, or call allow_plain_http(true) for a \
                 server of your own",
            ));
        }
        Ok(url) if url.query().is_some() || url.fragment().is_some() => "has a query or a fragment",
        Ok(url) if !url.username().is_empty() || url.password().is_some() => "names a user",
        Ok(url) => return Ok(url),
    };
    Err(Error::configuration(format!(
        "the queue_url {problem}; give one such as https://queue.fal.run"
    )))
}

fn may_be_plain(url: &Url, allowed: bool) -> bool {
    let host = url.host_str().unwrap_or_default();
    let is_fal = ["fal.run", "falrun.com", "fal.ai"]
        .iter()
        .any(|domain| host == *domain || host.ends_with(&format!(".{domain}")));
    allowed && !is_fal
}

fn below<'a>(base: &Url, segments: impl Iterator<Item = &'a str>) -> Url {
    let mut url = base.clone();
    // Only URLs such as `data:` have no path to extend, and `base` lets none of them in.
    if let Ok(mut path) = url.path_segments_mut() {
        path.pop_if_empty().extend(segments);
    }
    url
}

#[cfg(test)]
mod tests {

    fn base_url(text: &str) -> Result<Url, Error> {
        base(text, false)
    }

    #[test]
    fn the_key_is_not_sent_in_the_clear_to_another_machine() {
        for url in [
            "http://127.0.0.1:1",
            "http://localhost",
            "http://[::1]:9/x",
            "https://proxy.example",
        ] {
            assert!(base(url, false).is_ok(), "{url}");
        }
        assert!(base("http://proxy.example", false).is_err());
        assert!(base("http://proxy.example", true).is_ok());
        for url in [
            "http://queue.fal.run",
            "http://fal.ai",
            "http://queue.falrun.com",
        ] {
            assert!(base(url, true).is_err(), "{url}");
        }
    }

    use super::*;
    use crate::job::Urls;
    use crate::{Job, Raw};

    const ENDPOINT: &str = "fal-ai/kling-video/v2.1/master/image-to-video";

    fn routes(urls: Urls, base: &str) -> [String; 4] {
        let job = Job::<Raw>::new(ENDPOINT, "6f".into(), urls);
        let (routes, base) = (
            Routes::of(job.into_parts()).unwrap(),
            base_url(base).unwrap(),
        );
        [
            routes.status(&base),
            routes.stream(&base),
            routes.result(&base),
            routes.cancel(&base),
        ]
        .map(String::from)
    }

    #[test]
    fn the_path_of_the_endpoint_is_dropped_once_the_job_is_there() {
        assert_eq!(
            routes(Urls::default(), "https://queue.fal.run"),
            [
                "https://queue.fal.run/fal-ai/kling-video/requests/6f/status",
                "https://queue.fal.run/fal-ai/kling-video/requests/6f/status/stream",
                "https://queue.fal.run/fal-ai/kling-video/requests/6f",
                "https://queue.fal.run/fal-ai/kling-video/requests/6f/cancel",
            ]
        );
        let endpoint = EndpointId::parse(ENDPOINT).unwrap();
        assert_eq!(
            submit(&endpoint, &base_url("http://127.0.0.1:9/proxy/").unwrap()).as_str(),
            "http://127.0.0.1:9/proxy/fal-ai/kling-video/v2.1/master/image-to-video"
        );
    }

    #[test]
    fn urls_that_fal_named_are_used_and_foreign_ones_are_not() {
        let urls = |host: &str| Urls {
            status: Some(format!("{host}/x/y/requests/6f/status?a=1")),
            response: Some(format!("{host}/x/y/requests/6f/response")),
            cancel: Some(format!("{host}/x/y/requests/6f/cancel")),
        };
        assert_eq!(
            routes(urls("https://queue.fal.run"), "https://queue.fal.run"),
            [
                "https://queue.fal.run/x/y/requests/6f/status?a=1",
                "https://queue.fal.run/x/y/requests/6f/status/stream?a=1",
                "https://queue.fal.run/x/y/requests/6f/response",
                "https://queue.fal.run/x/y/requests/6f/cancel",
            ]
        );
        for host in [
            "https://evil.example",
            "http://queue.fal.run",
            "https://queue.fal.run:444",
            "::",
        ] {
            assert_eq!(
                routes(urls(host), "https://queue.fal.run"),
                routes(Urls::default(), "https://queue.fal.run")
            );
        }
    }

    #[test]
    fn an_id_cannot_leave_its_place_in_the_path() {
        let of = |id: &str| {
            Routes::of(Job::<Raw>::new(ENDPOINT, id.into(), Urls::default()).into_parts())
        };
        let base = base_url("https://queue.fal.run").unwrap();
        assert_eq!(
            of("../../x?y#z").unwrap().result(&base).as_str(),
            "https://queue.fal.run/fal-ai/kling-video/requests/..%2F..%2Fx%3Fy%23z"
        );
        for id in ["", ".", ".."] {
            assert!(of(id).is_err());
        }
    }

    #[test]
    fn a_base_that_is_none_is_refused() {
        for text in [
            "",
            "queue.fal.run",
            "ftp://x",
            "https://x?y",
            "https://u:p@x",
            "data:x",
        ] {
            let error = base_url(text).unwrap_err().to_string();
            assert!(error.starts_with("the queue_url "), "{error}");
        }
    }
}
