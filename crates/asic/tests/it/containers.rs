//! What we pack is what the format asks for, and others can read it.

use std::fs;
use std::io::{Cursor, Read};

use asic::error::{NameError, PackError};
use asic::{Container, Document, Limits, Trust, UnixTime, pack};
use tempfile::TempDir;

use crate::support::{
    container, document, manifest, noise, now, open, openssl, pki, run, three_documents, tlv,
};

/// Covers: ET-1
#[test]
fn mimetype_comes_first_and_can_be_checked_without_a_zip_reader() {
    let bytes = container();

    assert_eq!(&bytes[..10], [b'P', b'K', 3, 4, 10, 0, 0, 8, 0, 0], "stored, UTF-8, no descriptor");
    assert_eq!(&bytes[14..18], 0x45F9_218A_u32.to_le_bytes());
    assert_eq!(&bytes[26..30], [8, 0, 0, 0], "no extra field");
    assert_eq!(&bytes[30..69], b"mimetypeapplication/vnd.etsi.asic-e+zip");
    assert!(bytes.ends_with(b"mimetype=application/vnd.etsi.asic-e+zip"), "the archive comment");
}

/// Covers: ET-2, ET-7
#[test]
fn entries_come_in_the_order_of_the_format() {
    let folder = TempDir::new().expect("a folder");
    fs::write(folder.path().join("c.asice"), container()).expect("writable");

    let names = run(folder.path(), "unzip", &["-Z1", "c.asice"]);

    let names: Vec<&str> = names.lines().collect();
    let documents = three_documents();
    assert_eq!(names[..2], ["mimetype", "manifest.xml"]);
    assert_eq!(names[2..5], documents.iter().map(|(name, _)| *name).collect::<Vec<_>>());
    assert_eq!(names[5], "META-INF/ASiCManifest.xml");
    let id = names[6].strip_prefix("META-INF/signature-").and_then(|it| it.strip_suffix(".p7s"));
    let id = id.expect("a signature with an id");
    assert_eq!((id.len(), &id[14..15], id.to_lowercase().as_str()), (36, "4", id));
    assert_eq!(names[7..], ["META-INF/manifest.xml"]);
}

/// Covers: ET-6
#[test]
fn openssl_and_unzip_agree_with_what_we_signed() {
    let folder = TempDir::new().expect("a folder");
    let dir = folder.path();
    fs::write(dir.join("c.asice"), container()).expect("writable");
    run(dir, "unzip", &["-q", "-t", "c.asice"]);
    run(dir, "unzip", &["-q", "c.asice", "-d", "c"]);

    let p7s = fs::read_dir(dir.join("c/META-INF")).expect("unpacked");
    let p7s = p7s.flatten().find(|it| it.path().extension().is_some_and(|it| it == "p7s"));
    let p7s = p7s.expect("a signature").path();
    let root = pki().path("root.pem");
    openssl(
        dir,
        &format!(
            "cms -verify -cades -binary -inform DER -in {} -content c/META-INF/ASiCManifest.xml \
             -CAfile {} -purpose any -out /dev/null",
            p7s.display(),
            root.display()
        ),
    );
    let shown = openssl(dir, &format!("cms -cmsout -print -inform DER -in {}", p7s.display()));
    assert!(shown.contains("sha256") && !shown.contains("sha1 "), "{shown}");

    let list = fs::read_to_string(dir.join("c/META-INF/ASiCManifest.xml")).expect("unpacked");
    assert_eq!(list.matches("<DataObjectReference ").count(), 4);
    for name in ["manifest.xml", "brev.txt", "vedlegg.bin", "Søknad æøå.txt"] {
        let args = ["dgst", "-sha256", "-binary", "-out", "digest", &format!("c/{name}")];
        run(dir, "openssl", &args);
        let digest = run(dir, "openssl", &["base64", "-A", "-in", "digest"]);
        let line = list.split("<DataObjectReference ").find(|it| it.contains(&format!("URI=\"{name}\"")));
        assert!(line.expect("a line").contains(digest.trim()), "{name}");
    }
}

/// Covers: ET-9
#[test]
fn signer_and_chain_are_inside_and_the_signer_is_named() {
    let p7s = asic::sign_detached(b"content", &pki().sender, now()).expect("signable");

    let signature = asic::verify_detached(&p7s, b"content").expect("ours");

    assert_eq!(&signature.signer, pki().sender.certificate());
    assert_eq!(signature.certificates.len(), 3);
    assert!(signature.certificates.contains(&pki().issuer));
    assert!(signature.certificates.contains(&pki().root));
}

#[test]
fn a_container_opens_again_with_everything_in_it() {
    let bytes = container();

    let opened = Container::open(Cursor::new(&bytes), &Limits::default()).expect("sound");
    let mut verified = opened.verify(Trust::Anchors(&pki().anchors()), now()).expect("trusted");

    assert_eq!(verified.manifest(), Some(&manifest("brev.txt", "text/plain")));
    assert_eq!(verified.signer(), Some(pki().sender.certificate()));
    let listed: Vec<_> = verified.documents().iter().map(|it| (it.name.clone(), it.size)).collect();
    for ((name, content), (listed, size)) in three_documents().into_iter().zip(listed) {
        let mut read = Vec::new();
        verified.read(name).expect("listed").read_to_end(&mut read).expect("readable");
        assert_eq!((name, content.len() as u64), (listed.as_str(), size));
        assert!(read == content, "{name}");
    }
}

