//! How an organization is reached; the rules are pure.

use store::Tx;
use types::OrgNumber;

use super::EmbeddedRegistry;
use super::problem::Problem;
use super::processes::{ARKIVMELDING, ARKIVMELDING_PROCESSES, ProcessRegistration};
use super::sql::{self, Organization};
use crate::registry::{Entry, Identifier, InfoRecord, Question, Service, ServiceIdentifier, ServiceRecord};

/// The level at which messages may not leave the encrypted channels.
const STRICT: u8 = 4;

impl EmbeddedRegistry {
    pub(super) async fn answer(&self, question: Question) -> Result<Entry, Problem> {
        let org = known_kind(&question.receiver)?;
        let receiver = question.receiver.clone();
        let read = move |tx: &mut Tx<'_>| {
            let found = sql::find(tx, org)?.ok_or_else(|| Problem::UnknownEntity(receiver.clone()))?;
            Ok::<_, Problem>((found, sql::processes(tx, org)?))
        };
        let (organization, processes) = self.0.store.read(read).await?;
        let correspondence = self.0.config.correspondence_resource.as_deref();
        let known = Known { organization: &organization, processes: &processes, correspondence };
        let records = known.records(question.process.as_deref(), question.security_level)?;
        Ok(Entry { info: info(&organization), records })
    }

    pub(super) async fn info_about(&self, who: Identifier) -> Result<InfoRecord, Problem> {
        let org = known_kind(&who)?;
        let read = move |tx: &mut Tx<'_>| sql::find(tx, org)?.ok_or(Problem::UnknownEntity(who.clone()));
        Ok(info(&self.0.store.read(read).await?))
    }

    pub(super) async fn certificate_of(&self, org: OrgNumber) -> Result<String, Problem> {
        let found = self.0.store.read(move |tx| Ok::<_, Problem>(sql::find(tx, org)?)).await?;
        Ok(found.ok_or(Problem::NoCertificate(org))?.certificate)
    }
}

/// Organizations are all we know.
fn known_kind(who: &Identifier) -> Result<OrgNumber, Problem> {
    who.organization().ok_or_else(|| Problem::UnknownEntity(who.clone()))
}

fn info(organization: &Organization) -> InfoRecord {
    InfoRecord {
        identifier: organization.org.to_string(),
        name: Some(organization.name.clone()),
        entity_type: Some(organization.entity_type.clone()),
        address: organization.address.clone(),
    }
}

/// What the rules look at.
struct Known<'a> {
    organization: &'a Organization,
    processes: &'a [ProcessRegistration],
    /// The resource for messages to Altinn inboxes, where those are offered.
    correspondence: Option<&'a str>,
}

