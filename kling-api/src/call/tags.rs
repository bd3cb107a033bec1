//! The rules for cost-attribution tags. fal drops a bad pair without a word, so they are checked
//! here.

use std::collections::BTreeSet;

use crate::error::Error;

const MOST_PAIRS: usize = 10;
const LONGEST_KEY: usize = 64;
const LONGEST_VALUE: usize = 256;
const MOST_BYTES: usize = 1024;

/// Packs the pairs as `key=value,key=value`; the keys in lower case, as fal keeps them.
pub(crate) fn pack(tags: &[(String, String)]) -> Result<String, Error> {
    if tags.len() > MOST_PAIRS {
        return Err(refused(&format!(
            "there are {} tags but fal takes {MOST_PAIRS}",
            tags.len()
        )));
    }
    let mut seen = BTreeSet::new();
    let mut bytes = 0;
    let mut packed = Vec::new();
    for (key, value) in tags {
        let key = key.to_ascii_lowercase();
        check_key(&key)?;
        check_value(&key, value)?;
        if !seen.insert(key.clone()) {
            return Err(refused(&format!("the tag {key:?} is given twice")));
        }
        bytes += key.len() + value.len();
        packed.push(format!("{key}={value}"));
    }
    if bytes > MOST_BYTES {
        return Err(refused(&format!(
            "the tags have {bytes} bytes but fal takes {MOST_BYTES}"
        )));
    }
    Ok(packed.join(","))
}

fn check_key(key: &str) -> Result<(), Error> {
    let allowed =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-".contains(&byte);
    if key.is_empty() || key.len() > LONGEST_KEY || !key.bytes().all(allowed) {
        return Err(refused(&format!(
            "the key of the tag {key:?} is not 1 to {LONGEST_KEY} letters, digits, points, \
             underscores and hyphens"
        )));
    }
    if key.starts_with("fal.") {
        return Err(refused(&format!(
            "the tag {key:?} starts with fal., which fal keeps for itself"
        )));
    }
    Ok(())
}

fn check_value(key: &str, value: &str) -> Result<(), Error> {
    let allowed = |byte: u8| (b' '..=b'~').contains(&byte) && byte != b',';
    if value.len() > LONGEST_VALUE || !value.bytes().all(allowed) {
        return Err(refused(&format!(
            "the value of the tag {key:?} is not at most {LONGEST_VALUE} printable ASCII characters \
             without a comma"
        )));
    }
    Ok(())
}

fn refused(sentence: &str) -> Error {
    Error::configuration(format!(
        "{sentence}; change the tags before the job is submitted"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packed(tags: &[(&str, &str)]) -> Result<String, Error> {
        let tags: Vec<_> = tags
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect();
        pack(&tags)
    }

    #[test]
    fn pairs_are_packed_in_order() {
        assert_eq!(
            packed(&[("Env", "test"), ("a.b_c-1", "x = y")]).unwrap(),
            "env=test,a.b_c-1=x = y"
        );
    }

    #[test]
    fn what_fal_would_drop_is_refused() {
        let long_key = "k".repeat(65);
        let long_value = "v".repeat(257);
        for tags in [
            vec![("", "x")],
            vec![("a b", "x")],
            vec![("\u{e9}", "x")],
            vec![("fal.team", "x")],
            vec![("FAL.team", "x")],
            vec![(long_key.as_str(), "x")],
            vec![("a", long_value.as_str())],
            vec![("a", "x,y")],
            vec![("a", "x\n")],
            vec![("a", "\u{e9}")],
            vec![("a", "x"), ("A", "y")],
        ] {
            assert!(packed(&tags).is_err(), "{tags:?}");
        }
    }

    #[test]
    fn the_bounds_themselves_are_allowed() {
        let keys: Vec<String> = (0..11).map(|index| format!("key{index}")).collect();
        let pairs: Vec<_> = keys.iter().map(|key| (key.as_str(), "x")).collect();
        assert!(packed(&pairs[..10]).is_ok());
        assert!(packed(&pairs).is_err());
        let (long_key, long_value) = ("k".repeat(64), "v".repeat(256));
        assert!(packed(&[(long_key.as_str(), long_value.as_str())]).is_ok());
        let value = "v".repeat(255);
        let four = [
            ("a", value.as_str()),
            ("b", &value),
            ("c", &value),
            ("d", &value),
        ];
        assert!(packed(&four).is_ok());
        assert!(packed(&[four[0], four[1], four[2], four[3], ("e", "")]).is_err());
    }
}
