//! A test PKI made with OpenSSL, the outside tools, and small things that many tests need.

use std::fs;
use std::io::{self, Cursor};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;
use std::time::{SystemTime, UNIX_EPOCH};

use asic::{
    Certificate, Container, Document, EnvelopeWriter, Identity, Limits, Manifest, PrivateKey, Trust,
    TrustAnchors, UnixTime, pack,
};
use tempfile::TempDir;

const CONFIGURATION: &str = "\
[req]
distinguished_name = dn
prompt = no
[dn]
CN = unused
[root_ext]
basicConstraints = critical,CA:true
keyUsage = critical,keyCertSign,cRLSign
[ica_ext]
basicConstraints = critical,CA:true,pathlen:0
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
certificatePolicies = 2.5.29.32.0
[leaf_ext]
basicConstraints = CA:false
keyUsage = critical,digitalSignature,keyEncipherment,dataEncipherment
subjectKeyIdentifier = hash
certificatePolicies = 2.16.578.1.1.1.1.100
crlDistributionPoints = URI:http://crl.example.test/ica.crl
[odd_ext]
basicConstraints = CA:false
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,emailProtection
[loose_ext]
basicConstraints = CA:false
keyUsage = digitalSignature
[encipher_ext]
keyUsage = critical,keyEncipherment
[ca]
default_ca = testca
[testca]
database = index.txt
default_md = sha256
default_crl_days = 30
crlnumber = crlnumber
";

/// Two organisations under one root and one issuer.
pub struct Pki {
    folder: TempDir,
    pub sender: Identity,
    pub receiver: Identity,
    pub root: Certificate,
    pub issuer: Certificate,
}

/// The PKI, made when first asked for.
pub fn pki() -> &'static Pki {
    static PKI: OnceLock<Pki> = OnceLock::new();
    PKI.get_or_init(Pki::make)
}

impl Pki {
    fn make() -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        let dir = folder.path();
        fs::write(dir.join("pki.cnf"), CONFIGURATION).expect("writable");
        fs::write(dir.join("index.txt"), "").expect("writable");
        fs::write(dir.join("crlnumber"), "1000\n").expect("writable");
        openssl(
            dir,
            "req -x509 -newkey rsa:2048 -nodes -days 3650 -subj /C=NO/O=Testrot/CN=Test_Root \
             -config pki.cnf -extensions root_ext -keyout root.key -out root.pem",
        );
        openssl(
            dir,
            "req -new -newkey rsa:2048 -nodes -subj /C=NO/O=Testutsteder/CN=Test_Issuing_CA \
             -config pki.cnf -keyout ica.key -out ica.csr",
        );
        openssl(
            dir,
            "x509 -req -in ica.csr -CA root.pem -CAkey root.key -CAcreateserial -days 1825 \
             -extfile pki.cnf -extensions ica_ext -out ica.pem",
        );
        let read = |name: &str| fs::read_to_string(dir.join(name)).expect("made above");
        let root = Certificate::from_pem(&read("root.pem")).expect("OpenSSL's");
        let issuer = Certificate::from_pem(&read("ica.pem")).expect("OpenSSL's");
        let identity = |name: &str, number: &str| {
            let subject =
                format!("/C=NO/O=Etat/CN=Etat/serialNumber={number}/organizationIdentifier=NTRNO-{number}");
            issue(dir, name, &subject, "leaf_ext", 730);
            let certificate = Certificate::from_pem(&read(&format!("{name}.pem"))).expect("OpenSSL's");
            let key = PrivateKey::from_pem(&read(&format!("{name}.key"))).expect("OpenSSL's");
            Identity::new(certificate, vec![issuer.clone(), root.clone()], key).expect("a pair")
        };
        let (sender, receiver) = (identity("avsender", "310000001"), identity("mottaker", "310000002"));
        fs::write(dir.join("chain.pem"), read("ica.pem") + &read("root.pem")).expect("writable");
        Self { folder, sender, receiver, root, issuer }
    }

    /// Where keys and certificates lie: `root`, `ica`, `avsender` and `mottaker`, `.pem` and
    /// `.key`.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn anchors(&self) -> TrustAnchors {
        TrustAnchors::new(vec![self.root.clone()])
    }

    /// A certificate under the issuing authority, with a section of extensions.
    pub fn issue(&self, name: &str, subject: &str, extensions: &str, days: i32) -> Certificate {
        issue(self.folder.path(), name, subject, extensions, days);
        let pem = fs::read_to_string(self.path(&format!("{name}.pem"))).expect("made above");
        Certificate::from_pem(&pem).expect("OpenSSL's")
    }
}

fn issue(dir: &Path, name: &str, subject: &str, extensions: &str, days: i32) {
    openssl(
        dir,
        &format!(
            "req -new -newkey rsa:2048 -nodes -config pki.cnf -keyout {name}.key -out {name}.csr \
             -subj {subject}"
        ),
    );
    openssl(
        dir,
        &format!(
            "x509 -req -in {name}.csr -CA ica.pem -CAkey ica.key -CAcreateserial -days {days} \
             -extfile pki.cnf -extensions {extensions} -out {name}.pem"
        ),
    );
}

