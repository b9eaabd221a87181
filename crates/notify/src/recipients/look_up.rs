//! Asks the register about all recipients of an order at once.

use std::collections::{BTreeSet, HashMap, HashSet};

use types::{NationalId, OrgNumber};

use super::choose;
use super::model::{Channel, ChannelSchema, ExternalIdentity, Planned, Recipient, ResourceRight};
use super::registers::{
    ContactRegister, ExternalContact, OrganizationContact, PersonContact, RegisterError, UserContact,
};

/// Persons or organizations asked about in one question at most.
pub(crate) const ASKED_AT_ONCE: usize = 1000;

/// When the register is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Phase {
    /// While the sender waits: official addresses only, and nothing is kept.
    Registration,
    /// When the order is due.
    Processing,
}

/// What the register knows about the recipients of an order.
#[derive(Clone, Debug, Default)]
pub struct Contacts {
    persons: HashMap<(NationalId, bool), PersonContact>,
    organizations: HashMap<OrgNumber, OrganizationContact>,
    users: HashMap<(OrgNumber, ResourceRight), Vec<UserContact>>,
    external: HashMap<ExternalIdentity, ExternalContact>,
}

/// Asks for everything that these recipients need, side by side. Recipients with addresses of their
/// own need nothing.
pub async fn look_up(
    register: &dyn ContactRegister,
    recipients: impl IntoIterator<Item = &Recipient> + Send,
    phase: Phase,
) -> Result<Contacts, RegisterError> {
    let wanted = Wanted::of(recipients, phase);
    let (fresh, stale, organizations, external, users) = tokio::try_join!(
        wanted.persons(register, false),
        wanted.persons(register, true),
        wanted.organizations(register),
        wanted.external(register),
        wanted.users(register),
    )?;
    let persons = fresh.into_iter().map(|person| ((person.id.clone(), false), person));
    let stale = stale.into_iter().map(|person| ((person.id.clone(), true), person));
    Ok(Contacts {
        persons: persons.chain(stale).collect(),
        organizations: organizations.into_iter().map(|found| (found.number, found)).collect(),
        users,
        external: external.into_iter().map(|found| (found.identity.clone(), found)).collect(),
    })
}

impl Contacts {
    /// The notifications that come of one recipient.
    pub fn plan(&self, recipient: &Recipient, schema: ChannelSchema) -> Vec<Planned> {
        match recipient {
            Recipient::Direct { email, mobile } => {
                choose::for_direct(schema, email.as_ref(), mobile.as_ref())
            }
            Recipient::Person { id, ignore_reservation, use_stale } => {
                let contact = self.persons.get(&(id.clone(), *use_stale));
                choose::for_person(schema, *ignore_reservation, contact)
            }
            Recipient::Organization { number, right } => {
                let users = right.as_ref().and_then(|right| self.users.get(&(*number, right.clone())));
                let users = users.map_or(&[][..], Vec::as_slice);
                choose::for_organization(schema, self.organizations.get(number), users)
            }
            Recipient::External(identity) => choose::for_external(schema, self.external.get(identity)),
        }
    }

    /// Whether at least one message would go to the recipient.
    pub fn is_reachable(&self, recipient: &Recipient, schema: ChannelSchema) -> bool {
        self.plan(recipient, schema).iter().any(|planned| matches!(planned, Planned::To(_)))
    }

    /// Whether the recipient is a person who has declined digital communication and is not to be
    /// disturbed all the same.
    pub fn is_reserved(&self, recipient: &Recipient) -> bool {
        match recipient {
            Recipient::Person { id, ignore_reservation, use_stale } => {
                let contact = self.persons.get(&(id.clone(), *use_stale));
                !ignore_reservation && contact.is_some_and(|contact| contact.reserved)
            }
            _ => false,
        }
    }

    /// Whether the recipient is a person who has declined digital communication and is disturbed all the
    /// same, because the sender said so.
    pub fn is_overridden(&self, recipient: &Recipient) -> bool {
        match recipient {
            Recipient::Person { id, ignore_reservation: true, use_stale } => {
                self.persons.get(&(id.clone(), *use_stale)).is_some_and(|contact| contact.reserved)
            }
            _ => false,
        }
    }

