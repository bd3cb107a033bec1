//! What a [`JournalStore`](crate::journal::store::JournalStore) does, in SQL.

use rusqlite::types::Type;
use rusqlite::{Connection, ErrorCode, OptionalExtension as _, Params, params};

use crate::journal::store::{Inserted, Replaced, Row, State};

type Result<T> = std::result::Result<T, rusqlite::Error>;

/// The tables. The sum of all costs is kept by triggers, so that a budget costs no pass over all rows.
pub(super) const TABLES: &str = "
    CREATE TABLE entries (
        key TEXT NOT NULL PRIMARY KEY,
        version INTEGER NOT NULL,
        state TEXT NOT NULL,
        request_id TEXT UNIQUE,
        cost INTEGER NOT NULL,
        body TEXT NOT NULL,
        checksum INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX open_entries ON entries (state, key) WHERE state IN ('sending', 'unknown', 'submitted');
    CREATE TABLE sums (id INTEGER PRIMARY KEY CHECK (id = 0), entries INTEGER NOT NULL, cost INTEGER NOT NULL) STRICT;
    INSERT INTO sums VALUES (0, 0, 0);
    CREATE TRIGGER inserted AFTER INSERT ON entries BEGIN
        UPDATE sums SET entries = entries + 1, cost = cost + new.cost;
    END;
    CREATE TRIGGER updated AFTER UPDATE OF cost ON entries WHEN old.cost <> new.cost BEGIN
        UPDATE sums SET cost = cost - old.cost + new.cost;
    END;
    CREATE TRIGGER deleted AFTER DELETE ON entries BEGIN
        UPDATE sums SET entries = entries - 1, cost = cost - old.cost;
    END;
";

pub(super) const COLUMNS: &str = "key, version, state, request_id, cost, body, checksum";

pub(super) fn insert(connection: &Connection, row: &Row, budget: Option<u64>) -> Result<Inserted> {
    if let Some(row) = get(connection, &row.key)? {
        return Ok(Inserted::Exists(row));
    }
    if let Some(budget) = budget {
        let (_, cost) = sums(connection)?;
        if cost.saturating_add(row.cost) > budget {
            return Ok(Inserted::OverBudget(cost));
        }
    }
    connection
        .prepare_cached("INSERT INTO entries VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")?
        .execute(params![
            row.key,
            number(row.version),
            row.state.as_str(),
            row.request_id,
            number(row.cost),
            row.body,
            row.checksum.cast_signed(),
        ])?;
    Ok(Inserted::New)
}

pub(super) fn replace(connection: &Connection, row: &Row) -> Result<Replaced> {
    let changed = connection
        .prepare_cached(
            "UPDATE entries SET version = ?2, state = ?3, request_id = ?4, cost = ?5, body = ?6, checksum = ?7 \
             WHERE key = ?1 AND version = ?2 - 1",
        )?
        .execute(params![
            row.key,
            number(row.version),
            row.state.as_str(),
            row.request_id,
            number(row.cost),
            row.body,
            row.checksum.cast_signed(),
        ]);
    match changed {
        Ok(0) => Ok(Replaced::Stale),
        Ok(_) => Ok(Replaced::Done),
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation) => {
            Ok(Replaced::RequestIdTaken)
        }
        Err(error) => Err(error),
    }
}

pub(super) fn remove(connection: &Connection, key: &str, version: u64) -> Result<bool> {
    let removed = connection
        .prepare_cached("DELETE FROM entries WHERE key = ?1 AND version = ?2")?
        .execute(params![key, number(version)])?;
    Ok(removed > 0)
}

pub(super) fn get(connection: &Connection, key: &str) -> Result<Option<Row>> {
    one(
        connection,
        &format!("SELECT {COLUMNS} FROM entries WHERE key = ?1"),
        [key],
    )
}

pub(super) fn find(connection: &Connection, request_id: &str) -> Result<Option<Row>> {
    let sql = format!("SELECT {COLUMNS} FROM entries WHERE request_id = ?1");
    one(connection, &sql, [request_id])
}

fn one(connection: &Connection, sql: &str, parameters: impl Params) -> Result<Option<Row>> {
    connection
        .prepare_cached(sql)?
        .query_row(parameters, row)
        .optional()
}

pub(super) fn page(
    connection: &Connection,
    after: Option<&str>,
    state: Option<State>,
    limit: usize,
) -> Result<Vec<Row>> {
    let condition = match state {
        None => "",
        // Written out, so that SQLite sees that the index has all of them.
        Some(State::Sending) => "AND state = 'sending'",
        Some(State::Unknown) => "AND state = 'unknown'",
        Some(State::Submitted) => "AND state = 'submitted'",
        Some(State::Completed) => "AND state = 'completed'",
        Some(State::Failed) => "AND state = 'failed'",
    };
    // No key is empty.
    let sql =
        format!("SELECT {COLUMNS} FROM entries WHERE key > ?1 {condition} ORDER BY key LIMIT ?2");
    connection
        .prepare_cached(&sql)?
        .query_map(
            params![
                after.unwrap_or_default(),
                i64::try_from(limit).unwrap_or(i64::MAX)
            ],
            row,
        )?
        .collect()
}

pub(super) fn sums(connection: &Connection) -> Result<(u64, u64)> {
    connection
        .prepare_cached("SELECT entries, cost FROM sums")?
        .query_row([], |row| Ok((unsigned(row, 0)?, unsigned(row, 1)?)))
}

pub(super) fn row(row: &rusqlite::Row<'_>) -> Result<Row> {
    let state: String = row.get(2)?;
    let state = State::from_name(&state).ok_or_else(|| {
        rusqlite::Error::FromSqlConversionFailure(
            2,
            Type::Text,
            format!("the state {state:?} is none that this version knows").into(),
        )
    })?;
    Ok(Row {
        key: row.get(0)?,
        version: unsigned(row, 1)?,
        state,
        request_id: row.get(3)?,
        cost: unsigned(row, 4)?,
        body: row.get(5)?,
        checksum: row.get::<_, i64>(6)?.cast_unsigned(),
    })
}

fn unsigned(row: &rusqlite::Row<'_>, column: usize) -> Result<u64> {
    let value: i64 = row.get(column)?;
    u64::try_from(value).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(column, value))
}

/// SQLite's numbers end at 2^63; nine thousand million dollars do, too.
fn number(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}