/// Now, for certificates that OpenSSL dates with the real clock.
pub fn now() -> UnixTime {
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
    UnixTime(since_1970.as_secs())
}

/// Runs a tool; says which is missing when it is.
pub fn try_run(dir: &Path, tool: &str, arguments: &[&str]) -> Output {
    match Command::new(tool).env("LC_ALL", "C.UTF-8").current_dir(dir).args(arguments).output() {
        Ok(output) => output,
        Err(error) => panic!("these tests need the command {tool:?}, which cannot be run: {error}"),
    }
}

/// Runs a tool that must succeed; gives what it printed.
pub fn run(dir: &Path, tool: &str, arguments: &[&str]) -> String {
    let output = try_run(dir, tool, arguments);
    let shown = String::from_utf8_lossy(&output.stdout).into_owned();
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{tool} {arguments:?}: {shown}{complaint}");
    shown
}

/// Runs OpenSSL with arguments separated by spaces.
pub fn openssl(dir: &Path, arguments: &str) -> String {
    let arguments: Vec<&str> = arguments.split_whitespace().collect();
    run(dir, "openssl", &arguments)
}

pub fn manifest(main: &str, media_type: &str) -> Manifest {
    Manifest {
        receiver: "0192:310000002".to_owned(),
        sender: "0192:310000001".to_owned(),
        main_document: main.to_owned(),
        main_media_type: media_type.to_owned(),
    }
}

#[expect(clippy::unnecessary_wraps, reason = "as packing takes documents, which may fail to open")]
pub fn document(name: &str, content: &[u8]) -> io::Result<Document<Cursor<Vec<u8>>>> {
    Ok(Document { name: name.to_owned(), media_type: None, content: Cursor::new(content.to_vec()) })
}

/// Bytes that do not shrink, the same every time.
pub fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut out = Vec::with_capacity(length + 8);
    while out.len() < length {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        out.extend(state.to_le_bytes());
    }
    out.truncate(length);
    out
}

/// A letter of text, 300,000 bytes that do not shrink, and a text whose name is not ASCII.
pub fn three_documents() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("brev.txt", b"Hei, dette er et testbrev.\n".repeat(1000)),
        ("vedlegg.bin", noise(300_000)),
        ("Søknad æøå.txt", b"med norske tegn".to_vec()),
    ]
}

/// A container of [`three_documents`].
pub fn container() -> Vec<u8> {
    let mut out = Vec::new();
    let documents = three_documents();
    let documents = documents.iter().map(|(name, content)| document(name, content));
    let manifest = manifest("brev.txt", "text/plain");
    pack(&mut out, Some(&manifest), documents, &pki().sender, now()).expect("packable");
    out
}

/// Opens and verifies a container, whoever signed it.
pub fn open(bytes: &[u8]) -> Result<asic::Verified<Cursor<&[u8]>>, asic::error::ContainerError> {
    Container::open(Cursor::new(bytes), &Limits::default())?.verify(Trust::AnySigner, now())
}

/// An envelope for the receiver.
pub fn envelope(content: &[u8]) -> Vec<u8> {
    let mut writer = EnvelopeWriter::new(Vec::new(), &[pki().receiver.certificate().clone()])
        .expect("a usable certificate");
    io::Write::write_all(&mut writer, content).expect("memory does not fail");
    writer.finish().expect("memory does not fail")
}

/// Tag, content and whole of the elements in `der`.
pub fn elements(mut der: &[u8]) -> Vec<(u8, &[u8], &[u8])> {
    let mut found = Vec::new();
    while let [tag, first, rest @ ..] = der {
        let count = usize::from(first.saturating_sub(0x80));
        let length = match count {
            0 => usize::from(*first),
            _ => rest[..count].iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte)),
        };
        let (content, after) = rest[count..].split_at(length);
        found.push((*tag, content, &der[..der.len() - after.len()]));
        der = after;
    }
    found
}

/// An element with the shortest definite length.
pub fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let bytes = content.len().to_be_bytes();
    let significant = &bytes[bytes.iter().take_while(|byte| **byte == 0).count()..];
    let count = u8::try_from(significant.len()).expect("at most eight");
    let length = match u8::try_from(content.len()) {
        Ok(short @ 0..0x80) => vec![short],
        _ => [&[0x80 | count], significant].concat(),
    };
    [&[tag], &length[..], content].concat()
}

/// The same structure with indefinite lengths wherever BER allows them, as Java writes the outer
/// layers.
pub fn indefinite(der: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    for (tag, content, whole) in elements(der) {
        if tag & 0x20 == 0 {
            out.extend(whole);
        } else {
            out.extend([tag, 0x80]);
            out.extend(indefinite(content));
            out.extend([0, 0]);
        }
    }
    out
}
