//! Properties of the readers of documents that strangers write, over documents nobody thought of.

use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::{Envelope, MessageType, arkivmelding_xml, noark};

/// Any JSON, a few levels deep.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 5, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..5).prop_map(Value::from),
            vec(("[a-zA-Z]{1,8}", inner), 0..5).prop_map(|all| Value::Object(all.into_iter().collect())),
        ]
    })
}

/// A document that keeps every rule, with gaps and strange things where they are allowed.
fn good_sbd() -> impl Strategy<Value = Value> {
    let offset = prop_oneof![Just("Z"), Just("+02:00"), Just("-11:30"), Just("")];
    let moment = (2000..2100_i16, 1..13_i8, 1..29_i8, 0..24_i8, offset)
        .prop_map(|(y, m, d, h, offset)| format!("{y}-{m:02}-{d:02}T{h:02}:15:30.5{offset}"));
    let id = any::<u128>().prop_map(|bits| uuid::Uuid::from_u128(bits).to_string());
    (id.clone(), id, moment, any_json(), ".{0,20}", any::<bool>()).prop_map(
        |(message, conversation, moment, content, text, strange)| {
            let mut header = json!({
                "headerVersion": text,
                "sender": [{ "identifier": { "value": "310000001", "authority": "iso6523-actorid-upis" } }],
                "documentIdentification": { "standard": "urn:x::avtalt", "typeVersion": "2.0", "type": "avtalt",
                    "instanceIdentifier": message, "creationDateAndTime": moment },
                "businessScope": { "scope": [{ "type": "ConversationId", "instanceIdentifier": conversation,
                    "scopeInformation": [{ "expectedResponseDateTime": moment }] }] },
            });
            if strange {
                header["unknown"] = content.clone();
            }
            json!({ "standardBusinessDocumentHeader": header, "avtalt": { "content": content } })
        },
    )
}

const NAMES: [&str; 10] = [
    "arkivmelding",
    "mappe",
    "registrering",
    "basisregistrering",
    "dokumentbeskrivelse",
    "dokumentobjekt",
    "referanseDokumentfil",
    "tittel",
    "systemID",
    "virksomhetsspesifikkeMetadata",
];

/// Elements inside each other, in no order that means anything.
fn any_case() -> impl Strategy<Value = String> {
    let kind = prop_oneof![Just(""), Just(" xsi:type=\"saksmappe\""), Just(" xsi:type=\"journalpost\"")];
    let leaf = "[ a-zæøå0-9&;#x]{0,8}".prop_map(|text| text.replace('&', "&amp;"));
    leaf.prop_recursive(6, 64, 6, move |inner| {
        (0..NAMES.len(), kind.clone(), vec(inner, 0..6)).prop_map(|(name, kind, inside)| {
            let name = NAMES[name];
            format!("<{name}{kind}>{}</{name}>", inside.concat())
        })
    })
}

proptest! {
    #[test]
    fn any_bytes_are_answered_by_the_reader_of_envelopes(bytes in vec(any::<u8>(), 0..200)) {
        let _ = (Envelope::read(&bytes), Envelope::read_arrived(&bytes));
    }

    #[test]
    fn any_json_under_the_two_keys_is_answered(header in any_json(), body in any_json(), kind in 0..12_usize) {
        let kind = MessageType::ALL[kind];
        let mut header = header;
        if let Value::Object(header) = &mut header {
            header.insert("documentIdentification".to_owned(), json!({ "type": kind.as_str() }));
        }
        let mut top = Map::new();
        top.insert("standardBusinessDocumentHeader".to_owned(), header);
        top.insert(kind.to_string(), body);
        let bytes = Value::Object(top).to_string();
        let _ = (Envelope::read(bytes.as_bytes()), Envelope::read_arrived(bytes.as_bytes()));
    }

    #[test]
    fn what_was_read_is_written_so_that_it_reads_the_same(sbd in good_sbd()) {
        let read = Envelope::read(sbd.to_string().as_bytes()).expect("it keeps every rule");
        let again = Envelope::read(&read.to_bytes()).expect("what we write keeps every rule");

        prop_assert_eq!(read.to_json(), again.to_json());
        let content = read.to_json()["avtalt"].get("content").cloned().unwrap_or_default();
        prop_assert_eq!(&content, &sbd["avtalt"]["content"]);
        prop_assert!(Envelope::read_arrived(&read.to_bytes()).is_ok(), "what is good enough to send arrives");
    }

    #[test]
    fn any_bytes_are_answered_by_the_readers_of_case_documents(bytes in vec(any::<u8>(), 0..200)) {
        let read = arkivmelding_xml::read(bytes.as_slice());
        prop_assert!(read.is_err(), "no two hundred bytes are a case document");
        prop_assert!(!noark::check(bytes.as_slice()).is_empty());
    }

    #[test]
    fn any_elements_are_answered_with_a_few_faults_each_with_its_place(case in any_case()) {
        let whole = format!(
            "<arkivmelding xmlns=\"http://www.arkivverket.no/standarder/noark5/arkivmelding\" \
             xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\">\n{case}</arkivmelding>"
        );
        prop_assert!(arkivmelding_xml::well_formed(whole.as_bytes()).is_ok(), "{}", whole);
        let faults = noark::check(whole.as_bytes());
        prop_assert!((1..=20).contains(&faults.len()), "antallFiler and others are always missing");
        prop_assert!(faults.iter().all(|fault| fault.path.starts_with("/arkivmelding") && fault.line <= 2));
        if let Ok(document) = arkivmelding_xml::read(whole.as_bytes()) {
            prop_assert!(whole.contains("journalpost"), "without one there is nothing to read");
            prop_assert!(document.files.len() <= whole.matches("<referanseDokumentfil").count());
        }
    }
}
