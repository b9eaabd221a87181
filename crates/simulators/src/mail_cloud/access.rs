//! Lets those in who sign with the access key.

use aws_lc_rs::{digest, hmac};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, Method, Uri, header};
use jiff::fmt::rfc2822;
use jiff::{SignedDuration, Timestamp};
use types::Secret;

/// How far a request's moment may lie from ours.
const SKEW: SignedDuration = SignedDuration::from_mins(5);
/// What stands before the signature.
const SCHEME: &str = "HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature=";

/// Whether a request is signed with this key, of which the service decodes the Base64.
pub(super) fn is_signed(
    key: &Secret,
    method: &Method,
    uri: &Uri,
    headers: &HeaderMap,
    content: &[u8],
    now: Timestamp,
) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let (date, said) = (text("x-ms-date"), text("x-ms-content-sha256"));
    let hash = STANDARD.encode(digest::digest(&digest::SHA256, content));
    let in_time =
        rfc2822::parse(date).is_ok_and(|moment| now.duration_since(moment.timestamp()).abs() <= SKEW);
    let shown = text(header::AUTHORIZATION.as_str()).strip_prefix(SCHEME);
    let (Ok(key), Some(Ok(shown))) =
        (STANDARD.decode(key.reveal()), shown.map(|shown| STANDARD.decode(shown)))
    else {
        return false;
    };
    let path = uri.path_and_query().map_or_else(|| uri.path(), |path| path.as_str());
    let host = text(header::HOST.as_str());
    let signed = format!("{method}\n{path}\n{date};{host};{said}");
    let key = hmac::Key::new(hmac::HMAC_SHA256, &key);
    in_time && said == hash && hmac::verify(&key, signed.as_bytes(), &shown).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

    fn lets_in(signature: &str, content: &[u8], now: &str) -> bool {
        let mut headers = HeaderMap::new();
        let mut say = |name: &'static str, value: &str| headers.insert(name, value.parse().expect("a value"));
        say("host", "demo.europe.communication.example");
        say("x-ms-date", "Mon, 01 Dec 2025 12:00:00 GMT");
        say("x-ms-content-sha256", "x3VQDqNO3tc8Kjw77eGT8Ng55sFLNvIbbMMUcuByCpE=");
        say("authorization", &format!("{SCHEME}{signature}"));
        let uri = "/emails:send?api-version=2023-03-31".parse().expect("a URI");
        let now = now.parse().expect("a moment");
        is_signed(&Secret::new(KEY.to_owned()), &Method::POST, &uri, &headers, content, now)
    }

    /// The vector of the contract (section 4.1).
    #[test]
    fn only_what_is_signed_with_the_key_and_now_is_let_in() {
        let (signature, content) = ("8JgryI9dty/SzZVul61RExtnt4DHw36gE9xciT4lzm0=", b"{\"probe\":true}");
        let now = "2025-12-01T12:04:00Z";
        assert!(lets_in(signature, content, now));
        assert!(!lets_in("bJwZOYYPJ/CrA/83ZnG/8zTID+CXi8hKhP8JADg7DVE=", content, now));
        assert!(!lets_in(signature, b"{\"probe\":false}", now));
        assert!(!lets_in(signature, content, "2025-12-01T12:06:00Z"));
        assert!(!lets_in("?", content, now));
    }
}
