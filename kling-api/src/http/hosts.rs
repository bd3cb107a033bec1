//! The base URLs of a client, and the URLs that its key may be sent to.

use url::Url;

use crate::error::Error;
use crate::http::key::{is_trusted, names_fal};

/// A server of fal's, by what it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Host {
    /// Takes jobs, and has their statuses and results.
    Queue,
    /// Runs a model while the caller waits.
    Run,
    /// Names the URLs that files are sent to.
    Rest,
    /// Has models, prices and past requests.
    Platform,
}

impl Host {
    const ALL: [Self; 4] = [Self::Queue, Self::Run, Self::Rest, Self::Platform];

    /// The base URL that fal documents.
    const fn of_fal(self) -> &'static str {
        match self {
            Self::Queue => "https://queue.fal.run",
            Self::Run => "https://fal.run",
            Self::Rest => "https://rest.fal.ai",
            Self::Platform => "https://api.fal.ai/v1",
        }
    }

    /// The method of the builder that sets it.
    pub(crate) const fn setter(self) -> &'static str {
        match self {
            Self::Queue => "queue_url",
            Self::Run => "run_url",
            Self::Rest => "rest_url",
            Self::Platform => "platform_url",
        }
    }

    /// The variable of the environment that sets it.
    const fn variable(self) -> &'static str {
        match self {
            Self::Queue => "KLING_API_QUEUE_URL",
            Self::Run => "KLING_API_RUN_URL",
            Self::Rest => "KLING_API_REST_URL",
            Self::Platform => "KLING_API_PLATFORM_URL",
        }
    }
}

/// The base URLs as the caller gave them.
#[derive(Clone, Debug, Default)]
pub(crate) struct HostSettings {
    urls: [Option<String>; 4],
    source: Source,
}

/// Where the base URLs come from.
#[derive(Clone, Copy, Debug, Default)]
enum Source {
    #[default]
    Builder,
    Environment,
}

impl Source {
    /// How a base URL is set there.
    fn name(self, host: Host) -> &'static str {
        match self {
            Self::Builder => host.setter(),
            Self::Environment => host.variable(),
        }
    }
}

impl HostSettings {
    pub(crate) fn set(&mut self, host: Host, url: String) {
        self.urls[host as usize] = Some(url);
    }

    /// These, or those of the environment where there are none. An environment is no place to decide that the key goes to
    /// another machine, unless the program allows that.
    pub(crate) fn or_variables(
        self,
        variable: impl Fn(&str) -> Option<String>,
        allow_other_machines: bool,
    ) -> Result<Self, Error> {
        if self.urls.iter().any(Option::is_some) {
            return Ok(self);
        }
        let mut settings = Self {
            source: Source::Environment,
            ..Self::default()
        };
        for host in Host::ALL {
            let Some(text) = variable(host.variable()) else {
                continue;
            };
            let leads_away = Url::parse(&text).is_ok_and(|url| !is_loopback(&url));
            if leads_away && !allow_other_machines {
                let (name, setter) = (host.variable(), host.setter());
                return Err(Error::configuration(format!(
                    "the variable {name} leads to another machine, which would get the API key; unset it, or call {setter} \
                     or allow_plain_http(true) when the client is built"
                )));
            }
            settings.set(host, text);
        }
        Ok(settings)
    }
}

/// The base URL of each server.
///
/// Where the caller set one of them, the others have none: a client that is pointed at a server of
/// the caller's own must neither buy from fal nor show fal's hosts the key.
#[derive(Clone, Debug)]
pub(crate) struct Hosts {
    queue: Url,
    others: [Option<Url>; 4],
    source: Source,
}

impl Hosts {
    pub(crate) fn new(settings: &HostSettings, allow_plain_http: bool) -> Result<Self, Error> {
        let is_own = settings.urls.iter().any(Option::is_some);
        let url = |host: Host| {
            let text = match &settings.urls[host as usize] {
                Some(text) => text,
                None if is_own => return Ok(None),
                None => host.of_fal(),
            };
            base(text, settings.source.name(host), allow_plain_http).map(Some)
        };
        let mut others = [const { None }; 4];
        for host in Host::ALL {
            others[host as usize] = url(host)?;
        }
        let queue = others[Host::Queue as usize]
            .take()
            .ok_or_else(|| missing(settings.source, Host::Queue))?;
        Ok(Self {
            queue,
            others,
            source: settings.source,
        })
    }

    /// The base URL of the queue.
    pub(crate) fn queue(&self) -> &Url {
        &self.queue
    }

