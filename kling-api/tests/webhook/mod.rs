//! Webhooks: what is taken for fal's and what is not, what an event says, and where the keys come from.

#[cfg(feature = "testing")]
mod deliveries;
mod event;
#[cfg(feature = "testing")]
mod fetching;
mod keys;
#[cfg(feature = "testing")]
mod same;
mod vectors;
