//! The embedded register's file: persons, organizations, accounts, users and rights, as JSON or, one kind
//! to a file, as CSV ([`super::csv`]).
//!
//! ```json
//! {
//!   "persons": [
//!     { "nationalIdentityNumber": "13858130624", "name": "Kari Nordmann", "email": "kari@fjord.example",
//!       "mobile": "+4799999999", "reserved": false, "lastConfirmed": "2026-01-01T00:00:00Z" }
//!   ],
//!   "organizations": [
//!     { "organizationNumber": "310000019", "partyId": 500700, "name": "Fjord AS",
//!       "emails": ["post@fjord.example"], "mobiles": ["+4799999998"],
//!       "users": [ { "userId": 20001, "email": "leder@fjord.example", "resources": ["demo-resource"],
//!                    "rights": [ { "resource": "demo-resource", "action": "read" } ] } ] }
//!   ],
//!   "accounts": [ { "username": "ola", "email": "ola@fjord.example" } ],
//!   "grants": [ { "userId": 20001, "partyId": 500700, "resource": "*", "action": "read" } ]
//! }
//! ```
//!
//! A file is read whole before anything is changed, and each list in it replaces what the register
//! had of its kind; a list that is left out leaves its kind alone. `users` may also be a list by itself,
//! each with the `organizationNumber` of an organization that is in the register. What
//! [`EmbeddedRegister::export`](super::EmbeddedRegister::export) writes can be imported again.

use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::hash::Hash;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use types::{EmailAddress, NationalId, OrgNumber, PhoneNumber};

use super::imported::{ImportError, Imported};

/// The file.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct RegisterFile {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) persons: Option<Vec<PersonRecord>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) organizations: Option<Vec<OrganizationRecord>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) accounts: Option<Vec<AccountRecord>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) users: Option<Vec<UnitUserRecord>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) grants: Option<Vec<GrantRecord>>,
}

/// A person.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PersonRecord {
    /// Who it is.
    #[serde(deserialize_with = "national_id", serialize_with = "revealed")]
    pub national_identity_number: NationalId,
    /// As keywords show it.
    pub name: Option<String>,
    /// Where mail goes, right or wrong.
    pub email: Option<String>,
    /// Where text messages go, right or wrong.
    pub mobile: Option<String>,
    /// Whether the person has declined digital communication from public bodies.
    #[serde(default)]
    pub reserved: bool,
    /// When both addresses were last changed or confirmed. Without it they count as stale.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_confirmed: Option<Timestamp>,
    /// The same for the e-mail address alone.
    pub email_last_confirmed: Option<Timestamp>,
    /// The same for the number alone.
    pub mobile_last_confirmed: Option<Timestamp>,
}

impl PersonRecord {
    /// When the e-mail address and the number were last confirmed.
    pub fn confirmed(&self) -> (Option<Timestamp>, Option<Timestamp>) {
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
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OrganizationRecord {
    /// Which one.
    pub organization_number: OrgNumber,
    /// Altinn's own number of it. Without one, rights are held by the organization's number.
    pub party_id: Option<i64>,
    /// As keywords show it.
    pub name: Option<String>,
    /// Whose addresses are used where this one has no record of any.
    pub main_unit: Option<OrgNumber>,
    /// Where mail goes; with neither list there is no record.
    pub emails: Option<Vec<String>>,
    /// Where text messages go.
    pub mobiles: Option<Vec<String>>,
    /// Who has registered addresses of their own there.
    #[serde(default)]
    pub users: Vec<UserRecord>,
}

impl OrganizationRecord {
    /// The number by which rights are held.
    pub fn party(&self) -> i64 {
        let digits = || self.organization_number.to_string().parse().unwrap_or_default();
        self.party_id.unwrap_or_else(digits)
    }
}

impl fmt::Debug for OrganizationRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("OrganizationRecord").field(&self.organization_number).finish()
    }
}

/// Somebody who has registered their own addresses at an organization.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct UserRecord {
    /// Altinn's own number of the person, above zero. Needed where rights are held elsewhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_id: Option<i64>,
    /// Where mail goes.
    pub email: Option<String>,
    /// Where text messages go.
    pub mobile: Option<String>,
    /// What they want to hear about; without the list, everything.
    pub resources: Option<Vec<String>>,
    /// What they may do on the organization's behalf.
    pub rights: Vec<RightRecord>,
}

