//! Endpoints that are chosen at run time: the checks, the price and the files of the typed input.

use kling_api::{CallById, ENDPOINTS, Endpoint as _, Error, KnownEndpoint, Media};
use serde_json::{Value, json};

use crate::wire::endpoint::{ID, Input, REQUEST, accepted};
use crate::wire::server::{KEY, Reply, Server};

static KNOWN: &[KnownEndpoint] = &[KnownEndpoint::of::<Input>()];

fn call(server: &Server, id: &str, input: Value) -> CallById {
    server.client().call_known(KNOWN, id.to_owned(), input)
}

async fn start() -> Server {
    Server::start(|_, base| Reply::json(202, &accepted(base))).await
}

async fn refused(id: &str, input: Value) -> Error {
    let server = start().await;
    let error = call(&server, id, input).await.unwrap_err();
    assert!(
        error.is_validation() && server.received().is_empty(),
        "{error}"
    );
    assert!(!format!("{error:#}").contains(KEY));
    error
}

#[tokio::test]
async fn json_is_sent_as_the_typed_input_would_be() {
    let server = start().await;
    let call = call(&server, ID, json!({"prompt": "a nest", "cfg_scale": 0.5}))
        .call()
        .unwrap();
    assert_eq!(call.estimated_cost(), Input::new("a nest").estimated_cost());
    assert!(call.estimated_cost().is_some());
    let job = call.submit().await.unwrap();
    assert_eq!((job.endpoint(), job.request_id()), (ID, REQUEST));
    let sent = server.received()[0].json();
    assert_eq!(sent, json!({"prompt": "a nest", "cfg_scale": 0.5}));
}

#[tokio::test]
async fn what_is_wrong_is_said_before_anything_is_sent() {
    for (id, input, words) in [
        ("acme/app", json!({}), format!("it knows {ID}")),
        (
            ID,
            json!({"promt": "a nest", "prompt": "b"}),
            "promt is no field of this endpoint; the fields of its input are prompt, cfg_scale"
                .into(),
        ),
        (ID, json!({}), "missing field `prompt`".into()),
        (
            ID,
            json!({"prompt": "a nest", "cfg_scale": "secret"}),
            "cfg_scale cannot be read: invalid type: string …, expected f64".into(),
        ),
        (
            ID,
            json!({"prompt": "a nest", "cfg_scale": 7}),
            "cfg_scale is 7 but must be at most 1".into(),
        ),
        (ID, json!([]), "cannot be read".into()),
    ] {
        let error = refused(id, input).await.to_string();
        assert!(error.contains(&words), "{error}\n{words}");
        assert!(!error.contains("secret"), "{error}");
    }
}

#[tokio::test]
async fn a_field_that_holds_no_file_takes_none() {
    let server = start().await;
    let call = call(&server, ID, json!({})).file("prompt", Media::bytes("x"));
    let error = format!("{:#}", call.call().unwrap_err());
    assert!(error.contains("takes no file"), "{error}");
}

#[test]
fn the_list_has_each_endpoint_once() {
    let mut ids: Vec<&str> = ENDPOINTS.iter().map(|endpoint| endpoint.id).collect();
    assert!(!ids.is_empty());
    ids.sort_unstable();
    let before = ids.len();
    ids.dedup();
    assert_eq!(ids.len(), before);
}

#[cfg(feature = "testing")]
#[tokio::test]
async fn a_file_is_uploaded_before_the_job_is_submitted() {
    use kling_api::v2_1::master::image_to_video::Input;

    let fake = kling_api::testing::FakeFal::start().await.unwrap();
    let client = fake.client().build().unwrap();
    let call = client
        .call_by_id(Input::INFO.id, json!({"prompt": "a nest"}))
        .file("image_url", Media::bytes(b"\x89PNG\r\n\x1a\n".as_slice()));
    let video = call.await.unwrap();
    assert!(video["video"]["url"].is_string(), "{video:?}");
    let sent = fake.jobs()[0].input["image_url"].clone();
    assert!(sent.as_str().unwrap().starts_with(fake.url()), "{sent}");
}
