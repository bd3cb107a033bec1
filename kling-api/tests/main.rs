//! What a caller meets, a folder for each subject. `traces` stands apart: which events are recorded is decided once for a
//! whole process.

#![expect(
    clippy::unwrap_used,
    reason = "clippy sees that a test may unwrap, but not that these helpers are for tests"
)]

#[cfg(feature = "testing")]
mod fake_fal;
#[cfg(feature = "webhook")]
mod webhook;
#[cfg(feature = "client")]
mod wire;
