//! Registers organizations, citizens and actors in health, or changes what is registered.

use asic::Certificate;
use asic::error::CertificateError;
use audit::{Action, Entry};
use jiff::Timestamp;
use store::Tx;
use types::{NationalId, OrgNumber};
use uuid::Uuid;

use super::citizens::Citizen;
use super::health::Actor;
use super::processes::{ProcessRegistration, standard_processes};
use super::{EmbeddedRegistry, sql, sql_people};
use crate::registry::{Identifier, PostalAddress};

/// What is to be known about an organization.
#[derive(Clone, Debug)]
pub struct Registration {
    /// Its number.
    pub org: OrgNumber,
    /// Its name.
    pub name: String,
    /// Its form, such as `ORGL` for a public body.
    pub entity_type: String,
    /// Its postal address.
    pub address: Option<PostalAddress>,
    /// The certificate (PEM) that its messages are encrypted to; of a chain, the first counts. Who has no
    /// installation has none, and takes part in nothing.
    pub certificate_pem: Option<String>,
    /// The certificate (PEM) for the message bus of eInnsyn, where it is not the other one.
    pub bus_certificate_pem: Option<String>,
    /// The highest security level at which SvarUt reaches it, where it does.
    pub svarut_level: Option<u8>,
    /// Where its broker is, for information; senders use the broker they have configured.
    pub endpoint_url: String,
    /// The resource that files to it are sent under.
    pub resource: String,
    /// What it takes part in. What was registered before and is not here is forgotten.
    pub processes: Vec<ProcessRegistration>,
}

impl Registration {
    /// A public body that takes part in [`standard_processes`] over DPO.
    pub fn standard(
        org: OrgNumber,
        name: impl Into<String>,
        certificate_pem: impl Into<String>,
        endpoint_url: impl Into<String>,
    ) -> Self {
        Self {
            org,
            name: name.into(),
            entity_type: "ORGL".to_owned(),
            address: None,
            certificate_pem: Some(certificate_pem.into()),
            bus_certificate_pem: None,
            svarut_level: None,
            endpoint_url: endpoint_url.into(),
            resource: "eformidling-dpo-meldingsutveksling".to_owned(),
            processes: standard_processes(),
        }
    }
}

/// Why somebody cannot be registered.
#[derive(Debug, thiserror::Error)]
pub enum RegisterError {
    /// The certificate cannot be read, or its key is not one that messages can be encrypted to.
    #[error("the certificate of {org}: {cause}")]
    Certificate {
        /// The organization.
        org: OrgNumber,
        /// What is wrong.
        #[source]
        cause: CertificateError,
    },
    /// The certificate says that it is somebody else's.
    #[error("the certificate of {org} belongs to {found}")]
    SomebodyElses {
        /// The organization.
        org: OrgNumber,
        /// Whose it is.
        found: String,
    },
    /// A process without document types could never be chosen.
    #[error("process {0} has no document types")]
    NoDocumentTypes(String),
    /// Nothing could be encrypted to it.
    #[error("{0} takes part in processes and has no certificate")]
    NoCertificate(OrgNumber),
    /// A certificate of a mailbox or of an actor in health that cannot be read.
    #[error("the certificate of the mailbox or the actor in health: {0}")]
    OtherCertificate(#[source] CertificateError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// Who or what is registered.
#[derive(Clone, Debug)]
pub enum Subject {
    /// An organization.
    Organization(Box<Registration>),
    /// A citizen.
    Citizen(Box<Citizen>),
    /// An actor in health.
    Actor(Actor),
}

impl EmbeddedRegistry {
    /// Registers an organization, or replaces all that was registered of it.
    pub async fn register(&self, registration: Registration) -> Result<(), RegisterError> {
        let registration = check(registration)?;
        let now = self.0.clock.now();
        self.0.store.write(move |tx| Ok(sql::register(tx, &registration, now)?)).await
    }

    /// Registers all of them or none, because `operator` said so; each is written to the audit log.
    pub async fn register_all(&self, operator: &str, subjects: Vec<Subject>) -> Result<(), RegisterError> {
        let subjects: Vec<Subject> = subjects.into_iter().map(check_subject).collect::<Result<_, _>>()?;
        let now = self.0.clock.now();
        let operator = operator.to_owned();
        let ids: Vec<Uuid> = subjects.iter().map(|_| self.0.random.uuid_v7(now)).collect();
        let write = move |tx: &mut Tx<'_>| {
            for (subject, id) in subjects.iter().zip(&ids) {
                let named = match subject {
                    Subject::Organization(registration) => {
                        sql::register(tx, registration, now)?;
                        registration.org.to_string()
                    }
                    Subject::Citizen(citizen) => {
                        sql_people::put_citizen(tx, citizen, now)?;
                        // Numbers of persons never get into the log, whose entries stay for good.
                        "a citizen".to_owned()
                    }
                    Subject::Actor(actor) => {
                        sql_people::put_actor(tx, actor, now)?;
                        format!("her-id:{}", actor.her_id)
                    }
                };
                audit::record(tx, &[entry(*id, now, &operator, &named, "registered in the registry")])?;
            }
            Ok(())
        };
        self.0.store.write(write).await
    }

    /// Forgets somebody because `operator` said so; answers whether anything was known.
    pub async fn forget(&self, operator: &str, who: Identifier) -> Result<bool, store::Error> {
        let (now, operator) = (self.0.clock.now(), operator.to_owned());
        let id = self.0.random.uuid_v7(now);
        let forget = move |tx: &mut Tx<'_>| {
            let (was_there, named) = match &who {
                Identifier::Organization(org) => (sql::remove(tx, *org)?, org.to_string()),
                Identifier::Person(person) => (forget_citizen(tx, person)?, "a citizen".to_owned()),
                Identifier::HerId(number) => (sql_people::remove_actor(tx, *number)?, who.to_string()),
                Identifier::PractitionerOf(_) => (false, String::new()),
            };
            if was_there {
                audit::record(tx, &[entry(id, now, &operator, &named, "removed from the registry")])?;
            }
            Ok(was_there)
        };
        self.0.store.write(forget).await
    }

