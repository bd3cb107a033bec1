//! Files that cannot be written, that are full, torn or damaged: a clear error, and nothing that is lost.

use std::collections::BTreeMap;
use std::error::Error as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use futures_util::future::join_all;

use crate::journal::file::FileStore;
use crate::journal::row::checksum;
use crate::journal::store::{Inserted, JournalStore, Row, State};

fn row(number: usize) -> Row {
    let mut row = Row {
        key: format!("order-{number:07}"),
        version: 1,
        state: State::Completed,
        request_id: Some(format!("6f1c0e9a-7b1d-4c55-9b57-{number:012}")),
        cost: 1_400_000_000,
        body: format!("{{\"output\": \"{}\"}}", "robin ".repeat(number % 100)),
        checksum: 0,
    };
    row.checksum = checksum(&row);
    row
}

/// Puts rows into a journal and closes it.
async fn fill(path: &Path, rows: std::ops::Range<usize>) {
    let store = FileStore::open(path).unwrap();
    for outcome in join_all(rows.map(|number| store.insert(row(number), None))).await {
        assert_eq!(outcome.unwrap(), Inserted::New);
    }
    close(store);
}

/// Waits until the thread of the store has put everything into the one file.
fn close(store: FileStore) {
    store.writer.close();
}

fn journal() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.journal");
    (folder, path)
}

async fn rows(path: &Path) -> Result<Vec<Row>, String> {
    let store = FileStore::open(path).map_err(|error| error.to_string())?;
    let rows = store.page(None, None, usize::MAX).await;
    close(store);
    rows.map_err(|error| error.to_string())
}

/// One program of this test, under other circumstances.
fn run_again(test: &str, shell: &str, path: &Path) -> std::process::Output {
    Command::new("sh")
        .args(["-c", shell, "sh"])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", test, "--ignored", "--nocapture"])
        .env("JOURNAL", path)
        .output()
        .unwrap()
}

#[tokio::test]
async fn a_bit_that_flips_is_found_or_has_changed_nothing() {
    let (_folder, path) = journal();
    fill(&path, 0..40).await;
    let expected = rows(&path).await.unwrap();
    let bytes = std::fs::read(&path).unwrap();
    let mut found = 0;
    // A step that shares no factor with the size of a page or of a byte comes to all kinds of places.
    let places: Vec<usize> = (0..bytes.len() * 8).step_by(331).collect();
    for bit in &places {
        let mut damaged = bytes.clone();
        damaged[bit / 8] ^= 1 << (bit % 8);
        std::fs::write(&path, damaged).unwrap();
        match rows(&path).await {
            Ok(rows) => assert_eq!(rows, expected, "bit {bit}"),
            Err(error) => {
                assert!(error.contains("a.journal"), "{error}");
                found += 1;
            }
        }
        for beside in ["journal-wal", "journal-shm"] {
            let _ = std::fs::remove_file(path.with_extension(beside));
        }
    }
    assert!(found * 10 > places.len(), "{found} of {}", places.len());
}

#[tokio::test]
async fn a_log_that_breaks_off_anywhere_gives_whole_commits() {
    let (folder, path) = journal();
    let store = FileStore::open(&path).unwrap();
    let mut sizes = BTreeMap::new();
    let log = path.with_extension("journal-wal");
    for number in 0..10 {
        store.insert(row(number), None).await.unwrap();
        sizes.insert(std::fs::metadata(&log).unwrap().len(), number + 1);
    }
    let (bytes, logged) = (std::fs::read(&path).unwrap(), std::fs::read(&log).unwrap());
    let copy = folder.path().join("copy.journal");
    for length in (0..=logged.len()).step_by(997) {
        std::fs::write(&copy, &bytes).unwrap();
        std::fs::write(copy.with_extension("journal-wal"), &logged[..length]).unwrap();
        let rows = rows(&copy).await.unwrap();
        let whole = sizes.range(..=length as u64).next_back();
        let expected: Vec<Row> = (0..whole.map_or(0, |(_, count)| *count)).map(row).collect();
        assert_eq!(rows, expected, "{length} of {} bytes", logged.len());
    }
}

