//! The memory that following a job takes, at ten thousand jobs; with a stream each, also what reqwest's streams alone
//! take.

use kling_api::Job;
use kling_api::v1::standard::image_to_video::Input;
use tokio::sync::mpsc;

use super::server::Server;
use super::{bare, input, settings, two_threads};
use crate::child::{Role, resident_memory};
use crate::row;
use crate::table;

const JOBS: usize = 10_000;

pub(super) fn measure() {
    let server = Server::start(false);
    let jobs = JOBS.to_string();
    let mut rows = vec![row!["10,000 jobs followed at once", "memory per job"]];
    let mut found = Vec::new();
    for (how, described) in [
        (
            "kling",
            "kling-api, its own limits: 64 streams, the others by polling",
        ),
        ("wide", "kling-api, a stream for each"),
        ("bare", "bare reqwest, a stream for each"),
    ] {
        eprintln!("memory of {described}");
        let memory = Role::Memory
            .numbers(&[how, &server.url, &jobs])
            .get("memory")
            * 1024.0
            / JOBS as f64;
        rows.push(row![described, format!("{memory:.1} KiB")]);
        found.push(memory);
    }
    table::print("Memory", &rows);
    let above = found[1] - found[2];
    table::print(
        "Memory, targets",
        &table::verdicts([
            table::verdict(
                "per followed job at 10,000, with the client's own limits",
                "at most 16 KiB",
                &format!("{:.1} KiB", found[0]),
                found[0] <= 16.0,
            ),
            table::verdict(
                "per followed job at 10,000, a stream each, above reqwest's stream",
                "at most 16 KiB",
                &format!("{above:.1} KiB"),
                above <= 16.0,
            ),
        ]),
    );
}

/// A role: follows so many jobs that never end, and says what memory that took.
pub(crate) fn follow(arguments: &[String]) {
    let [how, url, jobs] = arguments else {
        panic!("how, URL and jobs")
    };
    let jobs: usize = jobs.parse().expect("a number");
    let limit = rlimit::increase_nofile_limit(u64::MAX).expect("a limit");
    assert!(
        how == "kling" || limit > jobs as u64 + 100,
        "this needs {jobs} file descriptors, and {limit} are allowed"
    );
    two_threads().block_on(async {
        let (seen, mut all_seen) = mpsc::unbounded_channel();
        let before;
        if how == "bare" {
            let client = bare::client(false);
            let job = bare::submit(&client, url, &bare::input()).await;
            let job: &'static bare::Job = Box::leak(Box::new(job));
            before = resident_memory();
            for _ in 0..jobs {
                let (client, seen) = (client.clone(), seen.clone());
                tokio::spawn(async move {
                    let mut stream = bare::stream(&client, job).await;
                    while let Ok(Some(_)) = stream.chunk().await {
                        let _ = seen.send(());
                    }
                });
            }
        } else {
            let settings = settings(url);
            let settings = if how == "wide" {
                settings.max_streams(jobs)
            } else {
                settings
            };
            let client = settings.build().expect("a client");
            let job: Job<Input> = client.call(input()).submit().await.expect("a job");
            before = resident_memory();
            for _ in 0..jobs {
                let (mut updates, seen) = (client.follow(&job).updates(), seen.clone());
                tokio::spawn(async move {
                    while updates.next().await.is_some() {
                        let _ = seen.send(());
                    }
                });
            }
        }
        for _ in 0..jobs {
            all_seen.recv().await;
        }
        println!("memory={}", resident_memory() - before);
    });
    // The jobs never end.
    std::process::exit(0);
}