impl fmt::Debug for UserRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UserRecord(…)")
    }
}

/// The same in a list by itself.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct UnitUserRecord {
    pub(super) organization_number: OrgNumber,
    user_id: Option<i64>,
    email: Option<String>,
    mobile: Option<String>,
    resources: Option<Vec<String>>,
    #[serde(default)]
    rights: Vec<RightRecord>,
}

impl UnitUserRecord {
    pub(super) fn user(&self) -> UserRecord {
        UserRecord {
            user_id: self.user_id,
            email: self.email.clone(),
            mobile: self.mobile.clone(),
            resources: self.resources.clone(),
            rights: self.rights.clone(),
        }
    }
}

/// A right; `*` stands for every resource or action.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RightRecord {
    /// To what.
    pub resource: String,
    /// What may be done.
    #[serde(default = "every")]
    pub action: String,
}

/// A right that stands by itself.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GrantRecord {
    /// Who has it, by Altinn's own number.
    pub user_id: i64,
    /// On whose behalf, by Altinn's own number.
    pub party_id: i64,
    /// To what; `*` for everything.
    pub resource: String,
    /// What may be done; `*` for everything.
    #[serde(default = "every")]
    pub action: String,
}

fn every() -> String {
    "*".to_owned()
}

/// Somebody without a national identity number.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AccountRecord {
    /// A user name, or `epost:` and an address.
    pub username: String,
    /// Where mail goes.
    pub email: Option<String>,
    /// Where text messages go.
    pub mobile: Option<String>,
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

fn revealed<S: Serializer>(id: &NationalId, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(id.reveal())
}

impl RegisterFile {
    /// Reads a file whole.
    pub(super) fn parse(json: &[u8]) -> Result<Self, ImportError> {
        let file: Self = serde_json::from_slice(json).map_err(|cause| ImportError::Malformed {
            line: cause.line(),
            column: cause.column(),
            cause,
        })?;
        file.check()
    }

    /// Refuses a file in which somebody is listed twice.
    pub(super) fn check(self) -> Result<Self, ImportError> {
        let persons = self.persons.iter().flatten();
        refuse_repeated("person", persons.map(|person| &person.national_identity_number))?;
        let organizations = self.organizations.iter().flatten();
        refuse_repeated("organization", organizations.map(|found| found.organization_number))?;
        refuse_repeated("account", self.accounts.iter().flatten().map(|account| &account.username))?;
        self.check_users()?;
        Ok(self)
    }

    /// Users are told apart by their numbers, where they have any.
    fn check_users(&self) -> Result<(), ImportError> {
        let listed = self.organizations.iter().flatten();
        let listed =
            listed.flat_map(|found| found.users.iter().map(|user| (found.organization_number, user.user_id)));
        let alone = self.users.iter().flatten().map(|user| (user.organization_number, user.user_id));
        for users in [listed.collect::<Vec<_>>(), alone.collect()] {
            if users.iter().any(|(_, id)| id.is_some_and(|id| id <= 0)) {
                return Err(ImportError::UserNumber);
            }
            let numbered = users.into_iter().filter(|(_, id)| id.is_some());
            refuse_repeated("user of an organization", numbered)?;
        }
        Ok(())
    }

    /// The users that are listed by themselves, by organization.
    pub(super) fn users_by_organization(&self) -> Option<Vec<(OrgNumber, Vec<UserRecord>)>> {
        let mut grouped: BTreeMap<OrgNumber, Vec<UserRecord>> = BTreeMap::new();
        for user in self.users.as_ref()? {
            grouped.entry(user.organization_number).or_default().push(user.user());
        }
        Some(grouped.into_iter().collect())
    }

    pub(super) fn count(&self) -> Imported {
        let persons = self.persons.as_deref().unwrap_or_default();
        let organizations = self.organizations.as_deref().unwrap_or_default();
        let accounts = self.accounts.as_deref().unwrap_or_default();
        let alone: Vec<UserRecord> = self.users.iter().flatten().map(UnitUserRecord::user).collect();
        let users = || organizations.iter().flat_map(|found| &found.users).chain(&alone);
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
            users: users().count(),
            grants: self.grants.as_ref().map_or(0, Vec::len),
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
