//! Certificates and lists of revoked ones: nothing panics, and a certificate that can be read is written
//! as it came.
#![no_main]

use asic::{Certificate, RevocationList, TrustAnchors, UnixTime};
use libfuzzer_sys::fuzz_target;

const NOW: UnixTime = UnixTime(1_800_000_000);

fuzz_target!(|bytes: &[u8]| {
    if let Ok(certificate) = Certificate::from_der(bytes) {
        assert_eq!(certificate.to_der(), bytes);
        assert_eq!(Certificate::from_pem(&certificate.to_pem()).expect("our own"), certificate);
        let _ = (certificate.subject(), certificate.issuer(), certificate.serial_decimal());
        let _ = (certificate.organization_number(), certificate.revocation_list_urls());
        let itself = TrustAnchors::new(vec![certificate.clone()]);
        let _ = itself.verify(&certificate, std::slice::from_ref(&certificate), NOW);
        if let Ok(list) = RevocationList::from_der(bytes) {
            let _ = list.check(&certificate, &certificate, NOW);
        }
    }
    if let Ok(list) = RevocationList::from_der(bytes) {
        let _ = list.next_update();
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        let _ = Certificate::all_from_pem(text);
    }
});
