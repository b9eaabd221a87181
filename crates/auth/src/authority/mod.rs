//! A small certificate authority for demo and tests, and it says so.
//!
//! Two levels, as the real ones have: a root that signs an issuing authority, which signs the
//! certificates of organizations (shaped like Norwegian business certificates) and of TLS servers.
//! Every name carries [`MARK`], and a warning is logged when an authority is made. Everything is
//! RSA with 2048 bits, because the message exchange knows nothing else.

mod profile;

use std::fmt;
use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::thread;

use der::{Decode as _, Encode as _};
use rcgen::{Certificate, CertificateParams, Issuer, KeyPair, PublicKeyData as _};
use types::OrgNumber;
use types::time::Clock;

use crate::private_file;
use crate::signing_key::{KeyError, SigningKey};

pub use profile::Profile;

/// What every name of this authority carries.
pub const MARK: &str = "TEST ONLY – NOT TRUSTED";

const ROOT: &str = "root";
const ISSUING: &str = "issuing";

/// Why the authority cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum AuthorityError {
    /// A key cannot be made or read.
    #[error("a key of the test authority: {0}")]
    Key(#[from] KeyError),
    /// A certificate cannot be made.
    #[error("a certificate of the test authority cannot be made: {0}")]
    Certificate(#[from] rcgen::Error),
    /// Its folder cannot be read or written.
    #[error("the folder of the test authority: {0}")]
    Folder(#[from] io::Error),
    /// What lies in the folder is no certificate, or another authority's.
    #[error(
        "{0} in the folder of the test authority does not belong there; remove the folder to make a new authority"
    )]
    Foreign(&'static str),
    /// A thread that made a key ended early.
    #[error("making a key was interrupted")]
    Interrupted,
}

/// The authority.
pub struct Authority {
    root: Level,
    issuing: Level,
    signer: Issuer<'static, KeyPair>,
    clock: Clock,
}

/// One authority certificate with its key.
struct Level {
    key: SigningKey,
    der: Vec<u8>,
}

/// An organization to make a certificate for.
#[derive(Clone, Debug)]
pub struct Subject {
    /// Its number.
    pub org: OrgNumber,
    /// Its name, as the certificate shows it.
    pub name: String,
    /// Where the certificate shows the number.
    pub profile: Profile,
}

/// A certificate with its private key and the certificates above it.
#[derive(Clone)]
pub struct Credential {
    /// The private key.
    pub key: SigningKey,
    /// The certificate, then the issuing authority's, then the root's; each DER.
    pub chain: Vec<Vec<u8>>,
}

impl Credential {
    /// The certificate itself (DER).
    pub fn certificate(&self) -> &[u8] {
        self.chain.first().map_or(&[], Vec::as_slice)
    }

    /// The certificate itself (PEM).
    pub fn certificate_pem(&self) -> String {
        pem(self.certificate())
    }

    /// The certificate and those above it, one PEM block after another.
    pub fn chain_pem(&self) -> String {
        self.chain.iter().map(|der| pem(der)).collect()
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Credential({:?}, chain of {})", self.key, self.chain.len())
    }
}

impl Authority {
    /// A new authority that lives as long as this value.
    pub fn generate(clock: Clock) -> Result<Self, AuthorityError> {
        let [root_key, issuing_key] = two_keys()?;
        let now = clock.now();
        let root_pair = key_pair(&root_key)?;
        let root_params = profile::root(now);
        let root = Level { der: root_params.self_signed(&root_pair)?.der().to_vec(), key: root_key };
        let above = Issuer::new(root_params, root_pair);
        let issuing_params = profile::issuing(now)?;
        let certificate = issuing_params.signed_by(&key_pair(&issuing_key)?, &above)?;
        let issuing = Level { der: certificate.der().to_vec(), key: issuing_key };
        tracing::warn!(
            "made a test certificate authority ({MARK}): its certificates prove nothing; never use them for real messages"
        );
        Self::from_levels(root, issuing, clock)
    }

    /// The authority in this folder, or a new one there. Its private keys are readable only by
    /// their owner, and the folder appears complete or not at all.
    pub fn load_or_create(folder: &Path, clock: Clock) -> Result<Self, AuthorityError> {
        if let Some(found) = Self::load(folder, clock.clone())? {
            return Ok(found);
        }
        let new = Self::generate(clock.clone())?;
        let parent = match folder.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        fs::create_dir_all(parent)?;
        let beside = tempfile::Builder::new()
            .prefix(".authority-")
            .permissions(fs::Permissions::from_mode(0o700))
            .tempdir_in(parent)?;
        new.write(beside.path())?;
        match fs::rename(beside.path(), folder) {
            Ok(()) => fs::File::open(parent)?.sync_all()?,
            // Another process was faster: its authority is the one.
            Err(error) => return Self::load(folder, clock)?.ok_or_else(|| error.into()),
        }
        Ok(new)
    }

    fn load(folder: &Path, clock: Clock) -> Result<Option<Self>, AuthorityError> {
        if !folder.join(format!("{ROOT}.pem")).exists() {
            return Ok(None);
        }
        let root = Level::read(folder, ROOT, "root.pem")?;
        let issuing = Level::read(folder, ISSUING, "issuing.pem")?;
        root.check(&profile::root(clock.now()), "root.pem")?;
        issuing.check(&profile::issuing(clock.now())?, "issuing.pem")?;
        Self::from_levels(root, issuing, clock).map(Some)
    }

    fn from_levels(root: Level, issuing: Level, clock: Clock) -> Result<Self, AuthorityError> {
        let signer = Issuer::new(profile::issuing(clock.now())?, key_pair(&issuing.key)?);
        Ok(Self { root, issuing, signer, clock })
    }

    fn write(&self, folder: &Path) -> io::Result<()> {
        for (name, level) in [(ISSUING, &self.issuing), (ROOT, &self.root)] {
            let key = level.key.to_pkcs8_pem().map_err(io::Error::other)?;
            private_file::create(&folder.join(format!("{name}.key")), key.reveal().as_bytes())?;
            private_file::create(&folder.join(format!("{name}.pem")), pem(&level.der).as_bytes())?;
        }
        Ok(())
    }

    /// The root certificate (PEM): what must be trusted to trust the others.
    pub fn root_pem(&self) -> String {
        pem(&self.root.der)
    }

    /// The root certificate (DER).
    pub fn root_der(&self) -> &[u8] {
        &self.root.der
    }

    /// The issuing certificate (PEM).
    pub fn issuing_pem(&self) -> String {
        pem(&self.issuing.der)
    }

    /// A certificate for an organization, with a new key: signs, and is encrypted to.
    pub fn issue(&self, subject: &Subject) -> Result<Credential, AuthorityError> {
        let params = profile::organization(subject, self.clock.now())?;
        self.sign(&params, SigningKey::generate()?)
    }

    /// Certificates for several organizations; the keys, which take the time, are made side by side.
    pub fn issue_all(&self, subjects: &[Subject]) -> Result<Vec<Credential>, AuthorityError> {
        thread::scope(|scope| {
            let started: Vec<_> =
                subjects.iter().map(|subject| scope.spawn(move || self.issue(subject))).collect();
            started
                .into_iter()
                .map(|thread| thread.join().map_err(|_| AuthorityError::Interrupted)?)
                .collect()
        })
    }

    /// A certificate for an HTTPS server under these names and addresses.
    pub fn issue_server(&self, names: &[String]) -> Result<Credential, AuthorityError> {
        let params = profile::server(names, self.clock.now())?;
        self.sign(&params, SigningKey::generate()?)
    }

    fn sign(&self, params: &CertificateParams, key: SigningKey) -> Result<Credential, AuthorityError> {
        let certificate: Certificate = params.signed_by(&key_pair(&key)?, &self.signer)?;
        let chain = vec![certificate.der().to_vec(), self.issuing.der.clone(), self.root.der.clone()];
        Ok(Credential { key, chain })
    }
}

impl fmt::Debug for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Authority({MARK})")
    }
}

