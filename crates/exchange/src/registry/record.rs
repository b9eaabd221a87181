//! What a registry knows about a receiver.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

/// The answer to a look-up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Who the receiver is.
    pub info: InfoRecord,
    /// The ways to reach it, in the registry's order.
    pub records: Vec<ServiceRecord>,
}

/// Who somebody is.
#[derive(Clone, PartialEq, Eq)]
pub struct InfoRecord {
    /// Organization number, or a person's number.
    pub identifier: String,
    /// Its name, where the registry tells it.
    pub name: Option<String>,
    /// The form of organization, such as `ORGL`, or `citizen`.
    pub entity_type: Option<String>,
    /// Its postal address.
    pub address: Option<PostalAddress>,
    /// Of an actor in health: who that is there.
    pub health: Option<HealthActor>,
}

impl fmt::Debug for InfoRecord {
    /// Identifier, name and address may be a person's.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "InfoRecord({})", self.entity_type.as_deref().unwrap_or("unknown kind"))
    }
}

/// A postal address as registries write it.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct PostalAddress {
    /// Who lives there, where the registry tells it.
    pub name: Option<String>,
    /// Street or box; several lines are separated by `;`.
    pub street: String,
    /// Postal code.
    pub postal_code: String,
    /// Postal area.
    pub postal_area: String,
    /// Country.
    pub country: String,
}

impl fmt::Debug for PostalAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PostalAddress(…)")
    }
}

/// A citizen's digital mailbox.
#[derive(Clone, PartialEq, Eq)]
pub struct DigitalMailbox {
    /// The organization number of whoever runs it.
    pub supplier: String,
    /// Its address there.
    pub address: String,
}

impl fmt::Debug for DigitalMailbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DigitalMailbox(at {})", self.supplier)
    }
}

/// How a citizen is told of digital post.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct CitizenContact {
    /// E-mail address.
    pub email: Option<String>,
    /// Mobile number.
    pub mobile: Option<String>,
    /// Whether the citizen may be notified there.
    pub notifiable: bool,
    /// The language the citizen has chosen, such as `nb`.
    pub language: Option<String>,
    /// Whether it is a letter on paper that the record leads to.
    pub paper: bool,
}

impl fmt::Debug for CitizenContact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CitizenContact(…)")
    }
}

/// An actor in health, in the address register of that sector.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HealthActor {
    /// Its number there.
    pub her_id: u64,
    /// The organization it belongs to.
    pub organization: Option<String>,
    /// The number of the actor it is a part of.
    pub parent_her_id: Option<u64>,
    /// The name of that actor.
    pub parent_name: Option<String>,
}

/// The citizen whose general practitioner a record leads to.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Patient {
    /// National identity number.
    pub number: String,
    /// First name.
    pub first_name: String,
    /// Middle name.
    pub middle_name: Option<String>,
    /// Last name.
    pub last_name: String,
}

impl fmt::Debug for Patient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Patient(…)")
    }
}

/// One way to reach a receiver: a channel for the document types of a process.
#[derive(Clone, PartialEq, Eq)]
pub struct ServiceRecord {
    /// Whose record it is.
    pub identifier: String,
    /// The certificate (PEM, armour included) that content is encrypted to; channels without
    /// encryption have none.
    pub certificate_pem: Option<String>,
    /// The process it is for.
    pub process: String,
    /// The document types it takes.
    pub document_types: Vec<String>,
    /// The channel.
    pub service: Service,
    /// For digital post: where the citizen's mailbox is.
    pub mailbox: Option<DigitalMailbox>,
    /// For print: where the letter goes.
    pub post_address: Option<PostalAddress>,
    /// For print: where it goes back to.
    pub return_address: Option<PostalAddress>,
    /// For digital post: how the citizen is told of it.
    pub contact: Option<CitizenContact>,
    /// For health: the number of the actor in that sector's address register.
    pub her_id: Option<u64>,
    /// For health: whose general practitioner that is.
    pub patient: Option<Patient>,
}

impl ServiceRecord {
    /// A record of which nothing but the channel and what it is for is known.
    pub fn new(
        identifier: impl Into<String>,
        process: impl Into<String>,
        document_types: Vec<String>,
        service: Service,
    ) -> Self {
        Self {
            identifier: identifier.into(),
            certificate_pem: None,
            process: process.into(),
            document_types,
            service,
            mailbox: None,
            post_address: None,
            return_address: None,
            contact: None,
            her_id: None,
            patient: None,
        }
    }
}

impl fmt::Debug for ServiceRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ServiceRecord({} for {})", self.service.identifier, self.process)
    }
}

/// The channel of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// Which channel.
    pub identifier: ServiceIdentifier,
    /// Where it is.
    pub endpoint_url: Option<String>,
    /// Altinn 2's service code, where it still matters.
    pub service_code: Option<String>,
    /// Altinn 2's service edition code.
    pub service_edition_code: Option<String>,
    /// The security level it offers.
    pub security_level: Option<u8>,
    /// The resource in Altinn 3 that messages are sent under.
    pub resource: Option<String>,
}

impl Service {
    /// A channel of which nothing more is known.
    pub const fn named(identifier: ServiceIdentifier) -> Self {
        Self {
            identifier,
            endpoint_url: None,
            service_code: None,
            service_edition_code: None,
            security_level: None,
            resource: None,
        }
    }
}

/// A channel's name in registry and API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ServiceIdentifier {
    /// Between agencies, over the Altinn broker.
    Dpo,
    /// To businesses and citizens, over Altinn correspondence.
    Dpv,
    /// Digital post to citizens, and print.
    Dpi,
    /// To municipalities, over SvarUt and SvarInn.
    Dpf,
    /// Requests for access to public records.
    Dpe,
    /// Health.
    Dph,
    /// Something newer than we are.
    Unknown,
}

impl ServiceIdentifier {
    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Dpo => "DPO",
            Self::Dpv => "DPV",
            Self::Dpi => "DPI",
            Self::Dpf => "DPF",
            Self::Dpe => "DPE",
            Self::Dph => "DPH",
            Self::Unknown => "UNKNOWN",
        }
    }
}

impl FromStr for ServiceIdentifier {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(match text {
            "DPO" => Self::Dpo,
            "DPV" => Self::Dpv,
            "DPI" => Self::Dpi,
            "DPF" => Self::Dpf,
            "DPE" => Self::Dpe,
            "DPH" => Self::Dph,
            _ => Self::Unknown,
        })
    }
}

impl fmt::Display for ServiceIdentifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
