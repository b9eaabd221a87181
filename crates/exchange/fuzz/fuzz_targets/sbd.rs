//! Envelopes (SBD): whatever can be read can be written and reads the same again, and nothing in it makes
//! the reading of its facts panic.
#![no_main]

use std::time::Duration;

use exchange::message::{Envelope, Message};
use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;

const DEADLINE: Duration = Duration::from_secs(24 * 3_600);

fuzz_target!(|bytes: &[u8]| {
    let Ok(envelope) = Envelope::read(bytes) else { return };
    let written = envelope.to_bytes();
    let again = Envelope::read(&written).expect("our own can be read");
    assert_eq!(again.to_json(), envelope.to_json());
    let arrived: Timestamp = "2026-03-02T10:15:00Z".parse().expect("a moment");
    let _ = Message::of(envelope, arrived, DEADLINE);
});
