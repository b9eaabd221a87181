//! Containers that are not right are refused, each with a reason of its own.

use std::fs;
use std::io::Cursor;
use std::path::Path;

use asic::error::{ContainerError, ManifestError, NameError, SignatureError, TrustError, ZipError};
use asic::{Archive, Container, Limits, Trust, TrustAnchors, UnixTime};

use crate::foreign::{TODAY, check};
use crate::support::{container, now, open, pki, run};

/// What is said of a good container after something was done to its files.
fn after(change: impl FnOnce(&Path)) -> ContainerError {
    let folder = TODAY.folder();
    change(folder.path());
    check(&TODAY, folder.path()).expect_err("something was done to it")
}

fn edit(dir: &Path, name: &str, from: &str, to: &str) {
    let path = dir.join(name);
    let text = fs::read_to_string(&path).expect("there");
    assert!(text.contains(from), "{text}");
    fs::write(path, text.replacen(from, to, 1)).expect("writable");
}

const LIST: &str = "META-INF/ASiCManifest.xml";
const P7S: &str = "META-INF/signature-1.p7s";

/// Covers: ET-14
#[test]
fn unlisted_missing_and_altered_files_and_bad_signatures_are_told_apart() {
    let unlisted = after(|dir| fs::write(dir.join("smuglergods.txt"), "x").expect("writable"));
    let missing = after(|dir| fs::remove_file(dir.join("brev.txt")).expect("there"));
    let altered = after(|dir| edit(dir, "brev.txt", "Hei", "Nei"));
    let unsigned = after(|dir| fs::remove_file(dir.join(P7S)).expect("there"));
    let forged = after(|dir| edit(dir, LIST, "application/x", "application/y"));

    assert!(matches!(unlisted, ContainerError::Unlisted(name) if name == "smuglergods.txt"));
    assert!(matches!(missing, ContainerError::FileMissing(name) if name == "brev.txt"));
    assert!(matches!(altered, ContainerError::Digest(name) if name == "brev.txt"));
    assert!(matches!(unsigned, ContainerError::SignatureMissing(name) if name == P7S));
    let ContainerError::Signature { source: SignatureError::OtherContent, .. } = forged else {
        panic!("{forged}");
    };
}

#[test]
fn a_signature_altered_in_any_byte_is_refused_without_panic() {
    let p7s = asic::sign_detached(b"content", &pki().sender, now()).expect("signable");
    let whole = asic::verify_detached(&p7s, b"content").expect("ours");

    for at in 0..p7s.len() {
        let mut altered = p7s.clone();
        altered[at] ^= 0x01;
        if let Ok(signature) = asic::verify_detached(&altered, b"content") {
            // a byte in a certificate of the chain, or in a version, is not the signature's matter
            assert_eq!(signature.signer, whole.signer, "byte {at}");
        }
    }
    let mut altered = p7s.clone();
    let last = altered.len() - 1;
    altered[last] ^= 1;
    assert!(matches!(asic::verify_detached(&altered, b"content"), Err(SignatureError::Invalid)));
    assert!(matches!(asic::verify_detached(&p7s, b"other"), Err(SignatureError::OtherContent)));
}

#[test]
fn a_list_without_the_line_of_a_file_leaves_it_unlisted() {
    let error = after(|dir| {
        let text = fs::read_to_string(dir.join(LIST)).expect("there");
        let start = text.find("<DataObjectReference URI=\"brev.txt\"").expect("listed");
        let end = text.find("<DataObjectReference URI=\"vedlegg.bin\"").expect("listed");
        fs::write(dir.join(LIST), [&text[..start], &text[end..]].concat()).expect("writable");
        TODAY.sign(dir);
    });

    assert!(matches!(error, ContainerError::Unlisted(name) if name == "brev.txt"));
}

#[test]
fn a_digest_of_another_kind_is_refused() {
    let error = after(|dir| {
        edit(dir, LIST, "2001/04/xmlenc#sha256", "2000/09/xmldsig#sha1");
        TODAY.sign(dir);
    });

    let ContainerError::Manifest { source: ManifestError::DigestAlgorithm { .. }, .. } = error else {
        panic!("{error}");
    };
}

#[test]
fn two_root_files_are_refused() {
    let error = after(|dir| {
        for name in ["brev.txt", "vedlegg.bin"] {
            edit(dir, LIST, &format!("URI=\"{name}\""), &format!("Rootfile=\"true\" URI=\"{name}\""));
        }
        TODAY.sign(dir);
    });

    let ContainerError::Manifest { source: ManifestError::TwoRootFiles, .. } = error else {
        panic!("{error}");
    };
}

/// Covers: ET-15
#[test]
fn strangers_in_the_folder_of_the_format_are_refused() {
    let stranger = after(|dir| fs::write(dir.join("META-INF/x.txt"), "x").expect("writable"));
    let xades = after(|dir| fs::write(dir.join("META-INF/signatures.xml"), "x").expect("writable"));
    let extra = after(|dir| fs::write(dir.join("META-INF/signature-2.p7s"), "x").expect("writable"));

    assert!(matches!(stranger, ContainerError::UnknownMetadata(name) if name == "META-INF/x.txt"));
    assert!(matches!(xades, ContainerError::Xades));
    assert!(matches!(extra, ContainerError::SignatureUnused(name) if name.ends_with("2.p7s")));
}

