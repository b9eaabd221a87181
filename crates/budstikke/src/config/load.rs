//! Puts file, environment and command line together; every error says where the value came from.

use std::path::Path;

use anyhow::{Result, bail};
use figment::providers::{Env, Format, Toml};
use figment::value::{Dict, Map, Value};
use figment::{Figment, Metadata, Profile, Provider};

use super::Config;

/// One setting from the command line.
#[derive(Clone, Debug)]
pub(crate) struct Override {
    key: String,
    value: Value,
}

impl Override {
    /// Reads `section.key=value`; the value as TOML, or else as plain text.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let (key, value) = text.split_once('=').ok_or("expected section.key=value")?;
        let value = value.parse().expect("any text is a value");
        Ok(Self { key: key.trim().to_owned(), value })
    }

    /// A setting whose value is text, whatever it looks like.
    pub(crate) fn text(key: &str, value: impl Into<String>) -> Self {
        Self { key: key.to_owned(), value: Value::from(value.into()) }
    }
}

/// Settings from the command line, so that errors say where a value came from.
struct CommandLine(Vec<Override>);

impl Provider for CommandLine {
    fn metadata(&self) -> Metadata {
        Metadata::named("the command line")
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        let mut all = Dict::new();
        for Override { key, value } in &self.0 {
            let nested = figment::util::nest(key, value.clone()).into_dict();
            merge(&mut all, nested.ok_or_else(|| "a setting is written section.key=value".to_owned())?);
        }
        Ok(Map::from([(Profile::Global, all)]))
    }
}

/// Puts `later` over `earlier`, section by section.
fn merge(earlier: &mut Dict, later: Dict) {
    for (key, value) in later {
        match (earlier.get_mut(&key), value) {
            (Some(Value::Dict(_, section)), Value::Dict(_, over)) => merge(section, over),
            (_, value) => {
                earlier.insert(key, value);
            }
        }
    }
}

impl Config {
    /// Puts the sources together; the last one wins.
    pub(crate) fn load(file: Option<&Path>, overrides: Vec<Override>) -> Result<Self> {
        let file = match file {
            Some(file) if !file.exists() => bail!("there is no file {}", file.display()),
            Some(file) => Some(file),
            None => Some(Path::new("budstikke.toml")).filter(|usual| usual.exists()),
        };
        let mut figment = Figment::new();
        if let Some(file) = file {
            figment = figment.merge(Toml::file_exact(file));
        }
        // BUDSTIKKE_CONFIG names the file and is no setting.
        let environment = Env::prefixed("BUDSTIKKE_").ignore(&["CONFIG"]).split("__");
        figment = figment.merge(environment);
        figment = figment.merge(CommandLine(overrides));
        let config: Self = figment.extract().map_err(|errors| {
            let lines: Vec<String> =
                errors.into_iter().map(|error| without_source(&error.to_string())).collect();
            // The library's own name for the top of the tree helps nobody.
            anyhow::anyhow!("{}", lines.join("; ").replace("global.", ""))
        })?;
        config.check()?;
        Ok(config)
    }
}

/// What is wrong with a file, without the line that it quotes: a password may stand there.
fn without_source(text: &str) -> String {
    let is_quoted = |line: &&str| {
        line.trim_start_matches(|sign: char| sign == ' ' || sign.is_ascii_digit()).starts_with('|')
    };
    text.lines().filter(|line| !is_quoted(line)).collect::<Vec<_>>().join(": ")
}

#[cfg(test)]
mod tests {
    use types::Roles;

    use super::*;
    use crate::config::{BlobPlace, StorePlace};

    fn load(settings: &[&str]) -> Result<Config> {
        let overrides = settings.iter().map(|text| Override::parse(text).expect("a setting")).collect();
        Config::load(None, overrides)
    }

    /// Covers: IP-1
    #[test]
    fn nothing_needs_to_be_configured() {
        let config = load(&[]).expect("the defaults");
        assert_eq!(config.listen.api.port(), 9093);
        assert!(config.embedded.issuer);
    }

    #[test]
    fn settings_from_the_command_line_win() {
        let config = load(&["listen.api=127.0.0.1:0", "log.format=json"]).expect("settings");
        assert_eq!(config.listen.api.port(), 0);
        assert_eq!(config.log.format, crate::telemetry::Format::Json);
    }

    #[test]
    fn the_example_file_says_what_the_defaults_are() {
        let example = include_str!("../../../../config/budstikke.example.toml");
        // One sign and no blank behind it marks a setting with its default.
        let is_setting = |line: &&str| !line.starts_with(['#', ' ']);
        let uncommented: Vec<&str> =
            example.lines().filter_map(|line| line.strip_prefix('#').filter(is_setting)).collect();
        let config: Config =
            Figment::new().merge(Toml::string(&uncommented.join("\n"))).extract().expect("a configuration");

        assert_eq!(format!("{config:?}"), format!("{:?}", Config::default()));
    }

    #[test]
    fn places_are_read_from_their_addresses() {
        let shared =
            load(&["store=postgres://u:geheim@a,b/db", "blobs=s3://bucket/prefix", "roles=[\"api\"]"]);
        let shared = shared.expect("settings");
        assert!(
            matches!(shared.store, StorePlace::Shared(_)) && matches!(shared.blobs, BlobPlace::Bucket(_))
        );
        assert!(!format!("{shared:?}").contains("geheim"));
        assert_eq!(shared.roles(), Roles { deliver: false, receive: false, sweep: false, ..Roles::all() });

        for (setting, wanted) in [
            ("store=mysql://a", "postgres://"),
            ("blobs=ftp://a", "s3://"),
            ("roles=[]", "roles"),
            ("postgres.writers=0", "at least 1"),
        ] {
            let refused = load(&[setting]).expect_err("a refusal").to_string();
            assert!(refused.contains(wanted), "{refused}");
        }
    }

    #[test]
    fn a_file_that_cannot_be_read_is_told_of_without_the_passwords_in_it() {
        let file = std::env::temp_dir().join(format!("budstikke-{}.toml", std::process::id()));
        std::fs::write(&file, "[s3]\nsecret_key = \"geheim\nretries = 1\n").expect("a file");
        let refused = Config::load(Some(&file), Vec::new()).expect_err("a refusal").to_string();
        std::fs::remove_file(&file).expect("a removal");

        assert!(!refused.contains("geheim"), "{refused}");
        assert!(refused.contains("line 2") && refused.contains(&file.display().to_string()), "{refused}");
    }

    #[test]
    fn an_unknown_key_is_named() {
        let error = load(&["listen.apy=127.0.0.1:0"]).expect_err("a refusal").to_string();
        assert!(error.contains("apy") && error.contains("the command line"), "{error}");
    }

    #[test]
    fn services_that_are_nowhere_are_an_error() {
        let error = load(&["embedded.broker=false"]).expect_err("a refusal").to_string();
        assert!(error.contains("embedded.elsewhere"), "{error}");
        let error = load(&["embedded.issuer=false"]).expect_err("a refusal").to_string();
        assert!(error.contains("embedded.issuer"), "{error}");
    }
}
