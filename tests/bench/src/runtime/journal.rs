//! Calls per second with a journal, in a file and in Postgres, beside those without.

use std::path::Path;
use std::time::Instant;

use kling_api::Client;
use kling_api::journal::{Journal, PostgresStore};

use super::server::Server;
use super::{input, settings, two_threads};
use crate::row;
use crate::table::{self, grouped, median};

const REPEATS: usize = 3;

/// A URL of Postgres; without it, that store is left out.
const POSTGRES: &str = "KLING_BENCH_POSTGRES";

pub(crate) fn measure() {
    let server = Server::start(true);
    let folder = tempfile::tempdir().expect("a folder");
    let postgres = std::env::var(POSTGRES).ok();
    let mut rows = vec![row![
        "calls at once",
        "journal",
        "submits per second",
        "whole calls per second"
    ]];
    for flight in [1, 64] {
        for store in ["none", "file", "postgres"] {
            if store == "postgres" && postgres.is_none() {
                eprintln!("{POSTGRES} names no database, so Postgres is left out.");
                continue;
            }
            let rate = |whole: bool| {
                let rates = (0..REPEATS).map(|repeat| {
                    let name = format!("{store}-{flight}-{whole}-{repeat}");
                    eprintln!("{name}");
                    two_threads().block_on(async {
                        let client =
                            client(&server.url, store, folder.path(), postgres.as_deref()).await;
                        run(&client, &name, store != "none", flight, whole).await
                    })
                });
                grouped(median(rates.collect()))
            };
            rows.push(row![flight, store, rate(false), rate(true)]);
        }
    }
    table::print("Calls with a journal", &rows);
}

async fn client(url: &str, store: &str, folder: &Path, postgres: Option<&str>) -> Client {
    let settings = settings(url);
    let journal = match (store, postgres) {
        ("file", _) => Journal::open(folder.join("bench.journal")).expect("a journal"),
        ("postgres", Some(url)) => {
            PostgresStore::create_table(url).await.expect("a table");
            Journal::postgres(url).await.expect("a journal")
        }
        _ => return settings.build().expect("a client"),
    };
    settings.journal(journal).build().expect("a client")
}

/// Calls per second, each with a key of its own.
async fn run(client: &Client, name: &str, with_key: bool, flight: usize, whole: bool) -> f64 {
    let each = if flight == 1 { 500 } else { 50 };
    let start = Instant::now();
    let workers: Vec<_> = (0..flight)
        .map(|worker| {
            let (client, name) = (client.clone(), name.to_owned());
            tokio::spawn(async move {
                for number in 0..each {
                    let mut call = client.call(input());
                    if with_key {
                        let process = std::process::id();
                        call = call.idempotency_key(format!("{process}-{name}-{worker}-{number}"));
                    }
                    if whole {
                        call.await.expect("a result");
                    } else {
                        call.submit().await.expect("a job");
                    }
                }
            })
        })
        .collect();
    for worker in workers {
        worker.await.expect("every call ends well");
    }
    (flight * each) as f64 / start.elapsed().as_secs_f64()
}
