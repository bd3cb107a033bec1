use kling_api::testing::{FakeFal, Pace, Script};
fn main() {
    let fake = FakeFal::builder().record(false).script(Script::new().pace(Pace::Timed(std::time::Duration::from_secs(8)))).start_blocking().unwrap();
    println!("{}\n{}", fake.url(), fake.key());
    std::io::Read::read_to_end(&mut std::io::stdin(), &mut Vec::new()).unwrap();
}
