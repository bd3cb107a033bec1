//! Documents in fal's dialect, written schema by schema or grafted onto those of the catalogue.
#![no_main]

use kling_fuzz::dialect::Documents;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|documents: Documents| {
    let (documents, settings) = documents.written();
    kling_fuzz::check(&documents, &settings);
});