#[test]
fn another_mimetype_and_no_list_are_refused() {
    let mimetype = after(|dir| fs::write(dir.join("mimetype"), "application/zip").expect("writable"));
    let no_list = after(|dir| fs::remove_file(dir.join(LIST)).expect("there"));

    assert!(matches!(mimetype, ContainerError::Mimetype));
    assert!(matches!(no_list, ContainerError::NoManifest));
}

#[test]
fn a_signature_without_the_signers_certificate_is_refused() {
    let error = after(|dir| {
        let at = |name: &str| pki().path(name).display().to_string();
        let (signer, key) = (at("avsender.pem"), at("avsender.key"));
        let command = "cms -sign -binary -nocerts -md sha256";
        let files = format!("-signer {signer} -inkey {key} -in {LIST} -outform DER -out {P7S}");
        crate::support::openssl(dir, &format!("{command} {files}"));
    });

    let ContainerError::Signature { source: SignatureError::SignerCertificateMissing, .. } = error else {
        panic!("{error}");
    };
}

#[test]
fn a_signer_nobody_vouches_for_is_refused_and_so_is_an_expired_one() {
    let bytes = container();
    let sound = || Container::open(Cursor::new(&bytes), &Limits::default()).expect("sound");
    let nobody = TrustAnchors::new(Vec::new());

    let stranger = sound().verify(Trust::Anchors(&nobody), now());
    // it claims to be signed now, which is after it was received: so the receipt counts
    let before = sound().verify(Trust::Anchors(&pki().anchors()), UnixTime(1_000_000_000));

    assert!(matches!(stranger, Err(ContainerError::Trust(TrustError::NoPath { .. }))));
    assert!(matches!(before, Err(ContainerError::Trust(TrustError::NotYetValid { .. }))));
}

#[test]
fn a_container_cut_off_anywhere_is_refused() {
    let bytes = container();

    for end in (0..bytes.len()).step_by(1009).chain(bytes.len() - 100..bytes.len()) {
        let error = Container::open(Cursor::new(&bytes[..end]), &Limits::default());
        let error = error.expect_err("cut off");
        assert!(matches!(error, ContainerError::Zip(ZipError::NoDirectory)), "at {end}: {error}");
    }
}

/// Covers: ET-30
#[test]
fn a_container_with_one_byte_altered_never_passes() {
    let bytes = container();
    let mut harmless = 0;

    for at in (0..bytes.len()).step_by(211).chain(bytes.len() - 1500..bytes.len()) {
        let mut altered = bytes.clone();
        altered[at] ^= 0x20;
        if let Ok(verified) = open(&altered) {
            // fields that say nothing about content: dates, versions, comments
            harmless += 1;
            assert_eq!(verified.documents(), open(&bytes).expect("ours").documents(), "byte {at}");
        }
    }
    assert!(harmless < 800, "{harmless} altered bytes went unnoticed");
}

/// A zip of Python-like freedom: any names, made by the `zip` crate and then patched.
fn archive(entries: &[(&str, &[u8])]) -> Vec<u8> {
    use std::io::Write;
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options =
        zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
    for (name, content) in entries {
        writer.start_file(*name, options).expect("a name");
        writer.write_all(content).expect("memory does not fail");
    }
    writer.finish().expect("memory does not fail").into_inner()
}

fn refusal(bytes: &[u8], limits: &Limits) -> ZipError {
    Archive::open(Cursor::new(bytes), limits).expect_err("not right")
}

fn patched(mut bytes: Vec<u8>, from: &[u8], to: &[u8]) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let mut found = 0;
    for at in 0..=bytes.len() - from.len() {
        if &bytes[at..at + from.len()] == from {
            bytes[at..at + to.len()].copy_from_slice(to);
            found += 1;
        }
    }
    assert!(found > 0);
    bytes
}

/// Covers: ET-16
#[test]
fn names_that_lead_elsewhere_are_refused() {
    for (name, why) in [
        ("../x", NameError::Segment),
        ("a/../../x", NameError::Segment),
        ("/abs", NameError::Absolute),
        ("C:/x", NameError::Absolute),
        ("a\\b", NameError::Backslash),
        ("a\0b", NameError::Control),
    ] {
        let plain = archive(&[(&"q".repeat(name.len()), b"x")]);
        let bytes = patched(plain, "q".repeat(name.len()).as_bytes(), name.as_bytes());

        let error = refusal(&bytes, &Limits::default());

        assert!(matches!(error, ZipError::Name { reason, .. } if reason == why), "{name:?}: {error}");
    }
    let folder = archive(&[("qq", b"")]);
    let error = refusal(&patched(folder, b"qq", b"q/"), &Limits::default());
    assert!(matches!(error, ZipError::Name { reason: NameError::Folder, .. }));
    let latin = patched(archive(&[("qqqq", b"")]), b"qqqq", b"bl\xE5b");
    assert!(matches!(refusal(&latin, &Limits::default()), ZipError::NameNotUtf8));
}

