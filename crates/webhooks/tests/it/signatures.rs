//! What is signed is what a receiver checks.

use http::HeaderMap;
use jiff::Timestamp;
use simulators::signature::is_signed;
use types::Secret;
use webhooks::SigningKey;

const SECRET: &str = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
const ID: &str = "msg_demo_1";
const AT: i64 = 1_764_590_400;
const BODY: &str = r#"{"type":"sms.delivered"}"#;
const SIGNATURE: &str = "v1,aS/TtoMi7YeYSKq8iaR3zJic5RlB2zMOtOxU8LokT58=";

fn headers(id: &str, at: i64, signature: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert("webhook-id", id.parse().expect("a header"));
    headers.insert("webhook-timestamp", at.to_string().parse().expect("a header"));
    headers.insert("webhook-signature", signature.parse().expect("a header"));
    headers
}

/// Covers: NP-106
#[test]
fn the_published_vector_is_signed_alike_and_a_changed_byte_is_refused() {
    let secret = Secret::new(SECRET.to_owned());
    let at = Timestamp::from_second(AT).expect("a moment");
    let key = SigningKey::parse(&secret).expect("a key");
    assert_eq!(key.sign(ID, at, BODY), SIGNATURE);

    let is_signed = |headers: &HeaderMap, body: &[u8]| is_signed(&secret, headers, body, at);
    let good = headers(ID, AT, SIGNATURE);
    assert!(is_signed(&good, BODY.as_bytes()));
    let with_another = headers(ID, AT, &format!("v1,AAAA {SIGNATURE}"));
    assert!(is_signed(&with_another, BODY.as_bytes()));
    for place in 0..BODY.len() {
        let mut changed = BODY.as_bytes().to_vec();
        changed[place] ^= 1;
        assert!(!is_signed(&good, &changed), "byte {place}");
    }
    assert!(!is_signed(&headers("msg_demo_2", AT, SIGNATURE), BODY.as_bytes()));
    assert!(!is_signed(&headers(ID, AT + 1, SIGNATURE), BODY.as_bytes()));
    assert!(!is_signed(&headers(ID, AT, "v1,AAAA"), BODY.as_bytes()));
}
