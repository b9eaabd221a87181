//! Who is in the register, in the form of the embedded register's file.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Deserializer};
use types::{NationalId, OrgNumber};

/// A fictitious person.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Person {
    /// Who it is.
    #[serde(deserialize_with = "national_id")]
    pub national_identity_number: NationalId,
    /// First, middle and last name.
    pub name: Option<String>,
    /// Where mail goes, right or wrong.
    pub email: Option<String>,
    /// Where text messages go, right or wrong.
    pub mobile: Option<String>,
    /// Whether the person has declined digital mail from public bodies.
    #[serde(default)]
    pub reserved: bool,
    /// When both addresses were last changed or confirmed; without it they count as stale.
    pub last_confirmed: Option<Timestamp>,
    /// The same for the e-mail address alone.
    pub email_last_confirmed: Option<Timestamp>,
    /// The same for the number alone.
    pub mobile_last_confirmed: Option<Timestamp>,
    /// `nb`, `nn`, `en` or `se`.
    #[serde(default = "bokmål")]
    pub language: String,
    /// Whether the person has been deleted from the register.
    #[serde(default)]
    pub deleted: bool,
}

impl fmt::Debug for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Person").field(&self.national_identity_number).finish()
    }
}

/// One of a person's addresses, and when it was last touched.
pub(super) struct Contact<'p> {
    pub(super) value: &'p str,
    pub(super) touched: Option<Timestamp>,
}

impl Person {
    pub(super) fn email(&self) -> Option<Contact<'_>> {
        let touched = self.email_last_confirmed.or(self.last_confirmed);
        self.email.as_deref().map(|value| Contact { value, touched })
    }

    pub(super) fn mobile(&self) -> Option<Contact<'_>> {
        let touched = self.mobile_last_confirmed.or(self.last_confirmed);
        self.mobile.as_deref().map(|value| Contact { value, touched })
    }
}

impl Contact<'_> {
    /// Whether nobody has touched it for more than 18 calendar months, in UTC.
    pub(super) fn is_stale(&self, now: Timestamp) -> bool {
        let limit = now.to_zoned(TimeZone::UTC).checked_sub(18.months());
        match (self.touched, limit) {
            (Some(touched), Ok(limit)) => touched < limit.timestamp(),
            _ => true,
        }
    }
}

fn bokmål() -> String {
    "nb".to_owned()
}

fn national_id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<NationalId, D::Error> {
    let text = String::deserialize(deserializer)?;
    text.parse().map_err(serde::de::Error::custom)
}

/// A fictitious organization.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Organization {
    /// Which one.
    pub organization_number: OrgNumber,
    /// Altinn's own number of it; without one, the organization's number.
    pub party_id: Option<i64>,
    /// Its name.
    pub name: Option<String>,
    /// Whose addresses are used where this one has no record of any.
    pub main_unit: Option<OrgNumber>,
    /// Where mail goes.
    pub emails: Option<Vec<String>>,
    /// Where text messages go.
    pub mobiles: Option<Vec<String>>,
    /// Who has registered addresses of their own there.
    #[serde(default)]
    pub users: Vec<User>,
}

impl Organization {
    pub(super) fn party(&self) -> i64 {
        let digits = || self.organization_number.to_string().parse().unwrap_or_default();
        self.party_id.unwrap_or_else(digits)
    }

    /// Its users by number; those without one are numbered downwards from -1.
    pub(super) fn numbered_users(&self) -> impl Iterator<Item = (i64, &User)> {
        (1..).zip(&self.users).map(|(place, user): (i64, _)| (user.user_id.unwrap_or(-place), user))
    }

    pub(super) fn has_record(&self) -> bool {
        self.emails.is_some() || self.mobiles.is_some()
    }
}

/// Somebody who has registered their own addresses at an organization.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct User {
    /// Altinn's own number of the person.
    pub user_id: Option<i64>,
    /// Where mail goes.
    pub email: Option<String>,
    /// Where text messages go.
    pub mobile: Option<String>,
    /// What they want to hear about; without the list, everything.
    pub resources: Option<Vec<String>>,
    /// What they may do on the organization's behalf.
    #[serde(default)]
    pub rights: Vec<Right>,
}

impl fmt::Debug for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "User({:?})", self.user_id)
    }
}

