//! Each fault with each operation: one job at most is bought, and none is lost.
//!
//! What is seen in each cell stands in `tests/FAULTS.md`, and this test keeps the page true.
//! `UPDATE_FIXTURES=1 cargo test -p kling-tests --test it fault_matrix` writes it; read the difference before you commit
//! it. With `-- --nocapture` the page is printed.

mod cell;
mod faults;
mod page;

use std::path::Path;

use futures_util::StreamExt;
use kling_api::testing::Operation;
use kling_tests::harness::Spy;

use cell::{Seen, Strikes, run};
use faults::{Row, Trouble, rows};

const OPERATIONS: [Operation; 6] = [
    Operation::Submit,
    Operation::Status,
    Operation::Stream,
    Operation::Result,
    Operation::Cancel,
    Operation::Run,
];

/// Cells at once: most of the time they wait for a fault to time out.
const AT_ONCE: usize = 32;

/// One cell, and what was seen in it.
struct Cell {
    operation: Operation,
    row: Row,
    strikes: Strikes,
    seen: Seen,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_cell_buys_twice_or_loses_a_job() {
    let spy = Spy::start().await;
    let cells = OPERATIONS.into_iter().flat_map(|operation| {
        rows(operation, spy.url()).into_iter().flat_map(move |row| {
            strikes(operation, &row)
                .into_iter()
                .map(move |strikes| (operation, row.clone(), strikes))
        })
    });
    let runs = cells
        .enumerate()
        .map(|(place, (operation, row, strikes))| async move {
            let seen = tokio::spawn(run(operation, row.clone(), strikes))
                .await
                .unwrap();
            (
                place,
                Cell {
                    operation,
                    row,
                    strikes,
                    seen,
                },
            )
        });
    let mut seen: Vec<(usize, Cell)> = futures_util::stream::iter(runs)
        .buffer_unordered(AT_ONCE)
        .collect()
        .await;
    seen.sort_by_key(|(place, _)| *place);
    let seen: Vec<Cell> = seen.into_iter().map(|(_, cell)| cell).collect();

    assert_eq!(
        spy.connections(),
        0,
        "somebody else's server was asked: {}",
        spy.heard()
    );
    let page = page::write(&seen);
    println!("{page}");
    keep_true(&page);
}

fn strikes(operation: Operation, row: &Row) -> Vec<Strikes> {
    if matches!(row.trouble, Trouble::ForeignUrls(_)) {
        return vec![Strikes::Always];
    }
    let mut strikes = vec![Strikes::Once, Strikes::Always];
    if matches!(operation, Operation::Submit | Operation::Run) && row.may_take_effect {
        strikes.extend([Strikes::OnceAndTakesEffect, Strikes::AlwaysAndTakesEffect]);
    }
    strikes
}

fn keep_true(page: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("FAULTS.md");
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    if committed == page {
        return;
    }
    if std::env::var_os("UPDATE_FIXTURES").is_some() {
        assert!(
            std::env::var_os("CI").is_none(),
            "fixtures are never written in CI"
        );
        std::fs::write(&path, page).unwrap();
        return;
    }
    let difference = similar::TextDiff::from_lines(committed.as_str(), page)
        .unified_diff()
        .context_radius(1)
        .to_string();
    panic!(
        "tests/FAULTS.md is no longer true. Run `UPDATE_FIXTURES=1 cargo test -p kling-tests --test it fault_matrix`, and \
         read the difference before you commit it:\n{difference}"
    );
}
