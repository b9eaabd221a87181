//! Claims under a good signature: those of no known issuer and those past their time open nothing.
#![no_main]

#[path = "../../tests/hostile/door.rs"]
mod door;

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;

static DOOR: LazyLock<door::Door> = LazyLock::new(door::Door::new);

fuzz_target!(|bytes: &[u8]| {
    if let Ok(claims) = serde_json::from_slice(bytes) {
        DOOR.show_signed(&claims);
    }
});
