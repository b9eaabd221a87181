//! Filters of subscriptions: what can be read can be shown, and reads the same again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use webhooks::Filter;

const KNOWN: [&str; 3] = ["status", "serviceIdentifier", "direction"];

fuzz_target!(|text: &str| {
    if let Ok(filter) = Filter::parse(text, &KNOWN) {
        let shown = filter.to_string();
        let again = Filter::parse(&shown, &KNOWN).expect("our own can be read");
        assert_eq!(again.to_string(), shown);
    }
});
