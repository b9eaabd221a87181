//! Envelopes: the frame is read without panic, whether or not a key fits.
//!
//! `ASIC_FUZZ_IDENTITY` names a PEM file with an RSA key and its certificate.
#![no_main]

use std::io::{copy, sink};
use std::sync::LazyLock;

use asic::{Certificate, Identity, PrivateKey, open_envelope};
use libfuzzer_sys::fuzz_target;

static IDENTITY: LazyLock<Identity> = LazyLock::new(|| {
    let path = std::env::var("ASIC_FUZZ_IDENTITY").expect("ASIC_FUZZ_IDENTITY is set");
    let pem = std::fs::read_to_string(path).expect("the file can be read");
    let certificate = Certificate::from_pem(&pem).expect("it holds a certificate");
    let key = PrivateKey::from_pem(&pem).expect("it holds a key");
    Identity::new(certificate, Vec::new(), key).expect("they belong together")
});

fuzz_target!(|bytes: &[u8]| {
    if let Ok(mut content) = open_envelope(bytes, std::slice::from_ref(&*IDENTITY)) {
        let _ = copy(&mut content, &mut sink());
    }
});
