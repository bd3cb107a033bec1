//! What a program prints whose `main` ends with an error.

use std::error::Error as _;
use std::fmt::{self, Write as _};

use crate::error::Error;
use crate::error::visible::Visible;

impl fmt::Debug for Error {
    /// `{:?}` is for developers: the sentence, the advice and the causes. `{:#?}` is every part.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !f.alternate() {
            write!(f, "{self:#}")?;
            let mut next = self.source();
            if next.is_some() {
                f.write_str("\n\nCaused by:")?;
            }
            while let Some(cause) = next {
                f.write_str("\n    ")?;
                write!(Visible(f), "{cause}")?;
                next = cause.source();
            }
            return Ok(());
        }
        let inner = self.inner();
        f.debug_struct("Error")
            .field("kind", &inner.kind)
            .field("phase", &inner.phase)
            .field("submission", &inner.submission)
            .field("request_id", &inner.request_id)
            .field("endpoint", &inner.endpoint)
            .field("status", &inner.status)
            .field("body", &inner.body)
            .field("attempts", &inner.attempts)
            .field("cancel", &inner.cancel)
            .field("logs", &inner.logs)
            .field("source", &inner.source)
            .finish()
    }
}
