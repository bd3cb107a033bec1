//! One key, one job.

use std::time::Duration;

use kling_api::journal::{Entry, FileStore, Journal, State, StoreError};
use kling_api::testing::{FakeFal, Fault, Operation, Outcome};
use kling_api::{Raw, Submission, Usd};
use serde_json::json;

use crate::support::{LEASE, Step, Stepper, bought, client, fake, input, open, settings};

const WAIT: Duration = Duration::from_millis(200);

async fn start() -> (FakeFal, tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.journal");
    (fake().start().await.unwrap(), folder, path)
}

async fn state(journal: &Journal, key: &str) -> Option<State> {
    journal.get(key).await.unwrap().map(|entry| entry.state())
}

#[tokio::test]
async fn the_same_key_gives_the_same_job_and_the_same_result_for_ever() {
    let (fake, _folder, path) = start().await;
    let journal = open(&path);
    let client = client(&fake, &journal);
    let call = || client.call(input("a nest")).idempotency_key("order-4711");
    let job = call().submit().await.unwrap();
    assert_eq!(state(&journal, "order-4711").await, Some(State::Submitted));
    assert_eq!(call().submit().await.unwrap(), job);
    let video = call().await.unwrap();
    assert_eq!(video.request_id(), job.request_id());
    assert_eq!(state(&journal, "order-4711").await, Some(State::Completed));
    drop(client);
    drop(journal);

    // Another program, another day, and fal has forgotten the job.
    fake.job(job.request_id()).forget();
    let asked = fake.requests().len();
    let other = crate::support::client(&fake, &open(&path));
    let again = other.call(input("a nest")).idempotency_key("order-4711");
    assert_eq!(again.await.unwrap(), video);
    assert_eq!(fake.requests().len(), asked, "nothing was sent");
    assert_eq!(fake.submits(), 1);
}

#[tokio::test]
async fn a_failed_job_stays_failed() {
    let (fake, _folder, path) = start().await;
    let journal = open(&path);
    let client = client(&fake, &journal);
    fake.hold();
    let call = || client.call(input("a nest")).idempotency_key("a");
    let job = call().submit().await.unwrap();
    fake.job(job.request_id()).fail(Outcome::model_error(
        "content_policy_violation",
        "prompt",
        "no",
    ));
    fake.release();
    let first = call().await.unwrap_err();
    assert!(first.is_job_failure(), "{first}");
    fake.job(job.request_id()).forget();
    let second = call().await.unwrap_err();
    assert_eq!(second.to_string(), first.to_string());
    assert_eq!(second.field_errors(), first.field_errors());
    assert_eq!(second.submission(), first.submission());
    assert_eq!(state(&journal, "a").await, Some(State::Failed));
    assert_eq!(fake.submits(), 1);
}

#[tokio::test]
async fn a_result_that_is_fetched_alone_is_kept_too() {
    let (fake, _folder, path) = start().await;
    let journal = open(&path);
    let client = client(&fake, &journal);
    let call = |key| client.call(input("a nest")).idempotency_key(key);
    fake.hold();
    let (good, bad) = (
        call("good").submit().await.unwrap(),
        call("bad").submit().await.unwrap(),
    );
    let early = client.result(&good).await.unwrap_err();
    assert!(early.is_in_progress(), "{early}");
    assert_eq!(state(&journal, "good").await, Some(State::Submitted));
    fake.job(bad.request_id()).fail(Outcome::model_error(
        "content_policy_violation",
        "prompt",
        "no",
    ));
    fake.release();
    fake.job(good.request_id()).complete();
    let video = client.result(&good).await.unwrap();
    client.result(&bad).await.unwrap_err();
    assert_eq!(state(&journal, "good").await, Some(State::Completed));
    assert_eq!(state(&journal, "bad").await, Some(State::Failed));
    fake.job(good.request_id()).forget();
    assert_eq!(call("good").await.unwrap().video, video.video);
    // One that the journal does not know is fetched as ever.
    let other = settings(fake.client()).build().unwrap();
    let job = other.call(input("a tree")).submit().await.unwrap();
    fake.job(job.request_id()).complete();
    client.result(&job).await.unwrap();
}

