//! Checking an input against the limits that fal publishes, before anything is sent.

use std::collections::BTreeMap;
use std::fmt;

use crate::values::media::fields::MediaFields;
use crate::values::violations::Violation;

/// A value whose published limits can be checked. Generated for every record of an input.
pub trait Validate {
    /// Reports every broken limit to `validator`.
    fn validate_with(&self, validator: &mut Validator);

    /// Shows the media that the value holds, so that a call can upload local files. Most values hold none.
    fn media(&mut self, media: &mut MediaFields<'_>) {
        let _ = media;
    }
}

/// Collects the broken limits of one input, each with the path of its field.
#[derive(Debug, Default)]
pub struct Validator {
    path: Vec<Step>,
    violations: Vec<Violation>,
}

#[derive(Debug)]
enum Step {
    Field(&'static str),
    Index(usize),
    Key(String),
}

impl Validator {
    /// Checks a field below the present path.
    pub fn field(&mut self, name: &'static str, check: impl FnOnce(&mut Self)) {
        self.below(Step::Field(name), check);
    }

    /// Checks every item of a list.
    pub fn each<T>(&mut self, items: &[T], mut check: impl FnMut(&T, &mut Self)) {
        for (index, item) in items.iter().enumerate() {
            self.below(Step::Index(index), |validator| check(item, validator));
        }
    }

    /// Checks every value of a map.
    pub fn each_value<T>(
        &mut self,
        map: &BTreeMap<String, T>,
        mut check: impl FnMut(&T, &mut Self),
    ) {
        for (key, value) in map {
            self.below(Step::Key(key.clone()), |validator| check(value, validator));
        }
    }

    /// The text has at least `bound` characters.
    pub fn min_length(&mut self, text: &str, bound: u64) {
        let length = characters(text);
        self.refuse(length < bound, || {
            format!(
                "has {} but needs at least {bound}",
                counted(length, "character")
            )
        });
    }

    /// The text has at most `bound` characters.
    pub fn max_length(&mut self, text: &str, bound: u64) {
        let length = characters(text);
        self.refuse(length > bound, || {
            format!(
                "has {} but may have at most {bound}",
                counted(length, "character")
            )
        });
    }

    /// The text is a URL that a file can be fetched from, or a `data:` URI. The name of a local file is the usual mistake.
    pub fn file_url(&mut self, url: &str) {
        let is_url = ["https://", "http://", "data:"].iter().any(|start| {
            url.get(..start.len())
                .is_some_and(|scheme| scheme.eq_ignore_ascii_case(start))
                && url.len() > start.len()
        });
        self.refuse(!is_url, || {
            "is no URL, which starts with https://, http:// or data:; pass a local file as a Path"
                .to_owned()
        });
    }

    /// The URL is no `data:` URI, which not every model takes.
    pub fn no_data_uri(&mut self, url: &str) {
        self.refuse(url.starts_with("data:"), || {
            "is a data URI, which the model does not take; give a URL, a path or bytes".to_owned()
        });
    }

    /// The number is neither infinite nor NaN, which JSON cannot carry.
    pub fn finite(&mut self, value: f64) {
        self.refuse(!value.is_finite(), || {
            format!("is {value} but must be a finite number")
        });
    }

    /// The number is `bound` or more.
    pub fn minimum<N: Number>(&mut self, value: N, bound: N) {
        self.refuse(value < bound, || {
            format!("is {value} but must be at least {bound}")
        });
    }

    /// The number is more than `bound`.
    pub fn exclusive_minimum<N: Number>(&mut self, value: N, bound: N) {
        self.refuse(value <= bound, || {
            format!("is {value} but must be more than {bound}")
        });
    }

    /// The number is `bound` or less.
    pub fn maximum<N: Number>(&mut self, value: N, bound: N) {
        self.refuse(value > bound, || {
            format!("is {value} but must be at most {bound}")
        });
    }

    /// The number is less than `bound`.
    pub fn exclusive_maximum<N: Number>(&mut self, value: N, bound: N) {
        self.refuse(value >= bound, || {
            format!("is {value} but must be less than {bound}")
        });
    }

    /// The number is a whole multiple of `step`.
    pub fn multiple_of<N: Number>(&mut self, value: N, step: N) {
        self.refuse(!value.is_multiple_of(step), || {
            format!("is {value} but must be a multiple of {step}")
        });
    }

