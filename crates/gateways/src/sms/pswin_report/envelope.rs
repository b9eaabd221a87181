//! What a push comes in: who brings it, what kind of content it declares, and in which character set.

use std::borrow::Cow;

use http::{HeaderMap, header};
use serde::Deserialize;
use types::Secret;
use web::basic::Basic;

use super::MalformedPush;

/// A user name and password that may push reports.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PushAccount {
    /// The user name.
    pub username: String,
    /// The password.
    pub password: Secret,
}

/// Whether a push shows one of these accounts. Two of them let a password be changed without losing
/// a report; with none, nobody is let in.
pub fn is_let_in(headers: &HeaderMap, accounts: &[PushAccount]) -> bool {
    let Ok(shown) = Basic::from_headers(headers) else {
        return false;
    };
    // Each is compared, so that the time taken does not tell which one nearly fits.
    let is = |account: &PushAccount| {
        !account.username.is_empty() && shown.is(&account.username, &account.password)
    };
    accounts.iter().map(is).fold(false, |any, is| any | is)
}

/// Whether the content type is one of those that carry reports.
pub fn is_readable(headers: &HeaderMap) -> bool {
    let media = content_type(headers).split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    matches!(media.as_str(), "application/xml" | "text/xml" | "text/plain")
}

fn content_type(headers: &HeaderMap) -> &str {
    headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// The character set of the header, else ISO-8859-1.
pub(super) fn decode<'a>(headers: &HeaderMap, body: &'a [u8]) -> Result<Cow<'a, str>, MalformedPush> {
    let declared = content_type(headers).split(';').skip(1).find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim()
            .eq_ignore_ascii_case("charset")
            .then(|| value.trim().trim_matches('"').to_ascii_lowercase())
    });
    match declared.as_deref() {
        Some("utf-8" | "utf8" | "us-ascii") => {
            let text = std::str::from_utf8(body).map_err(|_| MalformedPush::Charset)?;
            Ok(Cow::Borrowed(text.trim_start_matches('\u{feff}')))
        }
        None | Some("iso-8859-1" | "latin1") => Ok(body.iter().map(|byte| char::from(*byte)).collect()),
        Some(_) => Err(MalformedPush::Charset),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::typed;
    use super::*;

    #[test]
    fn two_accounts_are_let_in_at_once_and_nobody_else() {
        let secret = |text: &str| Secret::new(text.to_owned());
        let account =
            |password: &str| PushAccount { username: "link".to_owned(), password: secret(password) };
        let accounts = [account("old"), account("new")];
        let shown = |user: &str, password: &str| {
            HeaderMap::from_iter([(header::AUTHORIZATION, Basic::header(user, &secret(password)))])
        };
        assert!(is_let_in(&shown("link", "old"), &accounts) && is_let_in(&shown("link", "new"), &accounts));
        assert!(
            !is_let_in(&shown("link", "else"), &accounts) && !is_let_in(&shown("kari", "new"), &accounts)
        );
        assert!(!is_let_in(&HeaderMap::new(), &accounts));
        assert!(!is_let_in(&shown("", ""), &[PushAccount { username: String::new(), password: secret("") }]));
        assert!(!is_let_in(&shown("link", "old"), &[]));
    }

    #[test]
    fn only_xml_and_plain_text_carry_reports() {
        for readable in ["application/xml", "text/xml; charset=utf-8", "TEXT/PLAIN"] {
            assert!(is_readable(&typed(readable)), "{readable}");
        }
        assert!(!is_readable(&typed("application/json")) && !is_readable(&HeaderMap::new()));
    }
}
