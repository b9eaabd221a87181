//! Envelopes that are not right fail, each in its way, and never silently.

use std::io::{Read, Write};

use asic::error::{BerError, CertificateError, EnvelopeError};
use asic::{Certificate, EnvelopeWriter, KeyTransport, open_envelope};

use crate::envelopes::{decrypt, decrypt_with, rewritten};
use crate::support::{elements, envelope, noise, openssl, pki, tlv};

fn failure(sealed: &[u8]) -> EnvelopeError {
    let receiver = std::slice::from_ref(&pki().receiver);
    match open_envelope(sealed, receiver) {
        Err(error) => error,
        Ok(mut reader) => {
            let error = reader.read_to_end(&mut Vec::new()).expect_err("not right");
            error.downcast().expect("an envelope error")
        }
    }
}

/// The last block of content, and where it begins: before the five ends.
fn last_block(sealed: &[u8]) -> std::ops::Range<usize> {
    sealed.len() - 10 - 16..sealed.len() - 10
}

#[test]
fn an_envelope_cut_off_anywhere_fails() {
    let sealed = envelope(&noise(70_000));

    for end in (0..sealed.len()).step_by(977).chain(sealed.len() - 30..sealed.len()) {
        let error = failure(&sealed[..end]);
        assert!(matches!(error, EnvelopeError::Ber(BerError::Truncated)), "cut at {end}: {error}");
    }
}

/// Covers: ET-28
#[test]
fn a_wrong_key_and_broken_padding_cannot_be_told_apart() {
    let wrong_key = rewrapped(KeyTransport::OaepSha256);
    let mut padding = envelope(&[7; 100]);
    // the block before the last, as decrypted with the one before, is XORed onto the padding
    let at = last_block(&padding).start - 1;
    padding[at] ^= 0x55;

    let (one, two) = (failure(&wrong_key), failure(&padding));

    assert!(matches!(one, EnvelopeError::Undecryptable));
    assert_eq!(one.to_string(), two.to_string());
    assert_eq!(format!("{one:?}"), format!("{two:?}"));
}

#[test]
fn with_the_older_key_transport_a_wrong_key_shows_only_in_the_content() {
    let sealed = rewrapped(KeyTransport::Pkcs1);

    let reader = open_envelope(&sealed[..], std::slice::from_ref(&pki().receiver));

    let mut plain = Vec::new();
    match reader.expect("not told here").read_to_end(&mut plain) {
        Err(error) => assert!(matches!(error.downcast(), Ok(EnvelopeError::Undecryptable))),
        // one wrong key in 256 happens to give a possible padding; it still gives no content
        Ok(_) => assert_ne!(plain, vec![7; 100]),
    }
}

/// An envelope that names the receiver but was wrapped for the sender.
fn rewrapped(transport: KeyTransport) -> Vec<u8> {
    let seal = |identity: &asic::Identity| {
        let recipient = identity.certificate().clone();
        let mut writer =
            EnvelopeWriter::begin(Vec::new(), &[recipient], transport, Some(100)).expect("usable");
        writer.write_all(&[7; 100]).expect("memory does not fail");
        writer.finish().expect("memory does not fail")
    };
    let (ours, theirs) = (seal(&pki().receiver), seal(&pki().sender));
    let at = |sealed: &[u8]| {
        let message = elements(elements(sealed)[0].1);
        let data = elements(elements(message[1].1)[0].1);
        let wrapped = elements(elements(data[1].1)[0].1)[3].1;
        let start = wrapped.as_ptr() as usize - sealed.as_ptr() as usize;
        start..start + wrapped.len()
    };
    let mut mixed = ours.clone();
    mixed[at(&ours)].copy_from_slice(&theirs[at(&theirs)]);
    mixed
}

#[test]
fn an_envelope_for_somebody_else_says_so() {
    let error = decrypt_with(&envelope(b"x"), std::slice::from_ref(&pki().sender));

    let error = error.expect_err("not ours").downcast::<EnvelopeError>().expect("typed");
    assert!(matches!(error, EnvelopeError::OtherRecipient), "{error}");
}

#[test]
fn altered_authenticated_content_gives_out_nothing() {
    let folder = tempfile::TempDir::new().expect("a folder");
    std::fs::write(folder.path().join("in"), noise(5000)).expect("writable");
    let recipient = pki().path("mottaker.pem");
    let command = "cms -encrypt -binary -aes-256-gcm -in in -outform DER -out out -recip";
    openssl(folder.path(), &format!("{command} {}", recipient.display()));
    let mut sealed = std::fs::read(folder.path().join("out")).expect("encrypted");
    let middle = sealed.len() - 2000;
    sealed[middle] ^= 1;

    let mut plain = Vec::new();
    let mut reader = open_envelope(&sealed[..], std::slice::from_ref(&pki().receiver)).expect("begins well");
    let error = reader.read_to_end(&mut plain).expect_err("altered");

    assert!(plain.is_empty());
    assert!(matches!(EnvelopeError::inside(&error), Some(EnvelopeError::Undecryptable)));
    assert!(reader.read(&mut [0]).is_err(), "and it stays failed");
}

