//! How organizations are reached; the rules are pure.

use super::Config;
use super::problem::Problem;
use super::processes::{ARKIVMELDING, ARKIVMELDING_PROCESSES, ProcessRegistration};
use super::sql::Organization;
use crate::registry::{InfoRecord, Service, ServiceIdentifier, ServiceRecord};

/// The level at which messages may not leave the encrypted channels.
const STRICT: u8 = 4;

impl Organization {
    /// Who it is, for an answer.
    pub fn info(&self) -> InfoRecord {
        InfoRecord {
            identifier: self.org.to_string(),
            name: Some(self.name.clone()),
            entity_type: Some(self.entity_type.clone()),
            address: self.address.clone(),
            health: None,
        }
    }
}

/// What the rules look at.
pub(super) struct Known<'a> {
    pub organization: &'a Organization,
    pub processes: &'a [ProcessRegistration],
    pub config: &'a Config,
}

impl Known<'_> {
    pub fn records(&self, process: Option<&str>, level: Option<u8>) -> Result<Vec<ServiceRecord>, Problem> {
        let Some(process) = process else { return self.all(level) };
        let found = match self.registered(process) {
            Some(record) => Some(record),
            None => self.instead(process, level)?,
        };
        let missing = || Problem::UnknownProcess(process.to_owned(), self.organization.org.into());
        found.map(|record| vec![record]).ok_or_else(missing)
    }

    fn all(&self, level: Option<u8>) -> Result<Vec<ServiceRecord>, Problem> {
        let mut records: Vec<_> = self.processes.iter().filter_map(|process| self.record(process)).collect();
        let mut refusal = None;
        for area in ARKIVMELDING_PROCESSES {
            if self.registered(area).is_none() {
                match self.instead(area, level) {
                    Ok(instead) => records.extend(instead),
                    Err(problem) => refusal = Some(problem),
                }
            }
        }
        // What cannot be reached at this level takes nothing from what can.
        refusal.filter(|_| records.is_empty()).map_or(Ok(records), Err)
    }

    fn registered(&self, process: &str) -> Option<ServiceRecord> {
        self.processes.iter().find(|known| known.process == process).and_then(|known| self.record(known))
    }

    /// Nothing can be encrypted to an organization without a certificate.
    fn record(&self, process: &ProcessRegistration) -> Option<ServiceRecord> {
        let Organization { org, certificate, bus_certificate, endpoint_url, resource, .. } =
            self.organization;
        let of_bus = bus_certificate.as_ref().filter(|_| process.service == ServiceIdentifier::Dpe);
        let certificate = of_bus.or(certificate.as_ref())?;
        let mut service = Service::named(process.service);
        if process.service == ServiceIdentifier::Dpe {
            service.endpoint_url = Some(queue_suffix(&process.process).to_owned());
        } else {
            service.endpoint_url = Some(endpoint_url.clone());
            service.resource = Some(resource.clone());
        }
        let types = process.document_types.clone();
        Some(ServiceRecord {
            certificate_pem: Some(certificate.clone()),
            ..ServiceRecord::new(org.to_string(), &process.process, types, service)
        })
    }

    /// Archive messages reach everybody where nothing better is registered: over SvarUt who is known there
    /// at that level and has no installation, others in the Altinn inbox. The strict level keeps out of the
    /// inbox: who takes archive messages under another process is then not reached under this one, and
    /// who takes none at all cannot be reached at that level.
    fn instead(&self, process: &str, level: Option<u8>) -> Result<Option<ServiceRecord>, Problem> {
        if !ARKIVMELDING_PROCESSES.contains(&process) {
            return Ok(None);
        }
        let takes_others =
            self.processes.iter().any(|known| known.document_types.iter().any(|name| name == ARKIVMELDING));
        if !takes_others && let Some(over_svarut) = self.over_svarut(process, level) {
            return Ok(Some(over_svarut));
        }
        if level == Some(STRICT) {
            return if takes_others { Ok(None) } else { Err(Problem::LevelNotAvailable(STRICT)) };
        }
        let Some(resource) = self.config.correspondence_resource.as_deref() else { return Ok(None) };
        let mut service = Service::named(ServiceIdentifier::Dpv);
        service.resource = Some(resource.to_owned());
        Ok(Some(self.archive_record(process, service)))
    }

    /// At the level asked for, or the highest at which SvarUt knows the organization.
    fn over_svarut(&self, process: &str, level: Option<u8>) -> Option<ServiceRecord> {
        let certificate = self.config.svarut_certificate.clone()?;
        let reached = self.organization.svarut_level?;
        let level = level.unwrap_or(reached);
        let mut service = Service::named(ServiceIdentifier::Dpf);
        service.security_level = Some(level);
        (level <= reached).then(|| ServiceRecord {
            certificate_pem: Some(certificate),
            ..self.archive_record(process, service)
        })
    }

    fn archive_record(&self, process: &str, service: Service) -> ServiceRecord {
        let types = vec![ARKIVMELDING.to_owned()];
        ServiceRecord::new(self.organization.org.to_string(), process, types, service)
    }
}

