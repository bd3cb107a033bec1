//! What goes over the wire for each endpoint: exactly the JSON of fal's own pages, and their responses back.

use kling_api::testing::Operation;
use kling_api::{Client, Endpoint};
use kling_tests::harness::fake;
use kling_tests::kling::v1::standard::image_to_video::{DynamicMask, Trajectory};
use kling_tests::kling::{v1, v2_1, v2_5_turbo};
use serde_json::{Value, json};

/// The examples of fal's page about an endpoint.
fn page(name: &str) -> Value {
    let path = kling_tests::fixtures()
        .join("wire")
        .join(format!("{name}.json"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn text(page: &Value, field: &str) -> String {
    page["full"][field].as_str().unwrap().to_owned()
}

/// Sends an input and returns the bytes that arrived.
async fn sent<E: Endpoint>(input: E) -> String {
    let fake = fake().start().await.unwrap();
    let client = Client::builder()
        .key(fake.key())
        .queue_url(fake.url())
        .build()
        .unwrap();
    client.call(input).submit().await.unwrap();
    let submit = fake
        .requests()
        .into_iter()
        .find(|request| request.operation == Operation::Submit)
        .unwrap();
    String::from_utf8(submit.body.clone()).unwrap()
}

/// The same JSON to the byte, field order included, but for white space.
#[track_caller]
fn assert_same_json(sent: &str, page: &Value) {
    assert_eq!(sent, page.to_string());
}

macro_rules! endpoint_tests {
    ($name:ident, $module:path) => {
        mod $name {
            use $module as model;

            use super::*;

            #[tokio::test]
            async fn a_minimal_input_is_the_one_of_the_page() {
                let page = page(stringify!($name));
                let input = model::Input::new(text(&page, "prompt"), text(&page, "image_url"));
                assert_eq!(model::Input::INFO.id, page["endpoint"]);
                assert_eq!(input, model::Input::example());
                assert_same_json(&sent(input).await, &page["minimal"]);
            }

            #[tokio::test]
            async fn a_full_input_is_the_one_of_the_page() {
                let page = page(stringify!($name));
                let input = model::Input::new(text(&page, "prompt"), text(&page, "image_url"))
                    .duration(model::Duration::Five)
                    .negative_prompt(text(&page, "negative_prompt"))
                    .cfg_scale(0.5);
                assert_same_json(&sent(full(input, &page)).await, &page["full"]);
            }

            #[test]
            fn the_response_of_the_page_decodes_with_news_and_nulls() {
                let mut response = page(stringify!($name))["response"].clone();
                let output: model::Output = serde_json::from_value(response.clone()).unwrap();
                assert_eq!(output.video.url, response["video"]["url"]);
                assert_eq!(serde_json::to_value(&output).unwrap(), response);
                response["seed"] = json!({ "unknown": [1, null] });
                response["video"]["file_size"] = Value::Null;
                response["video"]["file_name"] = json!("output.mp4");
                response["video"]["fps"] = json!(24);
                let output: model::Output = serde_json::from_value(response).unwrap();
                assert_eq!(output.video.file_size, None);
                assert_eq!(output.video.file_name.as_deref(), Some("output.mp4"));
            }

            #[test]
            fn a_response_without_its_video_is_refused() {
                assert!(serde_json::from_value::<model::Output>(json!({})).is_err());
                assert!(serde_json::from_value::<model::Output>(json!({ "video": null })).is_err());
            }
        }
    };
}

/// What only some endpoints have in their full example.
trait Full {
    fn with_masks(self, page: &Value) -> Self;
}

fn full<I: Full>(input: I, page: &Value) -> I {
    input.with_masks(page)
}

impl Full for v1::standard::image_to_video::Input {
    fn with_masks(self, page: &Value) -> Self {
        let points = [(279, 219), (417, 65)].map(|(x, y)| Trajectory::new(x, y));
        let mask_url = page["full"]["dynamic_masks"][0]["mask_url"]
            .as_str()
            .unwrap();
        self.static_mask_url(text(page, "static_mask_url"))
            .dynamic_masks([DynamicMask::new(mask_url).trajectories(points)])
    }
}

macro_rules! no_masks {
    ($($input:ty),*) => {
        $(impl Full for $input {
            fn with_masks(self, _: &Value) -> Self {
                self
            }
        })*
    };
}

no_masks!(
    v2_1::standard::image_to_video::Input,
    v2_1::pro::image_to_video::Input,
    v2_1::master::image_to_video::Input,
    v2_5_turbo::standard::image_to_video::Input
);

endpoint_tests!(v1_standard, v1::standard::image_to_video);
endpoint_tests!(v2_1_standard, v2_1::standard::image_to_video);
endpoint_tests!(v2_1_pro, v2_1::pro::image_to_video);
endpoint_tests!(v2_1_master, v2_1::master::image_to_video);
endpoint_tests!(v2_5_turbo_standard, v2_5_turbo::standard::image_to_video);

#[test]
fn published_prices_follow_the_duration() {
    let cost = |cost: Option<kling_api::Usd>| cost.map(kling_api::Usd::micros);
    let v1 = v1::standard::image_to_video::Input::example();
    assert_eq!(cost(v1.estimated_cost()), Some(225_000));
    assert_eq!(cost(v1.duration("10").estimated_cost()), Some(450_000));
    let standard = v2_1::standard::image_to_video::Input::example();
    assert_eq!(cost(standard.estimated_cost()), Some(280_000));
    assert_eq!(
        cost(standard.duration("10").estimated_cost()),
        Some(560_000)
    );
    let master = v2_1::master::image_to_video::Input::example();
    assert_eq!(cost(master.estimated_cost()), Some(1_400_000));
    assert_eq!(
        cost(master.clone().duration("10").estimated_cost()),
        Some(2_800_000)
    );
    // fal may take another length by now, at a price that nobody here knows.
    assert_eq!(cost(master.clone().duration("7").estimated_cost()), None);
    assert_eq!(cost(master.duration("long").estimated_cost()), None);
    assert_eq!(
        cost(v2_1::pro::image_to_video::Input::example().estimated_cost()),
        None
    );
    assert_eq!(
        cost(v2_5_turbo::standard::image_to_video::Input::example().estimated_cost()),
        None
    );
}

#[test]
fn every_published_bound_is_checked_and_all_violations_come_at_once() {
    let long = "é".repeat(2501);
    let input = v1::standard::image_to_video::Input::new(long.clone(), "https://x.y/z.png")
        .negative_prompt(long)
        .cfg_scale(1.5);
    let violations = input.validate().unwrap_err();
    let paths: Vec<&str> = violations
        .violations()
        .iter()
        .map(kling_api::Violation::path)
        .collect();
    assert_eq!(paths, ["prompt", "negative_prompt", "cfg_scale"]);
    let fits = v1::standard::image_to_video::Input::new("é".repeat(2500), "https://x.y/z.png")
        .cfg_scale(1.0);
    assert!(fits.validate().is_ok());
    assert!(fits.cfg_scale(f64::NAN).validate().is_err());
}

#[tokio::test]
async fn a_value_that_is_not_published_is_sent_only_without_validation() {
    use v2_1::master::image_to_video::{Duration, Input};

    let input = Input::example().duration("7");
    let violations = format!("{:#}", input.validate().unwrap_err());
    assert_eq!(
        violations,
        r#"duration is none of the values that fal publishes: "5", "10""#
    );
    assert!(Input::example().duration("10").validate().is_ok());
    let spelled = Input::example().duration(Duration::Other("10".to_owned()));
    assert!(spelled.validate().is_ok());

    let fake = fake().start().await.unwrap();
    let client = Client::builder()
        .key(fake.key())
        .queue_url(fake.url())
        .build()
        .unwrap();
    let error = client.call(input.clone()).submit().await.unwrap_err();
    assert_eq!(error.submission(), kling_api::Submission::NotSubmitted);
    assert!(fake.requests().is_empty());
    // fal refuses the value, as long as it does not take it.
    let error = client
        .call(input)
        .skip_validation()
        .submit()
        .await
        .unwrap_err();
    assert_eq!(error.status(), Some(422));
    let sent: Value = serde_json::from_slice(&fake.requests()[0].body).unwrap();
    assert_eq!(sent["duration"], "7");
}

#[test]
fn a_setter_takes_a_value_or_an_option_and_a_duration_a_whole_number() {
    use v2_1::master::image_to_video::{Duration, Input};

    let input = Input::example();
    let seconds = |input: Input| input.duration.map(|duration| duration.to_string());
    assert_eq!(seconds(input.clone().duration(10)).as_deref(), Some("10"));
    assert_eq!(seconds(input.clone().duration(7_u32)).as_deref(), Some("7"));
    assert_eq!(
        seconds(input.clone().duration(Some(5))).as_deref(),
        Some("5")
    );
    assert_eq!(
        seconds(input.clone().duration(Some("10"))).as_deref(),
        Some("10")
    );
    let set = input.duration(Duration::Ten).cfg_scale(Some(0.5));
    assert_eq!(set.cfg_scale, Some(0.5));
    assert_eq!(seconds(set.clone().duration(None::<Duration>)), None);
    assert!(set.duration(7).validate().is_err());
}

#[test]
fn values_that_this_version_does_not_know_pass_through() {
    let input = v2_1::master::image_to_video::Input::example().duration("15");
    assert_eq!(serde_json::to_value(&input).unwrap()["duration"], "15");
    assert!(
        matches!(&input.duration, Some(v2_1::master::image_to_video::Duration::Other(value)) if value == "15")
    );
}
