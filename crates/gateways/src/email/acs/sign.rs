//! Requests signed with an access key: HMAC-SHA256 over method, path, moment, host and content.

use aws_lc_rs::{digest, hmac};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use types::Secret;
use url::{Position, Url};

/// What stands in `Authorization` before the signature.
const SCHEME: &str = "HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature=";

/// The resource's access key.
pub(super) struct AccessKey(hmac::Key);

/// A text that is no access key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an access key is written in Base64")]
pub struct NotAnAccessKey;

/// The headers that make a request ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Signed {
    /// `x-ms-date`.
    pub(super) date: String,
    /// `x-ms-content-sha256`.
    pub(super) content: String,
    /// `Authorization`.
    pub(super) authorization: String,
}

impl AccessKey {
    /// Reads the key as the service's portal shows it; what signs is the decoded key.
    pub(super) fn parse(text: &Secret) -> Result<Self, NotAnAccessKey> {
        let bytes = STANDARD.decode(text.reveal().trim()).map_err(|_| NotAnAccessKey)?;
        if bytes.is_empty() {
            return Err(NotAnAccessKey);
        }
        Ok(Self(hmac::Key::new(hmac::HMAC_SHA256, &bytes)))
    }

    /// Signs a request whose content has this hash.
    pub(super) fn sign(&self, method: &str, url: &Url, content: String, now: Timestamp) -> Signed {
        let date = http_date(now);
        let path = &url[Position::BeforePath..Position::AfterQuery];
        let text = format!("{method}\n{path}\n{date};{};{content}", host(url));
        let signature = STANDARD.encode(hmac::sign(&self.0, text.as_bytes()));
        Signed { date, content, authorization: format!("{SCHEME}{signature}") }
    }
}

/// The `Host` header as it is sent: with a port where that is not the scheme's own.
fn host(url: &Url) -> String {
    let name = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| name.to_owned(), |port| format!("{name}:{port}"))
}

/// The hash of content that comes in pieces.
pub(super) fn content_hash(pieces: impl Iterator<Item = impl AsRef<[u8]>>) -> String {
    let mut hash = digest::Context::new(&digest::SHA256);
    pieces.for_each(|piece| hash.update(piece.as_ref()));
    STANDARD.encode(hash.finish())
}

/// A moment as HTTP writes it (RFC 9110, section 5.6.7).
fn http_date(at: Timestamp) -> String {
    at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    const HOST: &str = "https://demo.europe.communication.example";

    fn signed(method: &str, path: &str, body: &'static [u8]) -> Signed {
        let key = AccessKey::parse(&Secret::new(KEY.to_owned())).expect("a key");
        let url = format!("{HOST}{path}").parse().expect("a URL");
        let now = "2025-12-01T12:00:00Z".parse().expect("a moment");
        key.sign(method, &url, content_hash([body].iter()), now)
    }

    /// The contract's own vectors (section 4.1).
    #[test]
    fn the_contracts_requests_are_signed_as_it_says() {
        let post = signed("POST", "/emails:send?api-version=2023-03-31", b"{\"probe\":true}");
        assert_eq!(post.date, "Mon, 01 Dec 2025 12:00:00 GMT");
        assert_eq!(post.content, "x3VQDqNO3tc8Kjw77eGT8Ng55sFLNvIbbMMUcuByCpE=");
        assert_eq!(
            post.authorization.strip_prefix(SCHEME),
            Some("8JgryI9dty/SzZVul61RExtnt4DHw36gE9xciT4lzm0=")
        );

        let path = "/emails/operations/6f1c2d1e-0000-4000-8000-000000000001?api-version=2023-03-31";
        let get = signed("GET", path, b"");
        assert_eq!(get.content, "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
        assert_eq!(
            get.authorization.strip_prefix(SCHEME),
            Some("bJwZOYYPJ/CrA/83ZnG/8zTID+CXi8hKhP8JADg7DVE=")
        );
    }

    #[test]
    fn a_port_is_part_of_the_host_where_it_is_sent() {
        let host = |text: &str| host(&text.parse().expect("a URL"));
        assert_eq!(host("https://a.example/"), "a.example");
        assert_eq!(host("https://a.example:443/"), "a.example");
        assert_eq!(host("http://127.0.0.1:9094/"), "127.0.0.1:9094");
    }

    #[test]
    fn what_is_not_base64_is_no_key() {
        for text in ["", "  ", "not a key"] {
            assert!(AccessKey::parse(&Secret::new(text.to_owned())).is_err(), "{text}");
        }
    }
}