#[tokio::test]
async fn a_key_stands_for_one_call_only() {
    let (fake, _folder, path) = start().await;
    let client = client(&fake, &open(&path));
    client
        .call(input("a nest"))
        .idempotency_key("a")
        .submit()
        .await
        .unwrap();
    let other = client.call(input("a tree")).idempotency_key("a");
    let error = other.submit().await.unwrap_err();
    assert!(
        error.is_key_reused() && !error.is_retryable() && !error.may_submit_again(),
        "{error}"
    );
    assert!(
        format!("{error:#}").contains("key a was used before with another input"),
        "{error}"
    );
    let raw = Raw::new(
        "fal-ai/kling-video/v1/pro/image-to-video",
        json!({"prompt": "a nest"}),
    );
    let error = client
        .call(raw)
        .idempotency_key("a")
        .submit()
        .await
        .unwrap_err();
    assert!(
        format!("{error:#}").contains("for the endpoint fal-ai/kling-video/v1/standard/"),
        "{error}"
    );
    assert_eq!(fake.submits(), 1);
}

#[tokio::test]
async fn what_is_wrong_with_the_call_is_said_before_anything_is_written() {
    let (fake, _folder, path) = start().await;
    let journal = open(&path);
    let client = client(&fake, &journal);
    let error = client
        .call(input("a"))
        .idempotency_key("")
        .await
        .unwrap_err();
    assert!(error.is_configuration(), "{error}");
    let mut invalid = input("a");
    invalid.cfg_scale = Some(7.0);
    let error = client.call(invalid).idempotency_key("a").await.unwrap_err();
    assert!(error.is_validation(), "{error}");
    let plain = settings(fake.client()).build().unwrap();
    let error = plain
        .call(input("a"))
        .idempotency_key("a")
        .await
        .unwrap_err();
    assert!(
        format!("{error:#}").contains("ClientBuilder::journal"),
        "{error}"
    );
    let error = client
        .call(input("a"))
        .idempotency_key("a")
        .run()
        .await
        .unwrap_err();
    assert!(error.is_configuration(), "{error}");
    assert_eq!(
        (
            fake.requests().len(),
            journal.entries().next().await.is_none()
        ),
        (0, true)
    );
}

#[tokio::test]
async fn what_bought_nothing_frees_the_key() {
    let (fake, _folder, path) = start().await;
    let journal = open(&path);
    let client = client(&fake, &journal);
    fake.fault(Operation::Submit, Fault::status(401)).times(1);
    let error = client
        .call(input("a nest"))
        .idempotency_key("a")
        .await
        .unwrap_err();
    assert_eq!(error.submission(), Submission::NotSubmitted);
    assert_eq!(state(&journal, "a").await, None);
    // Another input, too: nothing stands for the key any more.
    client
        .call(input("a tree"))
        .idempotency_key("a")
        .await
        .unwrap();
    assert_eq!(fake.submits(), 1);
}

#[tokio::test]
async fn a_job_whose_response_was_lost_is_found_by_the_next_call() {
    for fault in [Fault::ResetAfter, Fault::Garbage] {
        let (fake, _folder, path) = start().await;
        let journal = open(&path);
        let client = client(&fake, &journal);
        fake.fault(Operation::Submit, fault).times(1);
        let call = || client.call(input("a nest")).idempotency_key("a");
        let error = call().await.unwrap_err();
        assert_eq!(error.submission(), Submission::Unknown, "{error}");
        assert_eq!(state(&journal, "a").await, Some(State::Unknown));
        let video = call().await.unwrap();
        assert_eq!(video.request_id(), fake.jobs()[0].request_id);
        assert_eq!(fake.submits(), 1);
    }
}

