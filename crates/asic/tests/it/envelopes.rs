//! Envelopes that we write open with OpenSSL, and those of OpenSSL open with us.

use std::fs;
use std::io::{Read, Write};

use asic::{Certificate, EnvelopeWriter, Identity, KeyTransport, open_envelope};
use tempfile::TempDir;

use crate::support::{elements, envelope, indefinite, noise, openssl, pki, tlv};

/// The 62 bytes that name RSAES-OAEP with SHA-256 for hash and mask.
const OAEP_SHA256: &str = "303c06092a864886f70d010107302fa00f300d06096086480165030402010500\
    a11c301a06092a864886f70d010108300d06096086480165030402010500";

pub fn decrypt(envelope: &[u8]) -> std::io::Result<Vec<u8>> {
    decrypt_with(envelope, std::slice::from_ref(&pki().receiver))
}

pub fn decrypt_with(envelope: &[u8], identities: &[Identity]) -> std::io::Result<Vec<u8>> {
    let mut plain = Vec::new();
    open_envelope(envelope, identities).map_err(std::io::Error::other)?.read_to_end(&mut plain)?;
    Ok(plain)
}

fn seal(content: &[u8], transport: KeyTransport, definite: bool) -> Vec<u8> {
    let recipient = pki().receiver.certificate().clone();
    let size = definite.then_some(content.len() as u64);
    let mut writer = EnvelopeWriter::begin(Vec::new(), &[recipient], transport, size).expect("usable");
    writer.write_all(content).expect("memory does not fail");
    writer.finish().expect("memory does not fail")
}

fn openssl_decrypts(sealed: &[u8]) -> Vec<u8> {
    let folder = TempDir::new().expect("a folder");
    fs::write(folder.path().join("in"), sealed).expect("writable");
    let (certificate, key) = (pki().path("mottaker.pem"), pki().path("mottaker.key"));
    openssl(
        folder.path(),
        &format!(
            "cms -decrypt -binary -inform DER -in in -recip {} -inkey {} -out out",
            certificate.display(),
            key.display()
        ),
    );
    fs::read(folder.path().join("out")).expect("decrypted")
}

/// Seals with OpenSSL; `options` may choose cipher and padding.
fn openssl_seals(content: &[u8], options: &str) -> Vec<u8> {
    let folder = TempDir::new().expect("a folder");
    fs::write(folder.path().join("in"), content).expect("writable");
    let certificate = pki().path("mottaker.pem");
    let (before, after) = options.split_once('|').unwrap_or((options, ""));
    openssl(
        folder.path(),
        &format!(
            "cms -encrypt -binary {before} -recip {} {after} -in in -outform DER -out out",
            certificate.display()
        ),
    );
    fs::read(folder.path().join("out")).expect("encrypted")
}

#[test]
fn openssl_opens_what_we_seal_of_every_size_and_framing() {
    for size in [0, 1, 15, 16, 17, 65_535, 65_536, 65_537, 300_000] {
        let content = noise(size);
        for definite in [false, true] {
            let sealed = seal(&content, KeyTransport::OaepSha256, definite);
            assert!(openssl_decrypts(&sealed) == content, "{size} bytes, definite: {definite}");
            assert!(decrypt(&sealed).expect("ours") == content, "{size} bytes, definite: {definite}");
        }
    }
}

#[test]
fn the_older_key_transport_opens_as_well() {
    let sealed = seal(b"hemmelig", KeyTransport::Pkcs1, false);

    assert_eq!(openssl_decrypts(&sealed), b"hemmelig");
    assert_eq!(decrypt(&sealed).expect("ours"), b"hemmelig");
}

/// Covers: ET-21
#[test]
fn the_key_transport_is_named_byte_for_byte_as_peers_name_it() {
    let sealed = envelope(b"x");
    let expected: Vec<u8> = (0..OAEP_SHA256.len() / 2)
        .map(|at| u8::from_str_radix(&OAEP_SHA256[2 * at..2 * at + 2], 16).expect("hex"))
        .collect();

    assert!(sealed.windows(62).any(|it| it == expected));
}

/// Covers: ET-22
#[test]
fn two_envelopes_of_the_same_content_share_no_key_and_no_iv() {
    let (one, two) = (envelope(&[0; 1000]), envelope(&[0; 1000]));

    let differing = |from: usize, to: usize| (from..to).filter(|at| one[*at] != two[*at]).count();
    assert_eq!(one.len(), two.len());
    // the tail is content and ends; before it lie wrapped key (256 bytes) and IV (16)
    let content = one.len() - 10 - 1008;
    assert!(differing(content, one.len() - 10) > 900, "the content");
    assert!(differing(content - 50, content) >= 10, "the IV");
    assert!(differing(0, content - 50) > 200, "the wrapped key");
}

/// Covers: ET-23
#[test]
fn there_is_one_recipient_named_by_issuer_and_serial_number() {
    let sealed = seal(b"x", KeyTransport::OaepSha256, true);

    let message = elements(elements(&sealed)[0].1);
    let data = elements(elements(message[1].1)[0].1);
    assert_eq!(data[0].2, [2, 1, 0], "version 0");
    let recipients = elements(data[1].1);
    assert_eq!((data[1].0, recipients.len()), (0x31, 1));
    let recipient = elements(recipients[0].1);
    assert_eq!(recipient[0].2, [2, 1, 0], "version 0");
    let serial = elements(recipient[1].1)[1].1;
    assert_eq!((recipient[1].0, serial), (0x30, pki().receiver.certificate().serial()));
}

