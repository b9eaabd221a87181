//! A register of our own, kept in the store, for set-ups without another.
//!
//! It means the same by everything as the national registers and their copy in Altinn: details that
//! nobody has confirmed for 18 months are left out unless asked for, whoever has nothing else is not
//! found at all (even when reserved), and an organization without a record uses its main unit's.

use async_trait::async_trait;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use store::{Store, Tx};
use types::time::Clock;
use types::{EmailAddress, NationalId, OrgNumber, PhoneNumber};

use super::import::{ImportError, Imported, RegisterFile, UserRecord};
use super::sql::{self, PersonRow};
use super::{
    ContactRegister, ExternalContact, KnownName, Named, OrganizationContact, PersonContact, RegisterError,
    UserContact,
};
use crate::lock;
use crate::recipients::model::{ExternalAccount, ExternalIdentity, ResourceRight};

/// Calendar months, in UTC, after which an address that nobody has confirmed is stale.
const STALE_AFTER_MONTHS: i64 = 18;

/// The register.
#[derive(Clone)]
pub struct EmbeddedRegister {
    store: Store,
    clock: Clock,
}

impl std::fmt::Debug for EmbeddedRegister {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("EmbeddedRegister")
    }
}

impl EmbeddedRegister {
    /// The register in this store.
    pub fn new(store: Store, clock: Clock) -> Self {
        Self { store, clock }
    }

    /// Takes a file in: all of it, or, where it is malformed, nothing.
    pub async fn import(&self, json: &[u8]) -> Result<Imported, ImportError> {
        let file = RegisterFile::parse(json)?;
        let imported = file.count();
        self.store
            .write(move |tx| -> Result<(), store::Error> {
                // Two imports at once follow each other.
                lock::hold_all(tx, &["notify.register"])?;
                file.persons.as_deref().map_or(Ok(()), |list| sql::replace_persons(tx, list))?;
                file.organizations.as_deref().map_or(Ok(()), |list| sql::replace_organizations(tx, list))?;
                file.accounts.as_deref().map_or(Ok(()), |list| sql::replace_accounts(tx, list))
            })
            .await?;
        Ok(imported)
    }

    async fn each<K, T, F>(&self, keys: &[K], find: F) -> Result<Vec<T>, RegisterError>
    where
        K: Clone + Send + 'static,
        T: Send + 'static,
        F: Fn(&mut Tx<'_>, &K) -> store::Result<Vec<T>> + Send + 'static,
    {
        let keys = keys.to_vec();
        let found = self.store.read(move |tx| -> store::Result<Vec<T>> {
            let mut all = Vec::new();
            for key in &keys {
                all.extend(find(tx, key)?);
            }
            Ok(all)
        });
        found.await.map_err(|error| RegisterError::Passing { after: None, detail: error.to_string() })
    }
}

#[async_trait]
impl ContactRegister for EmbeddedRegister {
    async fn persons(
        &self,
        ids: &[NationalId],
        use_stale: bool,
    ) -> Result<Vec<PersonContact>, RegisterError> {
        let now = self.clock.now();
        let find = move |tx: &mut Tx<'_>, id: &NationalId| {
            let row = sql::person(tx, id)?;
            Ok(row.and_then(|row| person_contact(id, &row, use_stale, now)).into_iter().collect())
        };
        self.each(ids, find).await
    }

    async fn organizations(&self, numbers: &[OrgNumber]) -> Result<Vec<OrganizationContact>, RegisterError> {
        self.each(numbers, |tx, number| Ok(organization_contact(tx, *number)?.into_iter().collect())).await
    }

    async fn users(
        &self,
        numbers: &[OrgNumber],
        right: &ResourceRight,
    ) -> Result<Vec<UserContact>, RegisterError> {
        let right = right.clone();
        let find = move |tx: &mut Tx<'_>, number: &OrgNumber| {
            let users = sql::organization(tx, *number)?.map(|row| row.users).unwrap_or_default();
            let may_receive = users.iter().filter(|user| wants(user, &right) && may(user, &right));
            let contacts = may_receive.map(|user| UserContact {
                organization: *number,
                email: email(user.email.as_deref()),
                mobile: mobile(user.mobile.as_deref()),
            });
            Ok(contacts.collect())
        };
        self.each(numbers, find).await
    }

    async fn external_identities(
        &self,
        identities: &[ExternalIdentity],
    ) -> Result<Vec<ExternalContact>, RegisterError> {
        self.each(identities, |tx, identity| Ok(external_contact(tx, identity)?.into_iter().collect())).await
    }

    async fn names(&self, of: &[Named]) -> Result<Vec<KnownName>, RegisterError> {
        let find = |tx: &mut Tx<'_>, of: &Named| {
            let name = match of {
                Named::Person(id) => sql::person(tx, id)?.map(|row| row.name),
                Named::Organization(number) => sql::organization(tx, *number)?.map(|row| row.name),
            };
            Ok(name.map(|name| KnownName { of: of.clone(), name }).into_iter().collect())
        };
        self.each(of, find).await
    }
}

