//! A journal in a table of Postgres, for many machines.

mod connect;
mod statements;

use std::fmt;

use deadpool_postgres::Pool;
use tokio_postgres::Row as Columns;
use tokio_postgres::error::SqlState;

use crate::journal::postgres::statements::{
    BUDGET, FIND, GET, INSERT, PAGE, PAGE_OF_STATE, REMOVE, REPLACE, SUMS, TABLE, TAKE_TURN,
};
use crate::journal::store::{Inserted, JournalStore, Pending, Replaced, Row, State, StoreError};

/// A journal in a table of Postgres, which any number of machines may use at once.
///
/// The table is named `kling_journal` and stands in the first schema of the search path; a schema of its own is set in
/// the URL, with `?options=-csearch_path%3Dvideos`.
pub struct PostgresStore {
    pool: Pool,
}

impl PostgresStore {
    /// Connects to a database, by a URL such as `postgres://user:password@host/database`, and checks that the table is
    /// there. There are up to 16 connections, each made when it is needed. They use TLS, with the certificates that the
    /// operating system trusts, where the server has it; add `?sslmode=require` to refuse a server without.
    ///
    /// # Errors
    /// Where the URL is none, no connection can be made, or there is no table:
    /// [`create_table`](Self::create_table) makes it.
    pub async fn connect(url: &str) -> Result<Self, StoreError> {
        let store = Self {
            pool: connect::pool(url)?,
        };
        store.sums().await?;
        Ok(store)
    }

    /// Makes the table in the database of this URL, unless it is there.
    ///
    /// # Errors
    /// Where the URL is none, no connection can be made, or the user may not make tables.
    pub async fn create_table(url: &str) -> Result<(), StoreError> {
        let client = connect::pool(url)?.get().await.map_err(connect::failed)?;
        client.batch_execute(TABLE).await.map_err(failed)
    }

    async fn one(&self, statement: &str, parameter: &str) -> Result<Option<Row>, StoreError> {
        let client = self.pool.get().await.map_err(connect::failed)?;
        let statement = client.prepare_cached(statement).await.map_err(failed)?;
        let found = client.query_opt(&statement, &[&parameter]).await;
        found.map_err(failed)?.as_ref().map(read).transpose()
    }

    async fn insert(&self, row: Row, budget: Option<u64>) -> Result<Inserted, StoreError> {
        let mut client = self.pool.get().await.map_err(connect::failed)?;
        let statement = client.prepare_cached(INSERT).await.map_err(failed)?;
        let (version, cost) = (number(row.version), number(row.cost));
        let checksum = row.checksum.cast_signed();
        let state = row.state.as_str();
        let parameters: [&(dyn tokio_postgres::types::ToSql + Sync); 7] = [
            &row.key,
            &version,
            &state,
            &row.request_id,
            &cost,
            &row.body,
            &checksum,
        ];
        let added = match budget {
            None => client.execute(&statement, &parameters).await,
            Some(budget) => {
                let work = client.transaction().await.map_err(failed)?;
                // Calls with a budget take turns, since each has to see what the one before has added.
                work.batch_execute(TAKE_TURN).await.map_err(failed)?;
                let there = work.query_opt(GET, &[&row.key]).await.map_err(failed)?;
                let spent = work.query_one(BUDGET, &[]).await.map_err(failed)?;
                let spent = unsigned(&spent, 0)?;
                if there.is_none() && spent.saturating_add(row.cost) > budget {
                    return Ok(Inserted::OverBudget(spent));
                }
                let added = work.execute(&statement, &parameters).await;
                work.commit().await.map_err(failed)?;
                added
            }
        };
        if added.map_err(failed)? == 1 {
            return Ok(Inserted::New);
        }
        drop(client);
        match self.one(GET, &row.key).await? {
            Some(row) => Ok(Inserted::Exists(row)),
            // Removed since. The caller looks again.
            None => Err(StoreError::new(
                "another program removed the key at this moment. Try again",
            )),
        }
    }

    async fn replace(&self, row: Row) -> Result<Replaced, StoreError> {
        let client = self.pool.get().await.map_err(connect::failed)?;
        let statement = client.prepare_cached(REPLACE).await.map_err(failed)?;
        let changed = client
            .execute(
                &statement,
                &[
                    &row.key,
                    &number(row.version),
                    &row.state.as_str(),
                    &row.request_id,
                    &number(row.cost),
                    &row.body,
                    &row.checksum.cast_signed(),
                ],
            )
            .await;
        match changed {
            Ok(0) => Ok(Replaced::Stale),
            Ok(_) => Ok(Replaced::Done),
            Err(error) if error.code() == Some(&SqlState::UNIQUE_VIOLATION) => {
                Ok(Replaced::RequestIdTaken)
            }
            Err(error) => Err(failed(error)),
        }
    }

