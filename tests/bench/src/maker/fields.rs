//! The fields of inputs and outputs.

use serde_json::{Map, Value, json};

use super::random::Random;
use super::{reference, title};

/// The fields of an input, and which of them are required.
pub(super) fn input(random: &mut Random) -> (Map<String, Value>, Vec<String>) {
    let mut fields = Map::new();
    let mut required = Vec::new();
    if random.percent(90) {
        let mut prompt = json!({ "type": "string", "description": "What to make, in words.", "examples": ["A heron lands on a foggy lake."] });
        if random.percent(37) {
            prompt["maxLength"] = json!(random.pick(&[1000, 2500, 5000]));
        }
        if random.percent(19) {
            prompt["minLength"] = json!(1);
        }
        add(&mut fields, "prompt", prompt);
        required.push("prompt".to_owned());
    }
    if random.percent(55) {
        let name = random.pick(&["image_url", "video_url", "audio_url", "start_image_url"]);
        let mut url = json!({ "type": "string", "description": "Where the source can be downloaded from.", "examples": ["https://storage.example.com/source.webp"] });
        if random.percent(45) {
            url["x-fal"] = json!({ "max_file_size": 10_485_760, "min_width": 300, "min_height": 300, "timeout": 20.0 });
            url["ui"] = json!({ "field": "image" });
        }
        add(&mut fields, name, url);
        required.push(name.to_owned());
    }
    for _ in 0..6 + random.below(8) {
        let (name, schema) = optional(random);
        add(&mut fields, name, schema);
    }
    (fields, required)
}

/// The fields of an output, and which of them are required.
pub(super) fn output(random: &mut Random, category: &str) -> (Map<String, Value>, Vec<String>) {
    let mut fields = Map::new();
    let (name, schema) = if category.ends_with("image") {
        let list =
            json!({ "type": "array", "items": reference("Image"), "description": "The images." });
        ("images", list)
    } else {
        let name = if category.ends_with("speech") {
            "audio"
        } else {
            "video"
        };
        let mut file = reference("File");
        file["description"] = json!("The file that was made.");
        file["examples"] = json!([{ "url": "https://storage.example.com/made.bin" }]);
        (name, file)
    };
    fields.insert(name.to_owned(), schema);
    let required = vec![name.to_owned()];
    if random.percent(50) {
        add(
            &mut fields,
            "seed",
            json!({ "type": "integer", "description": "The seed that was used.", "examples": [42] }),
        );
    }
    if random.percent(12) {
        add(
            &mut fields,
            "timings",
            json!({ "type": "object", "additionalProperties": { "type": "number" }, "description": "Seconds by step." }),
        );
    }
    if random.percent(20) {
        add(
            &mut fields,
            "prompt",
            nullable(
                &json!({ "type": "string" }),
                "The prompt after its expansion.",
            ),
        );
    }
    (fields, required)
}

fn add(fields: &mut Map<String, Value>, name: &str, mut schema: Value) {
    if schema.get("$ref").is_none() {
        schema["title"] = json!(title(name));
    }
    fields.insert(name.to_owned(), schema);
}

fn nullable(schema: &Value, words: &str) -> Value {
    json!({ "anyOf": [schema, { "type": "null" }], "description": words })
}

/// One optional field of an input, of a kind as frequent as it is with fal.
fn optional(random: &mut Random) -> (&'static str, Value) {
    match random.below(100) {
        0..22 => choice(random),
        22..37 => whole(random),
        37..54 => fraction(random),
        54..66 => (
            random.pick(&[
                "enable_safety_checker",
                "sync_mode",
                "generate_audio",
                "loop",
                "expand_prompt",
                "keep_audio",
            ]),
            json!({ "type": "boolean", "description": "Whether this is done.", "default": random.percent(50), "examples": [true] }),
        ),
        66..85 => address(random),
        85..91 => {
            let default = random.pick(&["blur, distort, and low quality", "", "worst quality"]);
            (
                "negative_prompt",
                json!({ "type": "string", "description": "What to leave out.", "default": default, "examples": ["blurry"] }),
            )
        }
        91 => {
            let size = json!({ "anyOf": [reference("ImageSize"), { "type": "string", "enum": ["square_hd", "square", "portrait_4_3", "landscape_16_9"] }], "default": "square_hd", "description": "The size of the image.", "examples": ["square"] });
            ("image_size", size)
        }
        92..97 => list(random),
        97 => (
            "weights",
            json!({ "type": "object", "additionalProperties": { "type": "number" }, "description": "Weights by name.", "default": {} }),
        ),
        _ => {
            let record = random.pick(&["CameraControl", "VoiceSettings"]);
            let name = if record == "CameraControl" {
                "camera_control"
            } else {
                "voice_settings"
            };
            (name, nullable(&reference(record), "Settings in detail."))
        }
    }
}

