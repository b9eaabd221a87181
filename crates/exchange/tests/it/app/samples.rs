//! Messages that tests send, and what is read out of them.

use asic::Limits;
use serde_json::{Value, json};

use super::{AVTALT, B, PROCESS};

pub fn message_id(sbd: &Value) -> String {
    let header = &sbd["standardBusinessDocumentHeader"];
    header["documentIdentification"]["instanceIdentifier"].as_str().expect("an id").to_owned()
}

/// A message to B with the least there must be.
pub fn sbd(kind: &str, process: &str, body: impl Into<Value>) -> Value {
    let body: Value = body.into();
    let standard = match kind {
        "avtalt" => "urn:no:difi:avtalt:xsd::avtalt".to_owned(),
        other => format!("urn:no:difi:arkivmelding:xsd::{other}"),
    };
    json!({
        "standardBusinessDocumentHeader": {
            "headerVersion": "1.0",
            "receiver": [{ "identifier": { "value": format!("0192:{B}"), "authority": "iso6523-actorid-upis" } }],
            "documentIdentification": { "standard": standard, "typeVersion": "2.0", "type": kind },
            "businessScope": { "scope": [{ "type": "ConversationId", "identifier": process }] },
        },
        kind: body,
    })
}

pub fn arkivmelding() -> Value {
    sbd("arkivmelding", PROCESS, json!({ "hoveddokument": "svar.pdf", "sikkerhetsnivaa": 3 }))
}

pub fn avtalt() -> Value {
    sbd("avtalt", AVTALT, json!({ "identifier": "agreement-1", "content": { "case": 42 } }))
}

/// An `arkivmelding.xml` that refers to `svar.pdf`.
pub fn case_document() -> Vec<u8> {
    let xml = r#"<arkivmelding xmlns="http://www.arkivverket.no/standarder/noark5/arkivmelding"
        xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><mappe xsi:type="saksmappe">
        <systemID>sak-1</systemID><basisregistrering xsi:type="journalpost"><dokumentbeskrivelse>
        <dokumentnummer>1</dokumentnummer><dokumentobjekt>
        <referanseDokumentfil>svar.pdf</referanseDokumentfil></dokumentobjekt></dokumentbeskrivelse>
        <offentligTittel>Svar på høring</offentligTittel><journalpostnummer>17</journalpostnummer>
        </basisregistrering></mappe></arkivmelding>"#;
    xml.as_bytes().to_vec()
}

/// The two files of [`arkivmelding`].
pub fn files() -> Vec<(&'static str, Vec<u8>)> {
    vec![("arkivmelding.xml", case_document()), ("svar.pdf", b"%PDF-1.7 svar".to_vec())]
}

/// The names and bytes in a container, whose signature and digests have been checked.
pub fn unpack(container: Vec<u8>) -> Vec<(String, Vec<u8>)> {
    use std::io::Read as _;
    let opened = asic::Container::open(std::io::Cursor::new(container), &Limits::default());
    let now = asic::UnixTime(1_800_000_000);
    let mut verified = opened.expect("a container").verify(asic::Trust::AnySigner, now).expect("a signature");
    let names: Vec<_> = verified.documents().iter().map(|document| document.name.clone()).collect();
    let mut files = Vec::new();
    for name in names {
        let mut bytes = Vec::new();
        verified.read(&name).expect("it is there").read_to_end(&mut bytes).expect("it can be read");
        files.push((name, bytes));
    }
    files
}

/// Who signed a container.
pub fn signers(container: Vec<u8>) -> Vec<asic::Certificate> {
    let opened = asic::Container::open(std::io::Cursor::new(container), &Limits::default());
    let now = asic::UnixTime(1_800_000_000);
    let verified = opened.expect("a container").verify(asic::Trust::AnySigner, now).expect("a signature");
    verified.signatures().iter().map(|signature| signature.signer.clone()).collect()
}