#[tokio::test]
async fn what_is_no_journal_is_left_alone() {
    let (folder, path) = journal();
    std::fs::write(&path, "robins, and other birds: ".repeat(100)).unwrap();
    let error = FileStore::open(&path).unwrap_err().to_string();
    assert!(error.contains("is no journal"), "{error}");
    let other = folder.path().join("other.db");
    let database = rusqlite::Connection::open(&other).unwrap();
    database.execute_batch("CREATE TABLE birds (name)").unwrap();
    let error = FileStore::open(&other).unwrap_err().to_string();
    assert!(error.contains("no journal of this crate"), "{error}");
    let nowhere = folder.path().join("no/such.journal");
    let error = FileStore::open(&nowhere).unwrap_err().to_string();
    assert!(error.contains("no such folder"), "{error}");
    fill(&path.with_extension("later.journal"), 0..1).await;
    let later = path.with_extension("later.journal");
    let database = rusqlite::Connection::open(&later).unwrap();
    database.pragma_update(None, "user_version", 9).unwrap();
    let error = FileStore::open(&later).unwrap_err().to_string();
    assert!(error.contains("later version"), "{error}");
}

#[tokio::test]
#[cfg(unix)]
async fn a_file_that_cannot_be_written_is_an_error_at_once() {
    use std::os::unix::fs::PermissionsExt as _;
    let (folder, path) = journal();
    fill(&path, 0..1).await;
    let mode = |mode| std::fs::Permissions::from_mode(mode);
    std::fs::set_permissions(&path, mode(0o444)).unwrap();
    std::fs::set_permissions(folder.path(), mode(0o555)).unwrap();
    // Root may write whatever it likes, and so steps down first where it can.
    let shell = "if [ $(id -u) = 0 ]; then exec setpriv --reuid=65534 --regid=65534 --clear-groups \"$@\"; fi; exec \"$@\"";
    let output = run_again("journal::file::tests::opens", shell, &path);
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("cannot be written"), "{output:?}");
    std::fs::set_permissions(folder.path(), mode(0o755)).unwrap();
}

#[tokio::test]
#[cfg(unix)]
async fn a_full_disk_fails_what_does_not_fit_and_keeps_the_rest() {
    let (_folder, path) = journal();
    // Files of 2 MB at most, and an error for what is above instead of a signal.
    let shell = "trap '' XFSZ; ulimit -f 4000; exec \"$@\"";
    let output = run_again("journal::file::tests::fills", shell, &path);
    let said = String::from_utf8_lossy(&output.stdout);
    let count = said
        .lines()
        .find_map(|line| line.split("added: ").nth(1)?.parse::<usize>().ok());
    let count = count.unwrap_or_else(|| panic!("{output:?}"));
    assert!(count > 20, "{said}");
    assert!(said.contains("full"), "{said}");
    let rows = rows(&path).await.unwrap();
    assert_eq!(rows, (0..count).map(row).collect::<Vec<_>>());
}

#[test]
#[ignore = "a part of another test"]
fn opens() {
    let path = std::env::var_os("JOURNAL").unwrap();
    let error = FileStore::open(path).unwrap_err();
    println!("{error} {:?}", error.source());
}

#[tokio::test]
#[ignore = "a part of another test"]
async fn fills() {
    let path = std::env::var_os("JOURNAL").unwrap();
    let store = FileStore::open(path).unwrap();
    for number in 0..10_000 {
        if let Err(error) = store.insert(row(number), None).await {
            println!("added: {number}\n{error} {:?}", error.source());
            return;
        }
    }
}

#[tokio::test]
#[ignore = "takes half a minute"]
async fn a_million_rows_are_opened_within_seconds() {
    let (_folder, path) = journal();
    for first in (0..1_000_000).step_by(50_000) {
        let store = FileStore::open(&path).unwrap();
        let rows = (first..first + 50_000).map(|number| store.insert(row(number), None));
        for outcome in join_all(rows).await {
            assert_eq!(outcome.unwrap(), Inserted::New);
        }
        close(store);
    }
    let began = Instant::now();
    let store = FileStore::open(&path).unwrap();
    let took = began.elapsed();
    println!(
        "{} MB opened in {took:?}",
        std::fs::metadata(&path).unwrap().len() / 1_000_000
    );
    assert_eq!(store.sums().await.unwrap().0, 1_000_000);
    assert!(took.as_secs() < 10, "{took:?}");
}
