//! Our own certificates and keys: those configured, or else one that the test authority makes at first
//! start.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use asic::{Certificate, Identity, UnixTime};
use auth::authority::{Profile, Subject};
use auth::{Authority, SigningKey};
use store::DataDir;
use types::OrgNumber;
use types::time::Clock;

use super::key_files::{self, OwnCredential};
use crate::catalogue::entries::start;
use crate::config::Config;
use crate::private_file;

/// Who we are, as files that outlive the process.
#[derive(Clone, Debug)]
pub(crate) struct OwnIdentity {
    /// Never empty; in the order in which they are asked to sign.
    pub credentials: Vec<OwnCredential>,
    /// The roots that we believe in, PEM; none when everybody's signature is taken.
    pub trusted_pem: Option<String>,
}

impl OwnIdentity {
    /// What others know us by: the first that is valid, or else the first.
    pub(crate) fn shown(&self, clock: &Clock) -> &OwnCredential {
        let at = UnixTime(u64::try_from(clock.now().as_second()).unwrap_or(0));
        let valid = self.credentials.iter().find(|own| own.identity.valid_at(at));
        valid.or_else(|| self.credentials.first()).expect("there is always one")
    }

    /// What containers are signed and opened with.
    pub(crate) fn identities(&self) -> Vec<Identity> {
        self.credentials.iter().map(|own| own.identity.clone()).collect()
    }
}

/// Where an organization's certificate chain lies in its data directory.
pub(crate) fn certificate_file(config: &Config) -> PathBuf {
    config.data_dir.join("identity").join("certificate.pem")
}

/// Reads our identity: the configured one, or one that the test authority makes.
pub(crate) fn identity(config: &Config, clock: &Clock) -> Result<OwnIdentity> {
    let credentials = key_files::configured(config)?;
    if credentials.is_empty() {
        return test_identity(config, clock);
    }
    Ok(OwnIdentity { credentials, trusted_pem: key_files::roots(config)? })
}

fn test_identity(config: &Config, clock: &Clock) -> Result<OwnIdentity> {
    DataDir::make(&config.data_dir)?;
    let folder = config.data_dir.join("identity");
    let authority = authority(config, clock)?;
    let certificate = certificate_file(config);
    let trusted_pem = Some(authority.root_pem());
    if certificate.exists() {
        let pem = std::fs::read_to_string(&certificate)
            .context(start::IDENTITY.says("our certificate cannot be read"))?;
        let key = SigningKey::load_or_create(&folder.join("key.pem"))
            .context(start::IDENTITY.says("our key cannot be read"))?;
        return Ok(OwnIdentity { credentials: vec![credential(&pem, key)?], trusted_pem });
    }
    let made = authority
        .issue(&subject(config.organization.number))
        .context(start::IDENTITY.says("our certificate cannot be made"))?;
    std::fs::create_dir_all(&folder)
        .context(start::IDENTITY.says("the folder for our certificate cannot be made"))?;
    write_key(&folder.join("key.pem"), &made.key)?;
    let pem = made.chain_pem();
    std::fs::write(&certificate, &pem).context(start::IDENTITY.says("our certificate cannot be written"))?;
    Ok(OwnIdentity { credentials: vec![credential(&pem, made.key)?], trusted_pem })
}

fn credential(chain_pem: &str, key: SigningKey) -> Result<OwnCredential> {
    let chain = Certificate::all_from_pem(chain_pem).context("our certificate")?;
    OwnCredential::new(chain, key).context("our certificate and key")
}

/// The test certificate authority of this data directory, or the one it shares with others.
fn authority(config: &Config, clock: &Clock) -> Result<Authority> {
    let folder = config.embedded.authority_dir.clone().unwrap_or_else(|| config.data_dir.join("authority"));
    Authority::load_or_create(&folder, clock.clone())
        .context(start::IDENTITY.says("the test certificate authority cannot be read or made"))
}

fn subject(org: OrgNumber) -> Subject {
    Subject { org, name: format!("Organisasjon {org}"), profile: Profile::Both }
}

fn write_key(path: &Path, key: &SigningKey) -> Result<()> {
    let pem = key.to_pkcs8_pem().context(start::IDENTITY.says("our key cannot be written as PEM"))?;
    private_file::write(path, pem.reveal()).context(start::IDENTITY.says("our key cannot be written"))
}
