//! Jobs per second of one client: submitted, followed over the status stream, and the result fetched.

use std::time::Instant;

use super::server::Server;
use super::{bare, input, settings, two_threads};
use crate::child::{Numbers, Role, processor_time};
use crate::row;
use crate::table::{self, grouped, median};

const REPEATS: usize = 3;

pub(super) fn measure() {
    let server = Server::start(true);
    let mut rows = vec![row![
        "jobs in flight",
        "",
        "jobs per second",
        "processor time of the client per job"
    ]];
    let mut at_most = Vec::new();
    for (flight, jobs) in [(1, 2000), (1000, 20_000)] {
        let clients: &[(&str, &str)] = if flight == 1 {
            &[("kling", "kling-api"), ("bare", "bare reqwest")]
        } else {
            &[
                ("kling", "kling-api, its own limits"),
                ("wide", "kling-api, 1,000 connections and streams"),
                ("bare", "bare reqwest, as many connections as jobs"),
            ]
        };
        let mut runs: Vec<Vec<Numbers>> = vec![Vec::new(); clients.len()];
        for _ in 0..REPEATS {
            for ((client, _), runs) in clients.iter().zip(&mut runs) {
                eprintln!("{jobs} jobs, {flight} in flight, by {client}");
                runs.push(Role::Jobs.numbers(&[
                    client,
                    &server.url,
                    &flight.to_string(),
                    &jobs.to_string(),
                ]));
            }
        }
        for ((_, described), runs) in clients.iter().zip(&runs) {
            let middle = |name: &str| median(runs.iter().map(|run| run.get(name)).collect());
            rows.push(row![
                grouped(f64::from(flight)),
                described,
                grouped(middle("rate")),
                format!("{:.0} µs", middle("processor") * 1e6)
            ]);
            at_most.push(middle("processor"));
        }
    }
    table::print("Jobs per second", &rows);
    let more = (at_most[2] / at_most[4] - 1.0) * 100.0;
    table::print(
        "Jobs per second, targets",
        &table::verdicts([table::verdict(
            "one client, 1,000 in flight: processor time per job, against bare reqwest",
            "not bound by us",
            &format!("{more:+.0} %"),
            more <= 10.0,
        )]),
    );
}

/// A role: has so many jobs made, so many at a time.
pub(crate) fn run(arguments: &[String]) {
    let [client, url, flight, jobs] = arguments else {
        panic!("client, URL, jobs in flight, and jobs")
    };
    let (flight, jobs): (usize, usize) = (
        flight.parse().expect("a number"),
        jobs.parse().expect("a number"),
    );
    let _ = rlimit::increase_nofile_limit(u64::MAX);
    let (start, before) = (Instant::now(), processor_time());
    two_threads().block_on(async {
        let (own, bare) = (
            match client.as_str() {
                "kling" => Some(settings(url).build().expect("a client")),
                "wide" => Some(
                    settings(url)
                        .max_connections(flight)
                        .max_streams(flight)
                        .build()
                        .expect("a client"),
                ),
                _ => None,
            },
            bare::client(false),
        );
        let workers: Vec<_> = (0..flight)
            .map(|_| {
                let (own, bare, url) = (own.clone(), bare.clone(), url.clone());
                tokio::spawn(async move {
                    for _ in 0..jobs / flight {
                        if let Some(client) = &own {
                            client.call(input()).await.expect("a result");
                        } else {
                            let job = bare::submit(&bare, &url, &bare::input()).await;
                            let status = bare::last_status(bare::stream(&bare, &job).await).await;
                            assert_eq!(status.status, "COMPLETED");
                            bare::get::<bare::Output>(&bare, &job.response_url).await;
                        }
                    }
                })
            })
            .collect();
        for worker in workers {
            worker.await.expect("every job ends well");
        }
    });
    let done = (jobs / flight * flight) as f64;
    println!(
        "rate={}\nprocessor={}",
        done / start.elapsed().as_secs_f64(),
        (processor_time() - before) / done
    );
}