    /// The base URL of a server.
    pub(crate) fn base(&self, host: Host) -> Result<&Url, Error> {
        match host {
            Host::Queue => Ok(&self.queue),
            Host::Run | Host::Rest | Host::Platform => self.others[host as usize]
                .as_ref()
                .ok_or_else(|| missing(self.source, host)),
        }
    }

    /// Whether the key may be sent to `url`.
    pub(crate) fn is_trusted(&self, url: &Url) -> bool {
        self.given().any(|base| is_trusted(url, base))
    }

    /// Whether a file may go to or come from `url`: any over https, and over plain http only the servers that are
    /// spoken to so already, or others on this machine where one of those is.
    pub(crate) fn may_carry_files(&self, url: &Url) -> bool {
        let has_user = !url.username().is_empty() || url.password().is_some();
        let is_known = || {
            self.given()
                .filter(|base| base.scheme() == "http")
                .any(|base| base.host() == url.host() || (is_loopback(base) && is_loopback(url)))
        };
        match url.scheme() {
            _ if has_user || !url.has_host() => false,
            "https" => true,
            "http" => is_known(),
            _ => false,
        }
    }

    /// The base URLs that the client has.
    pub(super) fn given(&self) -> impl Iterator<Item = &Url> {
        self.others.iter().flatten().chain([&self.queue])
    }
}

fn missing(source: Source, host: Host) -> Error {
    let name = source.name(host);
    let advice = match source {
        Source::Builder => format!("call {name} too when it is built"),
        Source::Environment => format!("set {name} too"),
    };
    Error::configuration(format!(
        "the client was given servers of its own but no {name}; {advice}, with {} for fal's own",
        host.of_fal()
    ))
}

/// A base URL, checked.
fn base(text: &str, setter: &str, allow_plain_http: bool) -> Result<Url, Error> {
    let problem = match Url::parse(text) {
        Err(_) => "is not a URL",
        Ok(url) if !matches!(url.scheme(), "https" | "http") || !url.has_host() => {
            "is not a URL of http or https"
        }
        Ok(url)
            if url.scheme() == "http"
                && !is_loopback(&url)
                && (!allow_plain_http || names_fal(&url)) =>
        {
            return Err(Error::configuration(format!(
                "the base URL given to {setter} is plain http to another machine, and anybody on \
                 the way could read the API key; use https, or call allow_plain_http(true) for a \
                 server of your own"
            )));
        }
        Ok(url) if url.query().is_some() || url.fragment().is_some() => "has a query or a fragment",
        Ok(url) if !url.username().is_empty() || url.password().is_some() => "names a user",
        Ok(url) => return Ok(url),
    };
    Err(Error::configuration(format!(
        "the {setter} {problem}; give one such as https://queue.fal.run"
    )))
}

/// Whether a URL leads to this machine.
pub(crate) fn is_loopback(base: &Url) -> bool {
    match base.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// The URL with these segments after its path.
pub(crate) fn below<'a>(base: &Url, segments: impl Iterator<Item = &'a str>) -> Url {
    let mut url = base.clone();
    // Only URLs such as `data:` have no path to extend, and `Hosts` lets none of them in.
    if let Ok(mut path) = url.path_segments_mut() {
        path.pop_if_empty().extend(segments);
    }
    url
}

