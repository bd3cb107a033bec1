//! What is said to Postgres.

/// `COLLATE "C"` is the order of bytes, whatever language the database speaks.
pub(super) const TABLE: &str = r#"
    CREATE TABLE IF NOT EXISTS kling_journal (
        key text COLLATE "C" PRIMARY KEY,
        version bigint NOT NULL,
        state text NOT NULL,
        request_id text UNIQUE,
        cost bigint NOT NULL,
        body text NOT NULL,
        checksum bigint NOT NULL
    );
    CREATE INDEX IF NOT EXISTS kling_journal_open ON kling_journal (state, key)
        WHERE state IN ('sending', 'unknown', 'submitted');
"#;

pub(super) const INSERT: &str =
    "INSERT INTO kling_journal VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (key) DO NOTHING";

pub(super) const REPLACE: &str = "UPDATE kling_journal \
     SET version = $2::bigint, state = $3, request_id = $4, cost = $5, body = $6, checksum = $7 \
     WHERE key = $1 AND version = $2::bigint - 1";

pub(super) const REMOVE: &str = "DELETE FROM kling_journal WHERE key = $1 AND version = $2";

pub(super) const GET: &str = "SELECT key, version, state, request_id, cost, body, checksum \
     FROM kling_journal WHERE key = $1";

pub(super) const FIND: &str = "SELECT key, version, state, request_id, cost, body, checksum \
     FROM kling_journal WHERE request_id = $1";

pub(super) const PAGE: &str = "SELECT key, version, state, request_id, cost, body, checksum \
     FROM kling_journal WHERE key > $1 ORDER BY key LIMIT $2";

pub(super) const PAGE_OF_STATE: &str = "SELECT key, version, state, request_id, cost, body, checksum \
     FROM kling_journal WHERE key > $1 AND state = $3 ORDER BY key LIMIT $2";

pub(super) const SUMS: &str = "SELECT count(*), coalesce(sum(cost), 0)::bigint FROM kling_journal";

pub(super) const BUDGET: &str = "SELECT coalesce(sum(cost), 0)::bigint FROM kling_journal";

/// Until the transaction ends, nobody else with a budget adds a row. The number is "KLJN".
pub(super) const TAKE_TURN: &str = "SELECT pg_advisory_xact_lock(1263290958)";