/// Covers: ET-16
#[test]
fn two_entries_of_one_name_are_refused() {
    let bytes = patched(archive(&[("one.txt", b"1"), ("two.txt", b"2")]), b"two.txt", b"one.txt");

    let error = refusal(&bytes, &Limits::default());

    assert!(matches!(error, ZipError::Duplicate(name) if name == "one.txt"));
}

/// Covers: ET-17
#[test]
fn limits_hold_against_bombs() {
    let zeros = vec![0; 10_000_000];
    let bomb = archive(&[("bomb", &zeros), ("small", b"x")]);
    let limits = Limits::default();

    let entries = refusal(&bomb, &Limits { entries: 1, ..limits });
    let total = refusal(&bomb, &Limits { total_bytes: 9_999_999, ..limits });
    let ratio = refusal(&bomb, &Limits { ratio: 100, ..limits });
    let mut archive = Archive::open(Cursor::new(&bomb), &limits).expect("within limits");
    let small = Limits { metadata_bytes: 1_000_000, ..limits };
    let mut cautious = Archive::open(Cursor::new(&bomb), &small).expect("within limits");

    assert!(matches!(entries, ZipError::TooManyEntries { entries: 2, limit: 1 }));
    assert!(matches!(total, ZipError::TooLarge { size: 10_000_000, .. }));
    assert!(matches!(ratio, ZipError::Ratio { name, limit: 100 } if name == "bomb"));
    assert_eq!(archive.read("bomb").expect("readable"), Some(zeros));
    assert!(matches!(cautious.read("bomb"), Err(ZipError::EntryTooLarge { .. })));
}

/// Covers: ET-17
#[test]
fn metadata_above_its_limit_is_refused() {
    let bytes = container();
    let limits = Limits { metadata_bytes: 900, ..Limits::default() };

    let error = Container::open(Cursor::new(&bytes), &limits).expect_err("too much");

    assert!(
        matches!(error, ContainerError::Zip(ZipError::EntryTooLarge { .. } | ZipError::TooLarge { .. })),
        "{error}"
    );
}

#[test]
fn an_entry_that_unpacks_to_more_than_it_says_is_damaged() {
    let honest = archive(&[("a", &[7; 5000])]);
    let lying = patched(honest, &5000_u32.to_le_bytes(), &40_u32.to_le_bytes());

    let mut archive = Archive::open(Cursor::new(lying), &Limits::default()).expect("looks fine");

    assert!(matches!(archive.read("a"), Err(ZipError::Damaged(name)) if name == "a"));
}

#[test]
fn entries_that_share_bytes_are_refused() {
    let bytes = archive(&[("aaaa", b"first"), ("bbbb", b"second")]);
    let central = bytes.windows(4).rposition(|it| it == b"PK\x01\x02").expect("a directory");
    let mut shared = patched(bytes, b"bbbb", b"aaab");
    // the second entry points to the first one's header, which now carries the second's name
    shared[central + 42..central + 46].copy_from_slice(&0_u32.to_le_bytes());
    let name_at = shared.windows(4).position(|it| it == b"aaaa").expect("the first header");
    shared[name_at..name_at + 4].copy_from_slice(b"aaab");

    let error = refusal(&shared, &Limits::default());

    assert!(matches!(error, ZipError::HeaderMismatch(_) | ZipError::Overlap(_)), "{error}");
}

#[test]
fn passwords_and_other_methods_are_refused_by_name() {
    let folder = tempfile::TempDir::new().expect("a folder");
    fs::write(folder.path().join("a"), "x".repeat(100)).expect("writable");
    run(folder.path(), "zip", &["-q", "-P", "hemmelig", "p.zip", "a"]);
    let encrypted = fs::read(folder.path().join("p.zip")).expect("zipped");
    let mut method = archive(&[("a", b"x")]);
    let central = method.windows(4).rposition(|it| it == b"PK\x01\x02").expect("a directory");
    method[central + 10] = 12;

    assert!(matches!(refusal(&encrypted, &Limits::default()), ZipError::Encrypted(name) if name == "a"));
    assert!(matches!(refusal(&method, &Limits::default()), ZipError::Method { method: 12, .. }));
}

#[test]
fn a_directory_that_does_not_add_up_is_inconsistent() {
    let bytes = archive(&[("a", b"x")]);
    let end = bytes.len() - 22;
    for (at, value) in [(10, 7), (12, 1), (16, 1)] {
        let mut wrong = bytes.clone();
        wrong[end + at] = wrong[end + at].wrapping_add(value);

        let error = refusal(&wrong, &Limits::default());

        assert!(matches!(error, ZipError::Inconsistent(_)), "field at {at}: {error}");
    }
}
