//! A register of our own, kept in the store, for set-ups without another.
//!
//! It means the same by everything as the national registers and their copy in Altinn: details that
//! nobody has confirmed for 18 months are left out unless asked for, whoever has nothing else is not
//! found at all (even when reserved), and an organization without a record uses its main unit's.

use std::collections::{BTreeSet, HashMap};
use std::hash::Hash;

use async_trait::async_trait;
use audit::{Action, Entry};
use jiff::Timestamp;
use store::{Store, Tx};
use types::random::Random;
use types::time::Clock;
use types::{EmailAddress, NationalId, OrgNumber, PhoneNumber};

use super::csv;
use super::import::{RegisterFile, RightRecord, UserRecord};
use super::imported::{ImportError, Imported};
use super::sql::{self, AccountRow, OrganizationRow, PersonRow};
use super::stale::Freshness;
use super::{
    Authorization, ExternalContact, KnownName, Named, Names, OrganizationContact, Organizations, Pair,
    PersonContact, Persons, RegisterError, SelfIdentified, UnitUser, UnitUsers, UserContact,
};
use crate::lock;
use crate::recipients::model::{ExternalAccount, ExternalIdentity, ResourceRight};

/// The register.
#[derive(Clone)]
pub struct EmbeddedRegister {
    store: Store,
    clock: Clock,
    freshness: Freshness,
}

impl std::fmt::Debug for EmbeddedRegister {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("EmbeddedRegister")
    }
}

impl EmbeddedRegister {
    /// The register in this store.
    pub fn new(store: Store, clock: Clock) -> Self {
        Self { store, clock, freshness: Freshness::default() }
    }

    /// The same with another idea of what is stale.
    #[must_use]
    pub fn with_freshness(self, freshness: Freshness) -> Self {
        Self { freshness, ..self }
    }

    pub(super) const fn store(&self) -> &Store {
        &self.store
    }

    /// Takes a JSON file in: all of it, or, where it is malformed, nothing.
    pub async fn import(&self, json: &[u8]) -> Result<Imported, ImportError> {
        self.replace(RegisterFile::parse(json)?, None).await
    }

    /// The same for a CSV file, whose columns say what it is about.
    pub async fn import_csv(&self, csv: &[u8]) -> Result<Imported, ImportError> {
        self.replace(csv::parse(csv)?, None).await
    }

    /// Takes a file of either kind in, and enters into the audit log, in the same commit, who did that.
    pub async fn import_by(&self, file: &[u8], actor: &str) -> Result<Imported, ImportError> {
        let is_json = file.trim_ascii_start().starts_with(b"{");
        let file = if is_json { RegisterFile::parse(file)? } else { csv::parse(file)? };
        let now = self.clock.now();
        let id = Random::system().uuid_v7(now);
        let done = file.count().to_string();
        let entry = Entry::new(id, now, actor, Action::Operated, &"contact register", done);
        self.replace(file, Some(entry)).await
    }

    async fn replace(&self, file: RegisterFile, entry: Option<Entry>) -> Result<Imported, ImportError> {
        let (imported, users) = (file.count(), file.users_by_organization());
        self.store
            .write(move |tx| -> Result<(), ImportError> {
                // Two imports at once follow each other.
                lock::hold_all(tx, &["notify.register"])?;
                file.persons.as_deref().map_or(Ok(()), |list| sql::replace_persons(tx, list))?;
                file.organizations.as_deref().map_or(Ok(()), |list| sql::replace_organizations(tx, list))?;
                file.accounts.as_deref().map_or(Ok(()), |list| sql::replace_accounts(tx, list))?;
                file.grants.as_deref().map_or(Ok(()), |list| sql::replace_grants(tx, list))?;
                let known = users.as_deref().map_or(Ok(true), |list| sql::replace_users(tx, list))?;
                entry.as_ref().map_or(Ok(()), |entry| audit::record(tx, std::slice::from_ref(entry)))?;
                if known { Ok(()) } else { Err(ImportError::UnknownOrganization) }
            })
            .await?;
        Ok(imported)
    }

