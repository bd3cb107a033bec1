//! The query of a request to the platform API, and pages of a list.

use serde_json::{Value, json};

use crate::testing::routes::platform::invalid;
use crate::testing::wire::response::Response;

/// A decoded query. Names may be repeated.
pub(super) struct Query(Vec<(String, String)>);

/// fal takes this many endpoint ids at a time.
const MOST_IDS: usize = 50;

impl Query {
    pub(super) fn read(query: Option<&str>) -> Self {
        let pairs = form_urlencoded::parse(query.unwrap_or_default().as_bytes());
        Self(pairs.into_owned().collect())
    }

    fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let pairs = self.0.iter().filter(move |(found, _)| found == name);
        pairs.map(|(_, value)| &**value)
    }

    pub(super) fn one(&self, name: &str) -> Option<&str> {
        let pair = self.0.iter().find(|(found, _)| found == name);
        pair.map(|(_, value)| value.as_str())
    }

    /// Repeated, or in one list with commas.
    pub(super) fn endpoint_ids(&self) -> Result<Vec<&str>, Response> {
        let ids: Vec<&str> = self
            .all("endpoint_id")
            .flat_map(|list| list.split(','))
            .filter(|id| !id.is_empty())
            .collect();
        if ids.len() > MOST_IDS {
            return Err(invalid(format!(
                "At most {MOST_IDS} endpoint ids are allowed"
            )));
        }
        Ok(ids)
    }

    /// One of the words that are known, where one is given.
    pub(super) fn word(&self, name: &str, known: &[&str]) -> Result<Option<&str>, Response> {
        match self.one(name) {
            Some(word) if !known.contains(&word) => Err(invalid(format!(
                "{name} must be one of {}",
                known.join(", ")
            ))),
            word => Ok(word),
        }
    }

    pub(super) fn expands(&self, wanted: &str, known: &[&str]) -> Result<bool, Response> {
        match self.all("expand").find(|word| !known.contains(word)) {
            Some(word) => Err(invalid(format!("expand cannot be {word}"))),
            None => Ok(self.all("expand").any(|word| word == wanted)),
        }
    }

    /// One page of all entries, with the cursor of the next one.
    pub(super) fn page(
        &self,
        name: &str,
        entries: &[Value],
        largest: usize,
    ) -> Result<Value, Response> {
        let limit = match self.one("limit").map(str::parse::<usize>) {
            None => largest,
            Some(Ok(limit)) if limit >= 1 => limit.min(largest),
            Some(_) => return Err(invalid("limit must be a whole number from 1")),
        };
        let start = match self.one("cursor") {
            None => 0,
            // The sign at the end has to be encoded in a query, like that of fal's cursors.
            Some(cursor) => cursor
                .strip_suffix('=')
                .and_then(|position| position.parse().ok())
                .filter(|position| *position <= entries.len())
                .ok_or_else(|| invalid("cursor is none of ours"))?,
        };
        let end = (start + limit).min(entries.len());
        let has_more = end < entries.len();
        let next_cursor = has_more.then(|| format!("{end}="));
        Ok(json!({name: entries[start..end], "next_cursor": next_cursor, "has_more": has_more}))
    }
}
