//! Encoding an input and decoding an output, against types written by hand.

use std::hint::black_box;

use kling_api::v2_1::master::image_to_video::Output;

use super::{bare, input};
use crate::callgrind::{is_there, per_round};
use crate::child::Role;
use crate::row;
use crate::table::{self, grouped};

const OUTPUT: &str = r#"{"video":{"url":"https://storage.example.com/kling/kling_i2v_output.mp4","content_type":"video/mp4","file_name":"output.mp4","file_size":4404019}}"#;

pub(super) fn measure() {
    if !is_there() {
        return;
    }
    let mut rows = vec![row![
        "",
        "instructions",
        "by hand",
        "allocations",
        "by hand"
    ]];
    for (operation, described) in [
        ("encode", "encode an input of five fields"),
        ("decode", "decode an output with a file"),
    ] {
        let ours = per_round(Role::Json, &["kling", operation], 2000);
        let theirs = per_round(Role::Json, &["bare", operation], 2000);
        rows.push(row![
            described,
            grouped(ours.instructions),
            grouped(theirs.instructions),
            format!("{:.1}", ours.allocations),
            format!("{:.1}", theirs.allocations)
        ]);
    }
    table::print("JSON (callgrind)", &rows);
}

/// A role: encodes or decodes so many times.
pub(crate) fn repeat(arguments: &[String]) {
    let [types, operation, rounds] = arguments else {
        panic!("types, operation and rounds")
    };
    let rounds: usize = rounds.parse().expect("a number");
    let (ours, theirs) = (input(), bare::input());
    for _ in 0..rounds {
        match (types.as_str(), operation.as_str()) {
            ("kling", "encode") => drop(black_box(serde_json::to_vec(black_box(&ours)))),
            ("kling", _) => drop(black_box(serde_json::from_str::<Output>(black_box(OUTPUT)))),
            (_, "encode") => drop(black_box(serde_json::to_vec(black_box(&theirs)))),
            _ => drop(black_box(serde_json::from_str::<bare::Output>(black_box(
                OUTPUT,
            )))),
        }
    }
}
