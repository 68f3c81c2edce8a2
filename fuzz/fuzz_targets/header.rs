#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| flowcover_record::fuzzing::header(data));