#[tokio::test]
async fn what_is_not_there_is_sent_again_only_where_the_caller_allows_it() {
    let (fake, _folder, path) = start().await;
    let journal = open(&path);
    let client = client(&fake, &journal);
    fake.fault(Operation::Submit, Fault::ResetBefore).times(1);
    let call = || client.call(input("a nest")).idempotency_key("order-4711");
    call().await.unwrap_err();
    for _ in 0..2 {
        let error = call().await.unwrap_err();
        assert_eq!(error.submission(), Submission::Unknown, "{error}");
        let said = format!("{error:#}");
        assert!(
            error.is_journal() && said.contains("order-4711") && said.contains("s ago"),
            "{said}"
        );
        assert!(
            said.contains("journal.adopt()") && said.contains("journal.remove()"),
            "{said}"
        );
    }
    assert_eq!(fake.count(Operation::Submit), 1);
    call().resubmit_after(WAIT).await.unwrap();
    assert_eq!(bought(&fake, "a nest"), 1);
}

#[tokio::test]
async fn one_call_comes_to_its_end_over_a_lost_response() {
    for (fault, sends) in [(Fault::ResetAfter, 1), (Fault::ResetBefore, 2)] {
        let (fake, _folder, path) = start().await;
        let client = client(&fake, &open(&path));
        fake.fault(Operation::Submit, fault).times(1);
        let call = client.call(input("a nest")).idempotency_key("a");
        call.resubmit_after(WAIT).await.unwrap();
        assert_eq!((fake.count(Operation::Submit), fake.submits()), (sends, 1));
    }
}

#[tokio::test]
async fn many_tasks_with_one_key_buy_one_job() {
    let (fake, _folder, path) = start().await;
    let client = client(&fake, &open(&path));
    let calls = (0..50).map(|_| {
        client
            .call(input("a nest"))
            .idempotency_key("a")
            .into_future()
    });
    for video in futures_util::future::join_all(calls).await {
        assert_eq!(video.unwrap().request_id(), fake.jobs()[0].request_id);
    }
    assert_eq!(fake.count(Operation::Submit), 1);
}

#[tokio::test]
async fn two_programs_with_one_key_buy_one_job() {
    let (fake, _folder, path) = start().await;
    // Each with a store of its own: as far apart as two processes are.
    let clients: Vec<_> = (0..8).map(|_| client(&fake, &open(&path))).collect();
    let calls = clients.iter().map(|client| {
        let call = client.call(input("a nest")).idempotency_key("a");
        call.into_future()
    });
    for video in futures_util::future::join_all(calls).await {
        assert_eq!(video.unwrap().request_id(), fake.jobs()[0].request_id);
    }
    assert_eq!(fake.count(Operation::Submit), 1);
}

#[tokio::test]
async fn a_submit_that_takes_longer_than_a_lease_stays_with_whoever_sends_it() {
    let (fake, _folder, path) = start().await;
    let (one, other) = (client(&fake, &open(&path)), client(&fake, &open(&path)));
    fake.fault(Operation::Submit, Fault::Delay(LEASE * 4))
        .times(1);
    let first = one.call(input("a nest")).idempotency_key("a").submit();
    let second = async {
        fake.wait_for(Operation::Submit, 1).await;
        let call = other.call(input("a nest")).idempotency_key("a");
        call.resubmit_after(Duration::ZERO).submit().await
    };
    let (first, second) = tokio::join!(first, second);
    assert_eq!(first.unwrap(), second.unwrap());
    assert_eq!(fake.count(Operation::Submit), 1);
}

#[tokio::test]
async fn dropping_a_call_does_not_cut_off_its_submit() {
    let (fake, _folder, path) = start().await;
    let journal = open(&path);
    let client = client(&fake, &journal);
    fake.fault(Operation::Submit, Fault::Delay(LEASE)).times(1);
    let call = || client.call(input("a nest")).idempotency_key("a");
    let dropped = tokio::time::timeout(Duration::from_millis(100), call().into_future()).await;
    assert!(dropped.is_err(), "it was dropped");
    // It waits for the one that goes on.
    let job = call().submit().await.unwrap();
    assert_eq!(job.request_id(), fake.jobs()[0].request_id);
    assert_eq!(fake.count(Operation::Submit), 1);
}

