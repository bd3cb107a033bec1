//! The matrix as a page.

use std::fmt::Write as _;

use kling_api::testing::Operation;

use crate::fault_matrix::cell::Strikes;
use crate::fault_matrix::{Cell, OPERATIONS};

const HEAD: &str = "\
# What each fault does to each operation

`UPDATE_FIXTURES=1 cargo test -p kling-tests --test it fault_matrix` writes this page. The same test, without the
variable, fails if the page is no longer true, and checks each cell against the promises about jobs and money. Do not
edit the page by hand.

Each cell is a run of its own against `FakeFal`, with three attempts at most. The fault affects the first attempt only
(*once*), or every attempt (*always*). A gateway may respond with an error although it has forwarded the submit. Where
that is possible, the cell is also run in that way (*but bought*).

";

const COLUMNS: &str = "\
- **Jobs** is the number of jobs on the server at the end, which it would bill. **Submits** is the number of submits that
  reached it.
- **Attempts** counts the attempts at the operation itself, refused connections included. A failed status stream is not
  retried at once: the client polls the status, and opens a stream again later.
- **Id** says whether the job or the error has the request id. In each cell with an id, a new client that knows only the
  id then follows the job to its end. A synchronous call has no job to follow; look its id up in the list of requests.

";

pub(crate) fn write(cells: &[Cell]) -> String {
    let bought = cells
        .iter()
        .map(|cell| cell.seen.bought)
        .max()
        .unwrap_or_default();
    let lost = cells
        .iter()
        .filter(|cell| {
            !matches!(cell.operation, Operation::Submit | Operation::Run) && !cell.seen.has_id
        })
        .count();
    let unknown = cells
        .iter()
        .filter(|cell| cell.seen.bought == 1 && !cell.seen.has_id)
        .count();
    let mut page = HEAD.to_owned();
    let _ = writeln!(
        page,
        "**{} cells: at most {bought} job was bought in each, and {lost} cells lost a request id that the client had received.** In\n\
         {unknown} cells a job was bought but no response named it: there `submission()` is `Unknown`, and the error says where to look.\n",
        cells.len()
    );
    page.push_str(COLUMNS);
    for operation in OPERATIONS {
        let _ = writeln!(page, "## {}\n", title(operation));
        page.push_str(
            "| fault | strikes | outcome | submission | jobs | submits | attempts | id |\n",
        );
        page.push_str("|---|---|---|---|--:|--:|--:|---|\n");
        let cells: Vec<&Cell> = cells
            .iter()
            .filter(|cell| cell.operation == operation)
            .collect();
        for cells in
            cells.chunk_by(|one, other| one.row.name == other.row.name && one.seen == other.seen)
        {
            let Cell { row, seen, .. } = cells[0];
            let strikes: Vec<&str> = cells.iter().map(|cell| often(cell.strikes)).collect();
            let _ = writeln!(
                page,
                "| {} | {} | {} | {} | {} | {} | {} | {} |",
                row.name,
                strikes.join("; "),
                seen.outcome,
                seen.submission,
                seen.bought,
                seen.submits,
                seen.attempts,
                if seen.has_id { "yes" } else { "no" },
            );
        }
        page.push('\n');
    }
    page.pop();
    page
}

fn title(operation: Operation) -> &'static str {
    match operation {
        Operation::Submit => "Submit",
        Operation::Status => "Status",
        Operation::Stream => "Status stream of a job that is followed",
        Operation::Result => "Result",
        Operation::Run => "Run: a synchronous call, without the queue",
        _ => "Cancel",
    }
}

fn often(strikes: Strikes) -> &'static str {
    match strikes {
        Strikes::Once => "once",
        Strikes::Always => "always",
        Strikes::OnceAndTakesEffect => "once, but bought",
        Strikes::AlwaysAndTakesEffect => "always, but bought",
    }
}
