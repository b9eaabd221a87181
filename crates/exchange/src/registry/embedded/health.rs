//! How actors in health are reached; the rules are pure.

use types::OrgNumber;

use super::citizens::Citizen;
use super::processes::{DIALOGUE, DIALOGUE_RECEIPT, HEALTH, HEALTH_RESPONSE};
use crate::registry::{HealthActor, InfoRecord, Patient, Service, ServiceIdentifier, ServiceRecord};

/// An actor in health, as registered.
#[derive(Clone, Debug)]
pub struct Actor {
    /// Its number in that sector's address register.
    pub her_id: u64,
    /// The organization it belongs to.
    pub org: OrgNumber,
    /// Its name.
    pub name: String,
    /// The number of the actor it is a part of.
    pub parent_her_id: Option<u64>,
    /// The name of that actor.
    pub parent_name: Option<String>,
    /// The certificate (PEM) that its messages are encrypted to.
    pub certificate: Option<String>,
}

/// An actor, and the citizen whose general practitioner it was asked for as.
pub(super) struct Practice {
    pub actor: Actor,
    pub patient: Option<Citizen>,
}

impl Practice {
    pub fn info(&self) -> InfoRecord {
        let Actor { her_id, org, name, parent_her_id, parent_name, .. } = self.actor.clone();
        InfoRecord {
            identifier: her_id.to_string(),
            name: Some(name),
            entity_type: Some("her-id".to_owned()),
            address: None,
            health: Some(HealthActor {
                her_id,
                organization: Some(org.to_string()),
                parent_her_id,
                parent_name,
            }),
        }
    }

    /// The records for one process or for both; `None` for a process that is not health's.
    pub fn records(&self, process: Option<&str>) -> Option<Vec<ServiceRecord>> {
        let both = [(HEALTH, DIALOGUE), (HEALTH_RESPONSE, DIALOGUE_RECEIPT)];
        let asked: Vec<_> =
            both.into_iter().filter(|(name, _)| process.is_none_or(|wanted| wanted == *name)).collect();
        if asked.is_empty() {
            return None;
        }
        Some(asked.into_iter().map(|(process, kind)| self.record(process, kind)).collect())
    }

    fn record(&self, process: &str, document_type: &str) -> ServiceRecord {
        let patient = self.patient.as_ref().map(|citizen| Patient {
            number: citizen.person.reveal().to_owned(),
            first_name: citizen.name.first.clone(),
            middle_name: citizen.name.middle.clone(),
            last_name: citizen.name.last.clone(),
        });
        let types = vec![document_type.to_owned()];
        let service = Service::named(ServiceIdentifier::Dph);
        ServiceRecord {
            certificate_pem: self.actor.certificate.clone(),
            her_id: Some(self.actor.her_id),
            patient,
            ..ServiceRecord::new(self.actor.org.to_string(), process, types, service)
        }
    }
}
