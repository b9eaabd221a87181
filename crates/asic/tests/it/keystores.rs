//! Key stores that OpenSSL and Java wrote. `tests/vectors/keystores/make.sh` made them.

use std::fs;
use std::path::{Path, PathBuf};

use asic::error::KeyStoreError;
use asic::{Certificate, KeyStore, KeyStoreKind, sign_detached, verify_detached};

use crate::support::now;

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/keystores").join(name)
}

fn read(name: &str) -> Vec<u8> {
    fs::read(file(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn open(name: &str, password: &str) -> Result<KeyStore, KeyStoreError> {
    KeyStore::open(&read(name), password)
}

/// The store holds the key of this certificate, which signs, and the root above it.
fn holds_our_key(name: &str, password: &str, aliases: &[Option<&str>]) {
    let store = open(name, password).unwrap_or_else(|error| panic!("{name}: {error}"));
    for alias in aliases {
        let identity = store.identity(*alias).unwrap_or_else(|error| panic!("{name}: {error}"));
        is_ours(name, &identity);
        assert!(!store.key_der(*alias).expect("the key").is_empty(), "{name}");
    }
}

fn is_ours(name: &str, identity: &asic::Identity) {
    let expected = Certificate::from_pem(&fs::read_to_string(file("certificate.pem")).expect("there"));
    assert_eq!(identity.certificate(), &expected.expect("a certificate"), "{name}");
    let above: Vec<String> = identity.chain().iter().map(Certificate::subject).collect();
    assert_eq!(above, ["CN=Test Root,O=Testrot,C=NO"], "{name}");
    let signature = sign_detached(b"content", identity, now()).expect("signable");
    assert!(verify_detached(&signature, b"content").is_ok(), "{name}");
}

/// Covers: ET-81
#[test]
fn every_kind_of_key_store_gives_the_key_whatever_the_capitals_of_its_alias() {
    let aliases = [None, Some(""), Some("Vår Nøkkel"), Some("VÅR NØKKEL"), Some("vår nøkkel")];
    let pkcs12 =
        ["aes.p12", "aes128-sha512.p12", "des3.p12", "rc2-40.p12", "rc2-128.p12", "no-mac.p12", "java.p12"];
    for name in pkcs12.into_iter().chain(["java.jks", "java.jceks"]) {
        holds_our_key(name, "changeit", &aliases);
    }
    holds_our_key("empty-password.p12", "", &[None]);
    holds_our_key("locked.pem", "changeit", &[None]);
}

#[test]
fn of_several_keys_the_alias_chooses() {
    for name in ["two-keys.jks", "two-keys.p12"] {
        holds_our_key(name, "changeit", &[Some("vår nøkkel")]);
        let store = open(name, "changeit").expect("readable");
        let other = store.identity(Some("OTHER")).expect("the other");
        assert_eq!(other.certificate().organization_number().expect("there"), "310000002");

        assert!(matches!(store.identity(None), Err(KeyStoreError::SeveralKeys(there)) if there.len() == 2));
        let trusted = store.identity(Some("trusted"));
        assert!(
            matches!(trusted, Err(KeyStoreError::NoSuchAlias { there, .. }) if there.contains(&"other".to_owned())),
            "a certificate alone is no key"
        );
    }
}

#[test]
fn a_wrong_password_is_told_apart_from_a_damaged_file() {
    for name in ["aes.p12", "rc2-40.p12", "java.p12", "java.jks", "java.jceks", "locked.pem"] {
        let wrong = open(name, "changeme").map(drop);
        assert!(matches!(wrong, Err(KeyStoreError::WrongPassword)), "{name}: {wrong:?}");
    }
    let wrong = open("no-mac.p12", "changeme").map(drop);
    assert!(
        matches!(wrong, Err(KeyStoreError::WrongPassword | KeyStoreError::WrongKeyPassword(_))),
        "without a check value the padding tells: {wrong:?}"
    );
}

#[test]
fn a_store_cut_off_anywhere_or_altered_is_refused_and_harms_nobody() {
    for name in ["aes.p12", "java.jks", "java.jceks"] {
        let whole = read(name);
        for end in (0..whole.len()).step_by(97) {
            assert!(KeyStore::open(&whole[..end], "changeit").is_err(), "{name} cut at {end}");
        }
        let mut altered = whole.clone();
        let middle = altered.len() / 2;
        altered[middle] ^= 1;
        assert!(matches!(KeyStore::open(&altered, "changeit"), Err(KeyStoreError::WrongPassword)), "{name}");
    }
}

#[test]
fn kinds_are_seen_by_how_files_begin() {
    let kinds = ["aes.p12", "java.jks", "java.jceks", "locked.pem"].map(|name| KeyStoreKind::of(&read(name)));

    let expected = [KeyStoreKind::Pkcs12, KeyStoreKind::Jks, KeyStoreKind::Jceks, KeyStoreKind::Pem];
    assert_eq!(kinds, expected.map(Some));
}
