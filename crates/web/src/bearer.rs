//! Bearer tokens (RFC 6750, section 2.1).

use http::{HeaderMap, HeaderValue};
use types::Secret;

pub use crate::basic::AuthorizationError;
use crate::basic::credentials;

/// The token in the `Authorization` header, not looked into.
pub fn from_headers(headers: &HeaderMap) -> Result<Secret, AuthorizationError> {
    let token = credentials(headers, "bearer")?;
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte);
    if !token.bytes().all(allowed) {
        return Err(AuthorizationError::Malformed);
    }
    Ok(Secret::new(token.to_owned()))
}

/// The header that presents a token; `None` when the token has characters no header may have.
pub fn header(token: &Secret) -> Option<HeaderValue> {
    let mut header = HeaderValue::try_from(format!("Bearer {}", token.reveal())).ok()?;
    header.set_sensitive(true);
    Some(header)
}

#[cfg(test)]
mod tests {
    use http::header::AUTHORIZATION;

    use super::*;

    #[test]
    fn a_token_is_read_in_any_case_of_the_scheme() {
        for value in ["Bearer ab.c-d_e", "bearer  ab.c-d_e", "BEARER ab.c-d_e"] {
            let headers = HeaderMap::from_iter([(AUTHORIZATION, HeaderValue::from_static(value))]);
            let token = from_headers(&headers).expect("well formed");
            assert_eq!(token.reveal(), "ab.c-d_e");
        }
    }

    #[test]
    fn signs_no_token_has_are_refused() {
        for value in ["Bearer a\"b", "Bearer", "Bearer a,b", "Bearer a b"] {
            let headers = HeaderMap::from_iter([(AUTHORIZATION, HeaderValue::from_static(value))]);
            assert_eq!(from_headers(&headers).err(), Some(AuthorizationError::Malformed), "{value}");
        }
    }

    #[test]
    fn a_written_header_is_read_back_and_never_printed() {
        let header = header(&Secret::new("ab.cd".to_owned())).expect("plain signs");
        assert_eq!(format!("{header:?}"), "Sensitive");
        let headers = HeaderMap::from_iter([(AUTHORIZATION, header)]);
        assert_eq!(from_headers(&headers).expect("well formed").reveal(), "ab.cd");
    }
}
