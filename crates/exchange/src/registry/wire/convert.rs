//! Between what we know and how it is written.

use std::convert::Infallible;

use super::{
    AddressBody, EntityTypeBody, EntryBody, InfoBody, PatientBody, PostadresseBody, ServiceBody,
    ServiceRecordBody, armoured,
};
use crate::registry::record::{
    CitizenContact, DigitalMailbox, Entry, HealthActor, InfoRecord, Patient, PostalAddress, Service,
    ServiceIdentifier, ServiceRecord,
};

impl From<Entry> for EntryBody {
    fn from(entry: Entry) -> Self {
        Self {
            info_record: entry.info.into(),
            service_records: entry.records.into_iter().map(ServiceRecordBody::from).collect(),
        }
    }
}

impl From<EntryBody> for Entry {
    fn from(body: EntryBody) -> Self {
        Self {
            info: body.info_record.into(),
            records: body.service_records.into_iter().map(ServiceRecord::from).collect(),
        }
    }
}

impl From<InfoRecord> for InfoBody {
    fn from(info: InfoRecord) -> Self {
        let health = info.health.unwrap_or_default();
        Self {
            her_id: (health.her_id != 0).then_some(health.her_id),
            organization_number: health.organization,
            parent_her_id: health.parent_her_id,
            parent_organization_name: health.parent_name,
            identifier: info.identifier,
            organization_name: info.name,
            postadresse: info.address.map(|address| PostadresseBody {
                adresse: address.street,
                postnummer: address.postal_code,
                poststed: address.postal_area,
                land: address.country,
            }),
            entity_type: info.entity_type.map(|name| EntityTypeBody { name }),
        }
    }
}

impl From<InfoBody> for InfoRecord {
    fn from(body: InfoBody) -> Self {
        let (organization, parent_name) = (body.organization_number, body.parent_organization_name);
        let actor =
            |her_id| HealthActor { her_id, organization, parent_her_id: body.parent_her_id, parent_name };
        Self {
            health: body.her_id.map(actor),
            identifier: body.identifier,
            name: body.organization_name,
            entity_type: body.entity_type.map(|kind| kind.name),
            address: body.postadresse.map(|address| PostalAddress {
                name: None,
                street: address.adresse,
                postal_code: address.postnummer,
                postal_area: address.poststed,
                country: address.land,
            }),
        }
    }
}

impl From<ServiceRecord> for ServiceRecordBody {
    fn from(record: ServiceRecord) -> Self {
        let (supplier, address) = record.mailbox.map(|mailbox| (mailbox.supplier, mailbox.address)).unzip();
        let contact = record.contact;
        let (notifiable, paper) = contact.as_ref().map(|known| (known.notifiable, known.paper)).unzip();
        let contact = contact.unwrap_or_default();
        Self {
            organisation_number: record.identifier,
            // Readers of the reference take no null here.
            pem_certificate: Some(record.certificate_pem.unwrap_or_default()),
            process: record.process,
            document_types: record.document_types,
            service: record.service.into(),
            orgnr_postkasse: supplier,
            postkasse_adresse: address,
            post_address: record.post_address.map(AddressBody::from),
            return_address: record.return_address.map(AddressBody::from),
            epost_adresse: contact.email,
            mobilnummer: contact.mobile,
            kan_varsles: notifiable,
            fysisk_post: paper,
            spraak: contact.language,
            her_id: record.her_id.map(|number| number.to_string()),
            patient: record.patient.map(PatientBody::from),
        }
    }
}

impl From<ServiceRecordBody> for ServiceRecord {
    fn from(body: ServiceRecordBody) -> Self {
        let mailbox = body.orgnr_postkasse.zip(body.postkasse_adresse);
        let has_contact = body.kan_varsles.is_some() || body.fysisk_post.is_some();
        Self {
            certificate_pem: body.pem_certificate.filter(|pem| !pem.trim().is_empty()).map(armoured),
            mailbox: mailbox.map(|(supplier, address)| DigitalMailbox { supplier, address }),
            post_address: body.post_address.map(PostalAddress::from),
            return_address: body.return_address.map(PostalAddress::from),
            contact: has_contact.then(|| CitizenContact {
                email: body.epost_adresse,
                mobile: body.mobilnummer,
                notifiable: body.kan_varsles.unwrap_or_default(),
                language: body.spraak,
                paper: body.fysisk_post.unwrap_or_default(),
            }),
            her_id: body.her_id.and_then(|number| number.parse().ok()),
            patient: body.patient.map(Patient::from),
            ..Self::new(body.organisation_number, body.process, body.document_types, body.service.into())
        }
    }
}

impl From<Service> for ServiceBody {
    fn from(service: Service) -> Self {
        Self {
            identifier: service.identifier.as_str().to_owned(),
            endpoint_url: service.endpoint_url,
            service_code: service.service_code,
            service_edition_code: service.service_edition_code,
            security_level: service.security_level,
            resource: service.resource,
        }
    }
}

impl From<ServiceBody> for Service {
    fn from(body: ServiceBody) -> Self {
        Self {
            identifier: service_identifier(&body.identifier),
            endpoint_url: body.endpoint_url,
            service_code: body.service_code,
            service_edition_code: body.service_edition_code,
            security_level: body.security_level,
            resource: body.resource,
        }
    }
}

impl From<Patient> for PatientBody {
    fn from(patient: Patient) -> Self {
        let Patient { number, first_name, middle_name, last_name } = patient;
        Self { fnr: number, first_name, middle_name, last_name }
    }
}

impl From<PatientBody> for Patient {
    fn from(body: PatientBody) -> Self {
        let PatientBody { fnr, first_name, middle_name, last_name } = body;
        Self { number: fnr, first_name, middle_name, last_name }
    }
}

impl From<PostalAddress> for AddressBody {
    fn from(address: PostalAddress) -> Self {
        Self {
            name: address.name.unwrap_or_default(),
            street: address.street,
            postal_code: address.postal_code,
            postal_area: address.postal_area,
            country: address.country,
        }
    }
}

impl From<AddressBody> for PostalAddress {
    fn from(body: AddressBody) -> Self {
        Self {
            name: Some(body.name),
            street: body.street,
            postal_code: body.postal_code,
            postal_area: body.postal_area,
            country: body.country,
        }
    }
}

fn service_identifier(text: &str) -> ServiceIdentifier {
    let parsed: Result<_, Infallible> = text.parse();
    parsed.unwrap_or(ServiceIdentifier::Unknown)
}
