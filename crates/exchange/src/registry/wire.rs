//! How answers are written as JSON. Read leniently: everything may be absent, unknown members are
//! ignored.

use std::convert::Infallible;

use serde::{Deserialize, Serialize};

use super::record::{
    DigitalMailbox, Entry, InfoRecord, PostalAddress, Service, ServiceIdentifier, ServiceRecord,
};

/// The answer to a look-up.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct EntryBody {
    pub info_record: InfoBody,
    pub service_records: Vec<ServiceRecordBody>,
}

/// Mixed languages and spellings (`organization…` here, `organisation…` below) are the contract's.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct InfoBody {
    pub identifier: String,
    pub organization_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub postadresse: Option<PostadresseBody>,
    pub entity_type: Option<EntityTypeBody>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct PostadresseBody {
    adresse: String,
    postnummer: String,
    poststed: String,
    land: String,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct EntityTypeBody {
    name: String,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct ServiceRecordBody {
    organisation_number: String,
    pem_certificate: Option<String>,
    process: String,
    document_types: Vec<String>,
    service: ServiceBody,
    #[serde(skip_serializing_if = "Option::is_none")]
    orgnr_postkasse: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    postkasse_adresse: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    post_address: Option<AddressBody>,
    #[serde(skip_serializing_if = "Option::is_none")]
    return_address: Option<AddressBody>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct ServiceBody {
    identifier: String,
    endpoint_url: Option<String>,
    service_code: Option<String>,
    service_edition_code: Option<String>,
    security_level: Option<u8>,
    resource: Option<String>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct AddressBody {
    name: String,
    street: String,
    postal_code: String,
    postal_area: String,
    country: String,
}

impl From<Entry> for EntryBody {
    fn from(entry: Entry) -> Self {
        Self {
            info_record: entry.info.into(),
            service_records: entry.records.into_iter().map(ServiceRecordBody::from).collect(),
        }
    }
}

/// An answer as older integrations get it: with the first record once more, by itself.
pub(crate) fn relayed(entry: Entry) -> Result<serde_json::Value, serde_json::Error> {
    let mut body = serde_json::to_value(EntryBody::from(entry))?;
    if let Some(first) = body["serviceRecords"].get(0).cloned() {
        body["serviceRecord"] = first;
    }
    Ok(body)
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
        Self {
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
        Self {
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
        let service = record.service;
        let (supplier, address) = record.mailbox.map(|mailbox| (mailbox.supplier, mailbox.address)).unzip();
        Self {
            organisation_number: record.identifier,
            pem_certificate: record.certificate_pem,
            process: record.process,
            document_types: record.document_types,
            service: ServiceBody {
                identifier: service.identifier.as_str().to_owned(),
                endpoint_url: service.endpoint_url,
                service_code: service.service_code,
                service_edition_code: service.service_edition_code,
                security_level: service.security_level,
                resource: service.resource,
            },
            orgnr_postkasse: supplier,
            postkasse_adresse: address,
            post_address: record.post_address.map(AddressBody::from),
            return_address: record.return_address.map(AddressBody::from),
        }
    }
}

impl From<ServiceRecordBody> for ServiceRecord {
    fn from(body: ServiceRecordBody) -> Self {
        let mailbox = body.orgnr_postkasse.zip(body.postkasse_adresse);
        Self {
            identifier: body.organisation_number,
            certificate_pem: body.pem_certificate.filter(|pem| !pem.trim().is_empty()).map(armoured),
            process: body.process,
            document_types: body.document_types,
            service: Service {
                identifier: service_identifier(&body.service.identifier),
                endpoint_url: body.service.endpoint_url,
                service_code: body.service.service_code,
                service_edition_code: body.service.service_edition_code,
                security_level: body.service.security_level,
                resource: body.service.resource,
            },
            mailbox: mailbox.map(|(supplier, address)| DigitalMailbox { supplier, address }),
            post_address: body.post_address.map(PostalAddress::from),
            return_address: body.return_address.map(PostalAddress::from),
        }
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

/// Adds the armour lines (RFC 7468) that some registries leave out.
pub(super) fn armoured(pem: String) -> String {
    if pem.contains("-----BEGIN") {
        return pem;
    }
    let compact: Vec<char> = pem.chars().filter(|sign| !sign.is_whitespace()).collect();
    let lines: Vec<String> = compact.chunks(64).map(|line| line.iter().collect()).collect();
    format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_spelling_is_the_contracts() {
        let body = EntryBody {
            info_record: InfoRecord {
                identifier: "310000002".to_owned(),
                name: Some("MOTTAKERETATEN".to_owned()),
                entity_type: Some("ORGL".to_owned()),
                address: None,
            }
            .into(),
            service_records: vec![ServiceRecordBody {
                organisation_number: "310000002".to_owned(),
                process: "urn:p".to_owned(),
                document_types: vec!["urn:d".to_owned()],
                service: ServiceBody { identifier: "DPO".to_owned(), ..ServiceBody::default() },
                ..ServiceRecordBody::default()
            }],
        };

        let expected = serde_json::json!({
            "infoRecord": { "identifier": "310000002", "organizationName": "MOTTAKERETATEN",
                "entityType": { "name": "ORGL" } },
            "serviceRecords": [ { "organisationNumber": "310000002", "pemCertificate": null,
                "process": "urn:p", "documentTypes": ["urn:d"],
                "service": { "identifier": "DPO", "endpointUrl": null, "serviceCode": null,
                    "serviceEditionCode": null, "securityLevel": null, "resource": null } } ]
        });
        assert_eq!(serde_json::to_value(body).expect("JSON"), expected);
    }

    /// Covers: ET-61
    #[test]
    fn a_certificate_without_armour_gets_it() {
        let bare = "QUJD".repeat(20);

        let pem = armoured(bare.clone());

        let lines: Vec<&str> = pem.lines().collect();
        assert_eq!(lines.first(), Some(&"-----BEGIN CERTIFICATE-----"));
        assert_eq!(lines.last(), Some(&"-----END CERTIFICATE-----"));
        assert_eq!(lines[1].len(), 64);
        assert_eq!(lines[1..lines.len() - 1].concat(), bare);
        assert_eq!(armoured(pem.clone()), pem);
    }

    #[test]
    fn a_newer_channel_is_unknown_and_empty_certificates_are_none() {
        let body: EntryBody = serde_json::from_str(
            r#"{"serviceRecords":[{"pemCertificate":" ","service":{"identifier":"DPX"},"more":1}]}"#,
        )
        .expect("lenient");

        let entry = Entry::from(body);

        assert_eq!(entry.records[0].service.identifier, ServiceIdentifier::Unknown);
        assert_eq!(entry.records[0].certificate_pem, None);
    }
}
