//! Instructions and allocations of one request, counted by valgrind: so many requests against twice as many, so that
//! setting up the client counts for nothing. The client has one thread; the server is another process.

use kling_api::Job;
use kling_api::v2_1::master::image_to_video::Input;

use super::server::{Server, application};
use super::{bare, input, one_thread, settings};
use crate::callgrind::{Counts, is_there, per_round};
use crate::child::Role;
use crate::row;
use crate::table::{self, grouped};

const OPERATIONS: [&str; 3] = ["submit", "status", "result"];
const ROUNDS: usize = 250;

pub(super) fn measure() {
    if !is_there() {
        eprintln!("valgrind is not installed: no instructions are counted");
        return;
    }
    let server = Server::start(true);
    let count = |client: &str, operation: &str| {
        eprintln!("instructions of {operation} by {client}");
        per_round(Role::Calls, &[client, operation, &server.url], ROUNDS)
    };
    let mut rows = vec![row![
        "request",
        "instructions",
        "bare reqwest",
        "more",
        "allocations",
        "bare reqwest"
    ]];
    let mut verdicts = Vec::new();
    for operation in OPERATIONS {
        let ours = count("kling", operation);
        // A submit has a connection of its own, by design: compared is the same by reqwest.
        let (theirs, how) = if operation == "submit" {
            (count("fresh", operation), ", connection of its own")
        } else {
            (count("bare", operation), "")
        };
        let more = share(ours, theirs);
        rows.push(row![
            format!("{operation}{how}"),
            grouped(ours.instructions),
            grouped(theirs.instructions),
            format!("{more:+.1} %"),
            format!("{:.1}", ours.allocations),
            format!("{:.1}", theirs.allocations)
        ]);
        if operation == "submit" {
            let kept = count("bare", operation);
            rows.push(row![
                "submit, connection kept",
                "",
                grouped(kept.instructions),
                format!("{:+.1} %", share(ours, kept)),
                "",
                format!("{:.1}", kept.allocations)
            ]);
        }
        verdicts.push(table::verdict(
            &format!("instructions of {operation} above bare reqwest"),
            "at most 5 %",
            &format!("{more:+.1} %"),
            more <= 5.0,
        ));
    }
    table::print("One request (callgrind)", &rows);
    table::print("One request, targets", &table::verdicts(verdicts));
}

fn share(ours: Counts, theirs: Counts) -> f64 {
    (ours.instructions / theirs.instructions - 1.0) * 100.0
}

/// A role: makes so many requests, one after the other.
pub(crate) fn call(arguments: &[String]) {
    let [client, operation, url, rounds] = arguments else {
        panic!("client, operation, URL and rounds")
    };
    let rounds: usize = rounds.parse().expect("a number");
    one_thread().block_on(async {
        if client == "kling" {
            by_kling(operation, url, rounds).await;
        } else {
            by_reqwest(client == "fresh", operation, url, rounds).await;
        }
    });
}

async fn by_kling(operation: &str, url: &str, rounds: usize) {
    let client = settings(url).build().expect("a client");
    let job: Job<Input> = client.call(input()).submit().await.expect("a job");
    for _ in 0..rounds {
        match operation {
            "submit" => drop(client.call(input()).submit().await.expect("a job")),
            "status" => assert!(client.status(&job).await.expect("a status").is_completed()),
            _ => drop(client.result(&job).await.expect("a result")),
        }
    }
}

async fn by_reqwest(is_fresh: bool, operation: &str, url: &str, rounds: usize) {
    let client = bare::client(is_fresh);
    let job = bare::submit(&client, url, &bare::input()).await;
    assert!(job.status_url.contains(&application()));
    for _ in 0..rounds {
        match operation {
            "submit" => drop(bare::submit(&client, url, &bare::input()).await),
            "status" => assert_eq!(
                bare::get::<bare::Status>(&client, &job.status_url)
                    .await
                    .status,
                "COMPLETED"
            ),
            _ => drop(bare::get::<bare::Output>(&client, &job.response_url).await),
        }
    }
}
