//! Which public type is `Send`, `Sync`, `Clone`, `Debug` and `Serialize`, in one table.

#![expect(
    clippy::unwrap_used,
    reason = "clippy sees that a test may unwrap, but not that these helpers are for tests"
)]

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::marker::PhantomData;
use std::path::Path;

use kling_api::v2_1::master::image_to_video::{Duration, Input, Output};
use kling_api::*;
use serde::Serialize;

/// A bound that does not hold leaves the constant of the trait, one that holds hides it.
struct Probe<T>(PhantomData<T>);

macro_rules! probes {
    ($($absent:ident $constant:ident $bound:path;)+) => {$(
        #[allow(dead_code, reason = "of a bound that holds for all types, it is the constant that is never read")]
        trait $absent {
            const $constant: bool = false;
        }

        impl<T> $absent for Probe<T> {}

        impl<T: $bound> Probe<T> {
            const $constant: bool = true;
        }
    )+};
}

probes! {
    NotSend SEND Send;
    NotSync SYNC Sync;
    NotClone CLONE Clone;
    NotDebug DEBUG Debug;
    NotSerialize SERIALIZE Serialize;
}

macro_rules! rows {
    ($($name:literal $ty:ty;)+) => {
        [$(($name, [
            (<Probe<$ty>>::SEND, "Send"),
            (<Probe<$ty>>::SYNC, "Sync"),
            (<Probe<$ty>>::CLONE, "Clone"),
            (<Probe<$ty>>::DEBUG, "Debug"),
            (<Probe<$ty>>::SERIALIZE, "Serialize"),
        ])),+]
    };
}

/// The table. What can be kept, sent or shared today must stay so.
const TABLE: &str = "\
Access: Send Sync Clone Debug Serialize
ById: Send Sync Debug Serialize
Call: Send Sync Debug
CallById: Send Sync Debug
CancelOutcome: Send Sync Clone Debug
CancelRequest: Send Sync Debug
Client: Send Sync Clone Debug
ClientBuilder: Send Sync Debug
Completed: Send Sync Clone Debug Serialize
DataUriError: Send Sync Clone Debug
Download: Send Sync Debug
DownloadTo: Send Debug
Downloaded: Send Sync Clone Debug
Duration: Send Sync Clone Debug Serialize
EndpointInfo: Send Sync Clone Debug
Error: Send Sync Debug
ErrorKind: Send Sync Clone Debug
ErrorType: Send Sync Clone Debug Serialize
FieldError: Send Sync Clone Debug
Follow: Send Sync Debug
Input: Send Sync Clone Debug Serialize
InvalidField: Send Sync Clone Debug
Job: Send Sync Clone Debug Serialize
KnownEndpoint: Send Sync Clone Debug
Location: Send Sync Clone Debug
LogLine: Send Sync Clone Debug Serialize
Media: Send Sync Clone Debug Serialize
MediaFields: Debug
MediaLimits: Send Sync Clone Debug
ObjectLifecycle: Send Sync Clone Debug Serialize
Output: Send Sync Clone Debug Serialize
OutputStream: Send Debug
ParseUsdError: Send Sync Clone Debug
Price: Send Sync Clone Debug
Priority: Send Sync Clone Debug
Raw: Send Sync Clone Debug Serialize
ResultRequest: Send Sync Debug
Retry: Send Sync Clone Debug
Retrying: Send Sync Clone Debug
State: Send Sync Clone Debug
Status: Send Sync Clone Debug
StatusRequest: Send Sync Debug
Submission: Send Sync Clone Debug
Update: Send Sync Clone Debug
Updates: Send Debug
Upload: Send Debug
Uploaded: Send Sync Clone Debug Serialize
Usd: Send Sync Clone Debug Serialize
Validator: Send Sync Debug
Violation: Send Sync Clone Debug
Violations: Send Sync Clone Debug
blocking::Items: Send Debug
blocking::Writer: Send Sync Debug
journal::Entries: Send Debug
journal::Entry: Send Sync Clone Debug
journal::FileStore: Send Sync Debug
journal::Inserted: Send Sync Clone Debug
journal::Journal: Send Sync Clone Debug
journal::Replaced: Send Sync Clone Debug
journal::Row: Send Sync Clone Debug
journal::State: Send Sync Clone Debug
journal::StoreError: Send Sync Debug
platform::Amount: Send Sync Clone Debug
platform::BilledCost: Send Sync Clone Debug
platform::BilledCostRequest: Send Sync Clone Debug
platform::EstimateRequest: Send Sync Clone Debug
platform::Evidence: Send Sync Clone Debug
platform::ExpansionFailed: Send Sync Clone Debug
platform::FindLostJobs: Send Sync Debug
platform::LivePrice: Send Sync Clone Debug
platform::LivePriceRequest: Send Sync Clone Debug
platform::LostJob: Send Sync Debug
platform::MetaRequest: Send Sync Clone Debug
platform::Models: Send Sync Clone Debug
platform::PastRequests: Send Sync Clone Debug
platform::Platform: Send Sync Clone Debug
platform::Prices: Send Sync Clone Debug
testing::Delivery: Send Sync Clone Debug
testing::FakeFal: Send Sync Debug
testing::FakeFalBuilder: Send Sync Debug
testing::Fault: Send Sync Clone Debug
testing::FaultRule: Send Sync Clone Debug
testing::JobControl: Send Sync Clone Debug
testing::JobRecord: Send Sync Clone Debug
testing::JobState: Send Sync Clone Debug
testing::KeySent: Send Sync Clone Debug
testing::LogLine: Send Sync Clone Debug
testing::Operation: Send Sync Clone Debug
testing::Outcome: Send Sync Clone Debug
testing::Pace: Send Sync Clone Debug
testing::RecordedRequest: Send Sync Clone Debug
testing::Script: Send Sync Clone Debug
testing::StartError: Send Sync Debug
testing::StreamLogs: Send Sync Clone Debug
testing::UploadRecord: Send Sync Clone Debug
testing::Validation: Send Sync Clone Debug
webhook::Event: Send Sync Clone Debug
webhook::EventKind: Send Sync Clone Debug
webhook::FetchingVerifier: Send Sync Clone Debug
webhook::Keys: Send Sync Clone Debug
webhook::Verifier: Send Sync Clone Debug
webhook::WebhookError: Send Sync Clone Debug
";

