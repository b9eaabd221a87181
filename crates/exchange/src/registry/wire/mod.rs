//! How answers are written as JSON. Read leniently: everything may be absent, unknown members are
//! ignored.

mod convert;

use serde::{Deserialize, Serialize};

use super::record::Entry;

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
    #[serde(skip_serializing_if = "Option::is_none")]
    pub her_id: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organization_number: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent_her_id: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent_organization_name: Option<String>,
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
    #[serde(skip_serializing_if = "Option::is_none")]
    epost_adresse: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mobilnummer: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kan_varsles: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fysisk_post: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    spraak: Option<String>,
    /// Digits in a text, as the contract has it here, while the info record has a number.
    #[serde(skip_serializing_if = "Option::is_none")]
    her_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    patient: Option<PatientBody>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct PatientBody {
    fnr: String,
    first_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    middle_name: Option<String>,
    last_name: String,
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

/// An answer as older integrations get it: with the first record once more, by itself.
pub(crate) fn relayed(entry: Entry) -> Result<serde_json::Value, serde_json::Error> {
    let mut body = serde_json::to_value(EntryBody::from(entry))?;
    if let Some(first) = body["serviceRecords"].get(0).cloned() {
        body["serviceRecord"] = first;
    }
    Ok(body)
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
    use crate::registry::record::{InfoRecord, ServiceIdentifier};

    #[test]
    fn the_spelling_is_the_contracts() {
        let body = EntryBody {
            info_record: InfoRecord {
                identifier: "310000002".to_owned(),
                name: Some("MOTTAKERETATEN".to_owned()),
                entity_type: Some("ORGL".to_owned()),
                address: None,
                health: None,
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
