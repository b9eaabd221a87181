//! Whose data is to be erased, and what there is of it, in words that every part uses.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::phone_number::without_separators;
use crate::{EmailAddress, NationalId, OrgNumber, PhoneNumber};

/// What stands where an address or a number has been erased. No address and no number looks like it.
pub const ERASED: &str = "erased";

/// A recipient, by what is known of them. Prints itself masked, except for organizations, which are public.
#[derive(Clone, PartialEq, Eq)]
pub enum Whom {
    /// An address that e-mail went to, in any letter case.
    Email(EmailAddress),
    /// A number that SMS went to, however it was written.
    Phone(PhoneNumber),
    /// A person that an order or a message named.
    Person(NationalId),
    /// An organization that an order named.
    Organization(OrgNumber),
}

/// A text that names no recipient.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "not a recipient: expected a mobile number, an e-mail address, a national identity number or an organization number"
)]
pub struct WhomError;

impl Whom {
    /// Reads what somebody typed. Eleven digits are a person, nine an organization; a phone number
    /// without its country is Norwegian.
    ///
    /// # Errors
    /// When it is none of these.
    pub fn read(typed: &str) -> Result<Self, WhomError> {
        let typed = typed.trim();
        if let Ok(address) = typed.parse() {
            return Ok(Self::Email(address));
        }
        let digits = without_separators(typed.strip_prefix("0192:").unwrap_or(typed));
        let person = digits.parse().ok().map(Self::Person);
        let organization = || digits.parse().ok().map(Self::Organization);
        let phone = || PhoneNumber::from_typed(&digits).map(Self::Phone);
        person.or_else(organization).or_else(phone).ok_or(WhomError)
    }
}

impl fmt::Display for Whom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Email(address) => address.fmt(f),
            Self::Phone(number) => number.fmt(f),
            Self::Person(id) => id.fmt(f),
            Self::Organization(number) => number.fmt(f),
        }
    }
}

impl fmt::Debug for Whom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Whom({self})")
    }
}

/// One kind of data about a recipient: what goes when it is erased, and what stays.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Share {
    /// What it is: `notifications`, `log`.
    pub kind: String,
    /// The same in words.
    pub what: String,
    /// So many go, or have gone.
    pub goes: i64,
    /// So many stay.
    pub stays: i64,
    /// Why they do.
    pub why: Option<String>,
}

impl Share {
    /// A kind of which all that there is goes.
    pub fn going(kind: &str, what: &str, goes: i64) -> Self {
        Self { kind: kind.to_owned(), what: what.to_owned(), goes, stays: 0, why: None }
    }

    /// The same, of which so many stay.
    #[must_use]
    pub fn but(self, stays: i64, why: &str) -> Self {
        Self { stays, why: (stays > 0).then(|| why.to_owned()), ..self }
    }
}

/// What was found out about a recipient, or done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// Whom it is about, masked.
    pub recipient: String,
    /// Whether what goes has gone; otherwise nothing has been changed.
    pub erased: bool,
    /// Every kind of data.
    pub shares: Vec<Share>,
    /// Orders to them that are not over, some of them, by their ids (`shipmentId`).
    pub waiting: Vec<String>,
}

impl Report {
    /// Whether something stays that waits for its time or its result.
    pub fn is_incomplete(&self) -> bool {
        const FOR_GOOD: &str = "suppressions";
        self.shares.iter().any(|share| share.stays > 0 && share.kind != FOR_GOOD)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recipient_is_read_as_people_type_them_and_prints_masked() {
        let shown = |typed: &str| Whom::read(typed).map(|whom| format!("{whom:?}")).unwrap_or_default();
        assert_eq!(shown(" kari@fjord.example "), "Whom(k***@***.example)");
        for number in ["+47 999 99 999", "99999999", "0047 99999999", "4799999999"] {
            assert_eq!(shown(number), "Whom(+4799****99)", "{number}");
        }
        assert_eq!(shown("148172 10075"), "Whom(14*********)");
        assert_eq!(shown("0192:310000019"), "Whom(310000019)");
        assert_eq!(shown("310 000 019"), "Whom(310000019)");
        for nobody in ["", "Kari", "123", "kari@"] {
            assert_eq!(Whom::read(nobody), Err(WhomError), "{nobody}");
        }
    }

    #[test]
    fn a_reason_is_given_only_where_something_stays() {
        let share = Share::going("log", "lines", 3);
        assert_eq!(share.clone().but(0, "it waits").why, None);
        assert_eq!(share.but(2, "it waits").why.as_deref(), Some("it waits"));
    }
}
