//! Who knows how persons and organizations are reached: one trait, whatever stands behind it.
//!
//! Answers are complete or an error: a register that is down is never mistaken for one that knows
//! nobody. Whoever is not in the answer is not in the register.

pub mod contact_register;
pub mod embedded;

mod decision;

mod import;
mod profile_bodies;
mod sql;

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use types::{EmailAddress, NationalId, OrgNumber, PhoneNumber};

use super::model::{ExternalIdentity, ResourceRight};

pub use contact_register::{HttpRegister, HttpRegisterConfig};
pub use embedded::EmbeddedRegister;
pub use import::{ImportError, Imported};

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

/// An address that somebody has registered for themselves at an organization, and may receive at.
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
