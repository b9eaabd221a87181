//! Registers an organization, or changes what is registered.

use asic::Certificate;
use asic::error::CertificateError;
use types::OrgNumber;

use super::processes::{ProcessRegistration, standard_processes};
use super::{EmbeddedRegistry, sql};
use crate::registry::PostalAddress;

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
    /// The certificate (PEM) that its messages are encrypted to; of a chain, the first counts.
    pub certificate_pem: String,
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
            certificate_pem: certificate_pem.into(),
            endpoint_url: endpoint_url.into(),
            resource: "eformidling-dpo-meldingsutveksling".to_owned(),
            processes: standard_processes(),
        }
    }
}

/// Why an organization cannot be registered.
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
    /// The database failed.
    #[error(transparent)]
    Store(#[from] store::Error),
}

impl EmbeddedRegistry {
    /// Registers an organization, or replaces all that was registered of it.
    pub async fn register(&self, registration: Registration) -> Result<(), RegisterError> {
        let registration = check(registration)?;
        let now = self.0.clock.now();
        self.0.store.write(move |tx| Ok(sql::register(tx, &registration, now)?)).await
    }

    /// Forgets an organization; answers whether it was there.
    pub async fn remove(&self, org: OrgNumber) -> Result<bool, store::Error> {
        self.0.store.write(move |tx| sql::remove(tx, org)).await
    }
}

fn check(mut registration: Registration) -> Result<Registration, RegisterError> {
    let org = registration.org;
    let wrong = |cause| RegisterError::Certificate { org, cause };
    let certificate = Certificate::from_pem(&registration.certificate_pem).map_err(wrong)?;
    certificate.check_key().map_err(wrong)?;
    let found = certificate.organization_number().map_err(wrong)?;
    if found != org.to_string() {
        return Err(RegisterError::SomebodyElses { org, found });
    }
    if let Some(empty) = registration.processes.iter().find(|process| process.document_types.is_empty()) {
        return Err(RegisterError::NoDocumentTypes(empty.process.clone()));
    }
    registration.certificate_pem = certificate.to_pem();
    Ok(registration)
}
