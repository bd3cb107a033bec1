//! The API key, and the URLs that it may be sent to.

use http::HeaderValue;
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use crate::error::Error;

/// fal's API key. Its `Debug` says nothing, and its memory is cleared when it is dropped.
#[derive(Clone, Debug)]
pub(crate) struct Key(SecretString);

/// Shorter parts of a key are too common to be searched for in other text.
const SHORTEST_SECRET: usize = 8;

impl Key {
    /// Refuses what cannot stand in a header, in words that do not repeat it.
    pub(crate) fn new(key: SecretString) -> Result<Self, Error> {
        let text = key.expose_secret();
        let problem = if text.is_empty() {
            "the API key is empty"
        } else if text.contains(['\n', '\r']) {
            "the API key contains a line break"
        } else if !text.is_ascii() {
            "the API key contains a character outside ASCII"
        } else if text
            .chars()
            .any(|character| character.is_ascii_control() || character == ' ')
        {
            "the API key contains a space or a control character"
        } else {
            return Ok(Self(key));
        };
        Err(Error::configuration(format!(
            "{problem}; copy the key again from https://fal.ai/dashboard/keys, without anything \
             around it"
        )))
    }

    /// `FAL_KEY`, else `FAL_KEY_ID` and `FAL_KEY_SECRET` joined.
    pub(crate) fn from_variables(read: impl Fn(&str) -> Option<String>) -> Result<Self, Error> {
        let key = match (read("FAL_KEY"), read("FAL_KEY_ID"), read("FAL_KEY_SECRET")) {
            (Some(key), ..) => key,
            (None, Some(id), Some(secret)) => format!("{id}:{secret}"),
            (None, Some(_), None) => return Err(half("FAL_KEY_SECRET", "FAL_KEY_ID")),
            (None, None, Some(_)) => return Err(half("FAL_KEY_ID", "FAL_KEY_SECRET")),
            (None, None, None) => {
                return Err(Error::configuration(
                    "no API key is set; set FAL_KEY, or FAL_KEY_ID and FAL_KEY_SECRET, in the \
                     environment",
                ));
            }
        };
        Self::new(key.into())
    }

    /// The value of the `Authorization` header, marked so that no transport prints it.
    pub(crate) fn authorization(&self) -> Result<HeaderValue, Error> {
        let text = SecretString::from(format!("Key {}", self.0.expose_secret()));
        let mut value = HeaderValue::from_str(text.expose_secret())
            .map_err(|_| Error::configuration("the API key cannot stand in a header"))?;
        value.set_sensitive(true);
        Ok(value)
    }

    /// The texts that must not be kept: the key, and the part of it that is secret.
    pub(super) fn secrets(&self) -> impl Iterator<Item = &[u8]> {
        let key = self.0.expose_secret();
        let secret = key.split_once(':').map(|(_, secret)| secret);
        let secret = secret.filter(|secret| secret.len() >= SHORTEST_SECRET);
        [Some(key), secret].into_iter().flatten().map(str::as_bytes)
    }
}

fn half(missing: &str, present: &str) -> Error {
    Error::configuration(format!(
        "{present} is set in the environment but {missing} is not; set both, or FAL_KEY alone"
    ))
}

/// Whether the key may be sent to `url`: below the base URL that the caller set, or, where that is
/// one of fal's own hosts, to any of fal's hosts over https.
pub(crate) fn is_trusted(url: &Url, base: &Url) -> bool {
    if !url.username().is_empty() || url.password().is_some() {
        return false;
    }
    is_below(url, base) || (is_fal(base) && is_fal(url))
}

fn is_below(url: &Url, base: &Url) -> bool {
    let prefix = base.path().trim_end_matches('/');
    // Only http and https get here as a base, and for these this is what an origin is.
    url.scheme() == base.scheme()
        && url.host() == base.host()
        && url.port_or_known_default() == base.port_or_known_default()
        && url
            .path()
            .strip_prefix(prefix)
            .is_some_and(|rest| rest.starts_with('/'))
}

