//! Processes and document types, as far as the gateway itself must know them.

/// The document type of statuses.
pub const STATUS_DOCUMENT: &str = "urn:no:difi:eformidling:xsd::status";

const FAMILIES: [(&str, &str); 3] = [
    ("urn:no:difi:profile:arkivmelding:", "urn:no:difi:profile:arkivmelding:response:ver1.0"),
    ("urn:no:difi:profile:avtalt:", "urn:no:difi:profile:avtalt:response:ver1.0"),
    ("urn:no:difi:profile:einnsyn:", "urn:no:difi:profile:einnsyn:response:ver1.0"),
];

/// The process in which a message of this process is answered; none for families without one.
pub fn response_to(process: &str) -> Option<&'static str> {
    FAMILIES.iter().find(|(family, _)| process.starts_with(family)).map(|(_, response)| *response)
}

/// The message type that a document type ends in: the text after its last `::`.
pub fn type_of(document_type: &str) -> Option<&str> {
    document_type.rsplit_once("::").map(|(_, kind)| kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Covers: ET-73
    #[test]
    fn the_family_of_the_process_decides_how_it_is_answered() {
        let arkivmelding = "urn:no:difi:profile:arkivmelding:planByggOgGeodata:ver1.0";
        assert_eq!(response_to(arkivmelding), Some("urn:no:difi:profile:arkivmelding:response:ver1.0"));
        let avtalt = "urn:no:difi:profile:avtalt:avtalt:ver1.0";
        assert_eq!(response_to(avtalt), Some("urn:no:difi:profile:avtalt:response:ver1.0"));
        let einnsyn = "urn:no:difi:profile:einnsyn:journalpost:ver1.0";
        assert_eq!(response_to(einnsyn), Some("urn:no:difi:profile:einnsyn:response:ver1.0"));
        assert_eq!(response_to("urn:something:else"), None);
    }

    #[test]
    fn a_document_type_ends_in_its_message_type() {
        assert_eq!(type_of("urn:no:difi:arkivmelding:xsd::arkivmelding"), Some("arkivmelding"));
        assert_eq!(type_of("urn:no:difi:digitalpost:xsd:digital::digital"), Some("digital"));
        assert_eq!(type_of("arkivmelding"), None);
    }
}
