//! Which service record a message takes; pure.

use super::{ServiceIdentifier, ServiceRecord};

/// No record fits a message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoRoute {
    /// The receiver has no record for the process.
    #[error("the receiver does not take part in process {0}")]
    Process(String),
    /// The receiver takes part in the process, but not with this document type.
    #[error("the receiver does not take document type {document_type} in process {process}")]
    DocumentType {
        /// The process.
        process: String,
        /// The document type.
        document_type: String,
    },
    /// Only channels newer than this version would fit.
    #[error("the receiver is reached over a channel that this version does not know")]
    UnknownChannel,
}

/// The first record for this process that takes this document type, in the registry's order.
///
/// Without a process every record is looked at, since the process of some messages (statuses of
/// unknown families) is not known.
pub fn choose<'r>(
    records: &'r [ServiceRecord],
    process: Option<&str>,
    document_type: &str,
) -> Result<&'r ServiceRecord, NoRoute> {
    let named = process.unwrap_or("(any)");
    let of_process = |record: &&ServiceRecord| process.is_none_or(|process| record.process == process);
    let mut candidates = records.iter().filter(of_process).peekable();
    if candidates.peek().is_none() {
        return Err(NoRoute::Process(named.to_owned()));
    }
    let takes = |record: &&ServiceRecord| record.document_types.iter().any(|known| known == document_type);
    let mut fitting = candidates.filter(takes).peekable();
    if fitting.peek().is_none() {
        return Err(NoRoute::DocumentType {
            process: named.to_owned(),
            document_type: document_type.to_owned(),
        });
    }
    fitting
        .find(|record| record.service.identifier != ServiceIdentifier::Unknown)
        .ok_or(NoRoute::UnknownChannel)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::Service;

    const ADMINISTRATION: &str = "urn:no:difi:profile:arkivmelding:administrasjon:ver1.0";
    const ARKIVMELDING: &str = "urn:no:difi:arkivmelding:xsd::arkivmelding";

    fn record(service: ServiceIdentifier, process: &str, document_types: &[&str]) -> ServiceRecord {
        let document_types = document_types.iter().map(|&name| name.to_owned()).collect();
        ServiceRecord::new("310000002", process, document_types, Service::named(service))
    }

    /// Covers: ET-60
    #[test]
    fn the_document_type_decides_within_the_process() {
        let records = [
            record(ServiceIdentifier::Dpv, "urn:other", &[ARKIVMELDING]),
            record(ServiceIdentifier::Dpi, ADMINISTRATION, &["urn:print"]),
            record(ServiceIdentifier::Dpo, ADMINISTRATION, &["urn:x", ARKIVMELDING]),
        ];

        let chosen = choose(&records, Some(ADMINISTRATION), ARKIVMELDING).expect("a route");

        assert_eq!(chosen.service.identifier, ServiceIdentifier::Dpo);
    }

    #[test]
    fn a_process_and_a_document_type_that_are_missing_are_told_apart() {
        let records = [record(ServiceIdentifier::Dpo, ADMINISTRATION, &[ARKIVMELDING])];

        let process = choose(&records, Some("urn:other"), ARKIVMELDING);
        let document_type = choose(&records, Some(ADMINISTRATION), "urn:other");

        assert!(matches!(process, Err(NoRoute::Process(_))));
        assert!(matches!(document_type, Err(NoRoute::DocumentType { .. })));
    }

    #[test]
    fn a_channel_we_do_not_know_is_passed_over() {
        let newer = record(ServiceIdentifier::Unknown, ADMINISTRATION, &[ARKIVMELDING]);
        let known = record(ServiceIdentifier::Dpv, ADMINISTRATION, &[ARKIVMELDING]);

        let records = [newer.clone(), known];
        let chosen = choose(&records, Some(ADMINISTRATION), ARKIVMELDING).expect("a route");

        assert_eq!(chosen.service.identifier, ServiceIdentifier::Dpv);
        assert_eq!(choose(&[newer], Some(ADMINISTRATION), ARKIVMELDING), Err(NoRoute::UnknownChannel));
    }
}
