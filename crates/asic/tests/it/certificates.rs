//! Certificates: whose they are, and who may vouch for them.

use std::fs;

use asic::error::{KeyError, TrustError};
use asic::{Certificate, Identity, PrivateKey, RevocationList, TEST_POLICIES, TrustAnchors, UnixTime};

use crate::support::{now, openssl, pki, run};

/// Covers: ET-82
#[test]
fn the_organization_number_is_found_in_both_profiles() {
    let newer = pki().issue("seid2", "/CN=A/organizationIdentifier=NTRNO-310000003", "leaf_ext", 9);
    let older = pki().issue("seid1", "/CN=A/serialNumber=310000004", "leaf_ext", 9);
    let foreign = pki().issue("abroad", "/CN=A-310000005/serialNumber=12345", "leaf_ext", 9);

    assert_eq!(newer.organization_number().expect("there"), "310000003");
    assert_eq!(older.organization_number().expect("there"), "310000004");
    assert!(foreign.organization_number().is_err(), "a dash counts for issuers only");
}

#[test]
fn pem_der_and_bare_base64_are_the_same_certificate() {
    let certificate = pki().sender.certificate();
    let pem = certificate.to_pem();
    let bare: String = pem.lines().filter(|line| !line.starts_with('-')).collect();

    assert_eq!(&Certificate::from_pem(&pem).expect("PEM"), certificate);
    assert_eq!(&Certificate::from_pem(&bare).expect("base64"), certificate);
    assert_eq!(&Certificate::from_der(certificate.to_der()).expect("DER"), certificate);
    let chain = fs::read_to_string(pki().path("chain.pem")).expect("made");
    assert_eq!(Certificate::all_from_pem(&chain).expect("PEM").len(), 2);
}

#[test]
fn what_openssl_shows_is_what_we_show() {
    let certificate = pki().sender.certificate();
    let dir = pki().path("");
    let shown = openssl(&dir, "x509 -in avsender.pem -noout -serial -fingerprint -sha256");

    let fingerprint = certificate.fingerprint().map(|byte| format!("{byte:02X}")).join(":");
    let serial: String =
        certificate.serial().iter().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().concat();
    assert!(shown.contains(&fingerprint), "{shown}");
    assert!(shown.contains(serial.trim_start_matches("00")), "{shown}");
    assert!(certificate.is_valid_at(now()));
    assert!(certificate.subject().contains("310000001"), "{}", certificate.subject());
    assert_eq!(certificate.revocation_list_urls(), ["http://crl.example.test/ica.crl"]);
    assert_eq!(certificate.not_after().0 - certificate.not_before().0, 730 * 86_400);
}

#[test]
fn keys_in_both_forms_load_and_must_fit_their_certificate() {
    let dir = pki().path("");
    openssl(&dir, "rsa -in avsender.key -traditional -out avsender.pkcs1");
    run(&dir, "openssl", &["pkcs8", "-topk8", "-in", "avsender.key", "-passout", "pass:x", "-out", "locked"]);
    let read = |name: &str| fs::read_to_string(pki().path(name)).expect("made");
    let own = pki().sender.certificate().clone();

    let old = PrivateKey::from_pem(&read("avsender.pkcs1")).expect("PKCS#1");
    assert!(Identity::new(own.clone(), Vec::new(), old).is_ok());
    let other = PrivateKey::from_pem(&read("mottaker.key")).expect("PKCS#8");
    assert_eq!(format!("{other:?}"), "PrivateKey(…)");
    assert!(matches!(Identity::new(own, Vec::new(), other), Err(KeyError::OtherCertificate)));
    assert!(matches!(PrivateKey::from_pem(&read("locked")), Err(KeyError::Encrypted)));
    assert!(matches!(PrivateKey::from_pem("hei"), Err(KeyError::NotPem)));
    assert!(matches!(PrivateKey::from_der(b"hei"), Err(KeyError::Rejected(_))));
}

#[test]
fn a_business_certificate_leads_up_to_its_root() {
    let anchors = pki().anchors();
    let certificate = pki().sender.certificate();

    let presented = anchors.verify(certificate, pki().sender.chain(), now());
    let known = anchors.clone().with_intermediates(vec![pki().issuer.clone()]);
    let known = known.with_policies(TEST_POLICIES).verify(certificate, &[], now());

    let path = [pki().issuer.clone(), pki().root.clone()];
    assert_eq!(presented.expect("chain came along"), path);
    assert_eq!(known.expect("issuer is configured"), path);
}

/// A certificate of `name`, issued with whatever certificate and key are called `issuer`.
fn issued_under(name: &str, issuer: &str) -> Certificate {
    let dir = pki().path("");
    openssl(
        &dir,
        &format!(
            "req -new -newkey rsa:2048 -nodes -config pki.cnf -keyout {name}.key -out {name}.csr -subj /CN={name}"
        ),
    );
    openssl(
        &dir,
        &format!(
            "x509 -req -in {name}.csr -CA {issuer}.pem -CAkey {issuer}.key -CAcreateserial -days 9 \
             -extfile pki.cnf -extensions leaf_ext -out {name}.pem"
        ),
    );
    let pem = fs::read_to_string(pki().path(&format!("{name}.pem"))).expect("made");
    Certificate::from_pem(&pem).expect("OpenSSL's")
}

