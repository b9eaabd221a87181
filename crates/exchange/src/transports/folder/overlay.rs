//! Leads receivers that a folder names to that folder, whatever the registry behind it says.

use std::sync::Arc;

use async_trait::async_trait;
use types::OrgNumber;

use super::{FolderConfig, FolderProcess};
use crate::message::Actor;
use crate::registry::{
    Entry, Identifier, InfoRecord, LookUpError, Question, Registry, Service, ServiceIdentifier, ServiceRecord,
};

/// A registry in front of another one.
pub struct FolderRegistry {
    behind: Arc<dyn Registry>,
    folders: Vec<FolderConfig>,
}

impl FolderRegistry {
    /// Puts the folders that name receivers in front of a registry; without such, it is that registry.
    pub fn before(behind: Arc<dyn Registry>, folders: &[FolderConfig]) -> Arc<dyn Registry> {
        let naming =
            folders.iter().filter(|folder| !folder.receivers.is_empty() && folder.outgoing.is_some());
        let folders: Vec<_> = naming.cloned().collect();
        if folders.is_empty() { behind } else { Arc::new(Self { behind, folders }) }
    }

    /// The records of folders that name this receiver, of one process or all.
    fn records(&self, receiver: &Identifier, process: Option<&str>) -> Vec<ServiceRecord> {
        let Some(actor) = actor(receiver) else { return Vec::new() };
        let naming = self.folders.iter().filter(|folder| folder.is_for(Some(&actor)));
        naming.flat_map(|folder| records(folder, receiver, process)).collect()
    }
}

fn actor(receiver: &Identifier) -> Option<Actor> {
    match receiver {
        Identifier::Organization(number) => {
            Some(Actor::Participant(types::Participant::organization(*number)))
        }
        Identifier::Person(id) => Some(Actor::Participant(types::Participant::Person(id.clone()))),
        Identifier::HerId(_) | Identifier::PractitionerOf(_) => None,
    }
}

fn records(folder: &FolderConfig, receiver: &Identifier, process: Option<&str>) -> Vec<ServiceRecord> {
    let of_channel = usual(folder.service());
    let processes = if folder.processes.is_empty() { &of_channel } else { &folder.processes };
    let wanted = processes.iter().filter(|it| process.is_none_or(|process| it.process == process));
    wanted
        .map(|it| {
            let service = Service::named(folder.service());
            ServiceRecord::new(receiver.wire(), &it.process, it.document_types.clone(), service)
        })
        .collect()
}

/// The processes that receivers of a channel usually take part in.
fn usual(service: ServiceIdentifier) -> Vec<FolderProcess> {
    use crate::registry::embedded::{ARKIVMELDING, ARKIVMELDING_PROCESSES, ARKIVMELDING_RESPONSE};
    const RECEIPT: &str = "urn:no:difi:arkivmelding:xsd::arkivmelding_kvittering";
    const DIGITAL: &str = "urn:no:difi:digitalpost:xsd:digital::digital";
    const DIGITAL_DPV: &str = "urn:no:difi:digitalpost:xsd:digital::digital_dpv";
    const PRINT: &str = "urn:no:difi:digitalpost:xsd:fysisk::print";
    let process = |process: &str, types: &[&str]| FolderProcess {
        process: process.to_owned(),
        document_types: types.iter().map(|&name| name.to_owned()).collect(),
    };
    let post =
        ["urn:no:difi:profile:digitalpost:info:ver1.0", "urn:no:difi:profile:digitalpost:vedtak:ver1.0"];
    let areas = || ARKIVMELDING_PROCESSES.iter().map(|area| process(area, &[ARKIVMELDING]));
    let response = || process(ARKIVMELDING_RESPONSE, &[RECEIPT]);
    match service {
        ServiceIdentifier::Dpv => {
            areas().chain(post.map(|it| process(it, &[DIGITAL_DPV]))).chain([response()]).collect()
        }
        ServiceIdentifier::Dpf => areas().chain([response()]).collect(),
        ServiceIdentifier::Dpi => post.map(|it| process(it, &[DIGITAL, PRINT])).into(),
        ServiceIdentifier::Dpe => vec![
            process(
                "urn:no:difi:profile:einnsyn:journalpost:ver1.0",
                &["urn:no:difi:einnsyn:xsd::publisering"],
            ),
            process("urn:no:difi:profile:einnsyn:meeting:ver1.0", &["urn:no:difi:einnsyn:xsd::publisering"]),
            process(
                "urn:no:difi:profile:einnsyn:innsynskrav:ver1.0",
                &["urn:no:difi:einnsyn:xsd::innsynskrav"],
            ),
            process(
                "urn:no:difi:profile:einnsyn:response:ver1.0",
                &["urn:no:difi:einnsyn:xsd::einnsyn_kvittering"],
            ),
        ],
        // Actors in health are known to the registry alone.
        _ => Vec::new(),
    }
}

#[async_trait]
impl Registry for FolderRegistry {
    async fn look_up(&self, question: &Question) -> Result<Entry, LookUpError> {
        let own = self.records(&question.receiver, question.process.as_deref());
        if own.is_empty() {
            return self.behind.look_up(question).await;
        }
        match self.behind.look_up(question).await {
            Ok(Entry { info, records }) => {
                let behind = records.into_iter();
                Ok(Entry { info, records: own.into_iter().chain(behind).collect() })
            }
            // The way is known without the registry, and it may not know the receiver at all.
            Err(_) => Ok(Entry { info: info(&question.receiver), records: own }),
        }
    }

    async fn info(&self, who: &Identifier) -> Result<InfoRecord, LookUpError> {
        match self.behind.info(who).await {
            Err(LookUpError::NotFound(_)) if !self.records(who, None).is_empty() => Ok(info(who)),
            answer => answer,
        }
    }

    async fn certificate(&self, org: OrgNumber) -> Result<String, LookUpError> {
        self.behind.certificate(org).await
    }
}

fn info(who: &Identifier) -> InfoRecord {
    let entity_type = if matches!(who, Identifier::Person(_)) { "citizen" } else { "ORGL" };
    InfoRecord {
        identifier: who.wire(),
        name: None,
        entity_type: Some(entity_type.to_owned()),
        address: None,
        health: None,
    }
}
