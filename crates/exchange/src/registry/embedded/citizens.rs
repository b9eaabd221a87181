//! How citizens are reached: digital post, letters, and the Altinn inbox; the rules are pure.
//!
//! A mailbox is *active* when the citizen's status is and the mailbox has a certificate. Information goes
//! to an active mailbox whatever the citizen has said of being notified; a decision does so only for those
//! who have not declined and can be notified. Whoever has no mailbox gets a letter, where an address is
//! known that is not secret, and a message in the Altinn inbox.

use super::Config;
use super::processes::{DIGITAL, DIGITAL_DPV, DIGITAL_POST_INFO, DIGITAL_POST_VEDTAK, PRINT};
use crate::registry::{
    CitizenContact, DigitalMailbox, InfoRecord, PostalAddress, Service, ServiceIdentifier, ServiceRecord,
};
use types::NationalId;

/// A citizen, as registered.
#[derive(Clone)]
#[expect(clippy::struct_excessive_bools, reason = "the contact register says each of them by itself")]
pub struct Citizen {
    /// Who it is.
    pub person: NationalId,
    /// First, middle and last name.
    pub name: Name,
    /// Whether the contact register lists the citizen as active.
    pub active: bool,
    /// Whether the citizen has declined digital communication.
    pub reserved: bool,
    /// Whether the citizen can be notified.
    pub notifiable: bool,
    /// E-mail address and mobile number, and the language chosen.
    pub contact: CitizenContact,
    /// The digital mailbox and its certificate (PEM).
    pub mailbox: Option<(DigitalMailbox, String)>,
    /// The address on paper.
    pub address: Option<PostalAddress>,
    /// Whether that address must not be told.
    pub secret_address: bool,
    /// The general practitioner, by number in the address register of health.
    pub practitioner: Option<u64>,
}

impl std::fmt::Debug for Citizen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Citizen({})", self.person)
    }
}

/// A person's name.
#[derive(Clone, Default)]
pub struct Name {
    /// First name.
    pub first: String,
    /// Middle name.
    pub middle: Option<String>,
    /// Last name.
    pub last: String,
}

impl Name {
    /// As it stands on a letter.
    pub fn whole(&self) -> String {
        let parts = [Some(self.first.as_str()), self.middle.as_deref(), Some(self.last.as_str())];
        parts.into_iter().flatten().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
    }
}

impl Citizen {
    /// Who it is, for an answer.
    pub(super) fn info(&self) -> InfoRecord {
        InfoRecord {
            identifier: self.person.reveal().to_owned(),
            name: None,
            entity_type: Some("citizen".to_owned()),
            address: None,
            health: None,
        }
    }

    /// The ways to reach the citizen, for one process or for both. `print` says whether letters may be
    /// offered.
    pub(super) fn records(
        &self,
        process: Option<&str>,
        print: bool,
        config: &Config,
    ) -> Option<Vec<ServiceRecord>> {
        let both = [DIGITAL_POST_INFO, DIGITAL_POST_VEDTAK];
        let asked: Vec<&str> = match process {
            Some(process) => vec![*both.iter().find(|known| **known == process)?],
            None => both.to_vec(),
        };
        let one = |process: &&str| {
            let only_paper = *process == DIGITAL_POST_VEDTAK && (self.reserved || !self.notifiable);
            self.for_process(process, only_paper, print, config)
        };
        Some(asked.iter().flat_map(one).collect())
    }

    fn for_process(
        &self,
        process: &str,
        only_paper: bool,
        print: bool,
        config: &Config,
    ) -> Vec<ServiceRecord> {
        if !only_paper && let Some(digital) = self.digital(process) {
            return vec![digital];
        }
        let paper = if print { self.paper(process, config) } else { None };
        let inbox = if only_paper { None } else { self.inbox(process, config) };
        paper.into_iter().chain(inbox).collect()
    }

    fn digital(&self, process: &str) -> Option<ServiceRecord> {
        let (mailbox, certificate) = self.mailbox.as_ref().filter(|_| self.active)?;
        Some(ServiceRecord {
            certificate_pem: Some(certificate.clone()),
            mailbox: Some(mailbox.clone()),
            contact: Some(CitizenContact {
                notifiable: self.notifiable,
                paper: false,
                ..self.contact.clone()
            }),
            ..self.record(process, DIGITAL, ServiceIdentifier::Dpi)
        })
    }

    fn paper(&self, process: &str, config: &Config) -> Option<ServiceRecord> {
        let provider = config.print.as_ref()?;
        let address = self.address.as_ref().filter(|_| !self.secret_address)?;
        Some(ServiceRecord {
            certificate_pem: Some(provider.certificate.clone()),
            mailbox: Some(DigitalMailbox {
                supplier: provider.organization.to_string(),
                address: String::new(),
            }),
            post_address: Some(PostalAddress { name: Some(self.name.whole()), ..address.clone() }),
            return_address: Some(provider.return_address.clone().into()),
            contact: Some(CitizenContact { notifiable: false, paper: true, ..CitizenContact::default() }),
            ..self.record(process, PRINT, ServiceIdentifier::Dpi)
        })
    }