/// A right; `*` stands for every resource or action.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Right {
    /// To what.
    pub resource: String,
    /// What may be done.
    #[serde(default = "every")]
    pub action: String,
}

/// A right that stands by itself.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Grant {
    /// Who has it.
    pub user_id: i64,
    /// On whose behalf.
    pub party_id: i64,
    /// To what.
    pub resource: String,
    /// What may be done.
    #[serde(default = "every")]
    pub action: String,
}

fn every() -> String {
    "*".to_owned()
}

/// Somebody without a national identity number.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Account {
    /// A user name, or `epost:` and an address.
    pub username: String,
    /// Where mail goes.
    pub email: Option<String>,
    /// Where text messages go.
    pub mobile: Option<String>,
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Account(…)")
    }
}

/// The records cannot be read just now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the register's records cannot be read")]
pub struct Unavailable;

/// Where the records are. Whoever is not found is left out.
#[async_trait]
pub trait Source: Send + Sync + fmt::Debug {
    /// Persons by number.
    async fn persons(&self, ids: &[NationalId]) -> Result<Vec<Person>, Unavailable>;
    /// Organizations by number.
    async fn organizations(&self, numbers: &[OrgNumber]) -> Result<Vec<Organization>, Unavailable>;
    /// Organizations by Altinn's number.
    async fn parties(&self, parties: &[i64]) -> Result<Vec<Organization>, Unavailable>;
    /// Accounts by name.
    async fn accounts(&self, usernames: &[String]) -> Result<Vec<Account>, Unavailable>;
    /// Rights that stand by themselves, by Altinn's number of the organization.
    async fn grants(&self, parties: &[i64]) -> Result<Vec<Grant>, Unavailable>;
}

/// Records in memory.
#[derive(Debug, Default)]
pub struct Records(Mutex<Held>);

#[derive(Debug, Default)]
struct Held {
    persons: BTreeMap<NationalId, Person>,
    organizations: BTreeMap<OrgNumber, Organization>,
    accounts: BTreeMap<String, Account>,
    grants: Vec<Grant>,
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
#[derive(Default)]
struct File {
    persons: Vec<Person>,
    organizations: Vec<Organization>,
    accounts: Vec<Account>,
    grants: Vec<Grant>,
}

impl Records {
    /// The records in a file of the embedded register's form.
    pub fn from_json(json: &[u8]) -> Result<Self, serde_json::Error> {
        let file: File = serde_json::from_slice(json)?;
        let by_id = |person: Person| (person.national_identity_number.clone(), person);
        let by_name = |account: Account| (account.username.clone(), account);
        Ok(Self(Mutex::new(Held {
            persons: file.persons.into_iter().map(by_id).collect(),
            organizations: file.organizations.into_iter().map(|org| (org.organization_number, org)).collect(),
            accounts: file.accounts.into_iter().map(by_name).collect(),
            grants: file.grants,
        })))
    }

    /// Adds a person, or replaces the one with the same number.
    pub fn put(&self, person: Person) {
        self.held().persons.insert(person.national_identity_number.clone(), person);
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Source for Records {
    async fn persons(&self, ids: &[NationalId]) -> Result<Vec<Person>, Unavailable> {
        let held = self.held();
        Ok(ids.iter().filter_map(|id| held.persons.get(id).cloned()).collect())
    }

    async fn organizations(&self, numbers: &[OrgNumber]) -> Result<Vec<Organization>, Unavailable> {
        let held = self.held();
        Ok(numbers.iter().filter_map(|number| held.organizations.get(number).cloned()).collect())
    }

    async fn parties(&self, parties: &[i64]) -> Result<Vec<Organization>, Unavailable> {
        let held = self.held();
        let found = held.organizations.values().filter(|found| parties.contains(&found.party()));
        Ok(found.cloned().collect())
    }

    async fn accounts(&self, usernames: &[String]) -> Result<Vec<Account>, Unavailable> {
        let held = self.held();
        Ok(usernames.iter().filter_map(|name| held.accounts.get(name).cloned()).collect())
    }

    async fn grants(&self, parties: &[i64]) -> Result<Vec<Grant>, Unavailable> {
        let held = self.held();
        Ok(held.grants.iter().filter(|grant| parties.contains(&grant.party_id)).cloned().collect())
    }
}
