//! Who knows how persons and organizations are reached.
//!
//! | question | trait | answered by |
//! |---|---|---|
//! | how is a person reached | [`Persons`] | the national register ([`krr`]), the profile service, or ours |
//! | and one without a national number | [`SelfIdentified`] | the profile service, or ours |
//! | an organization's official addresses | [`Organizations`] | a copy of the national feed ([`brreg`]), the profile service, or ours |
//! | who has registered addresses of their own there | [`UnitUsers`] | the profile service, or ours |
//! | who of them may receive | [`Authorization`] | Altinn's authorization ([`pdp`]), or our table of rights |
//! | names for keywords | [`Names`] | Altinn's register, or ours |
//!
//! Each is configured by itself ([`RegistersConfig`]); a [`Registers`] puts them together into the
//! one [`ContactRegister`] that orders ask, and [`Gathered`] makes one call of what many orders ask at
//! the same time. Ours is the [`EmbeddedRegister`].
//!
//! Answers are complete or an error: a register that is down is never mistaken for one that knows
//! nobody. Whoever is not in the answer is not in the register. No answer is kept.

mod addresses_sql;
mod breaker;
pub mod brreg;
mod brreg_entries;
mod combined;
mod config;
mod csv;
mod decision;
pub mod embedded;
mod gathered;
#[cfg(test)]
mod hostile;
mod import;
mod imported;
pub mod krr;
mod line;
pub mod names;
pub mod pdp;
pub mod profile;
mod profile_bodies;
mod records;
mod sql;
mod stale;

use std::collections::BTreeSet;
use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use types::{EmailAddress, NationalId, OrgNumber, PhoneNumber};

use super::model::{ExternalIdentity, ResourceRight};

pub use brreg::{Brreg, BrregConfig};
pub use combined::{Everybody, Nobody, RegisterParts, RegisterSetupError, Registers};
pub use config::{
    AuthorizationFrom, LineConfig, NamesFrom, OrganizationsFrom, PersonsFrom, RegistersConfig,
    SelfIdentifiedFrom, UsersFrom,
};
pub use embedded::EmbeddedRegister;
pub use gathered::Gathered;
pub use import::{AccountRecord, GrantRecord, OrganizationRecord, PersonRecord, RightRecord, UserRecord};
pub use imported::{ImportError, Imported};
pub use krr::{Krr, KrrConfig};
pub use names::{PartyNames, PartyNamesConfig};
pub use pdp::{Pdp, PdpConfig};
pub use profile::{Profile, ProfileConfig};
pub use stale::Freshness;

/// How a person is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonContact {
    /// Who it is.
    pub id: NationalId,
    /// Whether the person has declined digital communication from public bodies.
    pub reserved: bool,
    /// Where mail goes; left out when stale, unless stale details were asked for.
    pub email: Option<EmailAddress>,
    /// Where text messages go; likewise.
    pub mobile: Option<PhoneNumber>,
}

/// How an organization is reached: its official notification addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrganizationContact {
    /// Which one was asked about.
    pub number: OrgNumber,
    /// Whose addresses these are: its own, or its main unit's where it has no record of any.
    pub origin: OrgNumber,
    /// Where mail goes.
    pub emails: Vec<EmailAddress>,
    /// Where text messages go.
    pub mobiles: Vec<PhoneNumber>,
}

/// Somebody at an organization, by Altinn's own numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pair {
    /// The person.
    pub user: i64,
    /// The organization.
    pub party: i64,
}

/// Somebody who has registered addresses of their own at an organization. Whether they may receive
/// there is another question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnitUser {
    /// Who, and where.
    pub pair: Pair,
    /// The addresses.
    pub contact: UserContact,
}

/// An address that somebody has registered for themselves at an organization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserContact {
    /// The organization.
    pub organization: OrgNumber,
    /// Where mail goes.
    pub email: Option<EmailAddress>,
    /// Where text messages go.
    pub mobile: Option<PhoneNumber>,
}

/// How a person without a national identity number is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExternalContact {
    /// Who was asked about, as asked.
    pub identity: ExternalIdentity,
    /// Where mail goes.
    pub email: Option<EmailAddress>,
    /// Where text messages go.
    pub mobile: Option<PhoneNumber>,
}

/// Whose name is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Named {
    /// A person.
    Person(NationalId),
    /// An organization.
    Organization(OrgNumber),
}

