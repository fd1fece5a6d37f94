#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| skyfetch_fuzz::request(data));
