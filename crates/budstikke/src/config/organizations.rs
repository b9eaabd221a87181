//! The section `[organization]` and the list `[[organizations]]`.

use std::path::PathBuf;

use serde::Deserialize;
use types::OrgNumber;

use super::KeyStoreConfig;

/// The `[organization]` section.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Own {
    /// Nine digits.
    pub number: OrgNumber,
    /// The short name that tokens carry.
    pub name: String,
    /// Our certificate chain (PEM, ours first) [default: made by the test authority].
    pub certificate_file: Option<PathBuf>,
    /// Our private key (PEM); belongs to `certificate_file`.
    pub key_file: Option<PathBuf>,
    /// Our certificate and key in one file, instead of `certificate_file` and `key_file`.
    pub keystore: Option<KeyStoreConfig>,
    /// Certificates of ours from before and for later: they open what comes in, and sign while none
    /// before them is valid.
    pub more_keystores: Vec<KeyStoreConfig>,
    /// How often the files of our certificates are looked at, in seconds; 0 for never, but on SIGHUP.
    pub watch_seconds: u64,
    /// Roots whose signatures we believe (PEM); without them, everybody's, where the certificate is
    /// configured.
    pub trusted_roots_file: Option<PathBuf>,
}

impl Default for Own {
    fn default() -> Self {
        Self {
            number: "310000001".parse().expect("nine digits"),
            name: "fjord".to_owned(),
            certificate_file: None,
            key_file: None,
            keystore: None,
            more_keystores: Vec::new(),
            watch_seconds: 30,
            trusted_roots_file: None,
        }
    }
}

/// One of `[[organizations]]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Known {
    /// Nine digits.
    pub number: OrgNumber,
    /// The short name that tokens carry.
    pub name: String,
    /// Its certificate chain (PEM). With one, it may ask the embedded issuer for tokens and is listed
    /// in the embedded registry.
    #[serde(default)]
    pub certificate: Option<PathBuf>,
    /// Organizations that have delegated to it: for them, too, it gets tokens from the embedded issuer.
    #[serde(default)]
    pub acts_for: Vec<OrgNumber>,
}
