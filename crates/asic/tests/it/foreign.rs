//! Containers that others made: with OpenSSL and zip, with SHA-1, in BER, by older senders.

use std::fs;
use std::io::{Cursor, Read};
use std::path::Path;

use asic::error::ContainerError;
use asic::{Container, Hash, Limits, Trust, verify_detached};
use tempfile::TempDir;

use crate::support::{indefinite, noise, now, openssl, pki, run};

/// What differs from one sender to the next.
pub struct Sender {
    pub sign_options: &'static str,
    pub list_name: &'static str,
    pub namespace: &'static str,
    pub digest: &'static str,
    pub ber: bool,
    pub mimetype_first: bool,
}

pub const TODAY: Sender = Sender {
    sign_options: "-cades -md sha256",
    list_name: "ASiCManifest.xml",
    namespace: "http://uri.etsi.org/02918/v1.2.1#",
    digest: "http://www.w3.org/2001/04/xmlenc#sha256",
    ber: false,
    mimetype_first: true,
};

/// As the reference signs: SHA-1, BER.
const REFERENCE: Sender = Sender { sign_options: "-md sha1", ber: true, ..TODAY };

impl Sender {
    /// A folder with everything that goes into the container.
    pub fn folder(&self) -> TempDir {
        let folder = TempDir::new().expect("a folder");
        let dir = folder.path();
        fs::create_dir_all(dir.join("META-INF")).expect("writable");
        let write = |name: &str, content: &[u8]| fs::write(dir.join(name), content).expect("writable");
        write("mimetype", b"application/vnd.etsi.asic-e+zip");
        let manifest = crate::support::manifest("brev.txt", "text/plain").to_xml().expect("printable");
        write("manifest.xml", manifest.as_bytes());
        write("brev.txt", b"Hei, dette er et testbrev.\n");
        write("vedlegg.bin", &noise(300_000));
        write("META-INF/manifest.xml", b"<manifest:manifest xmlns:manifest=\"urn:x\"/>");
        let files = ["manifest.xml", "brev.txt", "vedlegg.bin"];
        let list = self.list(dir, &files);
        write(&format!("META-INF/{}", self.list_name), list.as_bytes());
        self.sign(dir);
        folder
    }

    fn list(&self, dir: &Path, files: &[&str]) -> String {
        let lines = files.iter().map(|name| {
            let digest = digest(dir, name);
            format!(
                "<DataObjectReference URI=\"{name}\" MimeType=\"application/x\">\
                 <ds:DigestMethod Algorithm=\"{}\"/><ds:DigestValue>{digest}</ds:DigestValue>\
                 </DataObjectReference>\n",
                self.digest
            )
        });
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n<ASiCManifest xmlns=\"{}\" \
             xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\">\n<SigReference \
             URI=\"META-INF/signature-1.p7s\" MimeType=\"application/x-pkcs7-signature\"/>\n{}</ASiCManifest>",
            self.namespace,
            lines.collect::<String>()
        )
    }

    pub fn sign(&self, dir: &Path) {
        let at = |name: &str| pki().path(name).display().to_string();
        openssl(
            dir,
            &format!(
                "cms -sign -binary -signer {} -inkey {} {} -certfile {} -in META-INF/{} \
                 -outform DER -out META-INF/signature-1.p7s",
                at("avsender.pem"),
                at("avsender.key"),
                self.sign_options,
                at("chain.pem"),
                self.list_name
            ),
        );
        if self.ber {
            let path = dir.join("META-INF/signature-1.p7s");
            let der = fs::read(&path).expect("signed");
            fs::write(&path, indefinite(&der)).expect("writable");
        }
    }

    fn zip(&self, dir: &Path) -> Vec<u8> {
        if self.mimetype_first {
            run(dir, "zip", &["-q", "-X", "-0", "c.asice", "mimetype"]);
        }
        run(dir, "zip", &["-q", "-X", "-D", "-9", "-r", "c.asice", ".", "-x", "c.asice"]);
        let bytes = fs::read(dir.join("c.asice")).expect("zipped");
        fs::remove_file(dir.join("c.asice")).expect("there");
        bytes
    }
}

