//! A lifecycle as the value of a header.

use crate::error::Error;
use crate::values::lifecycle::{Expiration, ObjectLifecycle};

/// The header's value: JSON, and all of it ASCII.
pub(crate) fn header(lifecycle: &ObjectLifecycle) -> Result<String, Error> {
    // fal reads 0 as "never", the opposite of what was meant.
    if lifecycle.expiration_duration_seconds == Some(Expiration::Seconds(0)) {
        return Err(Error::configuration(
            "the lifecycle is shorter than a second; give at least one second, or call \
             never_expires()",
        ));
    }
    serde_json::to_string(lifecycle).map_err(|error| {
        Error::configuration("the object lifecycle cannot be written as JSON").with_source(error)
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::values::lifecycle::Access;

    #[test]
    fn a_lifecycle_is_written_as_fal_reads_it() {
        for (lifecycle, expected) in [
            (
                ObjectLifecycle::new().never_expires(),
                r#"{"expiration_duration_seconds":null}"#,
            ),
            (
                ObjectLifecycle::new().default_access(Access::Hide),
                r#"{"initial_acl":{"default":"hide"}}"#,
            ),
        ] {
            assert_eq!(header(&lifecycle).unwrap(), expected);
        }
        let short = ObjectLifecycle::new().expires_after(Duration::from_millis(900));
        assert!(header(&short).unwrap_err().is_configuration());
    }
}
