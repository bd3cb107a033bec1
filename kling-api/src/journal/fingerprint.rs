//! What makes two calls the same: a hash of the endpoint and the input.

use std::io::Read as _;

use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::error::Error;
use crate::error::kind::Phase;
use crate::values::media::Content;

/// The SHA-256 of the endpoint, of the input in one spelling, and of the content of the local files in it, in hexadecimal.
///
/// The order of the fields does not count, whatever map `serde_json` was built with.
pub(crate) async fn fingerprint(
    endpoint: &str,
    input: &Value,
    files: &[Content],
) -> Result<String, Error> {
    let mut hash = Sha256::new();
    hash.update(endpoint);
    hash.update([0]);
    add(&mut hash, input);
    for file in files {
        hash.update(digest(file.clone()).await?);
    }
    Ok(hex::encode(hash.finalize()))
}

/// Of the content alone: the same bytes under another name are the same file.
async fn digest(content: Content) -> Result<[u8; 32], Error> {
    let path = match content {
        Content::Bytes(bytes) => return Ok(Sha256::digest(&bytes).into()),
        Content::File(path) => path,
    };
    let read = {
        let path = path.clone();
        tokio::task::spawn_blocking(move || {
            let mut file = std::fs::File::open(path)?;
            let mut hash = Sha256::new();
            let mut piece = vec![0; 256 * 1024];
            loop {
                match file.read(&mut piece)? {
                    0 => return Ok::<[u8; 32], std::io::Error>(hash.finalize().into()),
                    length => hash.update(&piece[..length]),
                }
            }
        })
    };
    let outcome = read.await.unwrap_or_else(|error| Err(error.into()));
    outcome.map_err(|error| {
        let problem = format!("{} cannot be read", path.display());
        Error::file(Phase::Upload, problem, "check the path and its permissions").with_source(error)
    })
}

fn add(hash: &mut Sha256, value: &Value) {
    match value {
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.iter().collect();
            fields.sort_unstable_by_key(|(name, _)| *name);
            hash.update("{");
            for (name, value) in fields {
                add_text(hash, name);
                add(hash, value);
            }
            hash.update("}");
        }
        Value::Array(items) => {
            hash.update("[");
            for item in items {
                add(hash, item);
            }
            hash.update("]");
        }
        Value::String(text) => add_text(hash, text),
        Value::Number(number) => {
            hash.update("#");
            add_text(hash, &number.to_string());
        }
        Value::Bool(true) => hash.update("t"),
        Value::Bool(false) => hash.update("f"),
        Value::Null => hash.update("n"),
    }
}

/// With its length, so that no two texts side by side read like two others.
fn add_text(hash: &mut Sha256, text: &str) {
    hash.update("\"");
    hash.update((text.len() as u64).to_be_bytes());
    hash.update(text);
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    async fn of(endpoint: &str, input: &Value) -> String {
        fingerprint(endpoint, input, &[]).await.unwrap()
    }

    #[tokio::test]
    async fn the_order_of_fields_does_not_count() {
        let read = |text: &str| serde_json::from_str(text).unwrap();
        assert_eq!(
            of("a/b", &read(r#"{"a": 1, "b": {"c": [2], "d": null}}"#)).await,
            of("a/b", &read(r#"{"b": {"d": null, "c": [2]}, "a": 1}"#)).await,
        );
    }

    #[tokio::test]
    async fn everything_else_does() {
        let mut all = Vec::new();
        for input in [
            json!({"a": 1}),
            json!({"a": 1.5}),
            json!({"a": "1"}),
            json!({"a": true}),
            json!({"a": false}),
            json!({"a": null}),
            json!({"a": [1]}),
            json!({"a": [[1]]}),
            json!({"a": [], "b": 1}),
            json!({"a": {"b": 1}}),
            json!({"b": 1}),
            json!({"ab": 1}),
            json!(["a", "b"]),
            json!(["ab"]),
            json!([["a"], "b"]),
            json!("a"),
        ] {
            all.extend([of("a/b", &input).await, of("a/c", &input).await]);
        }
        let count = all.len();
        all.sort();
        all.dedup();
        assert_eq!(all.len(), count);
    }

    #[tokio::test]
    async fn a_file_counts_by_its_content() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("robins.webp");
        std::fs::write(&path, b"robins").unwrap();
        let of = async |file: Content| fingerprint("a/b", &json!("local file 0"), &[file]).await;
        let file = of(Content::File(path.clone())).await.unwrap();
        assert_eq!(of(Content::Bytes("robins".into())).await.unwrap(), file);
        assert_ne!(of(Content::Bytes("wrens".into())).await.unwrap(), file);
        std::fs::remove_file(&path).unwrap();
        let error = of(Content::File(path)).await.unwrap_err();
        assert!(
            error.is_file() && format!("{error:#}").contains("robins.webp"),
            "{error}"
        );
    }
}