fn digest(dir: &Path, name: &str) -> String {
    run(dir, "openssl", &["dgst", "-sha256", "-binary", "-out", "digest", name]);
    let digest = run(dir, "openssl", &["base64", "-A", "-in", "digest"]);
    fs::remove_file(dir.join("digest")).expect("there");
    digest.trim().to_owned()
}

/// Zips a folder as `sender` does, and opens and verifies the result with trust.
pub fn check(sender: &Sender, dir: &Path) -> Result<asic::Verified<Cursor<Vec<u8>>>, ContainerError> {
    let container = Container::open(Cursor::new(sender.zip(dir)), &Limits::default())?;
    container.verify(Trust::Anchors(&pki().anchors()), now())
}

fn accepted(sender: &Sender) -> asic::Verified<Cursor<Vec<u8>>> {
    let folder = sender.folder();
    let mut verified = check(sender, folder.path()).expect("as good senders do");
    let mut read = Vec::new();
    verified.read("vedlegg.bin").expect("listed").read_to_end(&mut read).expect("readable");
    assert!(read == noise(300_000));
    assert_eq!(verified.documents().len(), 2);
    verified
}

#[test]
fn a_container_made_with_openssl_and_zip_is_accepted() {
    let verified = accepted(&TODAY);

    assert_eq!(verified.signatures()[0].hash, Hash::Sha256);
    assert!(verified.signatures()[0].signed_at.is_some());
    assert_eq!(verified.manifest().expect("inside").sender, "0192:310000001");
}

/// Covers: ET-11, ET-12
#[test]
fn a_container_signed_with_sha1_in_ber_as_the_reference_does_is_accepted() {
    let verified = accepted(&REFERENCE);

    assert_eq!(verified.signatures()[0].hash, Hash::Sha1);
}

#[test]
fn signatures_without_attributes_or_by_key_identifier_or_with_other_hashes_are_accepted() {
    for options in ["-noattr -md sha256", "-keyid -md sha256", "-md sha384", "-md sha512"] {
        accepted(&Sender { sign_options: options, ..TODAY });
    }
    accepted(&Sender {
        sign_options: "-md sha256 -keyopt rsa_padding_mode:pss -keyopt rsa_pss_saltlen:digest",
        ..TODAY
    });
}

/// Covers: ET-13
#[test]
fn historical_names_namespaces_and_digests_are_accepted() {
    for namespace in ["http://uri.etsi.org/02918/v1.1.1#", "http://uri.etsi.org/2918/v1.2.1#"] {
        accepted(&Sender {
            namespace,
            list_name: "asicmanifest.xml",
            digest: "http://www.w3.org/2000/09/xmldsig#sha256",
            ..TODAY
        });
    }
}

/// Covers: ET-2
#[test]
fn entries_may_come_in_any_order_after_mimetype() {
    let folder = TODAY.folder();
    let dir = folder.path();
    run(dir, "zip", &["-q", "-X", "-0", "o.zip", "mimetype"]);
    let names = ["META-INF/signature-1.p7s", "vedlegg.bin", "META-INF/manifest.xml", "manifest.xml"];
    for name in names.iter().chain(&["META-INF/ASiCManifest.xml", "brev.txt"]) {
        run(dir, "zip", &["-q", "-X", "-D", "o.zip", name]);
    }
    let bytes = fs::read(dir.join("o.zip")).expect("zipped");

    assert!(crate::support::open(&bytes).is_ok());
}

#[test]
fn a_mimetype_in_another_place_needs_lenience() {
    let folder = TODAY.folder();
    fs::remove_file(folder.path().join("mimetype")).expect("there");
    let bytes = Sender { mimetype_first: false, ..TODAY }.zip(folder.path());

    let strict = Container::open(Cursor::new(&bytes), &Limits::default());
    let lenient = Container::open_lenient(Cursor::new(&bytes), &Limits::default());

    assert!(matches!(strict, Err(ContainerError::MimetypeNotFirst)));
    assert!(lenient.expect("sound otherwise").verify(Trust::AnySigner, now()).is_ok());
}

#[test]
fn a_signature_of_ours_survives_being_written_in_ber() {
    let p7s = asic::sign_detached(b"content", &pki().sender, now()).expect("signable");

    assert!(verify_detached(&indefinite(&p7s), b"content").is_ok());
}
