//! The embedded register's file: JSON with persons, organizations and accounts.
//!
//! ```json
//! {
//!   "persons": [
//!     { "nationalIdentityNumber": "13858130624", "name": "Kari Nordmann", "email": "kari@fjord.example",
//!       "mobile": "+4799999999", "reserved": false, "lastConfirmed": "2026-01-01T00:00:00Z" }
//!   ],
//!   "organizations": [
//!     { "organizationNumber": "310000019", "name": "Fjord AS", "emails": ["post@fjord.example"],
//!       "mobiles": ["+4799999998"],
//!       "users": [ { "email": "leder@fjord.example", "resources": ["demo-resource"],
//!                    "rights": [ { "resource": "demo-resource", "action": "read" } ] } ] }
//!   ],
//!   "accounts": [ { "username": "ola", "email": "ola@fjord.example" } ]
//! }
//! ```
//!
//! A file is read whole before anything is changed, and each list in it replaces what the register
//! had of its kind; a list that is left out leaves its kind alone.

use std::collections::HashSet;
use std::fmt;
use std::hash::Hash;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize};
use types::{EmailAddress, NationalId, OrgNumber, PhoneNumber};

/// The file.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct RegisterFile {
    pub(super) persons: Option<Vec<PersonRecord>>,
    pub(super) organizations: Option<Vec<OrganizationRecord>>,
    pub(super) accounts: Option<Vec<AccountRecord>>,
}

/// A person.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct PersonRecord {
    #[serde(deserialize_with = "national_id")]
    pub(super) national_identity_number: NationalId,
    pub(super) name: Option<String>,
    pub(super) email: Option<String>,
    pub(super) mobile: Option<String>,
    #[serde(default)]
    pub(super) reserved: bool,
    /// When both addresses were last changed or confirmed. Without it they count as stale.
    pub(super) last_confirmed: Option<Timestamp>,
    /// The same for the e-mail address alone.
    pub(super) email_last_confirmed: Option<Timestamp>,
    /// The same for the number alone.
    pub(super) mobile_last_confirmed: Option<Timestamp>,
}

impl PersonRecord {
    /// When the e-mail address and the number were last confirmed.
    pub(super) fn confirmed(&self) -> (Option<Timestamp>, Option<Timestamp>) {
        let (email, mobile) = (self.email_last_confirmed, self.mobile_last_confirmed);
        (email.or(self.last_confirmed), mobile.or(self.last_confirmed))
    }
}

impl fmt::Debug for PersonRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("PersonRecord").field(&self.national_identity_number).finish()
    }
}

/// An organization.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct OrganizationRecord {
    pub(super) organization_number: OrgNumber,
    pub(super) name: Option<String>,
    /// Whose addresses are used where this one has no record of any.
    pub(super) main_unit: Option<OrgNumber>,
    pub(super) emails: Option<Vec<String>>,
    pub(super) mobiles: Option<Vec<String>>,
    #[serde(default)]
    pub(super) users: Vec<UserRecord>,
}

impl fmt::Debug for OrganizationRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("OrganizationRecord").field(&self.organization_number).finish()
    }
}

/// Somebody who has registered their own addresses at an organization.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct UserRecord {
    pub(super) email: Option<String>,
    pub(super) mobile: Option<String>,
    /// What they want to hear about; without the list, everything.
    pub(super) resources: Option<Vec<String>>,
    /// What they may do on the organization's behalf.
    pub(super) rights: Vec<RightRecord>,
}

/// A right; `*` stands for every resource or action.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct RightRecord {
    pub(super) resource: String,
    #[serde(default = "every")]
    pub(super) action: String,
}

fn every() -> String {
    "*".to_owned()
}

/// Somebody without a national identity number.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct AccountRecord {
    pub(super) username: String,
    pub(super) email: Option<String>,
    pub(super) mobile: Option<String>,
}

impl fmt::Debug for AccountRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AccountRecord(…)")
    }
}

fn national_id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<NationalId, D::Error> {
    let text = String::deserialize(deserializer)?;
    text.parse().map_err(serde::de::Error::custom)
}

/// What an import brought.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    /// Persons.
    pub persons: usize,
    /// Organizations.
    pub organizations: usize,
    /// Persons without a national identity number.
    pub accounts: usize,
    /// Addresses and numbers that nothing can be sent to; they are kept, and never used.
    pub unusable: usize,
}

impl fmt::Display for Imported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { persons, organizations, accounts, unusable } = self;
        write!(f, "imported {persons} persons, {organizations} organizations and {accounts} accounts")?;
        if *unusable > 0 {
            write!(f, "; {unusable} addresses or numbers among them cannot be sent to")?;
        }
        Ok(())
    }
}

/// Why an import changed nothing.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// Not the expected JSON. The message says where, and shows nothing of the content.
    #[error("the register file cannot be read: line {line}, column {column}")]
    Malformed {
        /// Counted from 1.
        line: usize,
        /// Counted from 1.
        column: usize,
        /// What was wrong there, which may quote the content.
        #[source]
        cause: serde_json::Error,
    },
    /// Somebody is listed twice.
    #[error("the register file lists the same {0} twice")]
    Repeated(&'static str),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] store::Error),
}

impl RegisterFile {
    /// Reads a file whole.
    pub(super) fn parse(json: &[u8]) -> Result<Self, ImportError> {
        let file: Self = serde_json::from_slice(json).map_err(|cause| ImportError::Malformed {
            line: cause.line(),
            column: cause.column(),
            cause,
        })?;
        let persons = file.persons.iter().flatten();
        refuse_repeated("person", persons.map(|person| &person.national_identity_number))?;
        let organizations = file.organizations.iter().flatten();
        refuse_repeated("organization", organizations.map(|found| found.organization_number))?;
        refuse_repeated("account", file.accounts.iter().flatten().map(|account| &account.username))?;
        Ok(file)
    }

    pub(super) fn count(&self) -> Imported {
        let persons = self.persons.as_deref().unwrap_or_default();
        let organizations = self.organizations.as_deref().unwrap_or_default();
        let accounts = self.accounts.as_deref().unwrap_or_default();
        let users = || organizations.iter().flat_map(|found| &found.users);
        let emails = persons.iter().filter_map(|person| person.email.as_ref());
        let emails = emails.chain(organizations.iter().flat_map(|found| found.emails.iter().flatten()));
        let emails = emails.chain(users().filter_map(|user| user.email.as_ref()));
        let emails = emails.chain(accounts.iter().filter_map(|account| account.email.as_ref()));
        let mobiles = persons.iter().filter_map(|person| person.mobile.as_ref());
        let mobiles = mobiles.chain(organizations.iter().flat_map(|found| found.mobiles.iter().flatten()));
        let mobiles = mobiles.chain(users().filter_map(|user| user.mobile.as_ref()));
        let mobiles = mobiles.chain(accounts.iter().filter_map(|account| account.mobile.as_ref()));
        Imported {
            persons: persons.len(),
            organizations: organizations.len(),
            accounts: accounts.len(),
            unusable: emails.filter(|text| text.parse::<EmailAddress>().is_err()).count()
                + mobiles.filter(|text| PhoneNumber::from_register(text).is_err()).count(),
        }
    }
}

fn refuse_repeated<T: Eq + Hash>(
    what: &'static str,
    mut all: impl Iterator<Item = T>,
) -> Result<(), ImportError> {
    let mut seen = HashSet::new();
    if all.all(|one| seen.insert(one)) { Ok(()) } else { Err(ImportError::Repeated(what)) }
}