impl Level {
    fn read(folder: &Path, name: &str, label: &'static str) -> Result<Self, AuthorityError> {
        let key = types::Secret::new(fs::read_to_string(folder.join(format!("{name}.key")))?);
        let certificate = fs::read(folder.join(format!("{name}.pem")))?;
        let (_, der) = der::pem::decode_vec(&certificate).map_err(|_| AuthorityError::Foreign(label))?;
        Ok(Self { key: SigningKey::from_pem(key.reveal(), None)?, der })
    }

    /// Whether key and name are those that certificates below will refer to.
    fn check(&self, params: &CertificateParams, label: &'static str) -> Result<(), AuthorityError> {
        let foreign = |_| AuthorityError::Foreign(label);
        let key = key_pair(&self.key)?;
        let expected = params.self_signed(&key)?;
        let expected = x509_cert::Certificate::from_der(expected.der()).map_err(foreign)?;
        let found = x509_cert::Certificate::from_der(&self.der).map_err(foreign)?;
        let found = found.tbs_certificate;
        let public = found.subject_public_key_info.to_der().map_err(foreign)?;
        if found.subject != expected.tbs_certificate.subject || public != key.subject_public_key_info() {
            return Err(AuthorityError::Foreign(label));
        }
        Ok(())
    }
}

fn two_keys() -> Result<[SigningKey; 2], AuthorityError> {
    thread::scope(|scope| {
        let other = scope.spawn(SigningKey::generate);
        let one = SigningKey::generate()?;
        let other = other.join().map_err(|_| AuthorityError::Interrupted)??;
        Ok([one, other])
    })
}

fn key_pair(key: &SigningKey) -> Result<KeyPair, rcgen::Error> {
    KeyPair::try_from(key.pkcs8_der().reveal().as_slice())
}

fn pem(der: &[u8]) -> String {
    der::pem::encode_string("CERTIFICATE", der::pem::LineEnding::LF, der)
        .expect("a certificate is far below the length that PEM can hold")
}
