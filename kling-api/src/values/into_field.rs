//! What a setter of an optional field takes.

/// What the setter of an optional field of type `T` takes: a `T`, what becomes one by [`Into`], or an [`Option`] of
/// either. `None` leaves the field to fal's default.
///
/// ```
/// use kling_api::v2_1::master::image_to_video::{Duration, Input};
///
/// let wanted: Option<u32> = None;
/// let input = Input::new("two robins", "https://example.com/robins.webp").duration(wanted);
/// assert_eq!(input.duration, None);
/// assert_eq!(input.duration(Some("10")).duration, Some(Duration::Ten));
/// ```
///
/// `Form` tells the two apart; it is always inferred.
pub trait IntoField<T, Form> {
    /// The field.
    fn into_field(self) -> Option<T>;
}

/// The form of a value.
#[derive(Debug)]
pub enum Value {}

/// The form of a value that may be missing.
#[derive(Debug)]
pub enum Maybe {}

impl<T, V: Into<T>> IntoField<T, Value> for V {
    fn into_field(self) -> Option<T> {
        Some(self.into())
    }
}

impl<T, V: Into<T>> IntoField<T, Maybe> for Option<V> {
    fn into_field(self) -> Option<T> {
        self.map(Into::into)
    }
}
