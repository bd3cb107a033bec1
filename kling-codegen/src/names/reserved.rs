//! Names at the root of the generated code that stand for something else already. An endpoint whose id leads to one of
//! them gets an underscore after it.

/// What a client has by hand, and what `client.clone()` must go on to mean.
pub(super) const METHODS: [&str; 9] = [
    "builder", "call", "call_raw", "cancel", "clone", "follow", "from_env", "result", "status",
];

/// The module of the shared records, and the modules of the runtime, which hide a generated one of the same name.
pub(super) const MODULES: [&str; 40] = [
    "types",
    "answer",
    "attempts",
    "blocking",
    "builder",
    "call",
    "cancel",
    "check",
    "client",
    "clock",
    "completed",
    "endpoint",
    "endpoint_id",
    "error",
    "error_type",
    "follow",
    "generated",
    "hosts",
    "http",
    "job",
    "key",
    "observe",
    "once",
    "open_enum",
    "options",
    "price",
    "requests",
    "reqwest",
    "result",
    "retry",
    "routes",
    "rt",
    "sse",
    "status",
    "submit",
    "tags",
    "testing",
    "ticket",
    "violations",
    "webhook",
];
