//! Turns fal.ai's OpenAPI documents into typed Rust for `kling-api`.
pub mod diff;
pub mod ir;
pub mod report;

pub use diff::diff;
