//! Checks signatures of webhooks as a receiver does, by the Standard Webhooks specification.

use std::time::Duration;

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderMap;
use jiff::Timestamp;
use types::Secret;

/// How far a delivery's time may be from ours.
const TOLERANCE: Duration = Duration::from_mins(5);

/// Whether one of the signatures was made with this secret, over exactly this body, about now.
pub fn is_signed(secret: &Secret, headers: &HeaderMap, body: &[u8], now: Timestamp) -> bool {
    check(secret, headers, body, now).is_some()
}

fn check(secret: &Secret, headers: &HeaderMap, body: &[u8], now: Timestamp) -> Option<()> {
    let header = |name: &str| headers.get(name)?.to_str().ok();
    let (id, seconds) = (header("webhook-id")?, header("webhook-timestamp")?);
    let at = Timestamp::from_second(seconds.parse().ok()?).ok()?;
    if at.duration_since(now).unsigned_abs() > TOLERANCE {
        return None;
    }
    let bytes = STANDARD.decode(secret.reveal().strip_prefix("whsec_")?).ok()?;
    let key = hmac::Key::new(hmac::HMAC_SHA256, &bytes);
    let signed = [format!("{id}.{seconds}.").as_bytes(), body].concat();
    let signatures = header("webhook-signature")?.split(' ').filter_map(|one| one.strip_prefix("v1,"));
    let mut signatures = signatures.filter_map(|one| STANDARD.decode(one).ok());
    signatures.find(|signature| hmac::verify(&key, &signed, signature).is_ok()).map(|_| ())
}
