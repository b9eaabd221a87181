//! Key stores of all kinds: nothing panics, and what opens has keys that can be asked for.
#![no_main]

use asic::KeyStore;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(store) = KeyStore::open(bytes, "changeit") {
        for alias in store.aliases() {
            let _ = store.identity(Some(&alias));
        }
    }
});