    /// Forgets an organization; answers whether it was there.
    pub async fn remove(&self, org: OrgNumber) -> Result<bool, store::Error> {
        self.0.store.write(move |tx| sql::remove(tx, org)).await
    }
}

fn forget_citizen(tx: &mut Tx<'_>, person: &NationalId) -> store::Result<bool> {
    sql_people::remove_citizen(tx, person)
}

fn entry(id: Uuid, now: Timestamp, operator: &str, named: &str, what: &str) -> Entry {
    Entry::new(id, now, operator, Action::Operated, &named, what)
}

fn check_subject(subject: Subject) -> Result<Subject, RegisterError> {
    let read = |pem: &str| {
        Certificate::from_pem(pem).map(|found| found.to_pem()).map_err(RegisterError::OtherCertificate)
    };
    Ok(match subject {
        Subject::Organization(registration) => Subject::Organization(Box::new(check(*registration)?)),
        Subject::Citizen(mut citizen) => {
            if let Some((_, certificate)) = &mut citizen.mailbox {
                *certificate = read(certificate)?;
            }
            Subject::Citizen(citizen)
        }
        Subject::Actor(mut actor) => {
            actor.certificate = actor.certificate.as_deref().map(read).transpose()?;
            Subject::Actor(actor)
        }
    })
}

fn check(mut registration: Registration) -> Result<Registration, RegisterError> {
    let org = registration.org;
    let certificate = registration.certificate_pem.as_deref();
    registration.certificate_pem = certificate.map(|pem| check_certificate(org, pem)).transpose()?;
    let bus = registration.bus_certificate_pem.as_deref();
    registration.bus_certificate_pem = bus.map(|pem| check_certificate(org, pem)).transpose()?;
    if let Some(empty) = registration.processes.iter().find(|process| process.document_types.is_empty()) {
        return Err(RegisterError::NoDocumentTypes(empty.process.clone()));
    }
    if registration.certificate_pem.is_none() && !registration.processes.is_empty() {
        return Err(RegisterError::NoCertificate(org));
    }
    Ok(registration)
}

/// The certificate alone, if it is this organization's and can be encrypted to.
fn check_certificate(org: OrgNumber, pem: &str) -> Result<String, RegisterError> {
    let wrong = |cause| RegisterError::Certificate { org, cause };
    let certificate = Certificate::from_pem(pem).map_err(wrong)?;
    certificate.check_key().map_err(wrong)?;
    let found = certificate.organization_number().map_err(wrong)?;
    if found != org.to_string() {
        return Err(RegisterError::SomebodyElses { org, found });
    }
    Ok(certificate.to_pem())
}
