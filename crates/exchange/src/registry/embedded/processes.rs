//! Processes and document types, and which rules a process falls under.

use crate::registry::ServiceIdentifier;

/// The document type of archive messages.
pub const ARKIVMELDING: &str = "urn:no:difi:arkivmelding:xsd::arkivmelding";
/// The process of receipts and statuses for archive messages.
pub const ARKIVMELDING_RESPONSE: &str = "urn:no:difi:profile:arkivmelding:response:ver1.0";
/// The process of agreed messages.
pub const AVTALT: &str = "urn:no:difi:profile:avtalt:avtalt:ver1.0";
/// The process of statuses for agreed messages.
pub const AVTALT_RESPONSE: &str = "urn:no:difi:profile:avtalt:response:ver1.0";
/// The process of digital post that is only information.
pub const DIGITAL_POST_INFO: &str = "urn:no:difi:profile:digitalpost:info:ver1.0";
/// The process of digital post with a decision in it.
pub const DIGITAL_POST_VEDTAK: &str = "urn:no:difi:profile:digitalpost:vedtak:ver1.0";
/// The process of dialogues in health.
pub const HEALTH: &str = "urn:no:difi:profile:helse:helse:ver1.0";
/// The process of receipts for those.
pub const HEALTH_RESPONSE: &str = "urn:no:difi:profile:helse:response:ver1.0";

const RECEIPT: &str = "urn:no:difi:arkivmelding:xsd::arkivmelding_kvittering";
const STATUS: &str = "urn:no:difi:eformidling:xsd::status";
const FAILURE: &str = "urn:no:difi:eformidling:xsd::feil";
const AGREED: &str = "urn:no:difi:avtalt:xsd::avtalt";

/// The document type of digital post.
pub(super) const DIGITAL: &str = "urn:no:difi:digitalpost:xsd:digital::digital";
/// The document type of digital post that goes to the Altinn inbox instead.
pub(super) const DIGITAL_DPV: &str = "urn:no:difi:digitalpost:xsd:digital::digital_dpv";
/// The document type of letters on paper.
pub(super) const PRINT: &str = "urn:no:difi:digitalpost:xsd:fysisk::print";
/// The document type of dialogues in health.
pub(super) const DIALOGUE: &str = "urn:no:difi:helse:xsd:schema::dialogmelding";
/// The document type of receipts for those.
pub(super) const DIALOGUE_RECEIPT: &str = "urn:no:difi:helse:xsd::dialogmelding_kvittering";

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

/// What goes over the message bus of eInnsyn, with the document types of each process.
const BUS_PROCESSES: [(&str, &[&str]); 4] = [
    ("urn:no:difi:profile:einnsyn:journalpost:ver1.0", &["urn:no:difi:einnsyn:xsd::publisering"]),
    ("urn:no:difi:profile:einnsyn:meeting:ver1.0", &["urn:no:difi:einnsyn:xsd::publisering"]),
    ("urn:no:difi:profile:einnsyn:innsynskrav:ver1.0", &["urn:no:difi:einnsyn:xsd::innsynskrav"]),
    (
        "urn:no:difi:profile:einnsyn:response:ver1.0",
        &["urn:no:difi:einnsyn:xsd::einnsyn_kvittering", STATUS, FAILURE],
    ),
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
        Self::over(ServiceIdentifier::Dpo, process, document_types)
    }

    fn over(service: ServiceIdentifier, process: &str, document_types: &[&str]) -> Self {
        let document_types = document_types.iter().map(|&name| name.to_owned()).collect();
        Self { process: process.to_owned(), service, document_types }
    }

    /// A process that everybody knows, with its channel and document types.
    pub fn known(process: &str) -> Option<Self> {
        let bus = BUS_PROCESSES.iter().find(|(name, _)| *name == process);
        if let Some((name, document_types)) = bus {
            return Some(Self::over(ServiceIdentifier::Dpe, name, document_types));
        }
        standard_processes().into_iter().find(|known| known.process == process)
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

/// What takes part in eInnsyn besides.
pub fn bus_processes() -> Vec<ProcessRegistration> {
    let over_bus =
        |(name, types): &(&str, &[&str])| ProcessRegistration::over(ServiceIdentifier::Dpe, name, types);
    BUS_PROCESSES.iter().map(over_bus).collect()
}