#[tokio::test]
async fn waiting_for_another_program_ends_at_the_timeout() {
    let (fake, _folder, path) = start().await;
    let (one, other) = (client(&fake, &open(&path)), client(&fake, &open(&path)));
    fake.fault(Operation::Submit, Fault::Delay(LEASE * 4))
        .times(1);
    let first = one.call(input("a nest")).idempotency_key("a").submit();
    let second = async {
        fake.wait_for(Operation::Submit, 1).await;
        let call = other.call(input("a nest")).idempotency_key("a");
        call.timeout(Duration::from_millis(50))
            .submit()
            .await
            .unwrap_err()
    };
    let (first, second) = tokio::join!(first, second);
    assert!(first.is_ok());
    assert!(
        second.is_journal() && second.submission() == Submission::Unknown,
        "{second}"
    );
}

#[tokio::test]
async fn keys_with_the_same_input_have_jobs_of_their_own() {
    let (fake, _folder, path) = start().await;
    let journal = open(&path);
    let client = client(&fake, &journal);
    fake.fault(Operation::Submit, Fault::ResetAfter).times(3);
    let keys = ["a", "b", "c"];
    for key in keys {
        client
            .call(input("a nest"))
            .idempotency_key(key)
            .await
            .unwrap_err();
    }
    let mut jobs = Vec::new();
    for key in keys {
        let call = client.call(input("a nest")).idempotency_key(key);
        jobs.push(call.await.unwrap().request_id().to_owned());
    }
    jobs.sort();
    jobs.dedup();
    assert_eq!((jobs.len(), fake.submits()), (3, 3));
    // A fourth in doubt, whose job is not there, takes none of the others'.
    fake.fault(Operation::Submit, Fault::ResetBefore).times(1);
    let call = || client.call(input("a nest")).idempotency_key("d");
    call().await.unwrap_err();
    assert_eq!(call().await.unwrap_err().submission(), Submission::Unknown);
    assert!(call().resubmit_after(WAIT).await.is_ok());
    assert_eq!(fake.submits(), 4);
}

#[tokio::test]
async fn without_stored_inputs_a_person_decides() {
    let (fake, _folder, path) = start().await;
    fake.store_payloads(false);
    let journal = open(&path);
    let client = client(&fake, &journal);
    fake.fault(Operation::Submit, Fault::ResetAfter).times(1);
    let call = || client.call(input("a nest")).idempotency_key("a");
    call().await.unwrap_err();
    let id = fake.jobs()[0].request_id.clone();
    let error = call().resubmit_after(Duration::ZERO).await.unwrap_err();
    assert!(format!("{error:#}").contains(&id), "{error}");
    journal.adopt("a", &id).await.unwrap();
    assert_eq!(call().await.unwrap().request_id(), id);
    assert!(journal.adopt("a", "other").await.is_err());
    assert!(journal.adopt("b", &id).await.is_err());
    assert!(journal.remove("a").await.unwrap().is_some());
    assert!(journal.remove("a").await.unwrap().is_none());
    call().await.unwrap();
    assert_eq!(fake.submits(), 2);
}

#[tokio::test]
async fn a_journal_that_fails_before_the_submit_buys_nothing() {
    let (fake, _folder, path) = start().await;
    let store = Stepper::new(FileStore::open(&path).unwrap(), |step| match step {
        Step::Before(1) => Err(StoreError::new("the disk is full. Make room")),
        _ => Ok(()),
    });
    let client = client(&fake, &Journal::with_store(store).lease(LEASE));
    let call = || client.call(input("a nest")).idempotency_key("a");
    let error = call().await.unwrap_err();
    assert!(error.is_journal() && error.is_retryable(), "{error}");
    assert_eq!(error.submission(), Submission::NotSubmitted);
    assert_eq!(fake.count(Operation::Submit), 0);
    call().await.unwrap();
    assert_eq!(fake.submits(), 1);
}