fn is_fal(url: &Url) -> bool {
    url.scheme() == "https" && url.port().is_none() && names_fal(url)
}

/// Whether the host is one of fal's, however it is spoken to.
pub(crate) fn names_fal(url: &Url) -> bool {
    const DOMAINS: [&str; 3] = ["fal.run", "fal.ai", "falrun.com"];
    url.domain().is_some_and(|host| {
        DOMAINS.iter().any(|domain| {
            host.strip_suffix(domain)
                .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str) -> Result<Key, Error> {
        Key::new(text.to_owned().into())
    }

    #[test]
    fn a_key_that_cannot_be_sent_is_refused_without_being_repeated() {
        for text in [
            "",
            "id:secret-part\n",
            "id:secr\u{e9}t-part",
            "id: secret-part",
            "id:\u{7f}secret-part",
        ] {
            let error = key(text).unwrap_err();
            assert!(error.to_string().starts_with("the API key "), "{error}");
            assert!(
                !format!("{error:?} {error}").contains("secret-part"),
                "{error:?}"
            );
        }
        assert!(key("id:secret-part").is_ok());
    }

    #[test]
    fn the_key_is_in_no_debug_text() {
        let key = key("id:secret-part").unwrap();
        assert!(!format!("{key:?} {:?}", key.authorization().unwrap()).contains("secret"));
        assert_eq!(
            key.authorization().unwrap().as_bytes(),
            b"Key id:secret-part"
        );
    }

    #[test]
    fn the_environment_gives_one_key() {
        let from = |variables: &[(&str, &str)]| {
            Key::from_variables(|name| {
                variables
                    .iter()
                    .find(|(it, _)| *it == name)
                    .map(|(_, value)| (*value).to_owned())
            })
            .map(|key| key.authorization().unwrap().to_str().unwrap().to_owned())
        };
        assert_eq!(from(&[("FAL_KEY", "a:b")]).unwrap(), "Key a:b");
        assert_eq!(
            from(&[("FAL_KEY_ID", "a"), ("FAL_KEY_SECRET", "b")]).unwrap(),
            "Key a:b"
        );
        assert_eq!(
            from(&[
                ("FAL_KEY", "x"),
                ("FAL_KEY_ID", "a"),
                ("FAL_KEY_SECRET", "b")
            ])
            .unwrap(),
            "Key x"
        );
        assert!(
            from(&[("FAL_KEY_ID", "a")])
                .unwrap_err()
                .to_string()
                .contains("FAL_KEY_SECRET is not")
        );
        assert!(
            from(&[])
                .unwrap_err()
                .to_string()
                .contains("no API key is set")
        );
    }

    #[test]
    fn the_key_goes_to_fal_or_below_the_callers_base_only() {
        let trusted = |url: &str, base: &str| {
            is_trusted(&Url::parse(url).unwrap(), &Url::parse(base).unwrap())
        };
        let fal = "https://queue.fal.run";
        for url in [
            "https://queue.fal.run/a",
            "https://fal.run/a",
            "https://rest.fal.ai/a",
            "https://queue.falrun.com/a",
        ] {
            assert!(trusted(url, fal), "{url}");
        }
        for url in [
            "http://queue.fal.run/a",
            "https://queue.fal.run:8443/a",
            "https://evilfal.run/a",
            "https://fal.run.evil.example/a",
            "https://queue.fal.run@evil.example/a",
            "https://user:word@queue.fal.run/a",
            "https://127.0.0.1/a",
            "ftp://queue.fal.run/a",
        ] {
            assert!(!trusted(url, fal), "{url}");
        }
        let local = "http://127.0.0.1:9000/proxy";
        assert!(trusted("http://127.0.0.1:9000/proxy/a", local));
        for url in [
            "http://127.0.0.1:9000/other",
            "http://127.0.0.1:9000/proxyother/a",
            "http://127.0.0.1:9001/proxy/a",
            "https://127.0.0.1:9000/proxy/a",
            "http://127.0.0.1:9000/proxy/../a",
            "https://queue.fal.run/a",
        ] {
            assert!(!trusted(url, local), "{url}");
        }
    }
}
