//! How long fetched keys are good, and when they may be fetched anew.

use std::time::{Duration, SystemTime};

use crate::webhook::error::WebhookError;
use crate::webhook::keys::Keys;

/// The longest that fal allows keys to be kept, and how long they are where the server says nothing.
pub(super) const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// The shortest time between two fetches while there are keys: a forged delivery looks like one that a
/// new key has signed, and anybody can send forged ones.
pub(super) const INTERVAL: Duration = Duration::from_secs(60);

/// The shortest time between two fetches while there are no keys, and every delivery has to wait.
const PAUSE: Duration = Duration::from_secs(5);

/// What is known of the keys. Pure: the present is an argument.
#[derive(Debug, Default)]
pub(super) struct Cache {
    held: Option<Held>,
    attempted: Option<SystemTime>,
    /// Why the last fetch failed, where it did.
    failure: Option<WebhookError>,
}

#[derive(Debug)]
struct Held {
    keys: Keys,
    since: SystemTime,
    lifetime: Duration,
}

impl Cache {
    /// The keys, unless they are too old.
    pub(super) fn current(&self, now: SystemTime) -> Option<Keys> {
        let held = self.held.as_ref()?;
        (apart(now, held.since) < held.lifetime).then(|| held.keys.clone())
    }

    pub(super) fn may_fetch(&self, now: SystemTime) -> bool {
        let pause = if self.current(now).is_some() {
            INTERVAL
        } else {
            PAUSE
        };
        self.attempted
            .is_none_or(|attempted| apart(now, attempted) >= pause)
    }

    pub(super) fn failure(&self) -> Option<&WebhookError> {
        self.failure.as_ref()
    }

    /// Keys that are there stay, for as long as they are good.
    pub(super) fn store(
        &mut self,
        fetched: Result<(Keys, Duration), WebhookError>,
        now: SystemTime,
    ) {
        self.attempted = Some(now);
        match fetched {
            Ok((keys, lifetime)) => {
                self.failure = None;
                self.held = Some(Held {
                    keys,
                    since: now,
                    lifetime,
                });
            }
            Err(error) => self.failure = Some(error),
        }
    }
}

/// How long keys are good that came with this `Cache-Control`.
pub(super) fn lifetime(cache_control: Option<&str>) -> Duration {
    let directives = cache_control.unwrap_or_default().split(',').map(str::trim);
    let shortest = directives.filter_map(|directive| {
        if directive.eq_ignore_ascii_case("no-store") || directive.eq_ignore_ascii_case("no-cache")
        {
            return Some(Duration::ZERO);
        }
        let (name, seconds) = directive.split_once('=')?;
        let seconds = seconds.trim_matches('"').parse().ok()?;
        name.eq_ignore_ascii_case("max-age")
            .then(|| Duration::from_secs(seconds))
    });
    shortest.min().unwrap_or(LONGEST).clamp(INTERVAL, LONGEST)
}

/// The time between two moments. A clock that was set back counts like one that went on.
fn apart(one: SystemTime, other: SystemTime) -> Duration {
    one.duration_since(other)
        .unwrap_or_else(|error| error.duration())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::webhook::error::Kind;

    const ONE: &str = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
    const OTHER: &str = "PUAXw-hDiVqStwqnTRt-vJyYLM8uxJaMwM1V8Sr0Zgw";

    fn keys(x: &str) -> Keys {
        let jwks = serde_json::json!({"keys": [{"kty": "OKP", "crv": "Ed25519", "x": x}]});
        Keys::from_jwks(jwks.to_string()).unwrap()
    }

    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_780_000_000 + seconds)
    }

    fn failed() -> Result<(Keys, Duration), WebhookError> {
        Err(WebhookError::new(Kind::KeysUnavailable))
    }

    #[test]
    fn keys_are_good_for_their_lifetime_and_not_longer() {
        let mut cache = Cache::default();
        assert!(cache.current(at(0)).is_none());
        assert!(cache.may_fetch(at(0)));
        cache.store(Ok((keys(ONE), LONGEST)), at(0));
        assert_eq!(cache.current(at(24 * 3600 - 1)), Some(keys(ONE)));
        assert_eq!(cache.current(at(24 * 3600)), None);
        assert!(cache.may_fetch(at(24 * 3600)));
    }

    #[test]
    fn a_clock_that_was_set_back_does_not_keep_keys_for_ever() {
        let mut cache = Cache::default();
        cache.store(Ok((keys(ONE), LONGEST)), at(24 * 3600));
        assert!(cache.current(at(1)).is_some());
        assert!(cache.current(at(0)).is_none());
    }

    #[test]
    fn while_there_are_keys_they_are_fetched_once_a_minute_at_most() {
        let mut cache = Cache::default();
        cache.store(Ok((keys(ONE), LONGEST)), at(0));
        assert!(!cache.may_fetch(at(59)));
        assert!(cache.may_fetch(at(60)));
        cache.store(failed(), at(60));
        assert!(!cache.may_fetch(at(119)));
        assert!(cache.may_fetch(at(120)));
    }

    #[test]
    fn a_failed_fetch_keeps_the_keys_and_a_good_one_forgets_the_failure() {
        let mut cache = Cache::default();
        cache.store(failed(), at(0));
        assert!(cache.failure().is_some());
        assert!(!cache.may_fetch(at(4)));
        assert!(cache.may_fetch(at(5)));
        cache.store(Ok((keys(ONE), LONGEST)), at(5));
        assert!(cache.failure().is_none());
        cache.store(failed(), at(70));
        assert_eq!(cache.current(at(71)), Some(keys(ONE)));
        cache.store(Ok((keys(OTHER), LONGEST)), at(140));
        assert_eq!(cache.current(at(141)), Some(keys(OTHER)));
    }

    #[test]
    fn a_server_may_shorten_the_lifetime_and_not_lengthen_it() {
        for (header, seconds) in [
            (None, 86_400),
            (Some(""), 86_400),
            (Some("public, max-age=3600"), 3600),
            (Some("Max-Age=\"7200\", s-maxage=1"), 7200),
            (Some("max-age=31536000, immutable"), 86_400),
            (Some("max-age=0"), 60),
            (Some("no-store"), 60),
            (Some("max-age=600, no-cache"), 60),
            (Some("max-age=soon"), 86_400),
            (Some("max-age=99999999999999999999"), 86_400),
        ] {
            assert_eq!(lifetime(header).as_secs(), seconds, "{header:?}");
        }
    }
}
