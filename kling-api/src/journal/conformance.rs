//! The contract of a store, as a test that anyone's store can run.

use std::future::ready;

use futures_util::future::join_all;
use futures_util::{StreamExt as _, stream};

use crate::journal::store::{Inserted, JournalStore, Replaced, Row, State, StoreError};

type Checked = Result<(), StoreError>;

/// Checks that an empty store keeps the contract of [`JournalStore`], as far as that can be seen from one process. The
/// store is empty again afterwards.
///
/// Whether what it tells is on the disk, and survives a power cut, no test of this kind can see.
///
/// # Errors
/// Where the store fails, or does something else than the contract says; the text says what.
///
/// ```
/// # async fn example() -> Result<(), kling_api::journal::StoreError> {
/// # let path = "conformance.journal";
/// use kling_api::journal::{FileStore, conformance};
///
/// let store = FileStore::open(path)?;
/// conformance::check(&store).await?;
/// # Ok(())
/// # }
/// ```
pub async fn check(store: &dyn JournalStore) -> Result<(), StoreError> {
    expect("it is empty at first", store.sums().await?, (0, 0))?;
    rows_come_back(store).await?;
    versions_guard(store).await?;
    request_ids_are_unique(store).await?;
    pages_are_in_order(store).await?;
    budgets_hold(store).await?;
    one_of_many_wins(store).await?;
    expect("it is empty at last", store.sums().await?, (0, 0))
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "what a store gives back is compared as it comes"
)]
fn expect<T: PartialEq + std::fmt::Debug>(what: &str, is: T, should: T) -> Checked {
    if is == should {
        return Ok(());
    }
    Err(StoreError::new(format!(
        "the store breaks its contract: {what}: {is:?}, and should be {should:?}"
    )))
}

fn row(key: &str, cost: u64) -> Row {
    Row {
        key: key.to_owned(),
        version: 1,
        state: State::Sending,
        request_id: None,
        cost,
        body: "{}".to_owned(),
        checksum: u64::MAX,
    }
}

async fn clear(store: &dyn JournalStore) -> Checked {
    for row in store.page(None, None, usize::MAX).await? {
        store.remove(&row.key, row.version).await?;
    }
    Ok(())
}

async fn rows_come_back(store: &dyn JournalStore) -> Checked {
    let long = "\u{1f99c}".repeat(255);
    let texts = [
        "a",
        "A",
        " a ",
        "%_'\"\\;--",
        "\u{e9}",
        "e\u{301}",
        long.as_str(),
    ];
    for (number, text) in texts.into_iter().enumerate() {
        let row = Row {
            key: text.to_owned(),
            version: 1,
            state: State::ALL[number % State::ALL.len()],
            request_id: Some(format!("id {text}")),
            cost: [0, 1, u64::from(u32::MAX) * 1000][number % 3],
            body: format!(
                "{{\"text\": \"{text}\",  \"n\": 1.0}}{}",
                " ".repeat(number * 10_000)
            ),
            checksum: [0, 1, u64::MAX, 1 << 63][number % 4],
        };
        expect(
            "a new row is added",
            store.insert(row.clone(), None).await?,
            Inserted::New,
        )?;
        let again = Row {
            body: "other".to_owned(),
            ..row.clone()
        };
        let exists = Inserted::Exists(row.clone());
        expect(
            "a key is added once",
            store.insert(again, None).await?,
            exists,
        )?;
        expect(
            "a row comes back to the byte",
            store.get(text).await?,
            Some(row.clone()),
        )?;
        let found = store.find(&format!("id {text}")).await?;
        expect("a row is found by its request id", found, Some(row))?;
    }
    expect(
        "what is not there is not found",
        store.get("b").await?,
        None,
    )?;
    expect("no request id is none", store.find("").await?, None)?;
    clear(store).await
}

async fn versions_guard(store: &dyn JournalStore) -> Checked {
    let first = row("a", 5);
    store.insert(first.clone(), None).await?;
    let second = Row {
        version: 2,
        state: State::Submitted,
        request_id: Some("6f".to_owned()),
        cost: 7,
        body: "2".to_owned(),
        ..first
    };
    let replaced = store.replace(second.clone()).await?;
    expect("the next version replaces", replaced, Replaced::Done)?;
    expect("it is there", store.get("a").await?, Some(second.clone()))?;
    expect("the sums follow", store.sums().await?, (1, 7))?;
    let replaced = store.replace(second.clone()).await?;
    expect("a version replaces once", replaced, Replaced::Stale)?;
    let later = Row {
        version: 4,
        ..second.clone()
    };
    expect(
        "no version is left out",
        store.replace(later).await?,
        Replaced::Stale,
    )?;
    let other = Row {
        key: "b".to_owned(),
        ..second.clone()
    };
    let replaced = store.replace(other).await?;
    expect(
        "what is not there is not replaced",
        replaced,
        Replaced::Stale,
    )?;
    expect(
        "another version is not removed",
        store.remove("a", 1).await?,
        false,
    )?;
    expect("nothing has changed", store.get("a").await?, Some(second))?;
    expect("this version is removed", store.remove("a", 2).await?, true)?;
    expect("it is removed once", store.remove("a", 2).await?, false)?;
    expect("its request id is gone", store.find("6f").await?, None)
}