fn person_contact(
    id: &NationalId,
    row: &PersonRow,
    use_stale: bool,
    now: Timestamp,
) -> Option<PersonContact> {
    let email_is_stale = is_stale(row.email.as_ref().and(row.email_confirmed), now);
    let mobile_is_stale = is_stale(row.mobile.as_ref().and(row.mobile_confirmed), now);
    if email_is_stale && mobile_is_stale && !use_stale {
        return None;
    }
    Some(PersonContact {
        id: id.clone(),
        reserved: row.reserved,
        email: email(row.email.as_deref().filter(|_| use_stale || !email_is_stale)),
        mobile: mobile(row.mobile.as_deref().filter(|_| use_stale || !mobile_is_stale)),
    })
}

/// Whether an address was confirmed more than 18 months ago, or never.
fn is_stale(confirmed: Option<Timestamp>, now: Timestamp) -> bool {
    let limit = now.to_zoned(TimeZone::UTC).checked_sub(STALE_AFTER_MONTHS.months());
    match (confirmed, limit) {
        (Some(confirmed), Ok(limit)) => confirmed < limit.timestamp(),
        _ => true,
    }
}

fn organization_contact(tx: &mut Tx<'_>, number: OrgNumber) -> store::Result<Option<OrganizationContact>> {
    let Some(own) = sql::organization(tx, number)? else {
        return Ok(None);
    };
    let (origin, row) = match own.main_unit {
        Some(main) if own.emails.is_none() && own.mobiles.is_none() => (main, sql::organization(tx, main)?),
        _ => (number, Some(own)),
    };
    Ok(row.map(|row| OrganizationContact {
        number,
        origin,
        emails: row.emails.iter().flatten().filter_map(|text| email(Some(text))).collect(),
        mobiles: row.mobiles.iter().flatten().filter_map(|text| mobile(Some(text))).collect(),
    }))
}

/// Whether somebody wants to hear about a resource.
fn wants(user: &UserRecord, right: &ResourceRight) -> bool {
    user.resources.as_ref().is_none_or(|resources| resources.contains(&right.resource))
}

/// Whether somebody may receive for a resource.
fn may(user: &UserRecord, right: &ResourceRight) -> bool {
    let covers = |granted: &str, wanted: &str| granted == "*" || granted == wanted;
    let mut rights = user.rights.iter();
    rights.any(|held| covers(&held.resource, &right.resource) && covers(&held.action, &right.action))
}

/// An account's addresses; for an e-mail account that is not known, the address that names it.
fn external_contact(tx: &mut Tx<'_>, identity: &ExternalIdentity) -> store::Result<Option<ExternalContact>> {
    let (username, own_address) = match identity.account() {
        None => return Ok(None),
        Some(ExternalAccount::Username(name)) => (name, None),
        Some(ExternalAccount::Email(address)) => (format!("epost:{}", address.reveal()), Some(address)),
    };
    let contact = match sql::account(tx, &username)? {
        Some(row) => ExternalContact {
            identity: identity.clone(),
            email: email(row.email.as_deref()),
            mobile: mobile(row.mobile.as_deref()),
        },
        None => ExternalContact { identity: identity.clone(), email: own_address, mobile: None },
    };
    Ok(Some(contact).filter(|found| found.email.is_some() || found.mobile.is_some()))
}

/// A register's e-mail address, if it is one.
pub(super) fn email(text: Option<&str>) -> Option<EmailAddress> {
    text?.parse().ok()
}

/// A register's number, if it is one; Norwegian mobile numbers may be written short.
pub(super) fn mobile(text: Option<&str>) -> Option<PhoneNumber> {
    PhoneNumber::from_register(text?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Covers: NP-86
    #[test]
    fn exactly_eighteen_months_is_fresh_and_a_second_more_is_stale() {
        let now: Timestamp = "2026-08-31T12:00:00Z".parse().expect("a moment");
        let confirmed = |text: &str| Some(text.parse::<Timestamp>().expect("a moment"));
        assert!(!is_stale(confirmed("2025-02-28T12:00:00Z"), now));
        assert!(is_stale(confirmed("2025-02-28T11:59:59Z"), now));
        assert!(is_stale(None, now));
    }

    #[test]
    fn numbers_are_read_as_registers_write_them() {
        let read = |text| mobile(Some(text)).map(|number| number.reveal().to_owned());
        assert_eq!(read("004799999999").as_deref(), Some("+4799999999"));
        assert_eq!(read("99999999").as_deref(), Some("+4799999999"));
        assert_eq!(read("40000000").as_deref(), Some("+4740000000"));
        assert_eq!(read("22222222"), None);
        assert_eq!(read(""), None);
    }
}