fn choice(random: &mut Random) -> (&'static str, Value) {
    if random.percent(5) {
        let schema = json!({ "type": "integer", "enum": [24, 30, 60], "default": 24, "description": "Frames per second." });
        return ("frame_rate", schema);
    }
    let (name, values): (_, &[&str]) = random.pick(&[
        ("duration", &["5", "10"][..]),
        ("duration", &["5", "10", "15"]),
        ("aspect_ratio", &["16:9", "9:16", "1:1"]),
        (
            "aspect_ratio",
            &["auto", "21:9", "16:9", "4:3", "1:1", "3:4", "9:16"],
        ),
        ("resolution", &["480p", "720p", "1080p"]),
        ("output_format", &["jpeg", "png", "webp"]),
        (
            "style",
            &[
                "Anime",
                "3D Animation",
                "Clay",
                "Oil / Canvas",
                "Na\u{ef}ve",
            ],
        ),
        (
            "voice",
            &[
                "Aria",
                "Roger",
                "Sarah",
                "Laura",
                "Charlie",
                "George",
                "Callum",
                "River",
                "Liam",
                "Charlotte",
                "Alice",
            ],
        ),
        ("acceleration", &["none", "regular", "high"]),
        (
            "scheduler",
            &["DPM++ 2M", "DPM++ 2M Karras", "Euler", "Euler a", "LCM"],
        ),
        ("movement_amplitude", &["auto", "small", "medium", "large"]),
    ]);
    let plain = json!({ "type": "string", "enum": values });
    if random.percent(25) {
        return (name, nullable(&plain, "One of several ways."));
    }
    let schema = json!({ "type": "string", "enum": values, "default": values[0], "description": "One of several ways.", "examples": [values[values.len() - 1]] });
    (name, schema)
}

fn whole(random: &mut Random) -> (&'static str, Value) {
    if random.percent(40) {
        return (
            "seed",
            nullable(
                &json!({ "type": "integer" }),
                "The same seed and prompt make the same again.",
            ),
        );
    }
    let (name, low, high, default) = random.pick(&[
        ("num_inference_steps", 1, 50, 28),
        ("num_images", 1, 4, 1),
        ("num_frames", 17, 161, 81),
        ("width", 256, 4096, 1024),
        ("height", 256, 4096, 1024),
        ("frames_per_second", 4, 60, 16),
        ("upscale_factor", 1, 8, 2),
    ]);
    let mut schema = json!({ "type": "integer", "minimum": low, "maximum": high, "default": default, "description": "How many there are.", "examples": [default] });
    if random.percent(8) {
        schema["multipleOf"] = json!(1);
    }
    (name, schema)
}

fn fraction(random: &mut Random) -> (&'static str, Value) {
    let (name, low, high, default) = random.pick(&[
        ("guidance_scale", 0.0, 20.0, 3.5),
        ("cfg_scale", 0.0, 1.0, 0.5),
        ("strength", 0.0, 1.0, 0.85),
        ("speed", 0.25, 4.0, 1.0),
        ("stability", 0.0, 1.0, 0.5),
        ("creativity", 0.0, 1.0, 0.35),
        ("shift", 1.0, 10.0, 5.0),
        ("lora_scale", 0.0, 4.0, 1.0),
        ("audio_guidance", 1.0, 10.0, 4.0),
    ]);
    let mut schema = json!({ "type": "number", "maximum": high, "default": default, "description": "How strongly it is followed. More is closer, less is freer." });
    schema[if random.percent(22) {
        "exclusiveMinimum"
    } else {
        "minimum"
    }] = json!(low);
    if random.percent(60) {
        schema["examples"] = json!([default]);
    }
    (name, schema)
}

fn address(random: &mut Random) -> (&'static str, Value) {
    let name = random.pick(&[
        "tail_image_url",
        "mask_url",
        "static_mask_url",
        "end_image_url",
        "audio_url_2",
        "reference_video_url",
        "control_image_url",
        "background_url",
        "webhook_label",
        "lora_path",
        "depth_url",
        "pose_url",
    ]);
    let mut schema = nullable(
        &json!({ "type": "string" }),
        "Where it can be downloaded from.",
    );
    if random.percent(30) {
        schema["examples"] = json!(["https://storage.example.com/other.webp"]);
    }
    if random.percent(30) {
        schema["default"] = Value::Null;
    }
    (name, schema)
}

fn list(random: &mut Random) -> (&'static str, Value) {
    let (name, record) = random.pick(&[
        ("dynamic_masks", "DynamicMask"),
        ("loras", "LoraWeight"),
        ("elements", "ElementInput"),
        ("embeddings", "Embedding"),
        ("controlnets", "ControlNet"),
    ]);
    let mut schema = json!({ "type": "array", "items": reference(record), "description": "As many as are needed." });
    if random.percent(40) {
        return (name, nullable(&schema, "As many as are needed."));
    }
    schema["default"] = json!([]);
    if random.percent(30) {
        schema["maxItems"] = json!(6);
    }
    (name, schema)
}