#[tokio::test]
async fn a_journal_that_fails_after_the_submit_names_the_job() {
    let (fake, _folder, path) = start().await;
    let store = Stepper::new(FileStore::open(&path).unwrap(), |step| match step {
        Step::Before(number) if number > 1 => Err(StoreError::new("the disk is full. Make room")),
        _ => Ok(()),
    });
    let broken = client(&fake, &Journal::with_store(store).lease(LEASE));
    let call = broken.call(input("a nest")).idempotency_key("a");
    let error = call.await.unwrap_err();
    let id = fake.jobs()[0].request_id.clone();
    assert_eq!(
        error.submission(),
        Submission::Submitted(id.clone()),
        "{error}"
    );
    assert!(
        error.is_journal() && format!("{error:#}").contains("disk is full"),
        "{error}"
    );
    // Once there is room again, the job is found.
    let works = client(&fake, &open(&path));
    let call = works.call(input("a nest")).idempotency_key("a");
    assert_eq!(call.await.unwrap().request_id(), id);
    assert_eq!(fake.submits(), 1);
}

#[tokio::test]
async fn an_intent_that_is_written_although_the_store_failed_is_used() {
    let (fake, _folder, path) = start().await;
    let store = Stepper::new(FileStore::open(&path).unwrap(), |step| match step {
        Step::After(1 | 2) => Err(StoreError::new("the connection broke")),
        _ => Ok(()),
    });
    let client = client(&fake, &Journal::with_store(store).lease(LEASE));
    let call = client.call(input("a nest")).idempotency_key("a");
    call.await.unwrap();
    assert_eq!(fake.submits(), 1);
}

#[tokio::test]
async fn the_budget_holds_over_all_programs() {
    let (fake, _folder, path) = start().await;
    let budget = Usd::from_micros(1_000_000);
    let cost = Usd::from_micros(300_000);
    let clients: Vec<_> = (0..4)
        .map(|_| client(&fake, &open(&path).budget(budget)))
        .collect();
    let calls = (0..12).map(|number| {
        let call = clients[number % 4].call(input(&format!("nest {number}")));
        call.idempotency_key(number.to_string())
            .expected_cost(cost)
            .into_future()
    });
    let outcomes = futures_util::future::join_all(calls).await;
    let refused: Vec<_> = outcomes
        .iter()
        .filter_map(|outcome| outcome.as_ref().err())
        .collect();
    assert!(
        refused.iter().all(|error| error.is_over_budget()),
        "{refused:?}"
    );
    assert!(
        refused[0]
            .to_string()
            .contains("of the journal's budget of $1.00 $0.90 is spent")
    );
    assert_eq!((fake.submits(), refused.len()), (3, 9));
    let journal = open(&path);
    assert_eq!(journal.spent().await.unwrap(), Usd::from_micros(900_000));
    // What was bought is given again, whatever is left of the budget.
    let bought = outcomes.iter().position(Result::is_ok).unwrap();
    let again = clients[0].call(input(&format!("nest {bought}")));
    again.idempotency_key(bought.to_string()).await.unwrap();
}

#[tokio::test]
async fn calls_without_a_key_are_kept_where_the_client_says_so() {
    let (fake, _folder, path) = start().await;
    let journal = open(&path);
    let some = client(&fake, &journal);
    some.call(input("a nest")).await.unwrap();
    assert!(journal.entries().next().await.is_none());
    let all = settings(fake.client())
        .journal(journal.clone())
        .journal_all(true);
    let all = all.build().unwrap();
    all.call(input("a nest")).await.unwrap();
    all.call(input("a nest")).submit().await.unwrap();
    let mut entries = journal.entries();
    let mut states = Vec::new();
    while let Some(entry) = entries.next().await {
        let entry = entry.unwrap();
        assert!(entry.key().starts_with("auto-"), "{entry:?}");
        assert_eq!(entry.cost(), entry.cost());
        states.push(entry.state());
    }
    states.sort();
    assert_eq!(states, [State::Submitted, State::Completed]);
    assert_eq!(fake.submits(), 3);
}