#[test]
fn an_empty_content_without_padding_is_not_decryptable() {
    let sealed = sealed_definite(b"x");

    assert!(matches!(failure(&rewritten(&sealed, |_| Vec::new())), EnvelopeError::Undecryptable));
    let short = |encrypted: &[u8]| tlv(4, &encrypted[..7]);
    assert!(matches!(failure(&rewritten(&sealed, short)), EnvelopeError::Undecryptable));
}

#[test]
fn bytes_after_the_envelope_are_noticed() {
    let mut sealed = envelope(b"x");
    sealed.push(0);

    assert!(matches!(failure(&sealed), EnvelopeError::Ber(BerError::TrailingBytes)));
}

#[test]
fn other_messages_and_rubbish_are_told_apart() {
    let signed = asic::sign_detached(b"x", &pki().sender, crate::support::now()).expect("signable");

    assert!(matches!(failure(&signed), EnvelopeError::NotEnveloped(_)));
    assert!(matches!(failure(b"PK\x03\x04"), EnvelopeError::Ber(BerError::Unexpected { .. })));
    assert!(matches!(failure(b""), EnvelopeError::Ber(BerError::Truncated)));
}

#[test]
fn unknown_ciphers_and_key_transports_are_named() {
    let replaced = |from: &[u8], to: &[u8]| {
        let mut sealed = envelope(b"x");
        let at = sealed.windows(from.len()).position(|it| it == from).expect("in the header");
        sealed[at..at + to.len()].copy_from_slice(to);
        failure(&sealed)
    };

    let cipher =
        replaced(&[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 1, 0x2A], &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 1, 0x7A]);
    assert!(matches!(cipher, EnvelopeError::UnknownCipher(oid) if oid == "2.16.840.1.101.3.4.1.122"));
    let oaep = [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 1, 7];
    let transport = replaced(&oaep, &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 1, 0x7A]);
    assert!(matches!(transport, EnvelopeError::UnknownKeyTransport(_)));
}

#[test]
fn nothing_is_sealed_for_nobody_or_for_a_weak_key() {
    assert!(matches!(EnvelopeWriter::new(Vec::new(), &[]), Err(EnvelopeError::NoRecipient)));
    let folder = tempfile::TempDir::new().expect("a folder");
    for (name, key, weak) in [("weak", "rsa:1024", true), ("curve", "ec", false)] {
        let options = if weak { "" } else { "-pkeyopt ec_paramgen_curve:P-256" };
        openssl(
            folder.path(),
            &format!("req -x509 -newkey {key} {options} -nodes -subj /CN={name} -keyout k -out {name}"),
        );
        let pem = std::fs::read_to_string(folder.path().join(name)).expect("made above");
        let certificate = Certificate::from_pem(&pem).expect("OpenSSL's");

        let refused = EnvelopeWriter::new(Vec::new(), &[certificate]);

        match refused.err() {
            Some(EnvelopeError::Certificate(CertificateError::WeakKey { bits: 1024 })) => assert!(weak),
            Some(EnvelopeError::Certificate(CertificateError::NotRsa)) => assert!(!weak),
            other => panic!("{name}: {other:?}"),
        }
    }
}

#[test]
fn more_or_less_than_promised_is_an_error() {
    let recipient = [pki().receiver.certificate().clone()];
    let begin = || EnvelopeWriter::begin(Vec::new(), &recipient, KeyTransport::default(), Some(5));

    let mut less = begin().expect("usable");
    less.write_all(b"1234").expect("within");
    let mut more = begin().expect("usable");

    assert!(matches!(less.finish(), Err(EnvelopeError::SizeMismatch { promised: 5, written: 4 })));
    assert!(more.write_all(b"123456").is_err());
}

#[test]
fn a_byte_altered_anywhere_never_panics_and_never_passes_unnoticed_in_the_frame() {
    let sealed = envelope(b"some content");
    for at in 0..sealed.len() {
        let mut altered = sealed.clone();
        altered[at] ^= 0x01;
        // CBC cannot notice content that changed; the signature inside does
        if let Ok(plain) = decrypt(&altered) {
            assert!(plain.len() <= 16, "byte {at}");
        }
    }
}

fn sealed_definite(content: &[u8]) -> Vec<u8> {
    let recipient = pki().receiver.certificate().clone();
    let size = Some(content.len() as u64);
    let mut writer =
        EnvelopeWriter::begin(Vec::new(), &[recipient], KeyTransport::default(), size).expect("usable");
    writer.write_all(content).expect("memory does not fail");
    writer.finish().expect("memory does not fail")
}
