//! `arkivmelding.xml` as strangers write it: read or refused, never a panic, and what is read holds nothing
//! that a database refuses.
#![no_main]

use exchange::message::arkivmelding_xml::{read, well_formed};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = well_formed(bytes);
    if let Ok(document) = read(bytes) {
        assert!(!document.title.contains('\0'));
        assert!(document.files.iter().all(|file| !file.contains('\0')));
    }
});
