//! What a Java Integrasjonspunkt makes, we read, and what we make, it reads. BouncyCastle stands for it:
//! the vectors of `tests/vectors/bouncycastle` were made by two of its versions (`Vectors.java` says how),
//! and Debian's version opens what we make here.

use std::fs;
use std::io::{Cursor, Read as _, Write as _};
use std::path::{Path, PathBuf};

use asic::{
    Container, EnvelopeWriter, Hash, Identity, KeyStore, KeyTransport, Limits, SignatureHash, Trust,
    TrustAnchors, open_envelope, pack, sign_detached, verify_detached,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tempfile::TempDir;

use crate::support::{document, manifest, noise, now, openssl, run, try_run};

const VERSIONS: [&str; 2] = ["1.72", "1.80"];
const LETTER: &[u8] = b"Hei, dette er et testbrev.\n";

fn vectors(below: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors").join(below)
}

fn read(path: &Path) -> Vec<u8> {
    fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The identity that the vectors were made for and by.
fn ours() -> Identity {
    let store = KeyStore::open(&read(&vectors("keystores/java.p12")), "changeit").expect("Java's");
    store.identity(None).expect("one key")
}

fn opened(file: &Path) -> Vec<u8> {
    let mut content = Vec::new();
    let mut reader = open_envelope(Cursor::new(read(file)), &[ours()])
        .unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    reader.read_to_end(&mut content).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    content
}

/// Covers: ET-25
#[test]
fn envelopes_of_bouncycastle_open_whatever_the_size_of_their_pieces_and_their_algorithms() {
    for version in VERSIONS {
        let folder = vectors("bouncycastle").join(version);
        let content = read(&folder.join("content.bin"));
        for name in ["oaep-aes256.p7m", "oaep-aes256-chunks-of-1000.p7m"] {
            assert!(opened(&folder.join(name)) == content, "{version} {name}");
        }
        let small = ["oaep-aes256-chunks-of-1", "pkcs1-aes256", "oaep-sha1-aes128", "oaep-aes256-gcm"];
        for name in small {
            assert_eq!(opened(&folder.join(format!("{name}.p7m"))), LETTER, "{version} {name}");
        }
    }
}

/// Covers: ET-11, ET-12
#[test]
fn a_container_of_bouncycastle_is_accepted_with_its_signature_in_ber_and_sha1() {
    let root = ours().chain()[0].clone();
    let anchors = TrustAnchors::new(vec![root]);
    for version in VERSIONS {
        for (name, hash) in [("content.bin", Hash::Sha1), ("sha256.asice", Hash::Sha256)] {
            let bytes = read(&vectors("bouncycastle").join(version).join(name));
            let container = Container::open(Cursor::new(bytes), &Limits::default()).expect("sound");
            let mut verified = container.verify(Trust::Anchors(&anchors), now()).expect("a good signature");

            let signature = &verified.signatures()[0];
            assert_eq!((signature.hash, signature.certificates.len()), (hash, 2), "{version}");
            assert_eq!(&signature.signer, ours().certificate());
            let names: Vec<_> = verified.documents().iter().map(|it| it.name.clone()).collect();
            assert_eq!(names, ["brev.txt", "søknad æøå.txt"]);
            let mut letter = Vec::new();
            verified.read("brev.txt").expect("listed").read_to_end(&mut letter).expect("readable");
            assert_eq!(letter, LETTER);
        }
    }
}

#[test]
fn a_key_store_that_bouncycastle_wrote_in_ber_opens() {
    for version in VERSIONS {
        let bytes = read(&vectors("bouncycastle").join(version).join("bouncycastle.p12"));
        assert_eq!(bytes[..2], [0x30, 0x80], "it is BER");
        let store = KeyStore::open(&bytes, "changeit").expect("BouncyCastle's");
        let identity = store.identity(Some("NØKKEL")).expect("its key");
        assert_eq!(identity.certificate(), ours().certificate());
        assert_eq!(identity.chain().len(), 1);
    }
}

/// Runs `Vectors.java` with Debian's BouncyCastle.
fn java(dir: &Path, arguments: &[&str]) -> String {
    let jars: Vec<_> =
        ["bcprov", "bcpkix", "bcutil"].map(|name| format!("/usr/share/java/{name}.jar")).into();
    for jar in &jars {
        assert!(Path::new(jar).exists(), "these tests need {jar}, of Debian's package libbcpkix-java");
    }
    let (jars, source) = (jars.join(":"), vectors("bouncycastle/Vectors.java").display().to_string());
    let mut all = vec!["-cp", &jars, &source];
    all.extend(arguments);
    run(dir, "java", &all)
}

/// What a container of ours holds: a text in the folder of another, one that does not shrink, and one whose
/// name is not ASCII.
fn documents() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("brev.txt", LETTER.repeat(1000)),
        ("vedlegg/bilde.jpg", noise(200_000)),
        ("Søknad æøå.txt", b"med norske tegn".to_vec()),
    ]
}

fn container(identity: &Identity) -> Vec<u8> {
    let mut out = Vec::new();
    let all = documents();
    let all = all.iter().map(|(name, content)| document(name, content));
    pack(&mut out, Some(&manifest("brev.txt", "text/plain")), all, identity, now()).expect("packable");
    out
}