#[tokio::test]
async fn workers_share_what_is_unfinished() {
    let (fake, _folder, path) = start().await;
    let journal = open(&path);
    let first = client(&fake, &journal);
    for number in 0..6 {
        let call = first.call(input(&format!("nest {number}")));
        call.idempotency_key(number.to_string())
            .submit()
            .await
            .unwrap();
    }
    let other = open(&path);
    let hold = Duration::from_secs(2);
    let (mine, theirs) = tokio::join!(journal.unfinished(4, hold), other.unfinished(4, hold));
    let (mine, theirs) = (mine.unwrap(), theirs.unwrap());
    let mut keys: Vec<_> = mine.iter().chain(&theirs).map(Entry::key).collect();
    keys.sort_unstable();
    assert_eq!(
        keys,
        ["0", "1", "2", "3", "4", "5"],
        "each is with one worker"
    );
    // One worker finishes, the other dies.
    for entry in &mine {
        let video = first.follow(entry.job().unwrap()).await.unwrap();
        let kept = journal.get(entry.key()).await.unwrap().unwrap();
        assert_eq!(kept.output(), Some(&*video));
    }
    assert!(journal.unfinished(9, hold).await.unwrap().is_empty());
    tokio::time::sleep(hold).await;
    assert_eq!(
        journal.unfinished(9, hold).await.unwrap().len(),
        theirs.len()
    );
}

#[tokio::test]
async fn an_outcome_from_elsewhere_is_recorded_by_request_id() {
    let (fake, _folder, path) = start().await;
    let journal = open(&path);
    let keeps = client(&fake, &journal);
    let job = keeps
        .call(input("a nest"))
        .idempotency_key("a")
        .submit()
        .await
        .unwrap();
    let plain = settings(fake.client()).build().unwrap();
    let outcome = plain.follow(&job).await;
    assert_eq!(state(&journal, "a").await, Some(State::Submitted));
    assert!(journal.record(&outcome).await.unwrap());
    assert!(journal.record(&outcome).await.unwrap(), "twice is no harm");
    assert_eq!(state(&journal, "a").await, Some(State::Completed));
    let other = plain.call(input("a tree")).await;
    assert!(!journal.record(&other).await.unwrap());
}

/// The response to the submit is lost, and the webhook comes.
#[tokio::test]
async fn an_outcome_from_elsewhere_settles_a_key_in_doubt() {
    let (fake, _folder, path) = start().await;
    let journal = open(&path);
    let client = client(&fake, &journal);
    fake.fault(Operation::Submit, Fault::ResetAfter).times(1);
    let call = |prompt, key| client.call(input(prompt)).idempotency_key(key);
    let error = call("a nest", "a").submit().await.unwrap_err();
    assert_eq!(error.submission(), Submission::Unknown);
    assert_eq!(state(&journal, "a").await, Some(State::Unknown));
    let elsewhere = settings(fake.client()).build().unwrap();
    let id = fake.jobs()[0].request_id.clone();
    let job = kling_api::Job::<crate::endpoint::Input>::from_request_id(id);
    let outcome = elsewhere.follow(&job).await;
    assert!(!journal.record(&outcome).await.unwrap());
    assert!(!journal.record_for("nobody's", &outcome).await.unwrap());
    assert!(journal.record_for("a", &outcome).await.unwrap());
    assert_eq!(state(&journal, "a").await, Some(State::Completed));
    assert!(
        journal.record_for("a", &outcome).await.unwrap(),
        "it may come twice"
    );
    call("a tree", "b").submit().await.unwrap();
    let error = journal.record_for("b", &outcome).await.unwrap_err();
    assert!(
        format!("{error:#}").contains("the key b has the job"),
        "{error}"
    );
    assert_eq!(
        call("a nest", "a").await.unwrap().video.url,
        outcome.unwrap().video.url
    );
    assert_eq!(fake.submits(), 2);
}

