//! Certificates and keys that are configured: which files they are, and what is in them.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::{Context, Result, bail, ensure};
use asic::{Certificate, Identity, KeyStore, KeyStoreKind, PrivateKey};
use auth::SigningKey;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use types::Secret;

use crate::catalogue::entries::settings;
use crate::config::{Config, KeyStoreConfig};

/// One certificate of ours with its key, for containers and for tokens.
#[derive(Clone, Debug)]
pub(crate) struct OwnCredential {
    /// Signs containers and opens envelopes.
    pub identity: Identity,
    /// The same key, for tokens.
    pub key: SigningKey,
}

impl OwnCredential {
    pub(crate) fn new(chain: Vec<Certificate>, key: SigningKey) -> Result<Self> {
        let mut chain = chain.into_iter();
        let own = chain.next().context("there is no certificate in the text")?;
        let private = PrivateKey::from_der(key.pkcs8_der().reveal())?;
        Ok(Self { identity: Identity::new(own, chain.collect(), private)?, key })
    }

    /// The certificate and those above it.
    pub(crate) fn chain(&self) -> impl Iterator<Item = &Certificate> {
        std::iter::once(self.identity.certificate()).chain(self.identity.chain())
    }

    /// The same in PEM, ours first.
    pub(crate) fn chain_pem(&self) -> String {
        self.chain().map(Certificate::to_pem).collect()
    }

    /// The same in DER, ours first.
    pub(crate) fn chain_der(&self) -> Vec<Vec<u8>> {
        self.chain().map(|certificate| certificate.to_der().to_vec()).collect()
    }
}

/// Reads all that is configured, in the order in which they are asked to sign; nothing when nothing is.
pub(crate) fn configured(config: &Config) -> Result<Vec<OwnCredential>> {
    let own = &config.organization;
    let mut found = Vec::new();
    match (&own.certificate_file, &own.key_file) {
        (Some(certificate), Some(key)) => found.push(from_pem_files(certificate, key)?),
        (None, None) => {}
        _ => bail!(settings::CERTIFICATE.says("organization.certificate_file and key_file belong together")),
    }
    if let Some(store) = &own.keystore {
        ensure!(
            found.is_empty(),
            settings::CERTIFICATE
                .says("organization.keystore and certificate_file are two ways to say one thing")
        );
        found.push(from_store(store, "organization.keystore")?);
    }
    if !found.is_empty() {
        for store in &own.more_keystores {
            found.push(from_store(store, "organization.more_keystores")?);
        }
    } else if !own.more_keystores.is_empty() || own.trusted_roots_file.is_some() {
        bail!(settings::CERTIFICATE.says(
            "organization.more_keystores and trusted_roots_file belong to a certificate of our own: set keystore or certificate_file"
        ));
    }
    Ok(found)
}

/// What `listen.api` proves itself with; `None` where it speaks plain HTTP.
pub(crate) fn server_credential(config: &Config) -> Result<Option<OwnCredential>> {
    let Some(tls) = &config.listen.tls else { return Ok(None) };
    match (&tls.certificate_file, &tls.key_file, &tls.keystore) {
        (Some(certificate), Some(key), None) => {
            let chain =
                Certificate::all_from_pem(&text(certificate)?).context("listen.tls.certificate_file")?;
            let key_text = Secret::new(text(key)?);
            let key = SigningKey::from_pem(key_text.reveal(), None).context("listen.tls.key_file")?;
            OwnCredential::new(chain, key).context("listen.tls").map(Some)
        }
        (None, None, Some(store)) => from_store(store, "listen.tls.keystore").map(Some),
        _ => bail!(settings::CERTIFICATE.says("listen.tls wants certificate_file and key_file, or keystore")),
    }
}

/// The roots that are configured, PEM.
pub(crate) fn roots(config: &Config) -> Result<Option<String>> {
    let Some(path) = &config.organization.trusted_roots_file else { return Ok(None) };
    let pem = text(path)?;
    let roots = Certificate::all_from_pem(&pem).context("organization.trusted_roots_file")?;
    ensure!(
        !roots.is_empty(),
        settings::CERTIFICATE.says("organization.trusted_roots_file holds no certificate")
    );
    Ok(Some(pem))
}