    /// The text or number is one of those that fal publishes.
    pub fn one_of<T: Copy + PartialEq + fmt::Debug>(&mut self, value: T, known: &[T]) {
        self.refuse(!known.contains(&value), || {
            let known: Vec<String> = known.iter().map(|one| format!("{one:?}")).collect();
            let known = known.join(", ");
            format!("is none of the values that fal publishes: {known}")
        });
    }

    /// The list has at least `bound` items.
    pub fn min_items(&mut self, length: usize, bound: u64) {
        let length = length as u64;
        self.refuse(length < bound, || {
            format!("has {} but needs at least {bound}", counted(length, "item"))
        });
    }

    /// The list has at most `bound` items.
    pub fn max_items(&mut self, length: usize, bound: u64) {
        let length = length as u64;
        self.refuse(length > bound, || {
            format!(
                "has {} but may have at most {bound}",
                counted(length, "item")
            )
        });
    }

    /// No item of the list occurs twice.
    pub fn unique_items<T: PartialEq>(&mut self, items: &[T]) {
        let repeated = items.iter().enumerate().find_map(|(index, item)| {
            Some((items[..index].iter().position(|it| it == item)?, index))
        });
        if let Some((first, second)) = repeated {
            self.report(format!(
                "has the same item at {first} and {second} but must not repeat any"
            ));
        }
    }

    pub(crate) fn into_violations(self) -> Vec<Violation> {
        self.violations
    }

    fn below(&mut self, step: Step, check: impl FnOnce(&mut Self)) {
        self.path.push(step);
        check(self);
        self.path.pop();
    }

    fn refuse(&mut self, is_broken: bool, message: impl FnOnce() -> String) {
        if is_broken {
            self.report(message());
        }
    }

