//! Our own certificate and key: the test authority's, made at first start, until real ones are
//! configured.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use auth::authority::{Profile, Subject};
use auth::{Authority, SigningKey};
use store::DataDir;
use types::OrgNumber;
use types::time::Clock;

use crate::config::Config;
use crate::private_file;

/// Who we are, as files that outlive the process.
pub(crate) struct OwnIdentity {
    /// Our certificate and those above it, PEM, ours first.
    pub chain_pem: String,
    /// Our private key.
    pub key: SigningKey,
    /// The roots that we believe in, PEM.
    pub trusted_pem: String,
}

/// Where an organization's certificate chain lies in its data directory.
pub(crate) fn certificate_file(config: &Config) -> PathBuf {
    config.data_dir.join("identity").join("certificate.pem")
}

/// Reads our identity: the configured one, or one that the test authority makes.
pub(crate) fn identity(config: &Config, clock: &Clock) -> Result<OwnIdentity> {
    let own = &config.organization;
    match (&own.certificate_file, &own.key_file, &own.trusted_roots_file) {
        (Some(certificate), Some(key), Some(roots)) => configured(certificate, key, roots),
        (None, None, None) => test_identity(config, clock),
        _ => bail!("organization.certificate_file, key_file and trusted_roots_file belong together"),
    }
}

fn configured(certificate: &Path, key: &Path, roots: &Path) -> Result<OwnIdentity> {
    let read = |path: &Path| {
        std::fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))
    };
    let key = SigningKey::from_pem(&read(key)?, None).context("organization.key_file holds no usable key")?;
    Ok(OwnIdentity { chain_pem: read(certificate)?, key, trusted_pem: read(roots)? })
}

fn test_identity(config: &Config, clock: &Clock) -> Result<OwnIdentity> {
    DataDir::make(&config.data_dir)?;
    let folder = config.data_dir.join("identity");
    let authority = authority(config, clock)?;
    let certificate = certificate_file(config);
    let trusted_pem = authority.root_pem();
    if certificate.exists() {
        let chain_pem = std::fs::read_to_string(&certificate).context("our certificate cannot be read")?;
        let key = SigningKey::load_or_create(&folder.join("key.pem")).context("our key cannot be read")?;
        return Ok(OwnIdentity { chain_pem, key, trusted_pem });
    }
    let credential =
        authority.issue(&subject(config.organization.number)).context("our certificate cannot be made")?;
    std::fs::create_dir_all(&folder).context("the folder for our certificate cannot be made")?;
    write_key(&folder.join("key.pem"), &credential.key)?;
    let chain_pem = credential.chain_pem();
    std::fs::write(&certificate, &chain_pem).context("our certificate cannot be written")?;
    Ok(OwnIdentity { chain_pem, key: credential.key, trusted_pem })
}

/// The test certificate authority of this data directory, or the one it shares with others.
fn authority(config: &Config, clock: &Clock) -> Result<Authority> {
    let folder = config.embedded.authority_dir.clone().unwrap_or_else(|| config.data_dir.join("authority"));
    Authority::load_or_create(&folder, clock.clone())
        .context("the test certificate authority cannot be read or made")
}

fn subject(org: OrgNumber) -> Subject {
    Subject { org, name: format!("Organisasjon {org}"), profile: Profile::Both }
}

fn write_key(path: &Path, key: &SigningKey) -> Result<()> {
    let pem = key.to_pkcs8_pem().context("our key cannot be written as PEM")?;
    private_file::write(path, pem.reveal()).context("our key cannot be written")
}
