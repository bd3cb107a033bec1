//! Documents that are too large to be fixtures. Each ends with an error that names the place, or with code; the threads
//! of these tests have the small stack that every test has.

use kling_tests::hostile::{CASES, End, Hostile, ID};

#[test]
fn every_hostile_document_ends_as_it_must() {
    for case in CASES {
        let outcome = Hostile::run(&(case.make)());
        match (case.end, outcome) {
            (End::Refused(pointer, problem), Err(error)) => {
                assert_eq!(error.endpoint(), ID, "{}: {error}", case.name);
                assert!(
                    error.pointer().starts_with(pointer),
                    "{}: {error}",
                    case.name
                );
                assert!(error.problem().contains(problem), "{}: {error}", case.name);
                assert!(format!("{error:#}").len() < 2_000, "{}: {error}", case.name);
            }
            (End::Code(words), Ok(generated)) => {
                let code = &generated.files["endpoints.rs"];
                assert!(code.contains(words), "{}: {code:.10000}", case.name);
                let longest = code
                    .lines()
                    .filter_map(|line| line.trim().strip_prefix("pub "))
                    .map(str::len)
                    .max();
                assert!(longest < Some(1_000), "{}: a name is too long", case.name);
            }
            (end, outcome) => panic!(
                "{} must end as {end:?}, but: {:?}",
                case.name,
                outcome.map(|generated| generated.files.len())
            ),
        }
    }
}
