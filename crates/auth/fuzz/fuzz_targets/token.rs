//! Tokens and grants: whatever the text, nobody is let in by it, and nothing panics.
#![no_main]

#[path = "../../tests/hostile/door.rs"]
mod door;

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;

static DOOR: LazyLock<door::Door> = LazyLock::new(door::Door::new);

fuzz_target!(|text: &str| DOOR.show(text));
