//! Turns fal.ai's OpenAPI documents into typed Rust for `kling-api`.
pub mod ir;
