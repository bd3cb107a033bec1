//! A journal in a file of this machine.
//!
//! The file is a database of SQLite. A format of our own would have to do again what SQLite does with more care than we
//! have: commits that are atomic through a power cut, a torn end that is repaired, locks between processes, a million
//! rows that are found at once, space that is used again. Of the other embedded stores none lets several processes
//! write to one file. The price is a C compiler, and some 30 seconds of it, when this crate is built with the feature.
//!
//! SQLite has no checksums of what lies in the file, only of what is on its way there. So each row has one, it is
//! verified whenever the row is read, and all rows are verified when the file is opened.

mod commands;
mod open;
#[cfg(test)]
mod tests;
mod writer;

use std::path::Path;

use crate::journal::file::writer::Writer;
use crate::journal::store::{Inserted, JournalStore, Pending, Replaced, Row, State, StoreError};

/// A journal in a file of this machine. Any number of processes may use it at once.
///
/// Beside the file there are two more while it is in use, of the same name with `-wal` and `-shm` after it. Keep the
/// three together, and do not copy, replace or delete them while a program runs. The file must be on a disk of this
/// machine: on a network file system, locks do not hold.
#[derive(Debug)]
pub struct FileStore {
    writer: Writer,
}

impl FileStore {
    /// Opens the file, or makes it, and verifies every row. It takes about a second for a million rows, and blocks the
    /// thread meanwhile.
    ///
    /// # Errors
    /// Where the file cannot be opened or written, is no journal, or is damaged.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        let path = path.as_ref();
        let connection = open::open(path)?;
        Ok(Self {
            writer: Writer::start(connection, path)?,
        })
    }
}

impl JournalStore for FileStore {
    fn insert(&self, row: Row, budget: Option<u64>) -> Pending<'_, Inserted> {
        self.writer
            .write(move |connection| commands::insert(connection, &row, budget))
    }

    fn replace(&self, row: Row) -> Pending<'_, Replaced> {
        self.writer
            .write(move |connection| commands::replace(connection, &row))
    }

    fn remove<'a>(&'a self, key: &'a str, version: u64) -> Pending<'a, bool> {
        let key = key.to_owned();
        self.writer
            .write(move |connection| commands::remove(connection, &key, version))
    }

    fn get<'a>(&'a self, key: &'a str) -> Pending<'a, Option<Row>> {
        let key = key.to_owned();
        self.writer
            .read(move |connection| commands::get(connection, &key))
    }

    fn find<'a>(&'a self, request_id: &'a str) -> Pending<'a, Option<Row>> {
        let request_id = request_id.to_owned();
        self.writer
            .read(move |connection| commands::find(connection, &request_id))
    }

    fn page<'a>(
        &'a self,
        after: Option<&'a str>,
        state: Option<State>,
        limit: usize,
    ) -> Pending<'a, Vec<Row>> {
        let after = after.map(str::to_owned);
        self.writer
            .read(move |connection| commands::page(connection, after.as_deref(), state, limit))
    }

    fn sums(&self) -> Pending<'_, (u64, u64)> {
        self.writer.read(commands::sums)
    }
}
