//! Who asks, in which role, and whether the answer's form suits.

use auth::{Caller, TokenKind};
use http::{HeaderMap, header};
use store::Tx;
use types::OrgNumber;
use types::ids::FileTransferId;

use super::model::{Recipient, Transfer};
use super::problem::Problem;
use super::{Broker, sql};

/// Needed to announce and upload.
pub(super) const WRITE: &str = "altinn:broker.write";
/// Needed to fetch and confirm.
pub(super) const READ: &str = "altinn:broker.read";

impl Broker {
    /// The caller, if its token is good and grants one of the scopes.
    pub(super) async fn caller(
        &self,
        headers: &HeaderMap,
        any_of: &[&'static str],
    ) -> Result<Caller, Problem> {
        let token =
            web::bearer::from_headers(headers).map_err(|why| Problem::Unauthenticated(why.to_string()))?;
        let kinds = [TokenKind::Altinn, TokenKind::Maskinporten];
        let caller = self.0.verifier.verify(token.reveal(), &kinds).await?;
        if caller.has_any_scope(any_of) {
            return Ok(caller);
        }
        Err(Problem::MissingScope(any_of.first().copied().unwrap_or(READ)))
    }
}

/// Refuses callers who take nothing we can give; for endpoints that answer JSON.
pub(super) fn accepts_json(headers: &HeaderMap) -> Result<(), Problem> {
    let mut values = headers.get_all(header::ACCEPT).iter().peekable();
    if values.peek().is_none() {
        return Ok(());
    }
    let media_type = |entry: &str| entry.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let suits = |entry: &str| matches!(media_type(entry).as_str(), "application/json" | "*/*");
    let any = values.filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(',')).any(suits);
    if any { Ok(()) } else { Err(Problem::NotAcceptable) }
}

/// Reads an id; what is none names no transfer.
pub(super) fn transfer_id(text: &str) -> Result<FileTransferId, Problem> {
    text.parse().map_err(|_| Problem::NotFound)
}

/// Reads `0192:<org>` or the URN form; what counts is the number at the end.
pub(super) fn organization(text: &str) -> Option<OrgNumber> {
    if let Some(number) = text.strip_prefix("urn:altinn:organization:identifier-no:") {
        return number.parse().ok();
    }
    let (scheme, number) = text.split_once(':')?;
    let is_scheme = scheme.len() == 4 && scheme.bytes().all(|byte| byte.is_ascii_digit());
    if is_scheme { number.parse().ok() } else { None }
}

/// A transfer as one of its parties sees it.
pub(super) struct Seen {
    pub transfer: Transfer,
    pub recipients: Vec<Recipient>,
    caller: OrgNumber,
}

impl Seen {
    /// The transfer, if the caller is a party to it. To others it does not exist.
    pub fn find(tx: &mut Tx<'_>, id: FileTransferId, caller: OrgNumber) -> Result<Self, Problem> {
        let found = sql::find(tx, id)?;
        Self::of(tx, found, caller)
    }

    /// The same, locked until the commit.
    pub fn lock(tx: &mut Tx<'_>, id: FileTransferId, caller: OrgNumber) -> Result<Self, Problem> {
        let found = sql::lock(tx, id)?;
        Self::of(tx, found, caller)
    }

    fn of(tx: &mut Tx<'_>, found: Option<Transfer>, caller: OrgNumber) -> Result<Self, Problem> {
        let transfer = found.ok_or(Problem::NotFound)?;
        let recipients = sql::recipients(tx, transfer.id)?;
        let seen = Self { transfer, recipients, caller };
        if seen.is_sender() || seen.as_recipient().is_some() { Ok(seen) } else { Err(Problem::NotFound) }
    }

    pub fn is_sender(&self) -> bool {
        self.transfer.sender == self.caller
    }

    pub fn as_recipient(&self) -> Option<&Recipient> {
        self.recipients.iter().find(|recipient| recipient.org == self.caller)
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn accept(value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(header::ACCEPT, HeaderValue::from_static(value))])
    }

    #[test]
    fn json_is_given_to_all_who_take_it_or_do_not_say() {
        assert!(accepts_json(&HeaderMap::new()).is_ok());
        for value in ["application/json", "text/plain, application/json;q=0.5", "*/*", "Application/JSON"] {
            assert!(accepts_json(&accept(value)).is_ok(), "{value}");
        }
        for value in ["text/plain", "application/xml, text/*"] {
            assert!(matches!(accepts_json(&accept(value)), Err(Problem::NotAcceptable)), "{value}");
        }
    }

    #[test]
    fn organizations_are_read_in_both_forms() {
        let org: OrgNumber = "310000001".parse().expect("nine digits");
        for text in ["0192:310000001", "urn:altinn:organization:identifier-no:310000001"] {
            assert_eq!(organization(text), Some(org), "{text}");
        }
        for text in ["310000001", "192:310000001", "0192:31000000", "urn:altinn:org:310000001", ""] {
            assert_eq!(organization(text), None, "{text}");
        }
    }
}
