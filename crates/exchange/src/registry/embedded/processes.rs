//! Processes and document types that organizations usually take part in.

use crate::registry::ServiceIdentifier;

/// The document type of archive messages.
pub const ARKIVMELDING: &str = "urn:no:difi:arkivmelding:xsd::arkivmelding";
/// The process of receipts and statuses for archive messages.
pub const ARKIVMELDING_RESPONSE: &str = "urn:no:difi:profile:arkivmelding:response:ver1.0";
/// The process of agreed messages.
pub const AVTALT: &str = "urn:no:difi:profile:avtalt:avtalt:ver1.0";
/// The process of statuses for agreed messages.
pub const AVTALT_RESPONSE: &str = "urn:no:difi:profile:avtalt:response:ver1.0";

const RECEIPT: &str = "urn:no:difi:arkivmelding:xsd::arkivmelding_kvittering";
const STATUS: &str = "urn:no:difi:eformidling:xsd::status";
const FAILURE: &str = "urn:no:difi:eformidling:xsd::feil";
const AGREED: &str = "urn:no:difi:avtalt:xsd::avtalt";

/// The processes of archive messages, one for each area.
pub const ARKIVMELDING_PROCESSES: [&str; 11] = [
    "urn:no:difi:profile:arkivmelding:administrasjon:ver1.0",
    "urn:no:difi:profile:arkivmelding:planByggOgGeodata:ver1.0",
    "urn:no:difi:profile:arkivmelding:helseSosialOgOmsorg:ver1.0",
    "urn:no:difi:profile:arkivmelding:oppvekstOgUtdanning:ver1.0",
    "urn:no:difi:profile:arkivmelding:kulturIdrettOgFritid:ver1.0",
    "urn:no:difi:profile:arkivmelding:trafikkReiserOgSamferdsel:ver1.0",
    "urn:no:difi:profile:arkivmelding:naturOgMiljoe:ver1.0",
    "urn:no:difi:profile:arkivmelding:naeringsutvikling:ver1.0",
    "urn:no:difi:profile:arkivmelding:skatterOgAvgifter:ver1.0",
    "urn:no:difi:profile:arkivmelding:tekniskeTjenester:ver1.0",
    "urn:no:difi:profile:arkivmelding:taushetsbelagt:ver1.0",
];

/// A process that an organization takes part in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProcessRegistration {
    /// The process.
    pub process: String,
    /// The channel.
    pub service: ServiceIdentifier,
    /// The document types it takes; at least one.
    pub document_types: Vec<String>,
}

impl ProcessRegistration {
    /// A process over DPO.
    pub fn dpo(process: &str, document_types: &[&str]) -> Self {
        Self {
            process: process.to_owned(),
            service: ServiceIdentifier::Dpo,
            document_types: document_types.iter().map(|&name| name.to_owned()).collect(),
        }
    }
}

/// What an installation takes part in unless it says otherwise: archive messages of every area,
/// agreed messages, and the responses to both. Without the responses nobody could send it a receipt.
pub fn standard_processes() -> Vec<ProcessRegistration> {
    let areas = ARKIVMELDING_PROCESSES.iter().map(|area| ProcessRegistration::dpo(area, &[ARKIVMELDING]));
    areas
        .chain([
            ProcessRegistration::dpo(ARKIVMELDING_RESPONSE, &[RECEIPT, STATUS, FAILURE]),
            ProcessRegistration::dpo(AVTALT, &[AGREED]),
            ProcessRegistration::dpo(AVTALT_RESPONSE, &[STATUS]),
        ])
        .collect()
}
