//! What each fault does. The one place that reads a [`Fault`]; everybody else reads an [`ActiveFault`].

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use futures_util::stream::{self, StreamExt as _};

use crate::testing::fault::Fault;
use crate::testing::operation::Operation;
use crate::testing::wire::encode::reason;
use crate::testing::wire::response::{Body, Response};

/// What a fault does to one request, or to one delivery of a webhook.
pub(crate) struct ActiveFault {
    /// Whether the request is carried out.
    pub(crate) takes_effect: bool,
    /// Whether the body of a request is read that is not carried out.
    pub(crate) reads_body: bool,
    /// How late the response or the delivery is.
    pub(crate) delay: Duration,
    pub(crate) change: Change,
    pub(crate) delivery: Delivery,
    /// The operations that the fault is for. None are named where it is for every response.
    only_for: &'static [Operation],
}

/// What is done to the response.
pub(crate) enum Change {
    Keep,
    Replace(Response),
    /// Half of the body, and the end of the connection.
    Truncate,
    /// Byte by byte, with this time between two.
    Trickle(Duration),
    /// The fake's own base URL becomes this one.
    MoveUrls(String),
    /// A stream is changed after this many events.
    Interrupt(usize, Interruption),
    /// The connection is reset, without a response.
    Reset,
    /// The connection stays open, without a response.
    Silence,
}

/// What happens in the middle of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Interruption {
    Reset,
    End,
    Stall,
    Garbage,
}

/// What is done to the delivery of a webhook.
#[derive(Default)]
pub(crate) struct Delivery {
    pub(crate) is_forged: bool,
    pub(crate) signed_at: Option<SystemTime>,
    pub(crate) without_header: Option<String>,
    /// Added to the body once it is signed.
    pub(crate) added: &'static [u8],
    pub(crate) comes_twice: bool,
}

const STREAMS: &[Operation] = &[Operation::Stream, Operation::RunStream];

impl Fault {
    /// What the fault does to a request for this operation.
    pub(crate) fn activate(&self, operation: Operation) -> ActiveFault {
        let instead = |response| ActiveFault {
            takes_effect: false,
            ..ActiveFault::new(Change::Replace(response))
        };
        let interrupt = |after: &usize, interruption| ActiveFault {
            only_for: STREAMS,
            ..ActiveFault::new(Change::Interrupt(*after, interruption))
        };
        let of_delivery = |delivery| ActiveFault {
            delivery,
            only_for: &[Operation::Webhook],
            ..ActiveFault::new(Change::Keep)
        };
        let signed = |at| {
            of_delivery(Delivery {
                signed_at: at,
                ..Delivery::default()
            })
        };
        match self {
            Self::Status {
                code,
                headers,
                body,
            } => instead(Response {
                code: *code,
                headers: headers.clone(),
                body: Body::Whole(body.clone().into()),
            }),
            Self::ResetBefore => ActiveFault {
                takes_effect: false,
                reads_body: false,
                ..ActiveFault::new(Change::Reset)
            },
            Self::ResetAfter => ActiveFault::new(Change::Reset),
            Self::TruncatedBody => ActiveFault::new(Change::Truncate),
            Self::Garbage => ActiveFault::new(Change::Replace(garbage(operation))),
            Self::ProxyHtml(code) => instead(proxy_html(*code)),
            Self::Delay(delay) => ActiveFault {
                delay: *delay,
                ..ActiveFault::new(Change::Keep)
            },
            Self::Hang => ActiveFault::new(Change::Silence),
            Self::EndlessBody => ActiveFault::new(Change::Replace(endless(200, operation))),
            Self::EndlessError(code) => instead(endless(*code, Operation::Other)),
            Self::Trickle(pause) => ActiveFault::new(Change::Trickle(*pause)),
            Self::Redirect { to } => instead(
                Response::new(307, "text/plain", "Temporary Redirect").header("location", to),
            ),
            Self::ForeignUrls { base } => ActiveFault {
                only_for: &[Operation::Submit],
                ..ActiveFault::new(Change::MoveUrls(base.trim_end_matches('/').to_owned()))
            },
            Self::StreamDrop { after } => interrupt(after, Interruption::Reset),
            Self::StreamEnd { after } => interrupt(after, Interruption::End),
            Self::StreamStall { after } => interrupt(after, Interruption::Stall),
            Self::StreamGarbage { after } => interrupt(after, Interruption::Garbage),
            Self::WrongSignature => of_delivery(Delivery {
                is_forged: true,
                ..Delivery::default()
            }),
            Self::SignedEarlier(age) => signed(SystemTime::now().checked_sub(*age)),
            Self::SignedLater(lead) => signed(SystemTime::now().checked_add(*lead)),
            Self::WithoutHeader(name) => of_delivery(Delivery {
                without_header: Some(name.clone()),
                ..Delivery::default()
            }),
            Self::ChangedBody => of_delivery(Delivery {
                added: b" ",
                ..Delivery::default()
            }),
            Self::DeliveredTwice => of_delivery(Delivery {
                comes_twice: true,
                ..Delivery::default()
            }),
        }
    }

    /// # Panics
    /// If the fault has no meaning for the operation.
    #[track_caller]
    pub(crate) fn check(&self, operation: Operation) {
        let ActiveFault {
            only_for, delay, ..
        } = self.activate(operation);
        assert!(
            only_for.is_empty() || only_for.contains(&operation),
            "{self:?} is a fault of {only_for:?}, not of Operation::{operation:?}"
        );
        // A delivery is no response: of the general faults, it can only be late.
        assert!(
            operation != Operation::Webhook || !only_for.is_empty() || !delay.is_zero(),
            "{self:?} is no fault of Operation::{operation:?}"
        );
    }
}

impl ActiveFault {
    fn new(change: Change) -> Self {
        Self {
            takes_effect: true,
            reads_body: true,
            delay: Duration::ZERO,
            change,
            delivery: Delivery::default(),
            only_for: &[],
        }
    }
}

fn garbage(operation: Operation) -> Response {
    let mut body = b"\xff\xfe{\"status\": \x00 no JSON".to_vec();
    if operation.is_streamed() {
        body = [b"data: ", &body[..], b"\n\n"].concat();
    }
    Response::new(200, operation.content_type(), body)
}

fn proxy_html(code: u16) -> Response {
    let reason = reason(code);
    let page = format!(
        "<html>\r\n<head><title>{code} {reason}</title></head>\r\n<body>\r\n<center><h1>{code} {reason}</h1></center>\r\n\
         <hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
    );
    Response::new(code, "text/html", page).header("server", "nginx")
}

fn endless(code: u16, operation: Operation) -> Response {
    let first: &[u8] = if operation.is_streamed() {
        b"data: {\"status\": \""
    } else {
        b"{\"detail\": \""
    };
    let again = Bytes::from(vec![b'a'; 64 << 10]);
    let chunks =
        stream::once(async move { Bytes::from_static(first) }).chain(stream::repeat(again));
    Response::stream(code, operation.content_type(), chunks)
}
