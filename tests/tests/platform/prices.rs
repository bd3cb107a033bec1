//! Prices of today, and estimates.

use kling_api::platform::LivePrice;
use kling_api::testing::Operation;
use kling_api::{Raw, Usd};
use kling_tests::harness::{client, fake};
use kling_tests::kling::v1::standard::image_to_video::Input;

use super::{ENDPOINT, OTHER, asked};

#[tokio::test]
async fn the_live_price_of_an_input_is_exact() {
    let fake = fake().start().await.unwrap();
    let client = client(&fake);
    assert_eq!(client.live_price::<Input>().await.unwrap(), None);
    fake.set_price(ENDPOINT, 0.045, "second");
    let price = client.live_price::<Input>().await.unwrap().unwrap();
    assert_eq!(price.usd(), Some(Usd::from_micros(45_000)));
    assert_eq!((price.unit(), price.amount().currency()), ("second", "USD"));
    assert_eq!(price.to_string(), format!("{ENDPOINT}: $0.045 per second"));
    assert_eq!(
        price,
        client
            .platform()
            .live_price(ENDPOINT)
            .await
            .unwrap()
            .unwrap()
    );
}

#[tokio::test]
async fn an_endpoint_without_a_name_has_no_price_and_one_that_is_unknown_is_an_error() {
    let fake = fake().start().await.unwrap();
    let client = client(&fake);
    let error = client.live_price::<Raw>().await.unwrap_err();
    assert!(error.is_configuration(), "{error}");
    assert_eq!(fake.count(Operation::Platform), 0);
    let error = client
        .platform()
        .live_price("acme/nothing")
        .await
        .unwrap_err();
    assert!(error.is_not_found(), "{error}");
    let text = format!("{error:#}");
    assert!(text.contains("Endpoint acme/nothing not found"), "{text}");
    assert!(
        text.ends_with("Check the endpoint id, then send the request again"),
        "{text}"
    );
}

#[tokio::test]
async fn more_prices_than_fal_tells_at_once_are_asked_for_in_parts() {
    let fake = fake().start().await.unwrap();
    let ids: Vec<String> = (0..120)
        .map(|number| format!("acme/model-{number}"))
        .collect();
    for id in &ids {
        fake.add_model(serde_json::json!({ "endpoint_id": id }));
        fake.set_price(id, 0.29, "image");
    }
    let prices = client(&fake).platform().prices(ids.clone()).await.unwrap();
    assert!(prices.iter().map(LivePrice::endpoint_id).eq(ids.iter()));
    assert!(
        prices
            .iter()
            .all(|price| price.usd() == Some(Usd::from_micros(290_000)))
    );
    let counts: Vec<usize> = asked(&fake)
        .iter()
        .map(|request| {
            request
                .query
                .as_ref()
                .unwrap()
                .matches("endpoint_id=")
                .count()
        })
        .collect();
    assert_eq!(counts, [50, 50, 20]);
}

#[tokio::test]
async fn estimates_are_sums() {
    let fake = fake().start().await.unwrap();
    fake.set_price(ENDPOINT, 0.045, "second");
    fake.set_price(OTHER, 0.28, "second");
    let platform = client(&fake).platform();
    let units = platform
        .estimate_units([(ENDPOINT, 7.5), (OTHER, 10.0)])
        .await
        .unwrap();
    assert_eq!(units.usd(), Some(Usd::from_micros(3_137_500)));
    let calls = platform.estimate_calls([(ENDPOINT, 100)]).await.unwrap();
    assert_eq!(calls.to_string(), "$4.50");
    let bodies: Vec<_> = asked(&fake)
        .iter()
        .map(|request| request.json().unwrap())
        .collect();
    assert_eq!(
        bodies,
        [
            serde_json::json!({"estimate_type": "unit_price", "endpoints": {
                ENDPOINT: {"unit_quantity": 7.5}, OTHER: {"unit_quantity": 10.0}
            }}),
            serde_json::json!({"estimate_type": "historical_api_price", "endpoints": {
                ENDPOINT: {"call_quantity": 100}
            }}),
        ]
    );
    let error = platform.estimate_calls([(ENDPOINT, 0)]).await.unwrap_err();
    assert!(
        error.message().unwrap().contains("must be above 0"),
        "{error}"
    );
}
