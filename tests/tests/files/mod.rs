//! Files to fal and from fal, against FakeFal: every step, with everything that can go wrong in it.

mod download;
mod local;
mod media;
mod parts;
mod resume;
mod upload;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use kling_api::testing::{FakeFal, KeySent, Operation};
use kling_api::{Client, Error, Submission};
use kling_tests::harness::{chain, settings};

/// A header that the client sends with each request to fal, and that is nobody else's business.
pub(crate) const HEADER: (&str, &str) = ("x-team", "a-secret-team");

/// How the storage's URLs are signed: whoever reads it can write there.
pub(crate) const SIGNATURE: &str = "signed-for-this-upload";

/// A client that gives a silent server up soon.
pub(crate) fn client(fake: &FakeFal) -> Client {
    let settings = settings(fake).header(HEADER.0, HEADER.1);
    settings
        .transfer_timeout(Duration::from_millis(500))
        .build()
        .unwrap()
}

/// Bytes of which no two stretches are alike.
pub(crate) fn bytes(length: usize) -> Vec<u8> {
    let mut state = 1_u32;
    let step = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    };
    std::iter::repeat_with(step).take(length).collect()
}

/// An error of a file that never went anywhere: it says so, and shows nothing that it must not.
#[track_caller]
pub(crate) fn bought_nothing(error: &Error) {
    assert_eq!(error.submission(), Submission::NotSubmitted);
    assert!(
        format!("{error:#}").contains("Nothing was bought"),
        "{error}"
    );
    shows_no_secret(error);
}

#[track_caller]
pub(crate) fn shows_no_secret(error: &Error) {
    let body = error.body().unwrap_or_default();
    for text in chain(error).iter().map(String::as_str).chain([body]) {
        assert!(!text.contains(SIGNATURE), "{text}");
        assert!(!text.contains("test-key-secret"), "{text}");
    }
}

/// The key and the caller's headers have gone to fal, and to nobody else.
#[track_caller]
pub(crate) fn nothing_leaked(fake: &FakeFal) {
    for request in fake.requests() {
        let is_fals = !matches!(
            request.operation,
            Operation::Upload
                | Operation::UploadPart
                | Operation::CompleteUpload
                | Operation::File
                | Operation::Other
        );
        let key = if is_fals {
            KeySent::Right
        } else {
            KeySent::None
        };
        assert_eq!(request.key, key, "{request}");
        assert_eq!(request.header(HEADER.0).is_some(), is_fals, "{request}");
    }
}

/// What a progress callback was told.
#[derive(Clone, Default)]
pub(crate) struct Told(Arc<Mutex<Vec<(u64, u64)>>>);

impl Told {
    pub(crate) fn report(&self) -> impl Fn(u64, u64) + Send + Sync + 'static {
        let told = self.0.clone();
        move |moved, total| told.lock().unwrap().push((moved, total))
    }

    /// It grew from call to call, and ended with all of it.
    #[track_caller]
    pub(crate) fn grew_to(&self, total: u64) {
        let told = self.0.lock().unwrap();
        assert!(
            told.windows(2).all(|pair| pair[0].0 < pair[1].0),
            "{told:?}"
        );
        assert!(told.iter().all(|(_, of)| *of == total), "{told:?}");
        assert_eq!(told.last().copied(), Some((total, total)));
    }
}