/// Covers: ET-19
#[test]
fn a_reader_that_only_goes_forward_can_follow_without_64_bit_fields() {
    let bytes = container();

    let mut rest = &bytes[..];
    let mut seen = Vec::new();
    while rest.starts_with(b"PK\x03\x04") {
        let field = |at: usize| usize::from(u16::from_le_bytes([rest[at], rest[at + 1]]));
        let (flags, method, name, extra) = (field(6), field(8), field(26), field(28));
        assert_eq!(extra, 0, "no extra fields");
        assert!(method == 8 || (method == 0 && flags & 8 == 0), "stored entries state their size");
        seen.push(String::from_utf8(rest[30..30 + name].to_vec()).expect("UTF-8"));
        rest = &rest[30 + name..];
        if method == 0 {
            rest = &rest[31..];
            continue;
        }
        let mut inflater = flate2::read::DeflateDecoder::new(Cursor::new(rest));
        let mut content = Vec::new();
        inflater.read_to_end(&mut content).expect("deflated");
        let used = usize::try_from(inflater.total_in()).expect("small");
        let descriptor = &rest[used..used + 16];
        assert_eq!(&descriptor[..4], b"PK\x07\x08");
        assert_eq!(&descriptor[8..12], u32::try_from(used).expect("small").to_le_bytes());
        assert_eq!(&descriptor[12..], u32::try_from(content.len()).expect("small").to_le_bytes());
        rest = &rest[used + 16..];
    }
    assert_eq!(seen.len(), 8, "{seen:?}");
    assert!(rest.starts_with(b"PK\x01\x02"), "then comes the directory");
}

/// Covers: ET-18
#[test]
fn names_beyond_ascii_are_marked_as_utf8_and_come_back() {
    let mut out = Vec::new();
    let name = "Søknad – 日本.txt";
    pack(&mut out, None, [document(name, b"x")], &pki().sender, now()).expect("packable");

    let at = out.windows(name.len()).position(|it| it == name.as_bytes()).expect("in the header");
    assert_eq!(out[at - 30 + 7] & 8, 8, "the UTF-8 flag");
    assert_eq!(open(&out).expect("sound").documents()[0].name, name);
}

#[test]
fn what_shrinks_is_compressed_and_what_does_not_is_not() {
    let pack_one = |content: &[u8]| {
        let mut out = Vec::new();
        let packed = pack(&mut out, None, [document("a.bin", content)], &pki().sender, now());
        (packed.expect("packable").size, out.len() as u64)
    };

    let (text, text_length) = pack_one(&b"the same again and again ".repeat(40_000));
    let (random, random_length) = pack_one(&noise(1_000_000));

    assert_eq!((text, random), (text_length, random_length), "the size is told");
    assert!(text < 50_000, "{text}");
    assert!((1_000_000..1_010_000).contains(&random), "{random}");
}

#[test]
fn content_of_every_awkward_size_survives() {
    for size in [0, 1, 65_534, 65_535, 65_536, 262_143, 262_144, 262_145, 1_000_003] {
        let content = noise(size);
        let mut out = Vec::new();
        pack(&mut out, None, [document("a.bin", &content)], &pki().sender, now()).expect("packable");

        let mut read = Vec::new();
        let mut verified = open(&out).expect("sound");
        verified.read("a.bin").expect("there").read_to_end(&mut read).expect("readable");
        assert!(read == content, "{size} bytes");
    }
}

/// Covers: ET-15
#[test]
fn documents_that_cannot_be_packed_are_refused_by_name() {
    let refusal = |name: &str| {
        pack(Vec::new(), None, [document(name, b"x")], &pki().sender, now()).expect_err("refused")
    };

    for (name, why) in [
        ("META-INF/x", NameError::Reserved),
        ("../x", NameError::Segment),
        ("mimetype", NameError::Taken),
        ("a\u{1}", NameError::Control),
    ] {
        assert!(matches!(refusal(name), PackError::Name { reason, .. } if reason == why), "{name}");
    }
}

#[test]
fn a_container_needs_documents_each_with_its_own_name_and_the_main_one_first() {
    let sender = &pki().sender;
    let manifest = manifest("b", "text/plain");
    let none = [document("a", b"1")].into_iter().take(0);
    let twice = [document("a", b"1"), document("a", b"2")];
    let other = [document("a", b"1"), document("b", b"2")];

    assert!(matches!(pack(Vec::new(), None, none, sender, now()), Err(PackError::NoDocuments)));
    assert!(matches!(pack(Vec::new(), None, twice, sender, now()), Err(PackError::Duplicate(_))));
    assert!(matches!(
        pack(Vec::new(), Some(&manifest), other, sender, now()),
        Err(PackError::MainDocument { .. })
    ));
}

#[test]
fn a_document_that_cannot_be_read_is_named() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            Err(std::io::ErrorKind::TimedOut.into())
        }
    }
    let document = Document { name: "a".to_owned(), media_type: None, content: Broken };

    let result = pack(Vec::new(), None, [Ok(document)], &pki().sender, now());

    assert!(matches!(result, Err(PackError::Document { name, .. }) if name == "a"));
}

#[test]
fn signing_times_after_2049_are_written_in_the_longer_form() {
    let in_2060 = UnixTime(2_840_140_800);

    let p7s = asic::sign_detached(b"content", &pki().sender, in_2060).expect("signable");

    let generalized = tlv(0x18, b"20600101000000Z");
    assert!(p7s.windows(generalized.len()).any(|it| it == generalized));
    assert_eq!(asic::verify_detached(&p7s, b"content").expect("ours").signed_at, Some(in_2060));
}
