//! Manifests: whatever can be read can be written, and reads the same again.
#![no_main]

use asic::Manifest;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(manifest) = Manifest::parse(bytes)
        && let Ok(xml) = manifest.to_xml()
    {
        assert_eq!(Manifest::parse(xml.as_bytes()).expect("our own"), manifest);
    }
});
