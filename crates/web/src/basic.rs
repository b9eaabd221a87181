//! HTTP Basic credentials (RFC 7617).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, HeaderValue, header};
use subtle::ConstantTimeEq as _;
use types::Secret;

/// A user name and password a caller presented.
#[derive(Clone, Debug)]
pub struct Basic {
    user: Secret,
    password: Secret,
}

/// Why there are no credentials to look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AuthorizationError {
    /// No `Authorization` header.
    #[error("there is no Authorization header")]
    Missing,
    /// More than one.
    #[error("there is more than one Authorization header")]
    Repeated,
    /// A scheme other than the one wanted here.
    #[error("the Authorization header has another scheme")]
    OtherScheme,
    /// The right scheme, but nothing readable after it.
    #[error("the credentials in the Authorization header are malformed")]
    Malformed,
}

impl Basic {
    /// Reads the `Authorization` header.
    pub fn from_headers(headers: &HeaderMap) -> Result<Self, AuthorizationError> {
        let encoded = credentials(headers, "basic")?;
        let malformed = AuthorizationError::Malformed;
        let bytes = STANDARD.decode(encoded).map_err(|_| malformed)?;
        let text = String::from_utf8(bytes).map_err(|_| malformed)?;
        let (user, password) = text.split_once(':').ok_or(malformed)?;
        Ok(Self { user: Secret::new(user.to_owned()), password: Secret::new(password.to_owned()) })
    }

    /// The user name presented. It may be anything, so it is not for logs.
    pub fn user(&self) -> &str {
        self.user.reveal()
    }

    /// Whether these are the credentials, compared in a time that does not depend on how much agrees.
    pub fn is(&self, user: &str, password: &Secret) -> bool {
        let same_user = self.user.reveal().as_bytes().ct_eq(user.as_bytes());
        let presented = self.password.reveal().as_bytes();
        let same_password = presented.ct_eq(password.reveal().as_bytes());
        (same_user & same_password).into()
    }

    /// The header that presents these credentials.
    pub fn header(user: &str, password: &Secret) -> HeaderValue {
        let pair = Secret::new(format!("{user}:{}", password.reveal()));
        let value = format!("Basic {}", STANDARD.encode(pair.reveal()));
        let mut header = HeaderValue::try_from(value).expect("Base64 is plain ASCII");
        header.set_sensitive(true);
        header
    }
}

/// Whether somebody has shown a secret, compared in a time that does not depend on how much agrees.
/// Nothing equals an empty secret.
pub fn is_same(shown: &str, wanted: &Secret) -> bool {
    let wanted = wanted.reveal().as_bytes();
    !wanted.is_empty() && bool::from(shown.as_bytes().ct_eq(wanted))
}

/// What follows the scheme in the one `Authorization` header (RFC 9110, section 11.6.2).
pub(crate) fn credentials<'a>(headers: &'a HeaderMap, scheme: &str) -> Result<&'a str, AuthorizationError> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let value = values.next().ok_or(AuthorizationError::Missing)?;
    if values.next().is_some() {
        return Err(AuthorizationError::Repeated);
    }
    let text = value.to_str().map_err(|_| AuthorizationError::Malformed)?.trim();
    let (found, rest) = text.split_once(' ').unwrap_or((text, ""));
    if !found.eq_ignore_ascii_case(scheme) {
        return Err(AuthorizationError::OtherScheme);
    }
    let rest = rest.trim_start();
    if rest.is_empty() || rest.contains([' ', ',']) {
        return Err(AuthorizationError::Malformed);
    }
    Ok(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn presented(value: &str) -> Result<Basic, AuthorizationError> {
        let value = HeaderValue::from_str(value).expect("a header value");
        Basic::from_headers(&HeaderMap::from_iter([(header::AUTHORIZATION, value)]))
    }

    #[test]
    fn what_is_written_is_read_back() {
        let password = Secret::new("blå:bær".to_owned());
        let header = Basic::header("gateway", &password);

        let basic = Basic::from_headers(&HeaderMap::from_iter([(header::AUTHORIZATION, header)]));

        let basic = basic.expect("well formed");
        assert!(basic.is("gateway", &password));
        assert!(!basic.is("gateway", &Secret::new("blå:bæ".to_owned())));
        assert!(!basic.is("Gateway", &password));
    }

    #[test]
    fn the_scheme_is_read_in_any_case() {
        assert!(presented("bAsIc YTpi").is_ok_and(|basic| basic.is("a", &Secret::new("b".to_owned()))));
    }

    #[test]
    fn what_is_wrong_with_a_header_is_told_apart() {
        assert_eq!(presented("Bearer x").err(), Some(AuthorizationError::OtherScheme));
        for malformed in ["Basic", "Basic ", "Basic !", "Basic YQ==", "Basic YTpi YTpi"] {
            assert_eq!(presented(malformed).err(), Some(AuthorizationError::Malformed), "{malformed}");
        }
        assert_eq!(Basic::from_headers(&HeaderMap::new()).err(), Some(AuthorizationError::Missing));
    }

    #[test]
    fn two_headers_are_refused() {
        let mut headers = HeaderMap::new();
        headers.append(header::AUTHORIZATION, HeaderValue::from_static("Basic YTpi"));
        headers.append(header::AUTHORIZATION, HeaderValue::from_static("Basic YTpi"));
        assert_eq!(Basic::from_headers(&headers).err(), Some(AuthorizationError::Repeated));
    }

    #[test]
    fn credentials_do_not_print_themselves() {
        let basic = presented("Basic YTpi").expect("well formed");
        assert_eq!(format!("{basic:?}"), "Basic { user: Secret(…), password: Secret(…) }");
    }
}
