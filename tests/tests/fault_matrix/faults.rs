//! What goes wrong in the cells of the matrix.

use std::time::Duration;

use kling_api::testing::{Fault, Operation};
use serde_json::{Value, json};

/// What goes wrong in one row.
#[derive(Clone, Debug)]
pub(crate) enum Trouble {
    /// The system refuses the connection.
    Refused,
    /// The server responds in this way.
    Server(Fault),
    /// The three URLs in the response to the submit belong to somebody else.
    ForeignUrls(Fault),
}

/// One row: what goes wrong, in the words of the page.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) name: &'static str,
    pub(crate) trouble: Trouble,
    /// The fault lasts until the time limit of an attempt.
    pub(crate) is_slow: bool,
    /// Enough of the response arrives to name the job.
    pub(crate) names_job: bool,
    /// A gateway may respond like this although it has forwarded the request.
    pub(crate) may_take_effect: bool,
}

/// The rows of an operation.
#[expect(clippy::too_many_lines, reason = "it is one table")]
pub(crate) fn rows(operation: Operation, foreign: &str) -> Vec<Row> {
    let drip = match operation {
        // A status stream has no time limit as long as it is not silent.
        Operation::Stream => Duration::from_millis(1),
        _ => Duration::from_millis(250),
    };
    let mut rows = vec![
        Row::new("connection refused", Trouble::Refused),
        server("reset before", Fault::ResetBefore),
        server("reset after", Fault::ResetAfter),
        naming(server("truncated", Fault::TruncatedBody)),
        server("200 that is no JSON", Fault::Garbage),
        gateway("502, a proxy's HTML", Fault::ProxyHtml(502)),
        server(
            "400",
            answer(
                400,
                json!({"detail": "Bad request", "error_type": "bad_request"}),
            ),
        ),
        server(
            "401",
            answer(401, json!({"detail": "invalid key credentials"})),
        ),
        server(
            "403, the account is locked",
            answer(
                403,
                json!({"detail": "User is locked. Reason: Exhausted balance. Top up your balance."}),
            ),
        ),
        server("404", answer(404, json!({"status": "NOT_FOUND"}))),
        gateway("408", answer(408, json!({"detail": "Request Timeout"}))),
        gateway("409", answer(409, json!({"detail": "Conflict"}))),
        server(
            "422",
            answer(
                422,
                json!({"detail": [{"loc": ["body", "prompt"], "msg": "Field required", "type": "missing"}]}),
            ),
        ),
        server("429", busy()),
        server("429, Retry-After: 0", busy().header("retry-after", "0")),
        server(
            "429, Retry-After: 86400",
            busy().header("retry-after", "86400"),
        ),
        gateway(
            "500",
            answer(500, json!({"detail": "Internal Server Error"})),
        ),
        gateway("503", unavailable()),
        server(
            "503, retryable",
            unavailable().header("x-fal-needs-retry", "1"),
        ),
        gateway(
            "503, not retryable",
            unavailable().header("x-fal-retryable", "false"),
        ),
        gateway("504", answer(504, json!({"detail": "Gateway Timeout"}))),
        server(
            "504, the caller's start timeout",
            answer(
                504,
                json!({"detail": "Request timed out", "error_type": "request_timeout"}),
            )
            .header("x-fal-request-timeout-type", "user"),
        ),
        naming(server("slow", Fault::Delay(Duration::from_millis(20)))),
        naming(slow(
            "slower than the time limit of an attempt",
            Fault::Trickle(drip),
        )),
        slow("hang", Fault::Hang),
        server("endless body", Fault::EndlessBody),
        gateway("500 with an endless body", Fault::EndlessError(500)),
        server(
            "redirect to another host",
            Fault::Redirect {
                to: format!("{foreign}/elsewhere"),
            },
        ),
        Row::new(
            "foreign URLs in the response to the submit",
            Trouble::ForeignUrls(Fault::ForeignUrls {
                base: foreign.to_owned(),
            }),
        ),
    ];
    if operation == Operation::Stream {
        rows.extend([
            server(
                "reset after the first event",
                Fault::StreamDrop { after: 1 },
            ),
            server(
                "closed after the first event",
                Fault::StreamEnd { after: 1 },
            ),
            server(
                "silent after the first event",
                Fault::StreamStall { after: 1 },
            ),
            server(
                "garbage after the first event",
                Fault::StreamGarbage { after: 1 },
            ),
        ]);
    }
    rows
}

impl Row {
    fn new(name: &'static str, trouble: Trouble) -> Self {
        Self {
            name,
            trouble,
            is_slow: false,
            names_job: false,
            may_take_effect: false,
        }
    }
}

fn server(name: &'static str, fault: Fault) -> Row {
    Row::new(name, Trouble::Server(fault))
}

fn slow(name: &'static str, fault: Fault) -> Row {
    Row {
        is_slow: true,
        ..server(name, fault)
    }
}

fn naming(row: Row) -> Row {
    Row {
        names_job: true,
        ..row
    }
}

fn gateway(name: &'static str, fault: Fault) -> Row {
    Row {
        may_take_effect: true,
        ..server(name, fault)
    }
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "a table reads better without references"
)]
fn answer(code: u16, body: Value) -> Fault {
    Fault::status(code).json(&body)
}

fn busy() -> Fault {
    answer(
        429,
        json!({"detail": "Too many requests", "error_type": "concurrent_requests_limit"}),
    )
}

fn unavailable() -> Fault {
    answer(503, json!({"detail": "Service Unavailable"}))
}
