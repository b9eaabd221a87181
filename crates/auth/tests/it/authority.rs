//! The test authority, judged by the `openssl` command line.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use auth::Authority;
use auth::authority::{AuthorityError, Credential, MARK, Profile, Subject};
use types::time::Clock;

use crate::support::org;

/// What `openssl` says, on both of its streams, and whether it was content.
fn openssl(folder: &Path, arguments: &[&str]) -> (bool, String) {
    let output = Command::new("openssl").args(arguments).current_dir(folder).output();
    let output = output.expect("the openssl command line is installed");
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&said).into_owned())
}

fn subject(digits: &str, profile: Profile) -> Subject {
    Subject { org: org(digits), name: "Etat for prøving".to_owned(), profile }
}

/// Writes what verification needs.
fn lay_out(folder: &Path, authority: &Authority, credential: &Credential) {
    fs::write(folder.join("root.pem"), authority.root_pem()).expect("written");
    fs::write(folder.join("issuing.pem"), authority.issuing_pem()).expect("written");
    fs::write(folder.join("leaf.pem"), credential.certificate_pem()).expect("written");
    let key = credential.key.to_pkcs8_pem().expect("PEM");
    fs::write(folder.join("leaf.key"), key.reveal()).expect("written");
}

#[test]
fn openssl_verifies_an_organizations_certificate_up_to_the_root() {
    let folder = tempfile::tempdir().expect("a folder");
    let authority = Authority::generate(Clock::system()).expect("an authority");
    let credential = authority.issue(&subject("310000001", Profile::Both)).expect("a certificate");
    lay_out(folder.path(), &authority, &credential);
    let chain = ["-CAfile", "root.pem", "-untrusted", "issuing.pem", "leaf.pem"];
    let policy = ["verify", "-x509_strict", "-policy_check", "-explicit_policy", "-policy"];

    let strictly = |oid| openssl(folder.path(), &[&policy[..], &[oid], &chain[..]].concat());
    let (good, said) = strictly("2.16.578.1.1.1.1.100");
    assert!(good, "{said}");
    assert!(!strictly("2.16.578.1.29.13.1").0, "it carries no policy of production");
    let (alone, _) = openssl(folder.path(), &["verify", "-CAfile", "root.pem", "leaf.pem"]);
    assert!(!alone, "the issuing certificate is needed");

    let (_, text) =
        openssl(folder.path(), &["x509", "-in", "leaf.pem", "-noout", "-text", "-nameopt", "utf8"]);
    for expected in [
        "serialNumber=310000001",
        "organizationIdentifier=NTRNO-310000001",
        "Etat for prøving (TEST ONLY",
        "X509v3 Key Usage: critical\n                Digital Signature, Key Encipherment, Data Encipherment\n",
        "CA:FALSE",
        "(2048 bit)",
    ] {
        assert!(text.contains(expected), "{expected} is not in\n{text}");
    }
    assert_eq!(text.matches(MARK).count(), 4, "organization and common name, of both subject and issuer");
    let (_, public) = openssl(folder.path(), &["x509", "-in", "leaf.pem", "-noout", "-pubkey"]);
    assert_eq!(openssl(folder.path(), &["pkey", "-in", "leaf.key", "-pubout"]).1, public);
}

#[test]
fn each_profile_shows_the_number_in_its_own_place() {
    let folder = tempfile::tempdir().expect("a folder");
    let authority = Authority::generate(Clock::system()).expect("an authority");
    let subjects = [subject("310000001", Profile::Older), subject("310000002", Profile::Newer)];
    let made = authority.issue_all(&subjects).expect("certificates");
    let shown = |credential| {
        lay_out(folder.path(), &authority, credential);
        openssl(folder.path(), &["x509", "-in", "leaf.pem", "-noout", "-subject"]).1
    };

    let (older, newer) = (shown(&made[0]), shown(&made[1]));

    assert!(older.contains("serialNumber = 310000001") && !older.contains("NTRNO"), "{older}");
    assert!(newer.contains("NTRNO-310000002") && !newer.contains("serialNumber"), "{newer}");
}

#[test]
fn a_server_certificate_is_good_for_its_names_and_addresses_only() {
    let folder = tempfile::tempdir().expect("a folder");
    let authority = Authority::generate(Clock::system()).expect("an authority");
    let names = ["localhost".to_owned(), "127.0.0.1".to_owned()];
    lay_out(folder.path(), &authority, &authority.issue_server(&names).expect("a certificate"));
    let base = [
        "verify",
        "-x509_strict",
        "-purpose",
        "sslserver",
        "-CAfile",
        "root.pem",
        "-untrusted",
        "issuing.pem",
    ];
    let verify = |option, name| openssl(folder.path(), &[&base[..], &[option, name, "leaf.pem"]].concat());

    assert!(verify("-verify_hostname", "localhost").0);
    assert!(verify("-verify_ip", "127.0.0.1").0);
    assert!(!verify("-verify_hostname", "example.com").0);
}

#[test]
fn an_authority_in_a_folder_is_the_same_next_time() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path().join("data/authority");

    let made = Authority::load_or_create(&at, Clock::system()).expect("made");
    let loaded = Authority::load_or_create(&at, Clock::system()).expect("loaded");

    assert_eq!(made.root_der(), loaded.root_der());
    let credential = loaded.issue(&subject("310000001", Profile::Both)).expect("a certificate");
    lay_out(folder.path(), &made, &credential);
    let (good, said) =
        openssl(folder.path(), &["verify", "-CAfile", "root.pem", "-untrusted", "issuing.pem", "leaf.pem"]);
    assert!(good, "{said}");
    for file in ["root.key", "issuing.key"] {
        let rights = fs::metadata(at.join(file)).expect("it exists").permissions().mode();
        assert_eq!(rights & 0o777, 0o600, "{file}");
    }
    assert_eq!(fs::metadata(&at).expect("it exists").permissions().mode() & 0o777, 0o700);
    assert_eq!(
        fs::read_dir(at.parent().expect("a parent")).expect("read").count(),
        1,
        "nothing is left beside it"
    );
}

#[test]
fn a_folder_with_mixed_up_files_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let (one, two) = (folder.path().join("one"), folder.path().join("two"));
    Authority::load_or_create(&one, Clock::system()).expect("made");
    Authority::load_or_create(&two, Clock::system()).expect("made");
    fs::copy(two.join("issuing.pem"), one.join("issuing.pem")).expect("copied");

    let error = Authority::load_or_create(&one, Clock::system()).expect_err("refused");

    assert!(matches!(error, AuthorityError::Foreign("issuing.pem")), "{error}");
}