#[cfg(test)]
impl Hosts {
    /// A queue alone.
    pub(crate) fn of_queue(url: &str) -> Result<Self, Error> {
        let mut settings = HostSettings::default();
        settings.set(Host::Queue, url.to_owned());
        Self::new(&settings, false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base_url(text: &str, allow_plain_http: bool) -> Result<Url, Error> {
        base(text, "queue_url", allow_plain_http)
    }

    fn of_environment(variables: &[(&str, &str)], allow: bool) -> Result<HostSettings, Error> {
        let value = |name: &str| {
            let found = variables.iter().find(|(key, _)| *key == name)?;
            Some(found.1.to_owned())
        };
        HostSettings::default().or_variables(value, allow)
    }

    #[test]
    fn the_environment_names_servers_of_this_machine_and_others_only_where_allowed() {
        let queue = "KLING_API_QUEUE_URL";
        for url in [
            "http://127.0.0.1:9",
            "http://localhost:9/x",
            "https://[::1]",
        ] {
            let hosts = Hosts::new(&of_environment(&[(queue, url)], false).unwrap(), false);
            assert!(hosts.unwrap().queue().as_str().starts_with(url), "{url}");
        }
        for url in [
            "https://proxy.example",
            "http://10.0.0.1",
            "https://localhost.example",
        ] {
            let error = of_environment(&[(queue, url)], false).unwrap_err();
            assert!(error.to_string().contains(queue), "{error}");
            assert!(of_environment(&[(queue, url)], true).is_ok(), "{url}");
        }
        let one = [("KLING_API_REST_URL", "http://127.0.0.1:9")];
        let error = Hosts::new(&of_environment(&one, false).unwrap(), false).unwrap_err();
        assert!(
            format!("{error:#}").contains("KLING_API_QUEUE_URL too"),
            "{error:#}"
        );
        let broken = of_environment(&[(queue, "nonsense")], false).unwrap();
        let error = Hosts::new(&broken, false).unwrap_err();
        assert!(
            error
                .to_string()
                .contains("KLING_API_QUEUE_URL is not a URL"),
            "{error}"
        );
    }

    #[test]
    fn the_builder_counts_more_than_the_environment() {
        let mut settings = HostSettings::default();
        settings.set(Host::Queue, "http://127.0.0.1:1".to_owned());
        let always = |_: &str| Some("http://127.0.0.1:9".to_owned());
        let settings = settings.or_variables(always, false).unwrap();
        let hosts = Hosts::new(&settings, false).unwrap();
        assert_eq!(hosts.queue().as_str(), "http://127.0.0.1:1/");
        assert!(hosts.base(Host::Rest).is_err());
    }

    #[test]
    fn the_key_is_not_sent_in_the_clear_to_another_machine() {
        for url in [
            "http://127.0.0.1:1",
            "http://localhost",
            "http://[::1]:9/x",
            "https://proxy.example",
        ] {
            assert!(base_url(url, false).is_ok(), "{url}");
        }
        assert!(base_url("http://proxy.example", false).is_err());
        assert!(base_url("http://proxy.example", true).is_ok());
        for url in [
            "http://queue.fal.run",
            "http://fal.ai",
            "http://queue.falrun.com",
        ] {
            assert!(base_url(url, true).is_err(), "{url}");
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
            let error = format!("{:#}", base_url(text, false).unwrap_err());
            assert!(error.starts_with("the queue_url "), "{error}");
        }
    }

    #[test]
    fn files_go_over_plain_http_only_where_the_caller_speaks_it() {
        let url = |text: &str| Url::parse(text).unwrap();
        let fal = Hosts::new(&HostSettings::default(), false).unwrap();
        let local = Hosts::of_queue("http://127.0.0.1:9").unwrap();
        let mut settings = HostSettings::default();
        settings.set(Host::Rest, "http://proxy.example:8".to_owned());
        let error = format!("{:#}", Hosts::new(&settings, true).unwrap_err());
        assert!(error.contains("call queue_url too"), "{error}");
        settings.set(Host::Queue, "https://queue.example".to_owned());
        let proxied = Hosts::new(&settings, true).unwrap();
        for (text, expected) in [
            ("https://v3.fal.media/files/b/x.png", [true, true, true]),
            ("http://v3.fal.media/files/b/x.png", [false; 3]),
            ("http://127.0.0.1:7/x", [false, true, false]),
            ("http://localhost/x", [false, true, false]),
            ("http://proxy.example/x", [false, false, true]),
            ("https://user:word@v3.fal.media/x", [false; 3]),
            ("ftp://v3.fal.media/x", [false; 3]),
            ("data:text/plain,x", [false; 3]),
        ] {
            let found = [&fal, &local, &proxied].map(|hosts| hosts.may_carry_files(&url(text)));
            assert_eq!(found, expected, "{text}");
        }
    }

    #[test]
    fn a_client_of_ones_own_server_knows_no_other() {
        let fal = Hosts::new(&HostSettings::default(), false).unwrap();
        for host in Host::ALL {
            assert!(is_fals(fal.base(host).unwrap()), "{host:?}");
        }
        let own = Hosts::of_queue("http://127.0.0.1:9").unwrap();
        assert!(own.base(Host::Queue).is_ok());
        let error = format!("{:#}", own.base(Host::Rest).unwrap_err());
        assert!(error.contains("call rest_url too"), "{error}");
        assert!(!own.is_trusted(&Url::parse("https://rest.fal.ai/a").unwrap()));
        assert!(fal.is_trusted(&Url::parse("https://rest.fal.ai/a").unwrap()));
    }

    fn is_fals(url: &Url) -> bool {
        url.scheme() == "https"
            && matches!(
                url.host_str(),
                Some("queue.fal.run" | "fal.run" | "rest.fal.ai" | "api.fal.ai")
            )
    }
}