#[expect(clippy::too_many_lines, reason = "one line for each type")]
fn table() -> Vec<(&'static str, String)> {
    let rows = rows! {
        "Access" Access;
        "ById" ById;
        "Call" Call<Input>;
        "CallById" CallById;
        "CancelOutcome" CancelOutcome;
        "CancelRequest" CancelRequest<Input>;
        "Client" Client;
        "ClientBuilder" ClientBuilder;
        "Completed" Completed<Output>;
        "DataUriError" DataUriError;
        "Download" Download;
        "DownloadTo" DownloadTo<'static>;
        "Downloaded" Downloaded;
        "Duration" Duration;
        "EndpointInfo" EndpointInfo;
        "Error" Error;
        "ErrorKind" ErrorKind;
        "ErrorType" ErrorType;
        "FieldError" FieldError;
        "Follow" Follow<Input>;
        "Input" Input;
        "InvalidField" InvalidField<'static>;
        "Job" Job<Input>;
        "KnownEndpoint" KnownEndpoint;
        "Location" Location;
        "LogLine" LogLine;
        "Media" Media;
        "MediaFields" MediaFields<'static>;
        "MediaLimits" MediaLimits;
        "ObjectLifecycle" ObjectLifecycle;
        "Output" Output;
        "OutputStream" OutputStream<Output>;
        "ParseUsdError" ParseUsdError;
        "Price" Price;
        "Priority" Priority;
        "Raw" Raw;
        "ResultRequest" ResultRequest<Input>;
        "Retry" Retry;
        "Retrying" Retrying;
        "State" State;
        "Status" Status;
        "StatusRequest" StatusRequest<Input>;
        "Submission" Submission;
        "Update" Update<Output>;
        "Updates" Updates<Output>;
        "Upload" Upload;
        "Uploaded" Uploaded;
        "Usd" Usd;
        "Validator" Validator;
        "Violation" Violation;
        "Violations" Violations;
        "blocking::Items" blocking::Items<Updates<Output>>;
        "blocking::Writer" blocking::Writer<Vec<u8>>;
        "journal::Entries" journal::Entries;
        "journal::Entry" journal::Entry;
        "journal::FileStore" journal::FileStore;
        "journal::Inserted" journal::Inserted;
        "journal::Journal" journal::Journal;
        "journal::Replaced" journal::Replaced;
        "journal::Row" journal::Row;
        "journal::State" journal::State;
        "journal::StoreError" journal::StoreError;
        "platform::Amount" platform::Amount;
        "platform::BilledCost" platform::BilledCost;
        "platform::BilledCostRequest" platform::BilledCostRequest;
        "platform::EstimateRequest" platform::EstimateRequest;
        "platform::Evidence" platform::Evidence;
        "platform::ExpansionFailed" platform::ExpansionFailed;
        "platform::FindLostJobs" platform::FindLostJobs<Input>;
        "platform::LivePrice" platform::LivePrice;
        "platform::LivePriceRequest" platform::LivePriceRequest;
        "platform::LostJob" platform::LostJob<Input>;
        "platform::MetaRequest" platform::MetaRequest;
        "platform::Models" platform::Models;
        "platform::PastRequests" platform::PastRequests;
        "platform::Platform" platform::Platform;
        "platform::Prices" platform::Prices;
        "testing::Delivery" testing::Delivery;
        "testing::FakeFal" testing::FakeFal;
        "testing::FakeFalBuilder" testing::FakeFalBuilder;
        "testing::Fault" testing::Fault;
        "testing::FaultRule" testing::FaultRule;
        "testing::JobControl" testing::JobControl;
        "testing::JobRecord" testing::JobRecord;
        "testing::JobState" testing::JobState;
        "testing::KeySent" testing::KeySent;
        "testing::LogLine" testing::LogLine;
        "testing::Operation" testing::Operation;
        "testing::Outcome" testing::Outcome;
        "testing::Pace" testing::Pace;
        "testing::RecordedRequest" testing::RecordedRequest;
        "testing::Script" testing::Script;
        "testing::StartError" testing::StartError;
        "testing::StreamLogs" testing::StreamLogs;
        "testing::UploadRecord" testing::UploadRecord;
        "testing::Validation" testing::Validation;
        "webhook::Event" webhook::Event<Input>;
        "webhook::EventKind" webhook::EventKind;
        "webhook::FetchingVerifier" webhook::FetchingVerifier;
        "webhook::Keys" webhook::Keys;
        "webhook::Verifier" webhook::Verifier;
        "webhook::WebhookError" webhook::WebhookError;
    };
    rows.into_iter()
        .map(|(name, traits)| {
            let held = traits
                .into_iter()
                .filter_map(|(holds, name)| holds.then_some(name));
            (name, held.collect::<Vec<_>>().join(" "))
        })
        .collect()
}

