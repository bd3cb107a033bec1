//! Following a job by stream, and by asking where there is none.

use kling_api::Update;
use kling_api::testing::{Fault, Operation, Script};
use kling_tests::harness::{client, fake, submitted};

use crate::queue::{all, hurried};

#[tokio::test]
async fn each_step_of_a_held_job_comes_over_the_stream() {
    let fake = fake()
        .script(Script::new().queue_positions([2, 1]).in_progress(2))
        .hold()
        .start()
        .await
        .unwrap();
    let client = client(&fake);
    let job = submitted(&client).await;
    let hand = fake.job(job.request_id());
    let mut updates = client.follow(&job).updates();

    let mut next = async || updates.next().await.unwrap().unwrap();
    assert_eq!(next().await, Update::Queued { position: Some(2) });
    hand.advance();
    assert_eq!(next().await, Update::Queued { position: Some(1) });
    hand.queue_position(7);
    assert_eq!(next().await, Update::Queued { position: Some(7) });
    hand.advance();
    assert_eq!(next().await, Update::InProgress);
    // A second status in progress is no news.
    hand.advance().complete();
    let Update::Completed(video) = next().await else {
        panic!("the job has ended")
    };
    assert_eq!(video.request_id(), job.request_id());
    assert!(
        updates.next().await.is_none(),
        "nothing comes after the end"
    );

    assert_eq!(
        (fake.count(Operation::Stream), fake.count(Operation::Status)),
        (1, 0)
    );
    assert_eq!(
        fake.count(Operation::Result),
        1,
        "one round trip after the end"
    );
}

#[tokio::test]
async fn where_the_stream_is_refused_the_status_is_asked_for() {
    for refusal in [
        Fault::status(404),
        Fault::status(405),
        Fault::status(429).header("retry-after", "86400"),
        Fault::ProxyHtml(502),
        Fault::ResetBefore,
        Fault::Garbage,
    ] {
        let fake = fake().start().await.unwrap();
        fake.fault(Operation::Stream, refusal.clone());
        let client = client(&fake);
        let job = submitted(&client).await;
        let updates = all(hurried(client.follow(&job)).updates()).await;

        let steps: Vec<&Update<_>> = updates
            .iter()
            .map(|update| update.as_ref().unwrap())
            .collect();
        let [first, second, third, Update::Completed(video)] = &steps[..] else {
            panic!("{refusal:?}: {steps:?}")
        };
        assert_eq!(
            [*first, *second, *third],
            [
                &Update::Queued { position: Some(1) },
                &Update::Queued { position: Some(0) },
                &Update::InProgress
            ],
            "{refusal:?}"
        );
        assert_eq!(video.request_id(), job.request_id());
        assert!(
            fake.count(Operation::Status) >= 5,
            "each status moves the job by one step"
        );
        assert_eq!(fake.submits(), 1);
    }
}

#[tokio::test]
async fn a_server_without_streams_is_not_asked_for_one_again() {
    let fake = fake().hold().start().await.unwrap();
    fake.fault(Operation::Stream, Fault::status(405));
    let client = client(&fake);
    let job = submitted(&client).await;
    let following = tokio::spawn(hurried(client.follow(&job)).into_future());
    // Long after the time at which a stream that had only broken would be opened again.
    fake.wait_for(Operation::Status, 200).await;
    fake.job(job.request_id()).complete();
    following.await.unwrap().unwrap();
    assert_eq!(fake.count(Operation::Stream), 1);
}

#[tokio::test]
async fn without_streaming_none_is_opened() {
    let fake = fake().start().await.unwrap();
    let client = client(&fake);
    let job = submitted(&client).await;
    hurried(client.follow(&job)).streaming(false).await.unwrap();
    assert_eq!(fake.count(Operation::Stream), 0);
    assert_eq!(fake.count(Operation::Status), 5);
}

#[tokio::test]
async fn a_network_that_is_gone_for_a_while_loses_nothing() {
    let fake = fake().hold().start().await.unwrap();
    let client = kling_tests::harness::settings(&fake)
        .retry(kling_tests::harness::brief().attempts(u32::MAX))
        .build()
        .unwrap();
    let job = submitted(&client).await;
    let mut updates = hurried(client.follow(&job)).updates();
    assert!(matches!(
        updates.next().await,
        Some(Ok(Update::Queued { .. }))
    ));

    fake.offline().await.unwrap();
    let retry = updates.next().await.unwrap().unwrap();
    assert!(matches!(retry, Update::Retrying(_)), "{retry:?}");
    let waiting = tokio::spawn(async move {
        loop {
            match updates.next().await.unwrap().unwrap() {
                Update::Retrying(_) => {}
                update => break (update, updates),
            }
        }
    });
    fake.job(job.request_id()).start();
    fake.online().await.unwrap();
    let (update, updates) = waiting.await.unwrap();
    assert_eq!(update, Update::InProgress);
    fake.job(job.request_id()).complete();
    let rest = all(updates).await;
    let [Ok(Update::Completed(video))] = &rest[..] else {
        panic!("{rest:?}")
    };
    assert_eq!(video.request_id(), job.request_id());
}

#[tokio::test]
async fn dropping_a_future_cancels_nothing() {
    let fake = fake().hold().start().await.unwrap();
    let client = client(&fake);
    let call = client
        .call(kling_tests::harness::input())
        .cancel_on_timeout(true);
    let running = tokio::spawn(call.into_future());
    fake.wait_for(Operation::Stream, 1).await;
    running.abort();
    assert!(running.await.unwrap_err().is_cancelled());

    let bought = fake.jobs();
    assert_eq!((bought.len(), fake.count(Operation::Cancel)), (1, 0));
    let hand = fake.job(&bought[0].request_id);
    assert_eq!(hand.state(), kling_api::testing::JobState::InQueue);
    hand.complete();
    let job =
        kling_api::Job::<kling_tests::kling::v1::standard::image_to_video::Input>::from_request_id(
            &bought[0].request_id,
        );
    let video = client.follow(&job).await.unwrap();
    assert_eq!(video.request_id(), bought[0].request_id);
    assert_eq!((fake.submits(), fake.count(Operation::Cancel)), (1, 0));
}