async fn request_ids_are_unique(store: &dyn JournalStore) -> Checked {
    for key in ["a", "b"] {
        store.insert(row(key, 0), None).await?;
    }
    let with_id = |key| Row {
        version: 2,
        request_id: Some("6f".to_owned()),
        ..row(key, 0)
    };
    let replaced = store.replace(with_id("a")).await?;
    expect("a request id is taken", replaced, Replaced::Done)?;
    let replaced = store.replace(with_id("b")).await?;
    expect(
        "a request id is taken once",
        replaced,
        Replaced::RequestIdTaken,
    )?;
    expect(
        "nothing has changed",
        store.get("b").await?,
        Some(row("b", 0)),
    )?;
    clear(store).await
}

async fn pages_are_in_order(store: &dyn JournalStore) -> Checked {
    // In the order of bytes, which no language sorts by.
    let keys = ["B", "_", "a", "a b", "a-", "b", "\u{e9}", "\u{1f99c}"];
    for (number, key) in keys.iter().enumerate().rev() {
        let state = if number % 2 == 0 {
            State::Submitted
        } else {
            State::Completed
        };
        store
            .insert(
                Row {
                    state,
                    ..row(key, 1)
                },
                None,
            )
            .await?;
    }
    let names = |rows: Vec<Row>| rows.into_iter().map(|row| row.key).collect::<Vec<_>>();
    let all = names(store.page(None, None, 100).await?);
    expect(
        "a page is in the order of bytes",
        all,
        keys.map(str::to_owned).to_vec(),
    )?;
    let page = names(store.page(Some("a"), None, 2).await?);
    expect(
        "a page begins after a key",
        page,
        vec!["a b".to_owned(), "a-".to_owned()],
    )?;
    let page = names(store.page(Some("a+"), Some(State::Submitted), 100).await?);
    let expected = vec!["a-".to_owned(), "\u{e9}".to_owned()];
    expect("a page is of one state", page, expected)?;
    expect(
        "a page may be empty",
        store.page(None, None, 0).await?,
        Vec::new(),
    )?;
    clear(store).await
}

async fn budgets_hold(store: &dyn JournalStore) -> Checked {
    let rows = (0..64).map(|number| row(&format!("key {number}"), 10));
    let outcomes = join_all(rows.map(|row| store.insert(row, Some(105)))).await;
    let mut added = 0;
    for outcome in outcomes {
        match outcome? {
            Inserted::New => added += 1,
            Inserted::OverBudget(spent) => expect("the sum is told", spent, 100)?,
            Inserted::Exists(row) => expect("no key is there", Some(row), None)?,
        }
    }
    expect("a budget holds for many at once", added, 10)?;
    expect("the sums are exact", store.sums().await?, (10, 100))?;
    let added = store.insert(row("free", 5), Some(105)).await?;
    expect("a budget is used up to the last", added, Inserted::New)?;
    clear(store).await
}

async fn one_of_many_wins(store: &dyn JournalStore) -> Checked {
    let attempts = (0..32).map(|number| Row {
        body: number.to_string(),
        ..row("a", 1)
    });
    let outcomes = join_all(attempts.map(|row| store.insert(row, None))).await;
    let won = outcomes
        .iter()
        .filter(|outcome| matches!(outcome, Ok(Inserted::New)));
    expect("one of many adds a key", won.count(), 1)?;
    let row = store.get("a").await?;
    let next = row.map(|row| Row { version: 2, ..row });
    let outcomes: Vec<_> = stream::iter((0..32).map(|_| next.clone()))
        .filter_map(ready)
        .map(|row| store.replace(row))
        .buffer_unordered(32)
        .collect()
        .await;
    let won = outcomes
        .iter()
        .filter(|outcome| matches!(outcome, Ok(Replaced::Done)));
    expect("one of many replaces a version", won.count(), 1)?;
    clear(store).await
}
