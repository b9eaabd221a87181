//! Pushes of Event Grid: each element of a list is accounted for, and what is a report names a message.
#![no_main]

use gateways::About;
use gateways::email::event_grid::{self, Event};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(events) = event_grid::read(bytes) else { return };
    for event in &events {
        match event {
            Event::Report(report) => {
                assert!(matches!(&report.about, About::Reference(reference) if !reference.is_empty()));
            }
            Event::Validation(code) => assert!(!code.is_empty()),
            Event::Unread(_) | Event::Other => {}
        }
    }
});
