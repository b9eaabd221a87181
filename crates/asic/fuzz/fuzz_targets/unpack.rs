//! Containers and the signatures in them: nothing panics, nothing exceeds its limits.
#![no_main]

use std::io::Cursor;

use asic::{Container, Limits, Trust, UnixTime, verify_detached};
use libfuzzer_sys::fuzz_target;

const LIMITS: Limits =
    Limits { entries: 100, metadata_bytes: 1 << 20, total_bytes: 1 << 24, ratio: 1_100 };

fuzz_target!(|bytes: &[u8]| {
    let _ = verify_detached(bytes, b"content");
    if let Ok(container) = Container::open_lenient(Cursor::new(bytes), &LIMITS) {
        let _ = container.verify(Trust::AnySigner, UnixTime(1_800_000_000));
    }
});
