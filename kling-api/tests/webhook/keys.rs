//! Reading key sets.

use kling_api::webhook::Keys;
use proptest::prelude::*;
use serde_json::{Value, json};

const X: &str = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";

fn key(x: &str) -> Value {
    json!({"kty": "OKP", "crv": "Ed25519", "x": x, "kid": "1"})
}

fn read(entries: &[Value]) -> Result<usize, String> {
    let set = json!({ "keys": entries });
    let keys = Keys::from_jwks(set.to_string());
    keys.map(|keys| keys.count())
        .map_err(|error| format!("{error:#}"))
}

#[test]
fn usable_keys_are_taken_and_the_others_passed_over() {
    let other = "PUAXw-hDiVqStwqnTRt-vJyYLM8uxJaMwM1V8Sr0Zgw";
    let rsa = json!({"kty": "RSA", "n": "AQAB", "e": "AQAB"});
    assert_eq!(read(&[key(X)]), Ok(1));
    assert_eq!(
        read(&[rsa, json!(null), key(X), json!(7), key(other)]),
        Ok(2)
    );
    assert_eq!(read(&[key(X), key(X)]), Ok(1), "one key twice is one key");
    assert_eq!(read(&[key(&format!("{X}="))]), Ok(1), "with padding");
    let with = |name: &str, value: &str| {
        let mut key = key(X);
        key[name] = json!(value);
        key
    };
    assert_eq!(read(&[with("use", "sig")]), Ok(1));
    assert!(read(&[with("use", "enc")]).is_err());
}

#[test]
fn a_set_without_a_usable_key_says_what_is_wrong_with_each() {
    let documents = [
        (
            vec![],
            "there is no usable key for webhooks: the list `keys` is empty. Give the document that \
             https://rest.fal.ai/.well-known/jwks.json serves, with an Ed25519 key in it",
        ),
        (
            vec![
                json!({"kty": "EC", "crv": "P-256"}),
                key("AAAA"),
                json!({"kty": "OKP", "crv": "Ed25519"}),
            ],
            "there is no usable key for webhooks: keys[0] is not of the kind OKP with the curve Ed25519, \
             keys[1] has an `x` of 3 bytes in place of 32, keys[2] has no text `x`. Give the document \
             that https://rest.fal.ai/.well-known/jwks.json serves, with an Ed25519 key in it",
        ),
        (
            vec![key("!"), key("/w"), key("//8"), key("A"), key("B")],
            "there is no usable key for webhooks: keys[0] has an `x` that is no base64url, keys[1] has \
             an `x` that is no base64url, keys[2] has an `x` that is no base64url, and so on for 2 more. \
             Give the document that https://rest.fal.ai/.well-known/jwks.json serves, with an Ed25519 \
             key in it",
        ),
    ];
    for (entries, expected) in documents {
        assert_eq!(read(&entries), Err(expected.to_owned()));
    }
}

/// For the neutral element, the signature of zeros fits every message to many implementations.
#[test]
fn a_key_for_which_anybody_can_sign_is_none() {
    let neutral = "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let error = read(&[key(neutral)]).unwrap_err();
    assert!(
        error.contains("keys[0] has an `x` that is no public key"),
        "{error}"
    );
}

#[test]
fn what_is_no_key_set_is_refused() {
    for (text, problem) in [
        ("", "the text is no JSON"),
        ("<html>502</html>", "the text is no JSON"),
        ("\u{feff}", "the text is no JSON"),
        ("[]", "there is no list `keys` in the JSON"),
        ("null", "there is no list `keys` in the JSON"),
        (r#"{"keys": {}}"#, "there is no list `keys` in the JSON"),
        (r#"{"detail": "no"}"#, "there is no list `keys` in the JSON"),
    ] {
        let error = Keys::from_jwks(text).unwrap_err();
        assert!(error.is_key_unavailable());
        assert_eq!(error.status_code(), 503);
        let expected = format!(
            "the keys of webhooks cannot be read: {problem}. Give the document that \
             https://rest.fal.ai/.well-known/jwks.json serves"
        );
        assert_eq!(format!("{error:#}"), expected);
    }
}

proptest! {
    #[test]
    fn any_bytes_are_a_key_set_or_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = Keys::from_jwks(&bytes);
    }

    #[test]
    fn any_32_bytes_are_a_key_or_an_error(bytes in proptest::array::uniform32(any::<u8>())) {
        use base64ct::{Base64UrlUnpadded, Encoding};

        let _ = read(&[key(&Base64UrlUnpadded::encode_string(&bytes))]);
    }
}
