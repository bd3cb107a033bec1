//! Which fields of an input are the URLs of files, so that a caller can give a file of the own machine there.
//!
//! No document says so in one word. The name does, for nearly all; the limits of a file do for the rest.

use crate::ir::definition::Field;
use crate::ir::types::{Facts, Media, MediaKind, StringBounds, Type};
use crate::lower::Side;

/// Marks the fields of a record that are files.
pub(super) fn mark(fields: &mut [Field], side: Side) {
    // The record of a file that fal has names it by a URL that stays text, on both sides.
    let is_record_of_file = ["url", "content_type"]
        .iter()
        .all(|wire| fields.iter().any(|field| field.wire == *wire));
    if side != Side::Input || is_record_of_file {
        return;
    }
    for field in fields {
        if !is_file(field) {
            continue;
        }
        let kind = kind(&field.wire);
        match &mut field.ty {
            Type::String(bounds) => bounds.media = Some(media(kind, bounds)),
            Type::Array(array) if !array.item.nullable => {
                if let Type::String(bounds) = &mut array.item.ty {
                    bounds.media = Some(media(kind, bounds));
                }
            }
            Type::Array(_)
            | Type::Boolean
            | Type::Integer(_)
            | Type::Number(_)
            | Type::Tuple(_)
            | Type::Map(_)
            | Type::Named(_)
            | Type::Boxed(_)
            | Type::Any => {}
        }
    }
}

fn is_file(field: &Field) -> bool {
    let name = field.wire.to_ascii_lowercase();
    let is_called = ["webhook", "callback"]
        .iter()
        .any(|word| name.contains(word));
    let has_limits = has_limits(&field.facts)
        || matches!(&field.ty, Type::Array(array) if has_limits(&array.item.facts));
    !is_called && (name.ends_with("_url") || name.ends_with("_urls") || has_limits)
}

fn has_limits(facts: &Facts) -> bool {
    facts.file_limits.keys().any(|limit| limit != "timeout")
}

fn kind(wire: &str) -> MediaKind {
    let name = wire.to_ascii_lowercase();
    let has = |word: &str| {
        name.split('_')
            .any(|part| part.trim_end_matches('s') == word)
    };
    let found = [
        (has("image") || has("mask"), MediaKind::Image),
        (has("video"), MediaKind::Video),
        (has("audio"), MediaKind::Audio),
    ];
    let mut kinds = found
        .iter()
        .filter(|(is_named, _)| *is_named)
        .map(|(_, kind)| *kind);
    // `audio_or_video_url` takes both, and of `lora_url` we know nothing.
    match (kinds.next(), kinds.next()) {
        (Some(kind), None) => kind,
        (None, None) | (None | Some(_), Some(_)) => MediaKind::Unknown,
    }
}

/// pydantic writes its `HttpUrl`, which takes no other scheme, as a `uri` of at most 2083 characters. A pattern may ask
/// for http, too.
fn media(kind: MediaKind, bounds: &StringBounds) -> Media {
    let is_http_url = bounds.format.as_deref() == Some("uri") && bounds.max_length == Some(2083);
    let has_pattern = bounds
        .pattern
        .as_deref()
        .is_some_and(|pattern| pattern.starts_with("^http"));
    Media {
        kind,
        data_uris: !is_http_url && !has_pattern,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_says_what_kind_of_file_it_is() {
        for (wire, expected) in [
            ("image_url", MediaKind::Image),
            ("reference_image_urls", MediaKind::Image),
            ("static_mask_url", MediaKind::Image),
            ("video_url", MediaKind::Video),
            ("audio_url", MediaKind::Audio),
            ("image_or_video_url", MediaKind::Unknown),
            ("lora_url", MediaKind::Unknown),
            ("imagery_url", MediaKind::Unknown),
        ] {
            assert_eq!(kind(wire), expected, "{wire}");
        }
    }

    #[test]
    fn some_texts_take_no_data_uri() {
        let text = |format: Option<&str>, max_length, pattern: Option<&str>| StringBounds {
            format: format.map(str::to_owned),
            pattern: pattern.map(str::to_owned),
            max_length,
            ..StringBounds::default()
        };
        for (bounds, expected) in [
            (text(None, None, None), true),
            (text(Some("uri"), None, None), true),
            (text(None, Some(2083), None), true),
            (text(Some("uri"), Some(2083), None), false),
            (text(None, None, Some("^https?://")), false),
            (text(None, None, Some("^(https|data):")), true),
        ] {
            assert_eq!(
                media(MediaKind::Image, &bounds).data_uris,
                expected,
                "{bounds:?}"
            );
        }
    }
}
