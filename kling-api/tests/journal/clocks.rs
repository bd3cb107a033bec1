//! Clocks that jump.

use std::time::{Duration, SystemTime};

use kling_api::Client;
use kling_api::journal::Journal;
use kling_api::testing::{FakeFal, Fault, Operation};

use crate::support::{fake, input, settings};

const DAY: Duration = Duration::from_secs(24 * 3600);

/// A client whose submits are written down by this clock.
fn client(fake: &FakeFal, folder: &tempfile::TempDir, clock: fn() -> SystemTime) -> Client {
    let journal = Journal::open(folder.path().join("a.journal")).unwrap();
    let journal = journal.lease(Duration::from_millis(100)).clock(clock);
    settings(fake.client()).journal(journal).build().unwrap()
}

#[tokio::test]
async fn a_submit_written_down_by_a_wrong_clock_is_not_sent_twice() {
    let ahead = || SystemTime::now() + DAY;
    let behind = || SystemTime::now() - DAY * 2;
    let long_ago = || SystemTime::UNIX_EPOCH;
    for clock in [ahead, behind, long_ago] {
        let fake = fake().start().await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let client = client(&fake, &folder, clock);
        fake.fault(Operation::Submit, Fault::ResetAfter).times(1);
        let input = input("a nest");
        let call = || client.call(input.clone()).idempotency_key("a");
        call().await.unwrap_err();
        let video = call().resubmit_after(Duration::ZERO).await.unwrap();
        assert_eq!(video.request_id(), fake.jobs()[0].request_id);
        assert_eq!(fake.submits(), 1);
    }
}