/// Covers: ET-26
#[test]
fn every_key_transport_of_peers_is_understood() {
    let oaep = |hash: &str| {
        format!(
            "-aes-256-cbc|-keyopt rsa_padding_mode:oaep -keyopt rsa_oaep_md:{hash} \
             -keyopt rsa_mgf1_md:{hash}"
        )
    };
    let mut options: Vec<String> = ["sha1", "sha256", "sha384", "sha512"].map(oaep).into();
    options.push("-aes-256-cbc".to_owned());
    options.push("-aes-256-cbc|-keyopt rsa_padding_mode:oaep".to_owned());
    options.push("-stream -keyid -aes-256-cbc".to_owned());

    for options in options {
        let sealed = openssl_seals(b"hemmelig", &options);
        assert_eq!(decrypt(&sealed).expect("OpenSSL's"), b"hemmelig", "{options}");
    }
}

/// Covers: ET-27
#[test]
fn every_content_cipher_of_peers_is_understood() {
    let content = noise(100_000);
    for cipher in ["aes-128-cbc", "aes-192-cbc", "aes-256-cbc", "aes-128-gcm", "aes-256-gcm"] {
        for stream in ["", "-stream"] {
            let sealed = openssl_seals(&content, &format!("{stream} -{cipher}"));
            assert!(decrypt(&sealed).expect("OpenSSL's") == content, "{cipher} {stream}");
        }
    }
    let gcm = openssl_seals(&content, "-aes-256-gcm");
    assert!(decrypt(&gcm_in_plain_envelope(&gcm)).expect("as in health messages") == content);
}

/// RFC 5083 made into what one channel sends: plain EnvelopedData with the tag after the content.
pub fn gcm_in_plain_envelope(authenticated: &[u8]) -> Vec<u8> {
    let message = elements(elements(authenticated)[0].1);
    let data = elements(elements(message[1].1)[0].1);
    let content = elements(data[2].1);
    let tag = data[3].1;
    let sealed = tlv(0x80, &[content[2].1, tag].concat());
    let about = tlv(0x30, &[content[0].2, content[1].2, &sealed].concat());
    let data = tlv(0x30, &[data[0].2, data[1].2, &about].concat());
    let kind = tlv(0x06, &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x03]);
    tlv(0x30, &[kind, tlv(0xA0, &data)].concat())
}

/// Covers: ET-25
#[test]
fn content_in_pieces_of_any_size_and_nesting_is_read() {
    let content = noise(200_000);
    let sealed = seal(&content, KeyTransport::OaepSha256, true);
    let small = seal(b"liten", KeyTransport::OaepSha256, true);

    assert!(decrypt(&sealed).expect("primitive") == content);
    for size in [1000, 65_536, 7, 1 << 20] {
        let pieces = |encrypted: &[u8]| encrypted.chunks(size).flat_map(|it| tlv(4, it)).collect();
        assert!(decrypt(&rewritten(&sealed, pieces)).expect("pieces") == content, "{size}");
    }
    let ones = |encrypted: &[u8]| encrypted.chunks(1).flat_map(|it| tlv(4, it)).collect();
    assert_eq!(decrypt(&rewritten(&small, ones)).expect("pieces of one byte"), b"liten");
    let nested = |encrypted: &[u8]| {
        let (one, two) = encrypted.split_at(5000);
        let one = tlv(0x24, &[tlv(4, &one[..10]), tlv(0x24, &tlv(4, &one[10..])), tlv(4, &[])].concat());
        [one, indefinite(&tlv(0x24, &tlv(4, two)))].concat()
    };
    assert!(decrypt(&rewritten(&sealed, nested)).expect("nested") == content);
}

/// The envelope with indefinite lengths, its encrypted content put differently.
pub fn rewritten(definite: &[u8], pieces: impl Fn(&[u8]) -> Vec<u8>) -> Vec<u8> {
    let message = elements(elements(definite)[0].1);
    let data = elements(elements(message[1].1)[0].1);
    let about = elements(data[2].1);
    let mut out = [&[0x30, 0x80], message[0].2, &[0xA0, 0x80, 0x30, 0x80], data[0].2].concat();
    out.extend([data[1].2, &[0x30, 0x80], about[0].2, about[1].2, &[0xA0, 0x80]].concat());
    out.extend(pieces(about[2].1));
    out.extend([0; 10]);
    out
}

#[test]
fn each_of_several_recipients_can_open_it() {
    let both = [pki().sender.certificate().clone(), pki().receiver.certificate().clone()];
    let mut writer = EnvelopeWriter::new(Vec::new(), &both).expect("usable");
    writer.write_all(b"til begge").expect("memory does not fail");
    let sealed = writer.finish().expect("memory does not fail");

    for identity in [&pki().sender, &pki().receiver] {
        let plain = decrypt_with(&sealed, std::slice::from_ref(identity));
        assert_eq!(plain.expect("one of them"), b"til begge");
    }
}

#[test]
fn the_fitting_identity_is_found_among_several() {
    let identities = [pki().sender.clone(), pki().receiver.clone()];

    assert_eq!(decrypt_with(&envelope(b"x"), &identities).expect("the second"), b"x");
}

#[test]
fn an_envelope_for_our_key_under_another_certificate_opens() {
    let renewed = pki().path("renewed.pem");
    openssl(
        renewed.parent().expect("a folder"),
        "x509 -req -in mottaker.csr -CA ica.pem -CAkey ica.key -CAcreateserial -days 30 \
         -extfile pki.cnf -extensions leaf_ext -out renewed.pem",
    );
    let pem = fs::read_to_string(renewed).expect("made above");
    let certificate = Certificate::from_pem(&pem).expect("OpenSSL's");
    let mut writer = EnvelopeWriter::new(Vec::new(), &[certificate]).expect("usable");
    writer.write_all(b"x").expect("memory does not fail");

    let plain = decrypt(&writer.finish().expect("memory does not fail"));

    assert_eq!(plain.expect("same key"), b"x");
}
