//! Names at the root of the generated code that stand for something else already. An endpoint whose id leads to one of
//! them gets an underscore after it.

/// What a client has by hand, and what `client.clone()` must go on to mean.
pub(super) const METHODS: &[&str] = &[
    "builder",
    "call",
    "call_raw",
    "cancel",
    "clone",
    "download",
    "download_to",
    "find_lost_jobs",
    "follow",
    "from_env",
    "live_price",
    "platform",
    "result",
    "spent",
    "status",
    "upload",
    "upload_file",
    "upload_stream",
];

/// The module of the shared records, and the rooms of the runtime, which hide a generated module of the same name.
pub(super) const MODULES: &[&str] = &[
    "types",
    "blocking",
    "call",
    "client",
    "error",
    "files",
    "generated",
    "http",
    "platform",
    "reqwest",
    "rt",
    "testing",
    "values",
    "webhook",
];
