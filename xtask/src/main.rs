//! What a maintainer of kling-api runs.
fn main() {}