impl Known<'_> {
    fn records(&self, process: Option<&str>, level: Option<u8>) -> Result<Vec<ServiceRecord>, Problem> {
        let Some(process) = process else { return self.all(level) };
        let found = match self.registered(process) {
            Some(record) => Some(record),
            None => self.instead(process, level)?,
        };
        let missing = || Problem::UnknownProcess(process.to_owned(), self.organization.org);
        found.map(|record| vec![record]).ok_or_else(missing)
    }

    fn all(&self, level: Option<u8>) -> Result<Vec<ServiceRecord>, Problem> {
        let mut records: Vec<_> = self.processes.iter().map(|process| self.record(process)).collect();
        for area in ARKIVMELDING_PROCESSES {
            if self.registered(area).is_none() {
                records.extend(self.instead(area, level)?);
            }
        }
        Ok(records)
    }

    fn registered(&self, process: &str) -> Option<ServiceRecord> {
        self.processes.iter().find(|known| known.process == process).map(|known| self.record(known))
    }

    fn record(&self, process: &ProcessRegistration) -> ServiceRecord {
        ServiceRecord {
            identifier: self.organization.org.to_string(),
            certificate_pem: Some(self.organization.certificate.clone()),
            process: process.process.clone(),
            document_types: process.document_types.clone(),
            service: Service {
                endpoint_url: Some(self.organization.endpoint_url.clone()),
                resource: Some(self.organization.resource.clone()),
                ..Service::named(process.service)
            },
            mailbox: None,
            post_address: None,
            return_address: None,
        }
    }

    /// Archive messages reach everybody's Altinn inbox where nothing better is registered, except at
    /// the strict level: who takes them under another process is then not reached under this one, and
    /// who takes none at all cannot be reached at that level.
    fn instead(&self, process: &str, level: Option<u8>) -> Result<Option<ServiceRecord>, Problem> {
        let Some(resource) = self.correspondence else { return Ok(None) };
        if !ARKIVMELDING_PROCESSES.contains(&process) {
            return Ok(None);
        }
        let takes_others =
            self.processes.iter().any(|known| known.document_types.iter().any(|name| name == ARKIVMELDING));
        if level == Some(STRICT) {
            return if takes_others { Ok(None) } else { Err(Problem::LevelNotAvailable(STRICT)) };
        }
        Ok(Some(ServiceRecord {
            identifier: self.organization.org.to_string(),
            certificate_pem: None,
            process: process.to_owned(),
            document_types: vec![ARKIVMELDING.to_owned()],
            service: Service {
                resource: Some(resource.to_owned()),
                ..Service::named(ServiceIdentifier::Dpv)
            },
            mailbox: None,
            post_address: None,
            return_address: None,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADMINISTRATION: &str = ARKIVMELDING_PROCESSES[0];
    const PLANNING: &str = ARKIVMELDING_PROCESSES[1];

    fn organization() -> Organization {
        Organization {
            org: "310000002".parse().expect("nine digits"),
            name: "MOTTAKERETATEN".to_owned(),
            entity_type: "ORGL".to_owned(),
            address: None,
            certificate: "PEM".to_owned(),
            endpoint_url: "https://broker.example".to_owned(),
            resource: "r".to_owned(),
        }
    }

    fn services(
        processes: &[ProcessRegistration],
        correspondence: Option<&str>,
        process: &str,
        level: Option<u8>,
    ) -> Result<Vec<ServiceIdentifier>, Problem> {
        let organization = organization();
        let known = Known { organization: &organization, processes, correspondence };
        let records = known.records(Some(process), level)?;
        Ok(records.into_iter().map(|record| record.service.identifier).collect())
    }

    #[test]
    fn what_is_registered_goes_over_its_channel_at_every_level() {
        let own = [ProcessRegistration::dpo(ADMINISTRATION, &[ARKIVMELDING])];

        for level in [None, Some(3), Some(4)] {
            let found = services(&own, Some("inbox"), ADMINISTRATION, level).expect("a record");
            assert_eq!(found, [ServiceIdentifier::Dpo]);
        }
    }

    #[test]
    fn archive_messages_of_other_areas_go_to_the_altinn_inbox_except_at_level_four() {
        let own = [ProcessRegistration::dpo(ADMINISTRATION, &[ARKIVMELDING])];

        let found = services(&own, Some("inbox"), PLANNING, None).expect("a record");
        let strict = services(&own, Some("inbox"), PLANNING, Some(4));

        assert_eq!(found, [ServiceIdentifier::Dpv]);
        assert!(matches!(strict, Err(Problem::UnknownProcess(..))));
    }

    #[test]
    fn without_any_registration_level_four_is_refused() {
        let found = services(&[], Some("inbox"), ADMINISTRATION, Some(3)).expect("a record");
        let strict = services(&[], Some("inbox"), ADMINISTRATION, Some(4));

        assert_eq!(found, [ServiceIdentifier::Dpv]);
        assert!(matches!(strict, Err(Problem::LevelNotAvailable(4))));
    }

    #[test]
    fn without_an_altinn_inbox_and_for_other_families_there_is_nothing() {
        let none = services(&[], None, ADMINISTRATION, None);
        let agreed = services(&[], Some("inbox"), super::super::AVTALT, None);

        assert!(matches!(none, Err(Problem::UnknownProcess(..))));
        assert!(matches!(agreed, Err(Problem::UnknownProcess(..))));
    }

    #[test]
    fn everything_is_the_union_over_all_processes() {
        let organization = organization();
        let own = [ProcessRegistration::dpo(ADMINISTRATION, &[ARKIVMELDING])];
        let known = Known { organization: &organization, processes: &own, correspondence: Some("inbox") };

        let records = known.records(None, None).expect("records");

        let dpv = records.iter().filter(|record| record.service.identifier == ServiceIdentifier::Dpv);
        assert_eq!((records.len(), dpv.count()), (11, 10));
    }
}
