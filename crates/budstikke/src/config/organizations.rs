//! The section `[organization]` and the list `[[organizations]]`.

use std::path::PathBuf;

use serde::Deserialize;
use types::OrgNumber;

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
    /// Roots whose signatures we believe (PEM); belongs to `certificate_file`.
    pub trusted_roots_file: Option<PathBuf>,
}

impl Default for Own {
    fn default() -> Self {
        Self {
            number: "310000001".parse().expect("nine digits"),
            name: "fjord".to_owned(),
            certificate_file: None,
            key_file: None,
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
}
