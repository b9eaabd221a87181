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
}

impl Default for Config {
    fn default() -> Self {
        Self {
            url: Url::parse("https://test.eformidling.no/adressetjeneste").expect("a URL"),
            scopes: vec!["eformidling:dpo".to_owned()],
            keep_answers_seconds: 300,
        }
    }
}
