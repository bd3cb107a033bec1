use unicode_normalization::UnicodeNormalization;

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
        variants("Voice", &["", "Self", "other", "!", "Éa", "mp3/ogg"]),
        ["Empty", "SelfValue", "OtherValue", "U0021", "Éa", "Mp3Ogg"]
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
    let names: Vec<String> = ["type", "TAPose", "self", "3d", "", "a b", "crate", "日本"]
        .iter()
        .map(|wire| field(wire).to_string())
        .collect();
    assert_eq!(
        names,
        [
            "r#type", "ta_pose", "self_", "_3d", "field", "a_b", "crate_", "日本"
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

/// The compiler composes a name before it compares it.
#[test]
fn no_name_becomes_another_one_when_it_is_composed() {
    let composed = |text: &str| text.nfc().collect::<String>();
    let plain: Vec<char> = (char::MIN..=char::MAX)
        .filter(|one| is_plain(*one))
        .collect();
    assert!(plain.len() > 30_000);
    for character in plain {
        for text in [
            format!("a{character}"),
            format!("가{character}"),
            character.to_lowercase().to_string(),
            character.to_uppercase().to_string(),
        ] {
            assert_eq!(composed(&text), text, "{:?}", character.escape_unicode());
            assert!(text.chars().all(is_plain), "{text}");
        }
    }
    let equal = [["각", "가\u{11a8}"], ["é", "e\u{301}"], ["İ", "I\u{307}"]];
    for pair in equal {
        assert_eq!(composed(pair[0]), composed(pair[1]));
        let mut distinct = UniqueNames::new([]);
        let names: Vec<String> = variants("Voice", &pair)
            .into_iter()
            .map(|name| {
                let name = Identifier::unchecked(name);
                distinct.assign(&name, &[]).to_string()
            })
            .collect();
        assert_ne!(composed(&names[0]), composed(&names[1]));
    }
}
