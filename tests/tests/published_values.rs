//! The values that fal publishes for a field are all that a call sends, wherever they stand.

use kling_tests::shapes::published_values_generated::acme::published_values::Input;

fn violations(input: &Input) -> Vec<String> {
    match input.validate() {
        Ok(()) => Vec::new(),
        Err(violations) => violations
            .violations()
            .iter()
            .map(ToString::to_string)
            .collect(),
    }
}

#[test]
fn a_value_that_is_not_published_is_a_violation_that_lists_those_that_are() {
    let input = Input::new("watercolour")
        .rate(25)
        .size("4k")
        .tags(["nest".into(), "twig".into()]);
    assert_eq!(
        violations(&input),
        [
            r#"style is none of the values that fal publishes: "anime", "photo""#,
            "rate is none of the values that fal publishes: 24, 30",
            r#"size is none of the values that fal publishes: "16:9", "1:1", "720p", "1080p""#,
            r#"tags[1] is none of the values that fal publishes: "nest", "egg""#,
        ]
    );
}

#[test]
fn what_any_form_of_the_field_takes_is_no_violation() {
    let input = Input::new("photo").rate(30).tags(["egg".into()]);
    assert_eq!(violations(&input.clone().size("1:1")), [""; 0]);
    // The first of two enums reads the values of both.
    assert_eq!(violations(&input.clone().size("1080p")), [""; 0]);
    // Beside the values, the field takes any text.
    assert_eq!(violations(&input.voice("Jay")), [""; 0]);
}