    /// Whether the recipient is a person who has declined digital communication, to be disturbed or not.
    pub fn has_declined(&self, recipient: &Recipient) -> bool {
        match recipient {
            Recipient::Person { id, use_stale, .. } => {
                self.persons.get(&(id.clone(), *use_stale)).is_some_and(|contact| contact.reserved)
            }
            _ => false,
        }
    }

    /// Whether a message would go to the recipient on this channel.
    pub fn is_reachable_on(&self, recipient: &Recipient, schema: ChannelSchema, channel: Channel) -> bool {
        let planned = self.plan(recipient, schema);
        planned.iter().any(|planned| matches!(planned, Planned::To(address) if address.channel() == channel))
    }
}

/// What to ask, each thing once, in an order that does not depend on chance.
#[derive(Default)]
struct Wanted {
    fresh: Vec<NationalId>,
    stale: Vec<NationalId>,
    organizations: Vec<OrgNumber>,
    rights: HashMap<ResourceRight, BTreeSet<OrgNumber>>,
    external: Vec<ExternalIdentity>,
}

impl Wanted {
    fn of<'r>(recipients: impl IntoIterator<Item = &'r Recipient>, phase: Phase) -> Self {
        let mut wanted = Self::default();
        let mut external = HashSet::new();
        for recipient in recipients {
            match recipient {
                Recipient::Direct { .. } => {}
                Recipient::Person { id, use_stale: false, .. } => wanted.fresh.push(id.clone()),
                Recipient::Person { id, use_stale: true, .. } => wanted.stale.push(id.clone()),
                Recipient::External(identity) => {
                    if external.insert(identity) {
                        wanted.external.push(identity.clone());
                    }
                }
                Recipient::Organization { number, right } => {
                    wanted.organizations.push(*number);
                    if let Some(right) = right.as_ref().filter(|_| phase == Phase::Processing) {
                        wanted.rights.entry(right.clone()).or_default().insert(*number);
                    }
                }
            }
        }
        for numbers in [&mut wanted.fresh, &mut wanted.stale] {
            numbers.sort_unstable();
            numbers.dedup();
        }
        wanted.organizations.sort_unstable();
        wanted.organizations.dedup();
        wanted
    }

    async fn persons(
        &self,
        register: &dyn ContactRegister,
        use_stale: bool,
    ) -> Result<Vec<PersonContact>, RegisterError> {
        let ids = if use_stale { &self.stale } else { &self.fresh };
        let mut found = Vec::with_capacity(ids.len());
        for some in ids.chunks(ASKED_AT_ONCE) {
            found.append(&mut register.persons(some, use_stale).await?);
        }
        Ok(found)
    }

    async fn organizations(
        &self,
        register: &dyn ContactRegister,
    ) -> Result<Vec<OrganizationContact>, RegisterError> {
        let mut found = Vec::with_capacity(self.organizations.len());
        for some in self.organizations.chunks(ASKED_AT_ONCE) {
            found.append(&mut register.organizations(some).await?);
        }
        Ok(found)
    }

    async fn external(&self, register: &dyn ContactRegister) -> Result<Vec<ExternalContact>, RegisterError> {
        let mut found = Vec::with_capacity(self.external.len());
        for some in self.external.chunks(ASKED_AT_ONCE) {
            found.append(&mut register.external_identities(some).await?);
        }
        Ok(found)
    }

    async fn users(
        &self,
        register: &dyn ContactRegister,
    ) -> Result<HashMap<(OrgNumber, ResourceRight), Vec<UserContact>>, RegisterError> {
        let mut found: HashMap<_, Vec<UserContact>> = HashMap::new();
        for (right, numbers) in &self.rights {
            let numbers: Vec<OrgNumber> = numbers.iter().copied().collect();
            for some in numbers.chunks(ASKED_AT_ONCE) {
                for user in register.users(some, right).await? {
                    found.entry((user.organization, right.clone())).or_default().push(user);
                }
            }
        }
        Ok(found)
    }
}
