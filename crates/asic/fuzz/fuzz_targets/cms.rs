//! Signatures: whatever Java or anybody else writes in BER, nothing panics, and nothing but the signed
//! content verifies.
#![no_main]

use asic::verify_detached;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let letter = verify_detached(bytes, b"content");
    if letter.is_ok() {
        assert!(verify_detached(bytes, b"other content").is_err(), "one signature, two contents");
    }
});
