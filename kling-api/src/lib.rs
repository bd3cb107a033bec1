//! A typed client for the Kling video models on fal.ai.

#[cfg(feature = "testing")]
pub mod testing;