    pub(super) async fn read<T, F>(&self, read: F) -> Result<T, RegisterError>
    where
        T: Send + 'static,
        F: Fn(&mut Tx<'_>) -> store::Result<T> + Send + 'static,
    {
        let found = self.store.read(read).await;
        found.map_err(|error| RegisterError::Passing { after: None, detail: error.to_string() })
    }

    async fn organization_rows(
        &self,
        numbers: &[OrgNumber],
    ) -> Result<HashMap<OrgNumber, OrganizationRow>, RegisterError> {
        let numbers = numbers.to_vec();
        self.read(move |tx| Ok(by_key(sql::organizations(tx, &numbers)?, |row| row.number))).await
    }
}

fn by_key<K: Eq + Hash, T>(rows: Vec<T>, key: impl Fn(&T) -> K) -> HashMap<K, T> {
    rows.into_iter().map(|row| (key(&row), row)).collect()
}

#[async_trait]
impl Persons for EmbeddedRegister {
    async fn persons(
        &self,
        ids: &[NationalId],
        use_stale: bool,
    ) -> Result<Vec<PersonContact>, RegisterError> {
        let (now, ids) = (self.clock.now(), ids.to_vec());
        let rows = self.read(move |tx| sql::persons(tx, &ids)).await?;
        Ok(rows.iter().filter_map(|row| person_contact(row, use_stale, self.freshness, now)).collect())
    }
}

#[async_trait]
impl Organizations for EmbeddedRegister {
    async fn organizations(&self, numbers: &[OrgNumber]) -> Result<Vec<OrganizationContact>, RegisterError> {
        let own = self.organization_rows(numbers).await?;
        let mains: Vec<OrgNumber> = own.values().filter_map(OrganizationRow::spoken_for).collect();
        let mains = self.organization_rows(&mains).await?;
        Ok(own.values().filter_map(|row| organization_contact(row, &mains)).collect())
    }
}

#[async_trait]
impl UnitUsers for EmbeddedRegister {
    async fn unit_users(
        &self,
        numbers: &[OrgNumber],
        resource: &str,
    ) -> Result<Vec<UnitUser>, RegisterError> {
        let found = self.organization_rows(numbers).await?;
        let users = found.values().flat_map(|row| row.numbered_users().map(move |user| (row, user)));
        let wanting = users.filter(|(_, (_, user))| wants(user, resource));
        let units = wanting.map(|(row, (id, user))| UnitUser {
            pair: Pair { user: id, party: row.party },
            contact: UserContact {
                organization: row.number,
                email: email(user.email.as_deref()),
                mobile: mobile(user.mobile.as_deref()),
            },
        });
        Ok(units.collect())
    }
}

#[async_trait]
impl Authorization for EmbeddedRegister {
    async fn permitted(
        &self,
        pairs: &[Pair],
        right: &ResourceRight,
    ) -> Result<BTreeSet<Pair>, RegisterError> {
        let parties: Vec<i64> = pairs.iter().map(|pair| pair.party).collect();
        let rows = self.read(move |tx| sql::rights_at(tx, &parties)).await?;
        let wanted: BTreeSet<Pair> = pairs.iter().copied().collect();
        let held = rows.into_iter().filter(|(_, held)| covers(held, right));
        Ok(held.map(|(pair, _)| pair).filter(|pair| wanted.contains(pair)).collect())
    }
}

#[async_trait]
impl SelfIdentified for EmbeddedRegister {
    async fn external_identities(
        &self,
        identities: &[ExternalIdentity],
    ) -> Result<Vec<ExternalContact>, RegisterError> {
        let usernames: Vec<String> = identities.iter().filter_map(username).collect();
        let read =
            move |tx: &mut Tx<'_>| Ok(by_key(sql::accounts(tx, &usernames)?, |row| row.username.clone()));
        let accounts = self.read(read).await?;
        Ok(identities.iter().filter_map(|identity| external_contact(identity, &accounts)).collect())
    }
}

#[async_trait]
impl Names for EmbeddedRegister {
    async fn names(&self, of: &[Named]) -> Result<Vec<KnownName>, RegisterError> {
        let of = of.to_vec();
        self.read(move |tx| {
            let persons: Vec<NationalId> = of.iter().filter_map(Named::person).cloned().collect();
            let organizations: Vec<OrgNumber> = of.iter().filter_map(Named::organization).collect();
            let persons = sql::persons(tx, &persons)?.into_iter();
            let persons = persons.map(|row| KnownName { of: Named::Person(row.id), name: row.name });
            let organizations = sql::organizations(tx, &organizations)?.into_iter();
            let organizations =
                organizations.map(|row| KnownName { of: Named::Organization(row.number), name: row.name });
            Ok(persons.chain(organizations).collect())
        })
        .await
    }
}

fn person_contact(
    row: &PersonRow,
    use_stale: bool,
    freshness: Freshness,
    now: Timestamp,
) -> Option<PersonContact> {
    let email_is_stale = freshness.is_stale(row.email.as_ref().and(row.email_confirmed), now);
    let mobile_is_stale = freshness.is_stale(row.mobile.as_ref().and(row.mobile_confirmed), now);
    if email_is_stale && mobile_is_stale && !use_stale {
        return None;
    }
    Some(PersonContact {
        id: row.id.clone(),
        reserved: row.reserved,
        email: email(row.email.as_deref().filter(|_| use_stale || !email_is_stale)),
        mobile: mobile(row.mobile.as_deref().filter(|_| use_stale || !mobile_is_stale)),
    })
}

fn organization_contact(
    own: &OrganizationRow,
    mains: &HashMap<OrgNumber, OrganizationRow>,
) -> Option<OrganizationContact> {
    let row = match own.spoken_for() {
        Some(main) => mains.get(&main)?,
        None => own,
    };
    Some(OrganizationContact {
        number: own.number,
        origin: row.number,
        emails: row.emails.iter().flatten().filter_map(|text| email(Some(text))).collect(),
        mobiles: row.mobiles.iter().flatten().filter_map(|text| mobile(Some(text))).collect(),
    })
}

/// Whether somebody wants to hear about a resource.
fn wants(user: &UserRecord, resource: &str) -> bool {
    user.resources.as_ref().is_none_or(|resources| resources.iter().any(|wanted| wanted == resource))
}

/// Whether a right that is held is enough for one that is needed.
fn covers(held: &RightRecord, needed: &ResourceRight) -> bool {
    let covers = |held: &str, needed: &str| held == "*" || held == needed;
    covers(&held.resource, &needed.resource) && covers(&held.action, &needed.action)
}

/// The name that an identity's account has in the register.
fn username(identity: &ExternalIdentity) -> Option<String> {
    Some(match identity.account()? {
        ExternalAccount::Username(name) => name,
        ExternalAccount::Email(address) => format!("epost:{}", address.reveal()),
    })
}

/// An account's addresses; for an e-mail account that is not known, the address that names it.
fn external_contact(
    identity: &ExternalIdentity,
    accounts: &HashMap<String, AccountRow>,
) -> Option<ExternalContact> {
    let (own_email, own_mobile) = match (accounts.get(&username(identity)?), identity.account()?) {
        (Some(row), _) => (email(row.email.as_deref()), mobile(row.mobile.as_deref())),
        (None, ExternalAccount::Email(address)) => (Some(address), None),
        (None, ExternalAccount::Username(_)) => return None,
    };
    let contact = ExternalContact { identity: identity.clone(), email: own_email, mobile: own_mobile };
    Some(contact).filter(|found| found.email.is_some() || found.mobile.is_some())
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