#[tokio::test]
async fn a_job_that_only_the_history_has_is_found_while_it_runs() {
    let (fake, _folder, path) = start().await;
    fake.list_running(false);
    fake.set_page_size(2);
    fake.hold();
    let journal = open(&path);
    let client = client(&fake, &journal);
    for number in 0..5 {
        client
            .call(input(&format!("nest {number}")))
            .submit()
            .await
            .unwrap();
    }
    fake.fault(Operation::Submit, Fault::ResetAfter).times(1);
    let call = || {
        client
            .call(input("a nest"))
            .idempotency_key("a")
            .resubmit_after(Duration::ZERO)
    };
    let job = call().submit().await.unwrap();
    assert_eq!(job.request_id(), fake.jobs()[5].request_id);
    assert_eq!(fake.submits(), 6);
}

#[tokio::test]
async fn the_sums_use_what_fal_billed() {
    let (fake, _folder, path) = start().await;
    let journal = open(&path);
    let client = client(&fake, &journal);
    let call = client.call(input("a nest")).idempotency_key("a");
    let job = call
        .expected_cost(Usd::from_micros(225_000))
        .submit()
        .await
        .unwrap();
    client.follow(&job).await.unwrap();
    assert_eq!(client.billed_cost(&job).await.unwrap(), None);
    assert_eq!(journal.spent().await.unwrap(), Usd::from_micros(225_000));
    fake.bill(job.request_id(), 210_000_000);
    fake.bill(job.request_id(), 1);
    let billed = client.billed_cost(&job).await.unwrap().unwrap();
    assert_eq!(billed.to_string(), "$0.210000001");
    assert_eq!(journal.spent().await.unwrap(), Usd::from_micros(210_001));
    let entry = journal.get("a").await.unwrap().unwrap();
    assert_eq!(entry.billed_nano_dollars(), Some(210_000_001));
    assert_eq!(entry.state(), State::Completed);
}

#[tokio::test]
async fn a_store_that_says_nothing_clear_does_not_cut_off_a_submit() {
    let (fake, _folder, path) = start().await;
    // The second change is the first renewal of the lease: it takes place, and an error is told.
    let store = Stepper::new(FileStore::open(&path).unwrap(), |step| match step {
        Step::After(2) => Err(StoreError::new("the connection broke")),
        _ => Ok(()),
    });
    let client = client(&fake, &Journal::with_store(store).lease(LEASE));
    fake.fault(Operation::Submit, Fault::Delay(LEASE * 2))
        .times(1);
    client
        .call(input("a nest"))
        .idempotency_key("a")
        .await
        .unwrap();
    assert_eq!(fake.count(Operation::Submit), 1);
}

#[tokio::test]
async fn a_submit_whose_journal_is_away_for_a_lease_is_cut_off_and_found_again() {
    let (fake, _folder, path) = start().await;
    let store = Stepper::new(FileStore::open(&path).unwrap(), |step| match step {
        Step::Before(number) if number > 1 => Err(StoreError::new("the connection broke")),
        _ => Ok(()),
    });
    let broken = client(&fake, &Journal::with_store(store).lease(LEASE));
    fake.fault(Operation::Submit, Fault::Delay(LEASE * 3))
        .times(1);
    let error = broken
        .call(input("a nest"))
        .idempotency_key("a")
        .await
        .unwrap_err();
    assert!(
        error.is_journal() && error.submission() == Submission::Unknown,
        "{error}"
    );
    let works = client(&fake, &open(&path));
    works
        .call(input("a nest"))
        .idempotency_key("a")
        .resubmit_after(LEASE * 4)
        .await
        .unwrap();
    assert_eq!(fake.submits(), 1);
}

