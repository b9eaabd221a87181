//! Whatever documents come, they come back; whatever bytes come, nothing panics.

use std::io::{Cursor, Read};

use asic::{Archive, Container, Limits, Manifest, open_envelope, pack, verify_detached};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::support::{document, envelope, now, open, pki};

fn documents() -> impl Strategy<Value = Vec<(String, Vec<u8>)>> {
    let name = "[^\\x00-\\x1f\\x7f-\\x9f/\\\\:\u{FFFE}\u{FFFF}]{1,30}(/[a-zæøå .&<>'\"%+]{1,10}x)?";
    let content = prop_oneof![
        vec(any::<u8>(), 0..200_000),
        (any::<u8>(), 0..500_000_usize).prop_map(|(byte, length)| vec![byte; length]),
    ];
    vec((name, content), 1..4).prop_filter("names that may be used, each once", |documents| {
        let name = |at: usize| documents[at].0.as_str();
        let usable = |at: usize| {
            let reserved = ["mimetype", "manifest.xml", ".", ".."];
            let first = name(at).split('/').next().unwrap_or_default();
            !reserved.contains(&name(at))
                && !reserved[2..].contains(&first)
                && !name(at).to_ascii_lowercase().starts_with("meta-inf/")
                && (0..at).all(|other| name(other) != name(at))
        };
        (0..documents.len()).all(usable)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_documents_survive_packing_sealing_and_back(documents in documents()) {
        let manifest = Manifest {
            receiver: "0192:310000002".to_owned(),
            sender: "0192:310000001".to_owned(),
            main_document: documents[0].0.clone(),
            main_media_type: String::new(),
        };
        let mut packed = Vec::new();
        let sources = documents.iter().map(|(name, content)| document(name, content));
        pack(&mut packed, Some(&manifest), sources, &pki().sender, now()).expect("packable");

        let mut opened = Vec::new();
        let sealed = envelope(&packed);
        let receiver = std::slice::from_ref(&pki().receiver);
        open_envelope(&sealed[..], receiver).expect("ours").read_to_end(&mut opened).expect("whole");
        let mut verified = open(&opened).expect("sound");

        prop_assert_eq!(verified.manifest(), Some(&manifest));
        prop_assert_eq!(verified.documents().len(), documents.len());
        for (name, content) in &documents {
            let mut read = Vec::new();
            verified.read(name).expect("there").read_to_end(&mut read).expect("readable");
            prop_assert!(&read == content);
        }
    }

    #[test]
    fn any_bytes_are_refused_without_panic(bytes in vec(any::<u8>(), 0..2000)) {
        prop_assert!(Archive::open(Cursor::new(&bytes), &Limits::default()).is_err());
        prop_assert!(verify_detached(&bytes, b"x").is_err());
        prop_assert!(open_envelope(&bytes[..], std::slice::from_ref(&pki().receiver)).is_err());
        prop_assert!(Manifest::parse(&bytes).is_err());
    }

    #[test]
    fn a_container_with_bytes_exchanged_never_panics(
        changes in vec((any::<prop::sample::Index>(), any::<u8>()), 1..20),
    ) {
        let good = &*CONTAINER;
        let mut bytes = good.clone();
        for (at, value) in changes {
            bytes[at.index(good.len())] = value;
        }
        if let Ok(container) = Container::open(Cursor::new(&bytes), &Limits::default()) {
            let _ = container.verify(asic::Trust::AnySigner, now());
        }
    }
}

static CONTAINER: std::sync::LazyLock<Vec<u8>> = std::sync::LazyLock::new(crate::support::container);