#[test]
fn each_type_is_what_the_table_says() {
    let rows = table().into_iter();
    let rows: Vec<String> = rows
        .map(|(name, traits)| format!("{name}: {traits}"))
        .collect();
    let found = rows.join("\n") + "\n";
    assert_eq!(found, TABLE, "\n{found}");
}

/// What `pub use` hands on from the root.
fn handed_on() -> BTreeSet<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs");
    let text = std::fs::read_to_string(root).unwrap();
    let uses = text.split("\npub use ").skip(1);
    let names = uses.flat_map(|rest| {
        let statement = rest.split(';').next().unwrap_or_default();
        statement.split(|letter: char| !letter.is_alphanumeric())
    });
    names
        .filter(|name| name.starts_with(char::is_uppercase))
        .map(str::to_owned)
        .collect()
}

#[test]
fn each_type_of_the_root_is_in_the_table() {
    let traits = ["Endpoint", "IntoField", "Number", "RemoteFile", "Validate"];
    let listed: BTreeSet<&str> = table().into_iter().map(|(name, _)| name).collect();
    let missing: Vec<String> = handed_on()
        .into_iter()
        .filter(|name| !traits.contains(&name.as_str()) && !listed.contains(name.as_str()))
        .collect();
    assert_eq!(missing, [""; 0]);
}
