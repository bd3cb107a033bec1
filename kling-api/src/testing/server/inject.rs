//! Turns a right answer into the one that a fault asks for.

use tokio::time::sleep;

use crate::testing::fault::Fault;
use crate::testing::routes::router::Operation;
use crate::testing::wire::encode;
use crate::testing::wire::response::{Answer, AnswerBody};

/// What happens on the connection in the end.
pub(crate) enum Reply {
    /// A well-formed answer.
    Send(Answer),
    /// These bytes, and then the end of the connection.
    Write { status: u16, bytes: Vec<u8> },
    /// No answer: the connection is reset.
    Reset,
    /// No answer: the connection stays open.
    Silence,
}

impl Reply {
    /// The status that the client gets to see.
    pub(crate) fn status(&self) -> Option<u16> {
        match self {
            Self::Send(answer) => Some(answer.code),
            Self::Write { status, .. } => Some(*status),
            Self::Reset | Self::Silence => None,
        }
    }
}

/// Applies a fault. There is no answer where the request was not carried out.
pub(crate) async fn spoil(operation: Operation, fault: &Fault, answer: Option<Answer>) -> Reply {
    // A rule may keep a request from being carried out whose fault needs an answer to spoil.
    let answer = answer.unwrap_or_else(|| {
        Answer::new(
            200,
            content_type(operation),
            "{\"detail\": \"not carried out\"}",
        )
    });
    match fault {
        Fault::Status {
            code,
            headers,
            body,
        } => Reply::Send(Answer {
            code: *code,
            headers: headers.clone(),
            body: AnswerBody::Whole(body.clone()),
        }),
        Fault::ResetBefore | Fault::ResetAfter => Reply::Reset,
        Fault::TruncatedBody => {
            let (answer, body) = first_bytes(answer).await;
            Reply::Write {
                status: answer.code,
                bytes: encode::truncated(&answer, &body),
            }
        }
        Fault::Garbage => Reply::Send(garbage(operation)),
        Fault::ProxyHtml(code) => Reply::Send(proxy_html(*code)),
        Fault::Delay(time) => {
            sleep(*time).await;
            Reply::Send(answer)
        }
        Fault::Hang => Reply::Silence,
        Fault::EndlessBody => Reply::Send(endless(200, operation)),
        Fault::EndlessError(code) => Reply::Send(endless(*code, Operation::Other)),
        Fault::Trickle(pause) => {
            let (answer, body) = first_bytes(answer).await;
            Reply::Send(Answer {
                body: AnswerBody::Trickle(body, *pause),
                ..answer
            })
        }
        Fault::Redirect { to } => {
            Reply::Send(Answer::new(307, "text/plain", "Temporary Redirect").header("location", to))
        }
        // Carried out already, with the foreign URLs in the answer.
        Fault::ForeignUrls { .. }
        // These strike what the fake sends, and no answer.
        | Fault::WrongSignature
        | Fault::SignedEarlier(_)
        | Fault::SignedLater(_)
        | Fault::WithoutHeader(_)
        | Fault::ChangedBody
        | Fault::DeliveredTwice => Reply::Send(answer),
        Fault::StreamDrop { .. }
        | Fault::StreamEnd { .. }
        | Fault::StreamStall { .. }
        | Fault::StreamGarbage { .. } => Reply::Send(interrupted(answer, fault)),
    }
}

fn interrupted(mut answer: Answer, fault: &Fault) -> Answer {
    if let AnswerBody::Events(events) = &mut answer.body {
        events.interrupt(fault.interruption());
    }
    answer
}

/// The body of an answer; of a stream, its first event.
async fn first_bytes(mut answer: Answer) -> (Answer, Vec<u8>) {
    let bytes = match &mut answer.body {
        AnswerBody::Whole(bytes) | AnswerBody::Trickle(bytes, _) => std::mem::take(bytes),
        AnswerBody::Events(events) => events.next().await.unwrap_or_default(),
        AnswerBody::Endless { first, .. } => first.clone(),
    };
    (answer, bytes)
}

fn content_type(operation: Operation) -> &'static str {
    match operation {
        Operation::Stream | Operation::RunStream => "text/event-stream; charset=utf-8",
        Operation::File => "video/mp4",
        _ => "application/json",
    }
}

fn garbage(operation: Operation) -> Answer {
    let mut body = b"\xff\xfe{\"status\": \x00 no JSON".to_vec();
    if matches!(operation, Operation::Stream | Operation::RunStream) {
        body = [b"data: ", &body[..], b"\n\n"].concat();
    }
    Answer::new(200, content_type(operation), body)
}

fn proxy_html(code: u16) -> Answer {
    let reason = hyper::StatusCode::from_u16(code)
        .ok()
        .and_then(|code| code.canonical_reason())
        .unwrap_or("Error");
    let page = format!(
        "<html>\r\n<head><title>{code} {reason}</title></head>\r\n<body>\r\n<center><h1>{code} {reason}</h1></center>\r\n\
         <hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
    );
    Answer::new(code, "text/html", page).header("server", "nginx")
}

fn endless(code: u16, operation: Operation) -> Answer {
    let first = match operation {
        Operation::Stream | Operation::RunStream => b"data: {\"status\": \"".to_vec(),
        _ => b"{\"detail\": \"".to_vec(),
    };
    let body = AnswerBody::Endless {
        first,
        again: vec![b'a'; 64 << 10],
    };
    Answer {
        code,
        headers: Vec::new(),
        body,
    }
    .header("content-type", content_type(operation))
}
