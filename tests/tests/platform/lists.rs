//! Models, past requests and facts: what is asked, and how pages become one list.

use std::num::NonZeroU32;
use std::time::{Duration, SystemTime};

use futures_util::StreamExt;
use kling_api::platform::{ModelExpansion, ModelStatus, RequestExpansion, RequestStatus};
use kling_api::testing::{KeySent, Operation, Outcome, Script};
use kling_tests::harness::{client, fake, input, submitted};
use serde_json::json;

use super::{ENDPOINT, OTHER, asked};

#[tokio::test]
async fn pages_become_one_list_and_stream() {
    let fake = fake().start().await.unwrap();
    fake.set_page_size(2);
    let models = client(&fake).platform().models();
    let all: Vec<String> = models
        .clone()
        .await
        .unwrap()
        .into_iter()
        .map(|model| model.endpoint_id)
        .collect();
    let served: Vec<&str> = fake.endpoints().collect();
    assert_eq!(all, served);
    let pages = fake.count(Operation::Platform);
    assert_eq!(pages, served.len().div_ceil(2));

    let streamed: Vec<_> = models.stream().take(3).collect().await;
    assert_eq!(streamed.len(), 3);
    // What nobody reads is not asked for.
    assert_eq!(fake.count(Operation::Platform), pages + 2);
}

#[tokio::test]
async fn one_page_leads_to_the_next() {
    let fake = fake().start().await.unwrap();
    let models = client(&fake)
        .platform()
        .models()
        .limit(NonZeroU32::new(4).unwrap());
    let first = models.page(None).await.unwrap();
    assert_eq!(first.items.len(), 4);
    let second = models.page(first.next_cursor.as_deref()).await.unwrap();
    assert_eq!(second.items.len(), fake.endpoints().count() - 4);
    assert_eq!(second.next_cursor, None);
    let strange = models.page(Some("x&y=z")).await.unwrap_err();
    assert_eq!(strange.status(), Some(400));
    assert_eq!(strange.message(), Some("cursor is none of ours"));
    assert_eq!(
        asked(&fake)[2].query_value("cursor").as_deref(),
        Some("x&y=z")
    );
}

#[tokio::test]
async fn models_are_chosen_by_id_word_category_and_status() {
    let fake = fake().start().await.unwrap();
    fake.add_model(json!({
        "endpoint_id": "acme/old", "metadata": {"status": "deprecated", "category": "llm", "display_name": "Old Robin"}
    }));
    let client = client(&fake);
    let models = || client.platform().models();
    let ids = async |models: kling_api::platform::Models| -> Vec<String> {
        let models = models.await.unwrap();
        models.into_iter().map(|model| model.endpoint_id).collect()
    };
    assert_eq!(
        ids(models().endpoint_id(OTHER).endpoint_id("acme/old")).await,
        ["acme/old", OTHER]
    );
    assert_eq!(ids(models().search("robin")).await, ["acme/old"]);
    assert_eq!(ids(models().category("llm")).await, ["acme/old"]);
    assert_eq!(
        ids(models().status(ModelStatus::Deprecated)).await,
        ["acme/old"]
    );
    assert!(
        !ids(models().status(ModelStatus::Active))
            .await
            .contains(&"acme/old".to_owned())
    );
    let old = models().search("robin").await.unwrap().remove(0);
    assert!(old.is_deprecated());
    let too_many = (0..51).fold(models(), |models, number| {
        models.endpoint_id(format!("a/{number}"))
    });
    let before = fake.count(Operation::Platform);
    let error = too_many.await.unwrap_err();
    assert!(error.is_configuration(), "{error}");
    assert_eq!(fake.count(Operation::Platform), before);
}

#[tokio::test]
async fn a_document_that_is_missing_does_not_hide_the_others() {
    let fake = fake().start().await.unwrap();
    fake.add_model(json!({"endpoint_id": "acme/broken", "metadata": null}));
    let models = client(&fake).platform().models();
    assert!(
        models
            .clone()
            .await
            .unwrap()
            .iter()
            .all(|model| model.openapi.is_none())
    );
    let models = models
        .expand(ModelExpansion::Openapi30)
        .expand(ModelExpansion::EnterpriseStatus)
        .await
        .unwrap();
    for model in &models {
        match model.openapi_document().unwrap() {
            Ok(document) => assert!(document["paths"].is_object(), "{document}"),
            Err(failed) => {
                assert_eq!(model.endpoint_id, "acme/broken");
                assert_eq!(failed.code, "expansion_failed");
            }
        }
        assert_eq!(model.enterprise_status, Some(json!("ready")));
    }
    assert_eq!(models.len(), fake.endpoints().count() + 1);
}

#[tokio::test]
async fn past_requests_tell_how_each_ended_and_what_it_was_about() {
    let fake = fake().start().await.unwrap();
    let client = client(&fake);
    client.call(input()).await.unwrap();
    fake.set_script(Script::new().outcome(Outcome::runner_died()));
    client.call(input()).await.unwrap_err();
    fake.hold();
    let waiting = submitted(&client).await;
    let requests = || client.platform().requests(ENDPOINT);

    let all = requests().await.unwrap();
    assert_eq!(all.len(), 3);
    assert!(all.iter().all(|request| request.json_input.is_none()));
    let good = requests()
        .status(RequestStatus::Success)
        .expand(RequestExpansion::Payloads)
        .await
        .unwrap();
    assert_eq!(good.len(), 1);
    assert_eq!(good[0].status_code, Some(200));
    assert_eq!(
        good[0].json_input,
        Some(serde_json::to_value(input()).unwrap())
    );
    assert!(good[0].json_output.as_ref().unwrap()["video"].is_object());
    let failed = requests().status(RequestStatus::Error).await.unwrap();
    assert_eq!(failed.len(), 1);
    assert!(failed[0].status_code >= Some(500));
    let one = requests().request_id(waiting.request_id()).await.unwrap();
    assert_eq!(one[0].request_id, waiting.request_id());
    assert_eq!(one[0].ended_at, None);
    let hour = Duration::from_secs(3600);
    let now = SystemTime::now();
    assert_eq!(
        requests()
            .since(now - hour)
            .until(now + hour)
            .await
            .unwrap()
            .len(),
        3
    );
    assert_eq!(requests().until(now - hour).await.unwrap(), []);
    assert_eq!(client.platform().requests(OTHER).await.unwrap(), []);
}

#[tokio::test]
async fn networks_of_webhooks_are_told() {
    let fake = fake().start().await.unwrap();
    let meta = client(&fake).platform().meta().await.unwrap();
    assert_eq!(meta.webhook_ip_ranges.unwrap().len(), 2);
    let request = asked(&fake).remove(0);
    assert_eq!(request.path, "/-/platform/v1/meta");
    assert_eq!(request.key, KeySent::Right);
    assert_eq!(request.header("api-version"), None);
}
