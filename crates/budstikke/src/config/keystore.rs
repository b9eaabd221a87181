//! The sections `[organization.keystore]` and `[[organization.more_keystores]]`.

use std::path::PathBuf;

use serde::Deserialize;
use types::Secret;

use super::Config;

/// A file that holds a certificate and its key.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct KeyStoreConfig {
    /// The file, or the key store itself behind `base64:`.
    pub path: PathBuf,
    /// `pkcs12`, `jks`, `jceks` or `pem` [default: what the file is].
    #[serde(default)]
    pub kind: Option<String>,
    /// The key's name, in whatever capitals [default: the only key there is].
    #[serde(default)]
    pub alias: Option<String>,
    /// The password of the store and of the key [default: none].
    #[serde(default)]
    pub password: Option<Secret>,
    /// A file with that password in its first line, instead of `password`.
    #[serde(default)]
    pub password_file: Option<PathBuf>,
}

/// What stands before a key store that is no file but the setting itself.
const INLINE: &str = "base64:";

impl KeyStoreConfig {
    /// The key store in the setting itself, in base64, where it is no file.
    pub(crate) fn inline(&self) -> Option<&str> {
        self.path.to_str()?.strip_prefix(INLINE)
    }

    /// The file, if it is one.
    pub(crate) fn file(&self) -> Option<&PathBuf> {
        if self.inline().is_some() { None } else { Some(&self.path) }
    }
}

impl Config {
    /// Every file that our own certificates, keys and their passwords come from, and the roots.
    pub(crate) fn certificate_files(&self) -> Vec<&PathBuf> {
        let own = &self.organization;
        let stores = own.keystore.iter().chain(&own.more_keystores);
        let in_stores = stores.flat_map(|store| store.file().into_iter().chain(&store.password_file));
        let at_maskinporten =
            self.maskinporten.iter().flat_map(|real| real.key_file.iter().chain(&real.certificate_file));
        own.certificate_file
            .iter()
            .chain(&own.key_file)
            .chain(&own.trusted_roots_file)
            .chain(in_stores)
            .chain(at_maskinporten)
            .collect()
    }
}
