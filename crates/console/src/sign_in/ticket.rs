//! What a browser holds while somebody is signed in.

use std::fmt::{self, Write as _};

use aws_lc_rs::digest::{Context, SHA256, digest};
use axum::http::{HeaderMap, HeaderValue};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::guard::Jar;

/// What the cookie is called.
const NAME: &str = "session";

/// 256 random bits. Whoever shows them is who signed in.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Ticket([u8; 32]);

impl Ticket {
    /// A new one.
    pub(crate) fn draw() -> Self {
        Self(random_bytes())
    }

    /// The one that a browser shows.
    pub(crate) fn shown(headers: &HeaderMap, jar: Jar) -> Option<Self> {
        let text = jar.shown(headers, NAME)?;
        URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok().map(Self)
    }

    /// What the store keeps: nobody gets from there to the ticket.
    pub(crate) fn hash(&self) -> Vec<u8> {
        digest(&SHA256, &self.0).as_ref().to_vec()
    }

    /// What a form of this session carries: nobody gets from there to the ticket, and nobody else to it.
    pub(crate) fn csrf(&self) -> String {
        let mut hash = Context::new(&SHA256);
        hash.update(b"budstikke form\0");
        hash.update(&self.0);
        hash.finish().as_ref().iter().fold(String::new(), |mut text, byte| {
            // writing to a string cannot fail
            let _ = write!(text, "{byte:02x}");
            text
        })
    }

    /// Gives it to the browser.
    pub(crate) fn cookie(&self, jar: Jar) -> Option<HeaderValue> {
        jar.set(NAME, &URL_SAFE_NO_PAD.encode(self.0), None)
    }

    /// Takes it from the browser.
    pub(crate) fn forget(jar: Jar) -> Option<HeaderValue> {
        jar.set(NAME, "", Some(0))
    }
}

/// Bytes that nobody can guess.
pub(crate) fn random_bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    aws_lc_rs::rand::fill(&mut bytes).expect("the operating system has randomness");
    bytes
}

impl fmt::Debug for Ticket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ticket(…)")
    }
}

#[cfg(test)]
mod tests {
    use axum::http::header;

    use super::*;

    fn shown(cookie: &HeaderValue, jar: Jar) -> Option<Ticket> {
        let pair = cookie.to_str().ok()?.split(';').next()?;
        let headers = HeaderMap::from_iter([(header::COOKIE, HeaderValue::try_from(pair).ok()?)]);
        Ticket::shown(&headers, jar)
    }

    #[test]
    fn a_ticket_is_read_back_under_the_name_of_its_kind_of_connection_alone() {
        let (ticket, plain, secure) = (Ticket::draw(), Jar::Plain(9093), Jar::Secure);
        let (in_plain, in_secure) =
            (ticket.cookie(plain).expect("a header"), ticket.cookie(secure).expect("a header"));

        assert_eq!(shown(&in_plain, plain), Some(ticket.clone()));
        assert_eq!(shown(&in_secure, secure), Some(ticket));
        assert_eq!((shown(&in_plain, secure), shown(&in_secure, plain)), (None, None));
        assert_eq!(shown(&in_plain, Jar::Plain(9193)), None, "another server of this machine");
        let text = in_secure.to_str().expect("text");
        for wanted in ["__Host-", "Path=/;", "Secure", "HttpOnly", "SameSite=Lax"] {
            assert!(text.contains(wanted), "{wanted} in {text}");
        }
    }

    #[test]
    fn the_store_the_forms_and_the_cookie_tell_nothing_of_each_other() {
        let (ticket, other) = (Ticket::draw(), Ticket::draw());
        assert_ne!(ticket, other);
        assert_ne!(ticket.csrf(), other.csrf());
        assert_ne!(ticket.hash(), ticket.0.to_vec());
        assert_eq!(format!("{ticket:?}"), "Ticket(…)");
    }
}
