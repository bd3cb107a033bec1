use crate::names::unique::{UniqueNames, difference};
use crate::names::*;

fn variants(name: &str, values: &[&str]) -> Vec<String> {
    let name = TypeName::unchecked(name);
    values
        .iter()
        .map(|value| variant(&name, value).to_string())
        .collect()
}

#[test]
fn the_rule_for_values() {
    assert_eq!(
        variants("Duration", &["5", "10", "20", "21", "05"]),
        ["Five", "Ten", "Twenty", "Duration21", "Duration05"]
    );
    assert_eq!(
        variants("AspectRatio", &["16:9", "1:1"]),
        ["Ratio16x9", "Ratio1x1"]
    );
    assert_eq!(
        variants("Resolution", &["720p", "auto_2K", "HD"]),
        ["Resolution720p", "Auto2k", "Hd"]
    );
    assert_eq!(variants("Bitrate", &["32000"]), ["Bitrate32000"]);
    assert_eq!(
        variants("Speed", &["1.5", "-1", "a+b", "50%"]),
        ["Speed1point5", "Minus1", "APlusB", "Speed50Percent"]
    );
    assert_eq!(
        variants("Voice", &["", "Self", "other", "!", "Ea", "mp3/ogg"]),
        ["Empty", "SelfValue", "OtherValue", "U0021", "Ea", "Mp3Ogg"]
    );
}

#[test]
fn the_rule_for_modules() {
    let path = |id: &str, prefix: &str| {
        let path = module_path(&EndpointId::new(id).unwrap(), prefix);
        (
            path.iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join("::"),
            method(&path).to_string(),
        )
    };
    assert_eq!(
        path(
            "fal-ai/kling-video/v2.5-turbo/standard/image-to-video",
            "fal-ai/kling-video"
        ),
        (
            "v2_5_turbo::standard::image_to_video".into(),
            "v2_5_turbo_standard_image_to_video".into()
        )
    );
    assert_eq!(
        path("fal-ai/kling-video-pro/x", "fal-ai/kling-video").0,
        "fal_ai::kling_video_pro::x"
    );
    assert_eq!(
        path("acme/loop/3d", ""),
        ("acme::r#loop::_3d".into(), "acme_loop_3d".into())
    );
}

#[test]
fn fields_are_valid_names() {
    let names: Vec<String> = ["type", "TAPose", "self", "3d", "", "a b", "crate", "ri_ben"]
        .iter()
        .map(|wire| field(wire).to_string())
        .collect();
    assert_eq!(
        names,
        [
            "r#type", "ta_pose", "self_", "_3d", "field", "a_b", "crate_", "ri_ben"
        ]
    );
}

#[test]
fn types_hide_nothing() {
    assert_eq!(type_name("option").as_str(), "OptionType");
    assert_eq!(
        component("acme__models__Audio-Output")[0].as_str(),
        "AudioOutput"
    );
    assert_eq!(component("Hunyuan_world__")[0].as_str(), "HunyuanWorld");
    assert_eq!(component("acme__models__Voice")[1].as_str(), "ModelsVoice");
    assert_eq!(sent_type("output format").as_str(), "OutputFormat");
    assert_eq!(sent_type("returned format").as_str(), "InputReturnedFormat");
    assert_eq!(type_name("3d model").as_str(), "Type3dModel");
}

#[test]
fn collisions_are_settled_in_order() {
    let mut distinct = UniqueNames::new(["Other"]);
    let hope = Identifier::unchecked("Hope");
    assert_eq!(
        distinct.assign(&hope, &[difference("Hope")]).as_str(),
        "Hope"
    );
    assert_eq!(
        distinct.assign(&hope, &[difference("Hope ")]).as_str(),
        "HopeTrailingSpace"
    );
    assert_eq!(distinct.assign(&hope, &[]).as_str(), "Hope2");
}

#[test]
fn names_from_settings_are_checked() {
    assert!(checked("Five").is_some());
    // Composed, each of the last two is the name of another value.
    for bad in [
        "",
        "5",
        "a b",
        "type",
        "Self",
        "a-b",
        "x; fn main() {}",
        "Cafe\u{301}",
        "\u{1100}\u{1161}",
    ] {
        assert!(checked(bad).is_none(), "{bad}");
    }
}

/// Names that look alike, or that the compiler takes for the same once it has composed them, would be one name twice.
#[test]
fn names_are_ascii_and_stay_apart() {
    for pair in [
        ["각", "가\u{11a8}"],
        ["é", "e\u{301}"],
        ["i", "\u{131}"],
        ["о", "o"],
    ] {
        let mut distinct = UniqueNames::new([]);
        let names: Vec<String> = variants("Voice", &pair)
            .into_iter()
            .map(|name| {
                distinct
                    .assign(&Identifier::unchecked(name), &[])
                    .to_string()
            })
            .collect();
        assert!(names.iter().all(|name| name.is_ascii()), "{names:?}");
        assert_ne!(names[0].to_lowercase(), names[1].to_lowercase());
    }
    assert_eq!(
        variants("Style", &["Let's Ride", "Let’s Go"]),
        ["LetsRide", "LetsGo"]
    );
}

#[test]
fn no_module_takes_the_file_of_its_parent() {
    let id = EndpointId::unchecked("acme/app/mod");
    let path: Vec<String> = module_path(&id, "")
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(path, ["acme", "app", "mod_"]);
}
