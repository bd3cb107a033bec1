//! Opening the file, and verifying all that is in it.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior};

use crate::journal::file::commands::{COLUMNS, TABLES, row, sums};
use crate::journal::row::is_whole;
use crate::journal::store::StoreError;

/// Written into the head of the file: "KLJN".
const APPLICATION: i32 = 0x4b4c_4a4e;
/// Of the tables. A later version of this crate may know more than one.
const FORMAT: i32 = 1;

/// How long a process waits for the others that write.
const PATIENCE: Duration = Duration::from_secs(30);

pub(super) fn open(path: &Path) -> Result<Connection, StoreError> {
    let mut connection = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )
    .map_err(|error| failed(path, "be opened", error))?;
    prepare(&mut connection).map_err(|error| failed(path, "be opened", error))?;
    let (application, format) =
        create(&mut connection).map_err(|error| failed(path, "be written", error))?;
    if application != APPLICATION {
        return Err(StoreError::new(format!(
            "{} is a database of SQLite, but no journal of this crate. Name another file",
            path.display()
        )));
    }
    if format != FORMAT {
        return Err(StoreError::new(format!(
            "the journal {} was written by a later version of this crate. Update this crate",
            path.display()
        )));
    }
    verify_all(&connection, path)?;
    Ok(connection)
}

fn prepare(connection: &mut Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(PATIENCE)?;
    connection.set_prepared_statement_cache_capacity(32);
    // The log of SQLite lets readers and one writer work at once, and is repaired after a crash. FULL: each commit is
    // on the disk before it is told. The last two are for macOS, where `fsync` alone does not reach the disk.
    connection.execute_batch(
        "PRAGMA page_size = 8192;
         PRAGMA journal_mode = WAL;
         PRAGMA synchronous = FULL;
         PRAGMA cell_size_check = ON;
         PRAGMA trusted_schema = OFF;
         PRAGMA fullfsync = ON;
         PRAGMA checkpoint_fullfsync = ON;",
    )
}

/// Makes the tables in a new file; what the head of the file says.
fn create(connection: &mut Connection) -> rusqlite::Result<(i32, i32)> {
    // A lock to write, so that a file that cannot be written is noticed here, and no two processes make tables.
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let pragma =
        |name: &str| transaction.pragma_query_value(None, name, |row| row.get::<_, i32>(0));
    let tables: u32 =
        transaction.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if tables > 0 {
        let head = (pragma("application_id")?, pragma("user_version")?);
        transaction.commit()?;
        return Ok(head);
    }
    transaction.execute_batch(TABLES)?;
    transaction.pragma_update(None, "application_id", APPLICATION)?;
    transaction.pragma_update(None, "user_version", FORMAT)?;
    transaction.commit()?;
    Ok((APPLICATION, FORMAT))
}

/// Reads all rows in the order of their keys. Where each is as it was written, each key is above the one before, and
/// none is missing, a search for a key goes the right way: a bit that has flipped anywhere on the way to a key would
/// show as one of the three.
fn verify_all(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    let read = |error| failed(path, "be read", error);
    // One point in time for the rows and their number.
    let transaction = connection.unchecked_transaction().map_err(read)?;
    let damaged = |what: &str| {
        StoreError::new(format!(
            "the journal {} is damaged: {what}. Restore it from a copy; until then, nothing is bought with it",
            path.display()
        ))
    };
    let mut count = 0;
    {
        let mut statement = transaction
            .prepare(&format!("SELECT {COLUMNS} FROM entries ORDER BY key"))
            .map_err(read)?;
        let mut rows = statement.query([]).map_err(read)?;
        let mut before = String::new();
        while let Some(next) = rows.next().map_err(read)? {
            let next = row(next).map_err(read)?;
            if !is_whole(&next) {
                return Err(damaged(&format!(
                    "the checksum of the key {:?} does not fit",
                    next.key
                )));
            }
            if next.key <= before {
                return Err(damaged("its keys are not in order"));
            }
            before = next.key;
            count += 1;
        }
    }
    let (expected, _) = sums(&transaction).map_err(read)?;
    if count != expected {
        return Err(damaged(&format!(
            "it has {count} entries and should have {expected}"
        )));
    }
    Ok(())
}

/// What SQLite says, and what to do.
pub(super) fn failed(path: &Path, what: &str, error: rusqlite::Error) -> StoreError {
    let advice = match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => "the disk is full. Make room",
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => {
            "it cannot be written. Check the permissions of the file and of its folder, in which SQLite makes two more"
        }
        Some(ErrorCode::CannotOpen) => {
            "there is no such folder, or it cannot be written. Check the path"
        }
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            "other processes kept it locked for too long. Try again"
        }
        Some(ErrorCode::NotADatabase) => {
            "it is no journal, or its head is damaged. Name another file, or restore it from a copy"
        }
        Some(ErrorCode::DatabaseCorrupt) => "it is damaged. Restore it from a copy",
        Some(ErrorCode::SystemIoFailure) => "the disk failed or is full. Check it",
        _ => match &error {
            rusqlite::Error::FromSqlConversionFailure(..)
            | rusqlite::Error::IntegralValueOutOfRange(..)
            | rusqlite::Error::InvalidColumnType(..)
            | rusqlite::Error::Utf8Error(..) => {
                "it is damaged, or a later version of this crate has written it. Update this crate, or restore it from a copy"
            }
            _ => "the cause says why",
        },
    };
    StoreError::new(format!(
        "the journal {} cannot {what}: {advice}",
        path.display()
    ))
    .with_source(error)
}