fn from_pem_files(certificate: &Path, key: &Path) -> Result<OwnCredential> {
    let chain = Certificate::all_from_pem(&text(certificate)?).context("organization.certificate_file")?;
    let key_text = Secret::new(text(key)?);
    let key =
        SigningKey::from_pem(key_text.reveal(), None).context("organization.key_file holds no usable key")?;
    usable(OwnCredential::new(chain, key).context("organization.certificate_file and key_file")?)
}

fn from_store(config: &KeyStoreConfig, named: &'static str) -> Result<OwnCredential> {
    let shown = config.file().map_or_else(|| "base64:…".to_owned(), |file| file.display().to_string());
    let read = || -> Result<OwnCredential> {
        let bytes = Secret::new(store_bytes(config)?);
        let password = password(config)?;
        if let Some(kind) = &config.kind {
            let said: KeyStoreKind = kind.parse()?;
            let is = KeyStoreKind::of(bytes.reveal());
            if is.is_some_and(|is| is != said) {
                tracing::info!(keystore = shown, said = %said, "the key store is of another kind than said, which does no harm");
            }
        }
        let store = KeyStore::open(bytes.reveal(), password.reveal())?;
        let identity = store.identity(config.alias.as_deref())?;
        let key = SigningKey::from_der(&store.key_der(config.alias.as_deref())?, None)?;
        usable(OwnCredential { identity, key })
    };
    read().with_context(|| settings::CERTIFICATE.says(format!("{named} ({shown})")))
}

/// Others could not encrypt to a key that is weak.
fn usable(credential: OwnCredential) -> Result<OwnCredential> {
    credential.identity.certificate().check_key()?;
    Ok(credential)
}

fn store_bytes(config: &KeyStoreConfig) -> Result<Vec<u8>> {
    match config.inline() {
        Some(inline) => {
            let compact: String = inline.split_whitespace().collect();
            STANDARD.decode(compact).context("what stands behind base64: is no base64")
        }
        None => std::fs::read(&config.path).context("the file cannot be read"),
    }
}

fn password(config: &KeyStoreConfig) -> Result<Secret> {
    match (&config.password, &config.password_file) {
        (Some(_), Some(_)) => bail!("password and password_file are two ways to say one thing"),
        (Some(password), None) => Ok(password.clone()),
        (None, Some(file)) => {
            let text = Secret::new(text(file)?);
            Ok(Secret::new(text.reveal().lines().next().unwrap_or_default().to_owned()))
        }
        (None, None) => Ok(Secret::new(String::new())),
    }
}

fn text(path: &Path) -> Result<String> {
    let unreadable = || settings::CERTIFICATE.says(format!("{} cannot be read", path.display()));
    std::fs::read_to_string(path).with_context(unreadable)
}

/// How files were when they were last looked at: none, or their time and size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stamps(Vec<(PathBuf, Option<(SystemTime, u64)>)>);

impl Stamps {
    /// Looks at every file that our certificates and keys come from.
    pub(crate) fn of(config: &Config) -> Self {
        Self::of_files(config.certificate_files())
    }

    /// Looks at every file that the API's own certificate and key come from.
    pub(crate) fn of_server(config: &Config) -> Self {
        let Some(tls) = &config.listen.tls else { return Self(Vec::new()) };
        let stores =
            tls.keystore.iter().flat_map(|store| store.file().into_iter().chain(&store.password_file));
        Self::of_files(tls.certificate_file.iter().chain(&tls.key_file).chain(stores).collect())
    }

    fn of_files(files: Vec<&PathBuf>) -> Self {
        let stamp = |path: &PathBuf| {
            let seen = std::fs::metadata(path).and_then(|about| Ok((about.modified()?, about.len())));
            (path.clone(), seen.ok())
        };
        Self(files.into_iter().map(stamp).collect())
    }

    /// Whether there is nothing to look at.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