/// Covers: ET-83
#[test]
fn each_rule_about_certificates_can_fail() {
    let anchors = pki().anchors().with_intermediates(vec![pki().issuer.clone()]);
    let good = pki().sender.certificate();
    let verdict = |certificate: &Certificate, at| anchors.verify(certificate, &[], at).err();
    let late = UnixTime(good.not_after().0 + 1);
    let critical = pki().issue("odd", "/CN=odd", "odd_ext", 9);
    let loose = pki().issue("loose", "/CN=loose", "loose_ext", 9);
    let encipher = pki().issue("encipher", "/CN=encipher", "encipher_ext", 9);

    assert!(matches!(verdict(good, late), Some(TrustError::Expired { .. })));
    assert!(matches!(verdict(good, UnixTime(0)), Some(TrustError::NotYetValid { .. })));
    assert!(matches!(verdict(&pki().root, now()), Some(TrustError::SelfSigned)));
    assert!(
        matches!(verdict(&critical, now()), Some(TrustError::CriticalExtension(oid)) if oid == "2.5.29.37")
    );
    assert!(matches!(verdict(&loose, now()), Some(TrustError::NoKeyUsage)));
    assert!(matches!(verdict(&encipher, now()), Some(TrustError::NotForSigning)));
    let others = anchors.clone().with_policies(["2.16.578.1.29.13.200.*"]);
    assert!(matches!(others.verify(good, &[], now()), Err(TrustError::Policy)));
    let no_issuer = pki().anchors().verify(good, &[], now());
    assert!(matches!(no_issuer, Err(TrustError::NoPath { .. })));
}

#[test]
fn an_impostor_with_the_issuers_name_is_found_out() {
    let dir = pki().path("");
    openssl(
        &dir,
        "req -x509 -newkey rsa:2048 -nodes -days 9 -subj /C=NO/O=Testutsteder/CN=Test_Issuing_CA \
         -config pki.cnf -extensions root_ext -keyout false.key -out false.pem",
    );
    let pem = fs::read_to_string(pki().path("false.pem")).expect("made");
    let impostor = TrustAnchors::new(vec![Certificate::from_pem(&pem).expect("OpenSSL's")]);

    let verdict = impostor.verify(pki().sender.certificate(), &[], now());

    assert!(matches!(verdict, Err(TrustError::BadSignature { .. })));
}

#[test]
fn issuers_that_go_round_in_circles_are_not_tried_without_end() {
    let dir = pki().path("");
    openssl(&dir, "genrsa -out round.key 2048");
    let issuers: Vec<Certificate> = (0..20)
        .map(|serial| {
            openssl(
                &dir,
                &format!(
                    "req -x509 -new -key round.key -set_serial {serial} -days 9 -subj /CN=round \
                     -config pki.cnf -extensions root_ext -out round.pem"
                ),
            );
            Certificate::from_pem(&fs::read_to_string(pki().path("round.pem")).expect("made")).expect("one")
        })
        .collect();
    let leaf = issued_under("off", "round");

    // Every order of six among twenty would be thirty million signatures.
    let verdict = pki().anchors().verify(&leaf, &issuers, now());

    assert!(matches!(verdict, Err(TrustError::NoPath { .. })), "{verdict:?}");
}

#[test]
fn a_business_certificate_cannot_issue_others() {
    let under = issued_under("under", "mottaker");
    let presented = [pki().receiver.certificate().clone(), pki().issuer.clone()];

    let verdict = pki().anchors().verify(&under, &presented, now());

    assert!(matches!(verdict, Err(TrustError::NotAnIssuer { .. })), "{verdict:?}");
}

/// Covers: ET-83
#[test]
fn a_revoked_certificate_is_found_on_its_issuers_list() {
    let dir = pki().path("");
    let revoked = pki().issue("revoked", "/CN=revoked", "leaf_ext", 9);
    openssl(&dir, "ca -config pki.cnf -cert ica.pem -keyfile ica.key -revoke revoked.pem");
    openssl(&dir, "ca -gencrl -config pki.cnf -cert ica.pem -keyfile ica.key -out ica.crl");
    openssl(&dir, "crl -in ica.crl -outform DER -out ica.crl.der");
    let der = fs::read(pki().path("ica.crl.der")).expect("made");
    let list = RevocationList::from_der(&der).expect("OpenSSL's");
    let check = |certificate, issuer, at| list.check(certificate, issuer, at);
    let later = UnixTime(list.next_update().expect("stated").0 + 1);
    let good = pki().sender.certificate();

    assert!(check(good, &pki().issuer, now()).is_ok());
    assert!(matches!(check(&revoked, &pki().issuer, now()), Err(TrustError::Revoked)));
    assert!(matches!(check(good, &pki().issuer, later), Err(TrustError::RevocationList(_))));
    assert!(matches!(check(good, &pki().root, now()), Err(TrustError::RevocationList(_))));
    let mut forged = der.clone();
    *forged.last_mut().expect("not empty") ^= 1;
    let forged = RevocationList::from_der(&forged).expect("still a list");
    assert!(matches!(
        forged.check(good, &pki().issuer, now()),
        Err(TrustError::RevocationList("its signature does not verify"))
    ));
}
