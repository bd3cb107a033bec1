//! JSON text laid out anew without touching a single value.

/// Lays out a valid JSON text with two spaces a level and a newline at the end. Key order, numbers and escapes stay
/// as they are written, which reading the text into values would not guarantee.
pub(crate) fn reindent(json: &str) -> String {
    let mut output = String::with_capacity(json.len() * 2);
    let mut depth = 0_usize;
    let mut rest = json.trim_start();
    while let Some(first) = rest.chars().next() {
        let length = if first == '"' {
            string_length(rest)
        } else {
            first.len_utf8()
        };
        let (token, after) = rest.split_at(length);
        rest = after.trim_start();
        match token {
            "{" | "[" => {
                output.push_str(token);
                if rest.starts_with(['}', ']']) {
                    output.push_str(&rest[..1]);
                    rest = rest[1..].trim_start();
                } else {
                    depth += 1;
                    new_line(&mut output, depth);
                }
            }
            "}" | "]" => {
                depth = depth.saturating_sub(1);
                new_line(&mut output, depth);
                output.push_str(token);
            }
            "," => {
                output.push(',');
                new_line(&mut output, depth);
            }
            ":" => output.push_str(": "),
            _ => output.push_str(token),
        }
    }
    output.push('\n');
    output
}

/// The length in bytes of the string literal at the start of `text`, quotes included.
fn string_length(text: &str) -> usize {
    let mut escaped = false;
    for (position, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return position + 1,
            _ => {}
        }
    }
    text.len()
}

fn new_line(output: &mut String, depth: usize) {
    output.push('\n');
    for _ in 0..depth {
        output.push_str("  ");
    }
}

#[cfg(test)]
mod tests {
    use super::reindent;

    #[test]
    fn keeps_order_numbers_escapes_and_empty_containers() {
        let served = r#" {"z":1.0,"a":[ ],"e":{ },"n":[1e400,-0.10,18446744073709551616],"s":"a\"{[,:]}\\","u":"\u00e9 é","t":[true,null]}"#;
        let expected = r#"{
  "z": 1.0,
  "a": [],
  "e": {},
  "n": [
    1e400,
    -0.10,
    18446744073709551616
  ],
  "s": "a\"{[,:]}\\",
  "u": "\u00e9 é",
  "t": [
    true,
    null
  ]
}
"#;
        assert_eq!(reindent(served), expected);
        assert_eq!(reindent(expected), expected);
    }

    #[test]
    fn agrees_with_the_layout_of_serde_json() {
        let value =
            serde_json::json!({"b": [1, {"c": [], "d": {}}, "x, y: z"], "a": -1.5, "t": true});
        let expected = serde_json::to_string_pretty(&value).unwrap() + "\n";
        assert_eq!(reindent(&value.to_string()), expected);
    }
}