    async fn remove(&self, key: &str, version: u64) -> Result<bool, StoreError> {
        let client = self.pool.get().await.map_err(connect::failed)?;
        let statement = client.prepare_cached(REMOVE).await.map_err(failed)?;
        let removed = client
            .execute(&statement, &[&key, &number(version)])
            .await
            .map_err(failed)?;
        Ok(removed > 0)
    }

    async fn page(
        &self,
        after: Option<&str>,
        state: Option<State>,
        limit: usize,
    ) -> Result<Vec<Row>, StoreError> {
        let client = self.pool.get().await.map_err(connect::failed)?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        // No key is empty.
        let after = after.unwrap_or_default();
        let rows = match state {
            None => {
                let statement = client.prepare_cached(PAGE).await.map_err(failed)?;
                client.query(&statement, &[&after, &limit]).await
            }
            Some(state) => {
                let statement = client.prepare_cached(PAGE_OF_STATE).await.map_err(failed)?;
                client
                    .query(&statement, &[&after, &limit, &state.as_str()])
                    .await
            }
        };
        rows.map_err(failed)?.iter().map(read).collect()
    }

    async fn sums(&self) -> Result<(u64, u64), StoreError> {
        let client = self.pool.get().await.map_err(connect::failed)?;
        let sums = client.query_one(SUMS, &[]).await.map_err(failed)?;
        Ok((unsigned(&sums, 0)?, unsigned(&sums, 1)?))
    }
}

impl JournalStore for PostgresStore {
    fn insert(&self, row: Row, budget: Option<u64>) -> Pending<'_, Inserted> {
        Box::pin(self.insert(row, budget))
    }

    fn replace(&self, row: Row) -> Pending<'_, Replaced> {
        Box::pin(self.replace(row))
    }

    fn remove<'a>(&'a self, key: &'a str, version: u64) -> Pending<'a, bool> {
        Box::pin(self.remove(key, version))
    }

    fn get<'a>(&'a self, key: &'a str) -> Pending<'a, Option<Row>> {
        Box::pin(self.one(GET, key))
    }

    fn find<'a>(&'a self, request_id: &'a str) -> Pending<'a, Option<Row>> {
        Box::pin(self.one(FIND, request_id))
    }

    fn page<'a>(
        &'a self,
        after: Option<&'a str>,
        state: Option<State>,
        limit: usize,
    ) -> Pending<'a, Vec<Row>> {
        Box::pin(self.page(after, state, limit))
    }

    fn sums(&self) -> Pending<'_, (u64, u64)> {
        Box::pin(self.sums())
    }
}

/// Without the URL, which holds a password.
impl fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresStore").finish_non_exhaustive()
    }
}

fn read(columns: &Columns) -> Result<Row, StoreError> {
    let state: &str = columns.try_get(2).map_err(failed)?;
    let state = State::from_name(state).ok_or_else(|| {
        StoreError::new(format!(
            "the journal has the state {state:?}, which this version does not know. Update this crate"
        ))
    })?;
    Ok(Row {
        key: columns.try_get(0).map_err(failed)?,
        version: unsigned(columns, 1)?,
        state,
        request_id: columns.try_get(3).map_err(failed)?,
        cost: unsigned(columns, 4)?,
        body: columns.try_get(5).map_err(failed)?,
        checksum: columns
            .try_get::<_, i64>(6)
            .map_err(failed)?
            .cast_unsigned(),
    })
}

fn unsigned(columns: &Columns, column: usize) -> Result<u64, StoreError> {
    let value: i64 = columns.try_get(column).map_err(failed)?;
    u64::try_from(value)
        .map_err(|error| StoreError::new("the journal has a number below zero").with_source(error))
}

/// Postgres' numbers end at 2^63; nine thousand million dollars do, too.
fn number(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

fn failed(error: tokio_postgres::Error) -> StoreError {
    let advice = match error.code() {
        Some(&SqlState::UNDEFINED_TABLE) => {
            "there is no table kling_journal. Make it with PostgresStore::create_table"
        }
        Some(&SqlState::DISK_FULL) => "the server's disk is full. Make room",
        Some(&SqlState::READ_ONLY_SQL_TRANSACTION) => {
            "the server takes no changes, as a replica does. Name the server that does"
        }
        Some(&SqlState::INSUFFICIENT_PRIVILEGE) => "the user may not do that. Grant it",
        _ => "the cause says why",
    };
    StoreError::new(format!("the journal in Postgres failed: {advice}")).with_source(error)
}
