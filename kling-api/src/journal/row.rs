//! Writing an entry as a row of a store, and reading it again.

use std::time::{Duration, SystemTime};

use sha2::{Digest, Sha256};

use crate::journal::entry::{Body, Entry};
use crate::journal::store::{Row, StoreError};
use crate::values::job::Job;

pub(super) fn write(entry: &Entry) -> Result<Row, StoreError> {
    let body = serde_json::to_string(&entry.body).map_err(|error| {
        StoreError::new("the entry of the journal cannot be written as JSON").with_source(error)
    })?;
    let mut row = Row {
        key: entry.key.clone(),
        version: entry.version,
        state: entry.state(),
        request_id: entry.job().map(|job| job.request_id().to_owned()),
        cost: entry.nano_cost(),
        body,
        checksum: 0,
    };
    row.checksum = checksum(&row);
    Ok(row)
}

pub(super) fn read(row: Row) -> Result<Entry, StoreError> {
    if !is_whole(&row) {
        return Err(damaged(&row.key));
    }
    let body: Body = serde_json::from_str(&row.body).map_err(|error| {
        StoreError::new(format!(
            "the journal's entry of the key {} cannot be read: a later version of this crate may have written it. \
             Update this crate",
            row.key
        ))
        .with_source(error)
    })?;
    let entry = Entry {
        key: row.key,
        version: row.version,
        body,
    };
    let is_as_written = row.state == entry.state()
        && row.request_id.as_deref() == entry.job().map(Job::request_id)
        && row.cost == entry.nano_cost();
    if is_as_written {
        Ok(entry)
    } else {
        Err(damaged(&entry.key))
    }
}

/// Whether a row is what was written.
pub(super) fn is_whole(row: &Row) -> bool {
    row.checksum == checksum(row)
}

fn damaged(key: &str) -> StoreError {
    StoreError::new(format!(
        "the journal's entry of the key {key:?} is damaged: its checksum does not fit. Restore the journal from a copy, \
         or look the key's job up in the list of your requests, and take the entry out with journal.remove()"
    ))
}

/// The first eight bytes of a SHA-256 over all columns.
pub(super) fn checksum(row: &Row) -> u64 {
    let mut hash = Sha256::new();
    let mut add = |text: &str| {
        hash.update((text.len() as u64).to_be_bytes());
        hash.update(text);
    };
    add(&row.key);
    add(row.state.as_str());
    add(row.request_id.as_deref().unwrap_or_default());
    add(&row.body);
    hash.update(row.version.to_be_bytes());
    hash.update(row.cost.to_be_bytes());
    let hash = hash.finalize();
    hash.iter()
        .take(8)
        .fold(0, |sum, byte| sum << 8 | u64::from(*byte))
}

/// Times as whole milliseconds since 1970.
pub(super) mod milliseconds {
    use std::time::{Duration, SystemTime};

    use serde::{Deserialize, Deserializer, Serializer, de};

    pub(in crate::journal) fn serialize<S: Serializer>(
        time: &SystemTime,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let since = time
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or_default();
        serializer.serialize_u64(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
    }

    pub(in crate::journal) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<SystemTime, D::Error> {
        let since = Duration::from_millis(u64::deserialize(deserializer)?);
        SystemTime::UNIX_EPOCH
            .checked_add(since)
            .ok_or_else(|| de::Error::custom("a time too far away"))
    }
}

/// The same for a time that may be missing.
pub(super) mod optional_milliseconds {
    use std::time::SystemTime;

    use serde::{Deserialize, Deserializer, Serializer};

    use super::milliseconds;

    #[expect(clippy::ref_option, reason = "the form that serde asks for")]
    pub(in crate::journal) fn serialize<S: Serializer>(
        time: &Option<SystemTime>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match time {
            Some(time) => milliseconds::serialize(time, serializer),
            None => serializer.serialize_none(),
        }
    }

    pub(in crate::journal) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<SystemTime>, D::Error> {
        #[derive(Deserialize)]
        struct Time(#[serde(with = "milliseconds")] SystemTime);
        Ok(Option::<Time>::deserialize(deserializer)?.map(|time| time.0))
    }
}

/// A time as a row keeps it.
pub(super) fn whole(time: SystemTime) -> SystemTime {
    let since = time
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    let whole = u64::try_from(since.as_millis()).unwrap_or(u64::MAX);
    SystemTime::UNIX_EPOCH
        .checked_add(Duration::from_millis(whole))
        .unwrap_or(SystemTime::UNIX_EPOCH)
}