/// A container of ours in an envelope, in BER, and in DER when its size is said before.
fn enveloped(container: &[u8], transport: KeyTransport, in_der: bool) -> Vec<u8> {
    let recipients = [ours().certificate().clone()];
    let promised = in_der.then_some(container.len() as u64);
    let mut writer =
        EnvelopeWriter::begin(Vec::new(), &recipients, transport, promised).expect("a usable certificate");
    writer.write_all(container).expect("memory does not fail");
    writer.finish().expect("memory does not fail")
}

/// The SHA-256 of every document in base64, by name.
fn digests(dir: &Path) -> Vec<(String, String)> {
    let digest = |(name, content): (String, Vec<u8>)| {
        fs::write(dir.join("one"), content).expect("writable");
        run(dir, "openssl", &["dgst", "-sha256", "-binary", "-out", "digest", "one"]);
        (name, run(dir, "openssl", &["base64", "-A", "-in", "digest"]).trim().to_owned())
    };
    listed().into_iter().map(digest).collect()
}

/// Everything that the signature covers, in its order.
fn listed() -> Vec<(String, Vec<u8>)> {
    let xml = manifest("brev.txt", "text/plain").to_xml().expect("printable");
    let first = ("manifest.xml".to_owned(), xml.into_bytes());
    let rest = documents().into_iter().map(|(name, content)| (name.to_owned(), content));
    std::iter::once(first).chain(rest).collect()
}

fn folder() -> TempDir {
    tempfile::tempdir().expect("a folder")
}

fn key_store() -> String {
    vectors("keystores/java.p12").display().to_string()
}

/// Covers: ET-8, ET-24
#[test]
fn bouncycastle_and_openssl_decrypt_and_verify_what_we_make_in_ber_and_in_der() {
    let folder = folder();
    let dir = folder.path();
    let (container, expected) = (container(&ours()), digests(dir));
    let out = dir.join("key.pem").display().to_string();
    run(dir, "openssl", &["pkcs12", "-in", &key_store(), "-passin", "pass:changeit", "-nodes", "-out", &out]);
    for (transport, in_der) in
        [(KeyTransport::OaepSha256, false), (KeyTransport::OaepSha256, true), (KeyTransport::Pkcs1, false)]
    {
        fs::write(dir.join("asic.zip"), enveloped(&container, transport, in_der)).expect("writable");

        let said = java(dir, &["open", &key_store(), "asic.zip"]);
        let mut lines = said.lines();
        assert_eq!(lines.next(), Some("signature 2.16.840.1.101.3.4.2.1 with a chain of 2"));
        let shown = lines.map(|line| {
            let (digest, name) =
                line.strip_prefix("document ").expect("a document").split_once(' ').expect("both");
            let name = String::from_utf8(STANDARD.decode(name).expect("base64")).expect("UTF-8");
            (name, digest.to_owned())
        });
        assert_eq!(shown.collect::<Vec<_>>(), expected, "in DER: {in_der}");

        openssl(
            dir,
            "cms -decrypt -binary -inform DER -in asic.zip -recip key.pem -inkey key.pem -out c.asice",
        );
        assert!(read(&dir.join("c.asice")) == container, "in DER: {in_der}");
    }
    fs::create_dir(dir.join("c")).expect("a folder");
    run(dir, "unzip", &["-q", "c.asice", "-d", "c"]);
    for xml in ["c/manifest.xml", "c/META-INF/ASiCManifest.xml", "c/META-INF/manifest.xml"] {
        run(dir, "xmllint", &["--noout", xml]);
    }
    let reference = "string(//*[local-name()='SigReference']/@URI)";
    let signature = run(dir, "xmllint", &["--xpath", reference, "c/META-INF/ASiCManifest.xml"]);
    let (root, signature) = (ours().chain()[0].to_pem(), format!("c/{}", signature.trim()));
    fs::write(dir.join("root.pem"), root).expect("writable");
    let content = "c/META-INF/ASiCManifest.xml";
    run(
        dir,
        "openssl",
        &[
            "cms", "-verify", "-binary", "-inform", "DER", "-in", &signature, "-content", content, "-CAfile",
            "root.pem", "-purpose", "any", "-out", "out",
        ],
    );
}

/// Covers: ET-10
#[test]
fn signatures_are_made_with_sha256_and_with_sha1_where_that_is_asked_for() {
    let folder = folder();
    let dir = folder.path();
    fs::write(dir.join("content"), LETTER).expect("writable");
    for (asked, read, oid) in [
        (None, Hash::Sha256, "2.16.840.1.101.3.4.2.1"),
        (Some(SignatureHash::Sha1), Hash::Sha1, "1.3.14.3.2.26"),
    ] {
        let identity = asked.map_or_else(ours, |hash| ours().signing_with(hash));
        let p7s = sign_detached(LETTER, &identity, now()).expect("signable");
        fs::write(dir.join("s.p7s"), &p7s).expect("writable");

        assert_eq!(verify_detached(&p7s, LETTER).expect("good").hash, read);
        assert_eq!(
            java(dir, &["verify", &key_store(), "content", "s.p7s"]).trim(),
            format!("{oid} with a chain of 2")
        );
        openssl(dir, "cms -verify -binary -inform DER -in s.p7s -content content -noverify -out out");
        fs::write(dir.join("other"), b"other content").expect("writable");
        let other = "cms -verify -binary -inform DER -in s.p7s -content other -noverify -out out";
        let arguments: Vec<_> = other.split(' ').collect();
        assert!(!try_run(dir, "openssl", &arguments).status.success());
    }
}