    fn inbox(&self, process: &str, config: &Config) -> Option<ServiceRecord> {
        let resource = config.correspondence_resource.clone()?;
        let mut record = self.record(process, DIGITAL_DPV, ServiceIdentifier::Dpv);
        record.service.resource = Some(resource);
        Some(record)
    }

    fn record(&self, process: &str, document_type: &str, service: ServiceIdentifier) -> ServiceRecord {
        let types = vec![document_type.to_owned()];
        ServiceRecord::new(self.person.reveal(), process, types, Service::named(service))
    }
}

#[cfg(test)]
mod tests {
    use super::super::config::{PrintProvider, ReturnAddress};
    use super::*;

    fn citizen() -> Citizen {
        Citizen {
            person: "01010050053".parse().expect("eleven digits"),
            name: Name { first: "Kari".to_owned(), middle: None, last: "Testdatter".to_owned() },
            active: true,
            reserved: false,
            notifiable: true,
            contact: CitizenContact { email: Some("kari@example.no".to_owned()), ..Default::default() },
            mailbox: Some((
                DigitalMailbox { supplier: "310000009".to_owned(), address: "kari#1".to_owned() },
                "PEM".to_owned(),
            )),
            address: Some(PostalAddress { street: "Storgata 1".to_owned(), ..Default::default() }),
            secret_address: false,
            practitioner: None,
        }
    }

    fn config() -> Config {
        Config {
            correspondence_resource: Some("inbox".to_owned()),
            print: Some(PrintProvider {
                organization: "310000008".parse().expect("nine digits"),
                certificate: "PRINT".to_owned(),
                return_address: ReturnAddress { name: "Etaten".to_owned(), ..Default::default() },
            }),
            ..Config::default()
        }
    }

    fn found(citizen: &Citizen, process: &str) -> Vec<String> {
        let records = citizen.records(Some(process), true, &config()).expect("a process of citizens");
        let kind = |record: &ServiceRecord| {
            let document = record.document_types[0].rsplit("::").next().unwrap_or_default().to_owned();
            format!("{} {document}", record.service.identifier)
        };
        records.iter().map(kind).collect()
    }

    #[test]
    fn information_goes_to_an_active_mailbox_whatever_the_citizen_declined() {
        let declined = Citizen { reserved: true, notifiable: false, ..citizen() };
        assert_eq!(found(&declined, DIGITAL_POST_INFO), ["DPI digital"]);
        for without in [Citizen { mailbox: None, ..citizen() }, Citizen { active: false, ..citizen() }] {
            assert_eq!(found(&without, DIGITAL_POST_INFO), ["DPI print", "DPV digital_dpv"]);
        }
    }

    #[test]
    fn decisions_go_on_paper_to_those_who_declined_or_cannot_be_notified() {
        assert_eq!(found(&citizen(), DIGITAL_POST_VEDTAK), ["DPI digital"]);
        for declined in [Citizen { reserved: true, ..citizen() }, Citizen { notifiable: false, ..citizen() }]
        {
            assert_eq!(found(&declined, DIGITAL_POST_VEDTAK), ["DPI print"]);
        }
        let without = Citizen { mailbox: None, ..citizen() };
        assert_eq!(found(&without, DIGITAL_POST_VEDTAK), ["DPI print", "DPV digital_dpv"]);
    }

    #[test]
    fn a_secret_address_is_never_told() {
        let secret = Citizen { secret_address: true, mailbox: None, ..citizen() };
        assert_eq!(found(&secret, DIGITAL_POST_INFO), ["DPV digital_dpv"]);
        let declined = Citizen { reserved: true, ..secret };
        assert!(found(&declined, DIGITAL_POST_VEDTAK).is_empty());
    }

    #[test]
    fn letters_are_offered_only_where_asked_for_and_with_both_addresses() {
        let without = Citizen { mailbox: None, ..citizen() };
        let silent = without.records(Some(DIGITAL_POST_INFO), false, &config()).expect("records");
        assert_eq!(silent.len(), 1);

        let letter = &without.records(Some(DIGITAL_POST_INFO), true, &config()).expect("records")[0];
        let to = letter.post_address.as_ref().and_then(|address| address.name.as_deref());
        let back = letter.return_address.as_ref().and_then(|address| address.name.as_deref());
        assert_eq!((to, back), (Some("Kari Testdatter"), Some("Etaten")));
        assert_eq!(letter.certificate_pem.as_deref(), Some("PRINT"));
    }

    #[test]
    fn everything_is_both_processes_and_other_processes_are_not_for_citizens() {
        let all = citizen().records(None, true, &config()).expect("records");
        assert_eq!(all.len(), 2);
        assert!(citizen().records(Some(super::super::AVTALT), true, &config()).is_none());
    }
}