impl Named {
    /// Whose number it is, when it is a person's.
    pub const fn person(&self) -> Option<&NationalId> {
        match self {
            Self::Person(id) => Some(id),
            Self::Organization(_) => None,
        }
    }

    /// Which number it is, when it is an organization's.
    pub const fn organization(&self) -> Option<OrgNumber> {
        match self {
            Self::Person(_) => None,
            Self::Organization(number) => Some(*number),
        }
    }
}

/// A name that a register gave. Prints nothing of it.
#[derive(Clone, PartialEq, Eq)]
pub struct KnownName {
    /// Whose it is.
    pub of: Named,
    /// The name; a record may have none.
    pub name: Option<String>,
}

impl fmt::Debug for KnownName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KnownName").field("of", &self.of).finish_non_exhaustive()
    }
}

/// Why a register gave no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RegisterError {
    /// It cannot be reached, or is busy: the order waits.
    #[error("the register gives no answer: {detail}")]
    Passing {
        /// The earliest moment worth trying, when the register named one.
        after: Option<Duration>,
        /// What happened.
        detail: String,
    },
    /// Our address, token or agreement is wrong: the order waits, and somebody must be told.
    #[error("the register does not let us in: {0}")]
    Misconfigured(String),
}

/// How persons are reached.
#[async_trait]
pub trait Persons: Send + Sync + fmt::Debug {
    /// With `use_stale`, details that nobody has confirmed for 18 months count, too; without it, a
    /// person with nothing else is not in the answer at all.
    async fn persons(&self, ids: &[NationalId], use_stale: bool)
    -> Result<Vec<PersonContact>, RegisterError>;
}

/// How persons without a national identity number are reached.
#[async_trait]
pub trait SelfIdentified: Send + Sync + fmt::Debug {
    /// The answer repeats each identity as it was asked for.
    async fn external_identities(
        &self,
        identities: &[ExternalIdentity],
    ) -> Result<Vec<ExternalContact>, RegisterError>;
}

/// The official notification addresses of organizations.
#[async_trait]
pub trait Organizations: Send + Sync + fmt::Debug {
    /// An organization that has no record of addresses is answered for by its main unit.
    async fn organizations(&self, numbers: &[OrgNumber]) -> Result<Vec<OrganizationContact>, RegisterError>;
}

/// Who has registered addresses of their own at organizations.
#[async_trait]
pub trait UnitUsers: Send + Sync + fmt::Debug {
    /// Those who want to hear about everything, or about this resource.
    async fn unit_users(&self, numbers: &[OrgNumber], resource: &str)
    -> Result<Vec<UnitUser>, RegisterError>;
}

/// Who may receive on an organization's behalf.
#[async_trait]
pub trait Authorization: Send + Sync + fmt::Debug {
    /// Those of the pairs that have the right. In doubt, nobody has it.
    async fn permitted(&self, pairs: &[Pair], right: &ResourceRight)
    -> Result<BTreeSet<Pair>, RegisterError>;
}

/// The names of persons and organizations.
#[async_trait]
pub trait Names: Send + Sync + fmt::Debug {
    /// A record may have no name; whoever is not in the answer has no record.
    async fn names(&self, of: &[Named]) -> Result<Vec<KnownName>, RegisterError>;
}

/// A register of contact details.
#[async_trait]
pub trait ContactRegister: Send + Sync + fmt::Debug {
    /// How persons are reached. With `use_stale`, details that nobody has confirmed for 18 months
    /// count, too; without it, a person with nothing else is not in the answer at all.
    async fn persons(&self, ids: &[NationalId], use_stale: bool)
    -> Result<Vec<PersonContact>, RegisterError>;

    /// The official notification addresses of organizations.
    async fn organizations(&self, numbers: &[OrgNumber]) -> Result<Vec<OrganizationContact>, RegisterError>;

    /// The addresses that persons have registered for themselves at organizations, of those persons
    /// who have the right to receive there. In doubt, nobody has it.
    async fn users(
        &self,
        numbers: &[OrgNumber],
        right: &ResourceRight,
    ) -> Result<Vec<UserContact>, RegisterError>;

    /// How persons without a national identity number are reached.
    async fn external_identities(
        &self,
        identities: &[ExternalIdentity],
    ) -> Result<Vec<ExternalContact>, RegisterError>;

    /// The names of persons and organizations.
    async fn names(&self, of: &[Named]) -> Result<Vec<KnownName>, RegisterError>;
}