/// The queue of the bus that a process has.
fn queue_suffix(process: &str) -> &'static str {
    if process.contains(":meeting:") {
        "meeting"
    } else if process.contains(":journalpost:") {
        "data"
    } else {
        "innsyn"
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
            certificate: Some("PEM".to_owned()),
            svarut_level: None,
            bus_certificate: None,
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
        services_of(&organization(), processes, correspondence, process, level)
    }

    fn services_of(
        organization: &Organization,
        processes: &[ProcessRegistration],
        correspondence: Option<&str>,
        process: &str,
        level: Option<u8>,
    ) -> Result<Vec<ServiceIdentifier>, Problem> {
        let config = Config {
            correspondence_resource: correspondence.map(str::to_owned),
            svarut_certificate: Some("SVARUT".to_owned()),
            ..Config::default()
        };
        let known = Known { organization, processes, config: &config };
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
        let without_inbox = services(&[], None, ADMINISTRATION, Some(4));
        assert!(matches!(without_inbox, Err(Problem::LevelNotAvailable(4))));
    }

    #[test]
    fn other_records_are_told_at_level_four_where_archive_messages_cannot_go() {
        let (organization, config) = (organization(), Config::default());
        let bus = super::super::processes::bus_processes();
        let known = Known { organization: &organization, processes: &bus, config: &config };

        let found = known.records(None, Some(4)).expect("the bus");
        assert!(found.len() == bus.len() && !found.is_empty());
        let nothing = Known { processes: &[], ..known }.records(None, Some(4));
        assert!(matches!(nothing, Err(Problem::LevelNotAvailable(4))));
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
        let config = Config { correspondence_resource: Some("inbox".to_owned()), ..Config::default() };
        let known = Known { organization: &organization, processes: &own, config: &config };

        let records = known.records(None, None).expect("records");

        let dpv = records.iter().filter(|record| record.service.identifier == ServiceIdentifier::Dpv);
        assert_eq!((records.len(), dpv.count()), (11, 10));
    }

    #[test]
    fn who_has_no_installation_is_reached_over_svarut_at_the_levels_it_has_there() {
        let at_three = Organization { svarut_level: Some(3), ..organization() };
        let at_four = Organization { svarut_level: Some(4), ..organization() };
        let ask = |who: &Organization, level| services_of(who, &[], Some("inbox"), ADMINISTRATION, level);

        assert_eq!(ask(&at_three, None).expect("a record"), [ServiceIdentifier::Dpf]);
        assert_eq!(ask(&at_four, Some(4)).expect("a record"), [ServiceIdentifier::Dpf]);
        assert!(matches!(ask(&at_three, Some(4)), Err(Problem::LevelNotAvailable(4))));
        let own = [ProcessRegistration::dpo(ADMINISTRATION, &[ARKIVMELDING])];
        let found = services_of(&at_four, &own, Some("inbox"), PLANNING, None).expect("a record");
        assert_eq!(found, [ServiceIdentifier::Dpv], "an installation there is, though not for this area");
    }

    #[test]
    fn einnsyn_goes_over_the_bus_with_its_own_certificate_where_registered() {
        let organization = Organization { bus_certificate: Some("BUS".to_owned()), ..organization() };
        let config = Config::default();
        let processes = super::super::processes::bus_processes();
        let known = Known { organization: &organization, processes: &processes, config: &config };

        let meeting =
            known.records(Some("urn:no:difi:profile:einnsyn:meeting:ver1.0"), None).expect("records");

        assert_eq!(meeting[0].service.identifier, ServiceIdentifier::Dpe);
        assert_eq!(meeting[0].service.endpoint_url.as_deref(), Some("meeting"));
        assert_eq!(meeting[0].certificate_pem.as_deref(), Some("BUS"));
        let none = Known { processes: &[], ..known }
            .records(Some("urn:no:difi:profile:einnsyn:meeting:ver1.0"), None);
        assert!(matches!(none, Err(Problem::UnknownProcess(..))));
    }

    #[test]
    fn nothing_is_sent_encrypted_to_an_organization_without_a_certificate() {
        let without = Organization { certificate: None, ..organization() };
        let own = [ProcessRegistration::dpo(ADMINISTRATION, &[ARKIVMELDING])];

        let found = services_of(&without, &own, Some("inbox"), ADMINISTRATION, None).expect("a record");

        assert_eq!(found, [ServiceIdentifier::Dpv]);
    }
}
