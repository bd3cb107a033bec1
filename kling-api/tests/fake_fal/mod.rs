//! FakeFal as a plain HTTP client sees it: every route, and every way in which it can be told to break.

mod control;
mod faults;
mod input;
mod lifecycle;
mod load;
mod platform;
mod routes;
mod server;
mod storage;
mod stream;
mod stream_faults;
mod submit;
mod support;
