//! The `[hosted_registry]` section.

use serde::Deserialize;
use url::Url;

/// Which registry is asked, and how.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Its address. Default: the national one's test environment,
    /// `https://test.eformidling.no/adressetjeneste`.
    pub url: Url,
    /// The scopes of our token, one for each channel in use. Default: `eformidling:dpo`.
    pub scopes: Vec<String>,
    /// How long answers are kept, in seconds. Default: 300.
    pub keep_answers_seconds: u32,
    /// For how long after that the last answer is still given while the registry does not answer, in
    /// seconds. It lets clients make messages and ask for capabilities; what is sent waits for the registry,
    /// since it is encrypted to a certificate that must not be older. Default: 3600; 0 never.
    pub outage_answers_seconds: u32,
    /// Certificates (PEM) whose signatures are believed, and no others'. Default: none, and then the keys
    /// are believed that the registry publishes at `/jwk`.
    pub signing_certificates: Option<String>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            url: Url::parse("https://test.eformidling.no/adressetjeneste").expect("a URL"),
            scopes: vec!["eformidling:dpo".to_owned()],
            keep_answers_seconds: 300,
            outage_answers_seconds: 3_600,
            signing_certificates: None,
        }
    }
}