#[tokio::test]
async fn of_two_inputs_in_doubt_each_gets_its_own_job() {
    // One input is the other and more, so that the job of the longer one might be taken for that of the shorter.
    let (fake, _folder, path) = start().await;
    let journal = open(&path);
    let client = client(&fake, &journal);
    let mut longer = input("a nest");
    longer.cfg_scale = Some(0.25);
    fake.fault(Operation::Submit, Fault::ResetBefore).times(1);
    let short = || client.call(input("a nest")).idempotency_key("short");
    short().await.unwrap_err();
    fake.fault(Operation::Submit, Fault::ResetAfter).times(1);
    let long = || client.call(longer.clone()).idempotency_key("long");
    long().await.unwrap_err();
    let error = short().resubmit_after(Duration::ZERO).await.unwrap_err();
    assert_eq!(error.submission(), Submission::Unknown, "{error}");
    let id = fake.jobs()[0].request_id.clone();
    assert_eq!(long().await.unwrap().request_id(), id);
    assert_ne!(
        short()
            .resubmit_after(Duration::ZERO)
            .await
            .unwrap()
            .request_id(),
        id
    );
    assert_eq!(fake.submits(), 2);
}

#[tokio::test]
async fn a_search_that_fails_leaves_all_as_it_was() {
    let (fake, _folder, path) = start().await;
    let journal = open(&path);
    let client = client(&fake, &journal);
    fake.fault(Operation::Submit, Fault::ResetAfter).times(1);
    let call = || {
        client
            .call(input("a nest"))
            .idempotency_key("order-4711")
            .resubmit_after(WAIT)
    };
    fake.fault(Operation::Platform, Fault::status(403)).times(1);
    let error = call().await.unwrap_err();
    assert!(
        error.is_journal() && error.submission() == Submission::Unknown,
        "{error}"
    );
    assert!(format!("{error:#}").contains("key order-4711"), "{error}");
    assert_eq!(
        call().await.unwrap().request_id(),
        fake.jobs()[0].request_id
    );
    assert_eq!(fake.submits(), 1);
}

#[tokio::test]
async fn an_outcome_that_cannot_be_kept_at_once_is_kept_a_moment_later() {
    let (fake, _folder, path) = start().await;
    let store = Stepper::new(FileStore::open(&path).unwrap(), |step| match step {
        Step::Before(3 | 4) => Err(StoreError::new("the server is starting up. Wait")),
        _ => Ok(()),
    });
    let journal = Journal::with_store(store).lease(LEASE);
    let client = client(&fake, &journal);
    let call = client.call(input("a nest")).idempotency_key("a");
    call.await.unwrap();
    assert_eq!(state(&journal, "a").await, Some(State::Completed));
}

#[tokio::test]
async fn an_outcome_that_cannot_be_kept_names_the_job() {
    let (fake, _folder, path) = start().await;
    let is_full = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(true));
    let full = is_full.clone();
    let store = Stepper::new(FileStore::open(&path).unwrap(), move |step| match step {
        Step::Before(3..) if full.load(std::sync::atomic::Ordering::SeqCst) => {
            Err(StoreError::new("the disk is full. Make room"))
        }
        _ => Ok(()),
    });
    let client = client(&fake, &Journal::with_store(store).lease(LEASE));
    let call = || client.call(input("a nest")).idempotency_key("a");
    let error = call().await.unwrap_err();
    is_full.store(false, std::sync::atomic::Ordering::SeqCst);
    let id = fake.jobs()[0].request_id.clone();
    assert_eq!(
        error.submission(),
        Submission::Submitted(id.clone()),
        "{error}"
    );
    assert!(error.is_journal() && !error.may_submit_again(), "{error}");
    assert_eq!(call().await.unwrap().request_id(), id);
}
