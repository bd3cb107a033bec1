//! What needs no client: the trait of endpoints, jobs, statuses, prices, media, checks, open enums.
//!
//! Nothing here knows HTTP, the time, or the key.

pub(crate) mod cancel;
pub(crate) mod completed;
pub(crate) mod endpoint;
pub(crate) mod error_type;
pub(crate) mod into_field;
pub(crate) mod job;
pub(crate) mod lifecycle;
pub(crate) mod media;
mod open_enum;
pub(crate) mod price;
pub(crate) mod remote_file;
#[doc(hidden)]
pub mod rt;
pub(crate) mod status;
pub(crate) mod usd;
pub(crate) mod validation;
pub(crate) mod violations;

pub use cancel::CancelOutcome;
pub use completed::Completed;
pub use endpoint::{Endpoint, EndpointInfo, Raw};
pub use error_type::ErrorType;
pub use into_field::IntoField;
pub use job::Job;
pub use lifecycle::{Access, ObjectLifecycle};
pub use media::Media;
pub use media::data_uri::DataUriError;
pub use media::fields::MediaFields;
pub use media::limits::MediaLimits;
pub use price::Price;
pub use remote_file::{RemoteFile, Uploaded};
pub use status::{LogLine, State, Status};
pub use usd::{ParseUsdError, Usd};
pub use validation::{Number, Validate, Validator};
pub use violations::{Violation, Violations};
