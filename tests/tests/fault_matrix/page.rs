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

const PROMISES: &str = "\
## Beside the matrix

Each promise has a test in `tests/tests/last_cells`, or in `kling-api/src/call/follow/tests.rs` where it takes minutes of
virtual time.

| trouble | promise |
|---|---|
| `HTTP_PROXY` is set, and not all base URLs are on this machine | No request over plain http, and none to this machine, takes a proxy. Others go through a `CONNECT` tunnel. |
| a stream that repeats an old state, or a word that nobody knows | The status is polled every 30 s whatever the stream says, and what it says counts. An unknown state is an update, and stands in the error of a timeout. |
| a stream endpoint that hangs | It delays a result by 5 s at most. |
| 404 just after the submit, or just after `COMPLETED` | It is retried for 30 s, on status, stream and result. For an id that the caller brings, the first 404 is an error. |
| a response to a submit that names the job and breaks off | It is a job, and is followed. |
| a compressed file, a page of HTML, or another kind of file in the place of a video | It is an error, and nothing is saved. |
| a server that always starts from nothing, and always breaks off | Only what is kept counts as progress: the attempts end. |
| a body without a length that ends short of the known one | It is fetched again. |
| a download that is dropped at any moment | No file is left. |
| a download whose process is killed | The next one to the same path resumes its file if the entity tag is the same, and removes it otherwise. The final name appears complete or not at all, and replaces nothing. |
| an error with a body of 32 MiB | 64 KiB of it are read. Bodies of success of more than 256 KiB are parsed beside the async workers. |
| a reader of a download that does not read | It keeps no submit waiting. |
| a retryable 503 that names a job, in its body or a header | The submit is not repeated. The error says that a 404 for the id proves nothing. |
| 429, three times | It costs less than two seconds where the server asks for no pause. |
| no network: a name that does not resolve, or connections that are refused | A call, an upload or a request about a job that has no timeout ends three seconds after the first attempt failed. A timeout, or a number of attempts, of the caller counts instead. |
| a network that goes away while a job is followed | The job has been bought, so it is followed for as long as anything else is retried, and the updates say what is retried and why. An upload or a download of which bytes have moved is not given up sooner either. |

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
    page.push_str(PROMISES);
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
