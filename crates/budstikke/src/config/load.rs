//! Puts file, environment and command line together; every error says where the value came from.

use anyhow::{Result, bail};
use figment::Figment;
use figment::error::Kind;
use figment::value::Value;

use super::Config;
use super::is_secret;
use super::sources::{Amended, Place, Sources};

use crate::catalogue::entries::settings;

/// One setting from the command line.
#[derive(Clone, Debug)]
pub(crate) struct Override {
    pub(super) key: String,
    pub(super) value: Value,
    pub(super) written: String,
}

impl Override {
    /// Reads `section.key=value`; the value as TOML, or else as plain text.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let (key, value) = text.split_once('=').ok_or("expected section.key=value")?;
        let written = value.to_owned();
        let value = value.parse().expect("any text is a value");
        Ok(Self { key: key.trim().to_owned(), value, written })
    }

    /// A setting whose value is text, whatever it looks like.
    pub(crate) fn text(key: &str, value: impl Into<String>) -> Self {
        let written = value.into();
        Self { key: key.to_owned(), value: Value::from(written.clone()), written }
    }
}

/// A configuration, as far as it can be read, and everything that is wrong with it.
pub(crate) struct Read {
    /// What can be used; values that cannot are at their defaults.
    pub config: Option<Config>,
    /// Every problem, with where it comes from.
    pub problems: Vec<String>,
    /// The layers.
    pub layers: Figment,
}

/// So many wrong values are told of; there is no end to what a file may hold.
const PROBLEMS: usize = 100;

impl Config {
    /// Puts the sources together; the last one wins.
    pub(crate) fn load(sources: &Sources) -> Result<Self> {
        let Read { config, problems, .. } = Self::read(sources);
        match config {
            Some(config) if problems.is_empty() => Ok(config),
            _ => bail!(settings::CONFIGURATION.says(problems.join("; "))),
        }
    }

    /// Our own file, if it is there, and these.
    pub(crate) fn of(overrides: Vec<Override>) -> Result<Self> {
        Self::load(&Sources::ours(overrides))
    }

    /// The same, without asking whether a whole server could be made of it.
    pub(crate) fn load_unchecked(sources: &Sources) -> Result<Self> {
        let Read { config, problems, .. } = Self::read_with(sources, |_| Vec::new());
        match config {
            Some(config) if problems.is_empty() => Ok(config),
            _ => bail!(settings::CONFIGURATION.says(problems.join("; "))),
        }
    }

    /// The same as [`Config::load`], with every problem instead of the first.
    pub(crate) fn read(sources: &Sources) -> Read {
        Self::read_with(sources, Self::faults)
    }

    fn read_with(sources: &Sources, faults: impl Fn(&Self) -> Vec<String>) -> Read {
        let mut problems = sources.reference.wrong();
        let mut amended = Amended::default();
        for _ in 0..PROBLEMS {
            let layers = sources.layers(&amended);
            let error = match layers.extract::<Self>() {
                Ok(config) => {
                    problems.extend(faults(&config));
                    return Read { config: Some(config), problems, layers };
                }
                Err(error) => error,
            };
            let place = place_of(&error);
            let tried = amended.texts.iter().any(|(known, _)| *known == place);
            if let (Kind::InvalidType(..), false, Some(text)) = (&error.kind, tried, sources.written(&place))
            {
                // The environment cannot say what is a number and what is a password of digits.
                amended.texts.push((place, text));
                continue;
            }
            // The library's own name for the top of the tree helps nobody.
            let error = without_value(error, &place);
            problems.push(without_source(&error.to_string()).replace("global.", ""));
            if place.is_empty() || amended.dropped.contains(&place) {
                return Read { config: None, problems, layers };
            }
            amended.dropped.push(place);
        }
        Read { config: None, problems, layers: sources.layers(&amended) }
    }
}

/// What an error is about: a value, or a key that nobody knows in its section.
fn place_of(error: &figment::Error) -> Place {
    let mut place = error.path.clone();
    if let Kind::UnknownField(name, _) = &error.kind
        && place.last() != Some(name)
    {
        place.push(name.clone());
    }
    place
}

/// The same error without the value that it quotes, where that is a secret.
fn without_value(mut error: figment::Error, place: &Place) -> figment::Error {
    let quotes = matches!(error.kind, Kind::InvalidType(..) | Kind::InvalidValue(..));
    if quotes && is_secret(&place.join(".")) {
        error.kind = Kind::Message("text in quotation marks is wanted".to_owned());
    }
    error
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
    use figment::providers::{Format, Toml};
    use types::Roles;

    use super::*;
    use crate::config::{BlobPlace, StorePlace};

    fn load(settings: &[&str]) -> Result<Config> {
        let overrides = settings.iter().map(|text| Override::parse(text).expect("a setting")).collect();
        Config::load(&Sources::find(None, None, None, overrides)?)
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
    fn a_key_store_of_our_own_is_no_test_certificate() {
        let test = "a test certificate";
        assert!(load(&[]).expect("the defaults").stand_ins().contains(&test));
        let own = load(&["organization.keystore.path=own.p12"]).expect("settings");
        assert!(!own.stand_ins().contains(&test));
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
        let refused =
            Sources::find(Some(&file), None, None, Vec::new()).and_then(|sources| Config::load(&sources));
        let refused = refused.expect_err("a refusal").to_string();
        std::fs::remove_file(&file).expect("a removal");

        assert!(!refused.contains("geheim"), "{refused}");
        assert!(refused.contains("line 2") && refused.contains(&file.display().to_string()), "{refused}");
    }

    #[test]
    fn a_password_of_digits_in_the_file_is_not_told() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("budstikke.toml");
        std::fs::write(&file, "[exchange]\nuser_password = 12345678\n").expect("a file");
        let sources = Sources::find(Some(&file), None, None, Vec::new()).expect("sources");
        let refused = Config::load(&sources).expect_err("a refusal").to_string();

        assert!(!refused.contains("12345678"), "{refused}");
        assert!(refused.contains("quotation marks") && refused.contains("user_password"), "{refused}");
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

    #[test]
    fn every_wrong_value_is_told_of_at_once() {
        let wrong = load(&["listen.api=everywhere", "notify.windov=8", "exchange.send_at_once=many"]);
        let wrong = wrong.expect_err("a refusal").to_string();
        for named in ["listen.api", "windov", "send_at_once"] {
            assert!(wrong.contains(named), "{wrong}");
        }
    }

    #[test]
    fn a_password_of_digits_is_text() {
        let config = load(&["exchange.user_password=0012345678", "organization.number=310000002"]);
        let config = config.expect("settings");
        let password = config.exchange.user_password.expect("a password");
        assert_eq!(password.reveal(), "0012345678");
        assert_eq!(config.organization.number.to_string(), "310000002");
    }
}
