//! The configuration of a process that is only a broker or only a registry.

use std::fmt;
use std::path::PathBuf;

use anyhow::{Result, bail};

use super::{Config, Sources, Surroundings};

use crate::catalogue::entries::settings;

/// A part that runs in a process of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// The broker.
    Broker,
    /// The registry.
    Registry,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Broker => "broker",
            Self::Registry => "registry",
        })
    }
}

impl Config {
    /// The configuration for a part: the same file, of which only some sections matter, and a data
    /// directory that is not that of an integration point.
    pub(crate) fn load_part(part: Part, sources: &Sources) -> Result<Self> {
        let mut config = Self::load_unchecked(sources)?;
        if config.data_dir == Self::default().data_dir {
            config.data_dir = PathBuf::from(format!("budstikke-{part}-data"));
        }
        config.embedded.broker = part == Part::Broker;
        config.embedded.registry = part == Part::Registry;
        // Another issuer that is named takes the place of our own.
        config.embedded.issuer &= config.embedded.elsewhere.is_none() && config.trusted_issuers.is_empty();
        if config.roles.is_empty() {
            bail!(
                settings::CONFIGURATION.says(
                    "roles: a node without any does nothing; list some of api, deliver, receive, sweep"
                )
            );
        }
        if config.environment == Surroundings::Production && config.embedded.issuer {
            bail!(settings::CONFIGURATION.says(
                "environment is production, where the development token issuer does not start: anybody who \
                 reaches it makes tokens; name trusted_issuers"
            ));
        }
        Ok(config)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Override;

    fn load(part: Part, settings: &[&str]) -> Result<Config> {
        let overrides = settings.iter().map(|text| Override::parse(text).expect("a setting")).collect();
        Config::load_part(part, &Sources::find(None, None, None, overrides)?)
    }

    #[test]
    fn a_part_has_a_data_directory_of_its_own_unless_it_is_named() {
        let broker = load(Part::Broker, &[]).expect("the defaults");
        let named = load(Part::Registry, &["data_dir=here"]).expect("settings");

        assert_eq!(broker.data_dir, PathBuf::from("budstikke-broker-data"));
        assert!(broker.embedded.broker && !broker.embedded.registry && broker.embedded.issuer);
        assert_eq!(named.data_dir, PathBuf::from("here"));
    }

    #[test]
    fn another_issuer_takes_the_place_of_our_own() {
        let elsewhere = load(Part::Registry, &["embedded.elsewhere=http://broker.example/"]);
        assert!(!elsewhere.expect("settings").embedded.issuer);
        let error = load(Part::Broker, &["environment=production"]).expect_err("a refusal").to_string();
        assert!(error.contains("trusted_issuers"), "{error}");
    }
}