    fn report(&mut self, message: String) {
        let path = written(&self.path);
        self.violations.push(Violation::new(path, message));
    }
}

/// A number whose bounds [`Validator`] can check: `i64` or `f64`. No other type implements it.
pub trait Number: Copy + PartialOrd + fmt::Display + sealed::Sealed {
    /// Whether the number is a whole multiple of `step`.
    #[doc(hidden)]
    fn is_multiple_of(self, step: Self) -> bool;
}

impl Number for i64 {
    fn is_multiple_of(self, step: Self) -> bool {
        step == 0 || self.checked_rem(step).is_none_or(|rest| rest == 0)
    }
}

impl Number for f64 {
    /// Decimal steps such as `0.1` have no exact binary form: the quotient may miss a whole number
    /// by the rounding of one division.
    fn is_multiple_of(self, step: Self) -> bool {
        let quotient = self / step;
        !quotient.is_finite()
            || (quotient - quotient.round()).abs() <= quotient.abs().max(1.0) * 4.0 * Self::EPSILON
    }
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for i64 {}
    impl Sealed for f64 {}
}

fn written(path: &[Step]) -> String {
    let mut text = String::new();
    for step in path {
        match step {
            Step::Field(name) => {
                if !text.is_empty() {
                    text.push('.');
                }
                text.push_str(name);
            }
            Step::Index(index) => text.push_str(&index_of(index)),
            Step::Key(key) => text.push_str(&index_of(format_args!("{key:?}"))),
        }
    }
    text
}

fn index_of(index: impl fmt::Display) -> String {
    format!("[{index}]")
}

/// JSON Schema counts characters, not bytes.
fn characters(text: &str) -> u64 {
    text.chars().count() as u64
}

fn counted(count: u64, noun: &str) -> String {
    if count == 1 {
        format!("1 {noun}")
    } else {
        format!("{count} {noun}s")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::violations::Violations;

    struct Probe<F>(F);

    impl<F: Fn(&mut Validator)> Validate for Probe<F> {
        fn validate_with(&self, validator: &mut Validator) {
            (self.0)(validator);
        }
    }

    fn broken(check: impl Fn(&mut Validator)) -> Vec<String> {
        match Violations::of(&Probe(check)) {
            Ok(()) => Vec::new(),
            Err(violations) => violations
                .violations()
                .iter()
                .map(ToString::to_string)
                .collect(),
        }
    }

    #[test]
    fn lengths_count_characters() {
        assert!(broken(|validator| validator.max_length("\u{1f99c}\u{1f99c}", 2)).is_empty());
        assert_eq!(
            broken(|validator| validator.max_length("abc", 2)),
            ["the input has 3 characters but may have at most 2"]
        );
        assert_eq!(
            broken(|validator| validator.min_length("a", 2)),
            ["the input has 1 character but needs at least 2"]
        );
        assert!(broken(|validator| validator.min_length("ab", 2)).is_empty());
    }

    #[test]
    fn numbers_keep_their_bounds() {
        assert!(broken(|validator| validator.minimum(0.0, 0.0)).is_empty());
        assert_eq!(
            broken(|validator| validator.minimum(-1, 0)),
            ["the input is -1 but must be at least 0"]
        );
        assert!(broken(|validator| validator.maximum(1.0, 1.0)).is_empty());
        assert_eq!(
            broken(|validator| validator.maximum(1.5, 1.0)),
            ["the input is 1.5 but must be at most 1"]
        );
        assert_eq!(
            broken(|validator| validator.exclusive_minimum(0, 0)).len(),
            1
        );
        assert_eq!(
            broken(|validator| validator.exclusive_maximum(1.0, 1.0)).len(),
            1
        );
        assert!(broken(|validator| validator.exclusive_maximum(0.9, 1.0)).is_empty());
    }

    #[test]
    fn values_that_are_published_are_listed_where_another_is_given() {
        assert!(broken(|validator| validator.one_of("10", &["5", "10"])).is_empty());
        assert_eq!(
            broken(|validator| validator.one_of("seven", &["5", "10"])),
            [r#"the input is none of the values that fal publishes: "5", "10""#]
        );
        assert_eq!(
            broken(|validator| validator.one_of(7, &[5, 10])),
            ["the input is none of the values that fal publishes: 5, 10"]
        );
    }

    #[test]
    fn the_name_of_a_local_file_is_no_url() {
        for url in [
            "https://x.y/a",
            "http://127.0.0.1/a",
            "HTTPS://x",
            "data:,a",
        ] {
            assert!(
                broken(|validator| validator.file_url(url)).is_empty(),
                "{url}"
            );
        }
        for text in [
            "robins.webp",
            "/tmp/a.png",
            "",
            "https://",
            "httpß",
            "file:///a.png",
            "C:\\a.png",
        ] {
            assert_eq!(
                broken(|validator| validator.file_url(text)),
                [
                    "the input is no URL, which starts with https://, http:// or data:; pass a local file as a Path"
                ],
            );
        }
    }

    #[test]
    fn what_json_cannot_carry_is_reported_once() {
        let all = |value: f64| {
            broken(move |validator| {
                validator.finite(value);
                validator.minimum(value, 0.0);
                validator.maximum(value, 1.0);
                validator.multiple_of(value, 0.1);
            })
        };
        assert_eq!(
            all(f64::NAN),
            ["the input is NaN but must be a finite number"]
        );
        assert_eq!(all(0.5), [""; 0]);
    }

    #[test]
    fn multiples_allow_for_binary_fractions() {
        assert!(broken(|validator| validator.multiple_of(0.3, 0.1)).is_empty());
        assert!(broken(|validator| validator.multiple_of(1_000_000.7, 0.1)).is_empty());
        assert_eq!(
            broken(|validator| validator.multiple_of(0.35, 0.1)).len(),
            1
        );
        assert!(broken(|validator| validator.multiple_of(i64::MIN, -1)).is_empty());
        assert_eq!(broken(|validator| validator.multiple_of(7, 2)).len(), 1);
    }

    #[test]
    fn all_violations_are_reported_with_their_path() {
        let map = BTreeMap::from([("left".to_owned(), 3)]);
        let found = broken(|validator| {
            validator.field("masks", |validator| {
                validator.max_items(2, 1);
                validator.each(&["", "x"], |item, validator| {
                    validator.field("url", |validator| validator.min_length(item, 1));
                });
            });
            validator.field("weights", |validator| {
                validator.each_value(&map, |value, validator| validator.maximum(*value, 2));
            });
            validator.field("tags", |validator| validator.unique_items(&["a", "b", "a"]));
            validator.field("list", |validator| validator.min_items(0, 1));
        });
        assert_eq!(
            found,
            [
                "masks has 2 items but may have at most 1",
                "masks[0].url has 0 characters but needs at least 1",
                "weights[\"left\"] is 3 but must be at most 2",
                "tags has the same item at 0 and 2 but must not repeat any",
                "list has 0 items but needs at least 1",
            ]
        );
    }
}
