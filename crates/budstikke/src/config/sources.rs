//! Where settings come from, as layers, and what can be said about each value.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use figment::providers::{Env, Format, Toml};
use figment::value::{Dict, Map, Value};
use figment::{Figment, Metadata, Profile, Provider};

use super::load::Override;
use super::reference::{Reference, USUAL_FILE};

use crate::catalogue::entries::settings;

/// A value's place, from the top.
pub(super) type Place = Vec<String>;

/// Everything that settings come from.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sources {
    /// Our file, if there is one.
    pub file: Option<PathBuf>,
    /// What the reference's own configuration says.
    pub reference: Reference,
    overrides: Vec<Override>,
}

/// What is done to the layers when a value in them cannot be used.
#[derive(Clone, Debug, Default)]
pub(super) struct Amended {
    /// Left out.
    pub(super) dropped: Vec<Place>,
    /// Text, though it looks like something else, as it was written.
    pub(super) texts: Vec<(Place, String)>,
}

/// What commands read from the environment under our name, and what is no setting: files, and which server
/// is called as whom.
const NO_SETTINGS: [&str; 8] =
    ["CONFIG", "PROPERTIES", "PROFILE", "URL", "TOKEN", "USER", "PASSWORD", "BENCH_POSTGRES"];

impl Sources {
    /// Finds the files. `profile` is one of the reference's.
    pub(crate) fn find(
        file: Option<&Path>,
        properties: Option<&Path>,
        profile: Option<&str>,
        overrides: Vec<Override>,
    ) -> Result<Self> {
        for named in [file, properties].into_iter().flatten() {
            if !named.exists() {
                bail!(settings::CONFIGURATION_FILE.says(format!("there is no file {}", named.display())));
            }
        }
        let usual = |name: &'static str| Some(Path::new(name)).filter(|usual| usual.exists());
        let file = file.or_else(|| usual("budstikke.toml")).map(Path::to_owned);
        let properties = properties.or_else(|| usual(USUAL_FILE));
        let environment: Vec<(String, String)> = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect();
        let reference = Reference::read(properties, profile, &environment)
            .with_context(|| settings::CONFIGURATION_FILE.says(format!("{USUAL_FILE} cannot be read")))?;
        Ok(Self { file, reference, overrides })
    }

    /// Our own file, if it is there, and these; for servers that are for show.
    pub(crate) fn ours(overrides: Vec<Override>) -> Self {
        let file = Some(PathBuf::from("budstikke.toml")).filter(|usual| usual.exists());
        Self { file, reference: Reference::default(), overrides }
    }

    /// The layers, the weakest first.
    pub(super) fn layers(&self, amended: &Amended) -> Figment {
        let mut figment = Figment::new();
        for (setting, (value, source)) in &self.reference.settings {
            let one = One { setting, value, source };
            figment = figment.merge(Amending { inner: one, amended });
        }
        if let Some(file) = &self.file {
            figment = figment.merge(Amending { inner: Toml::file_exact(file), amended });
        }
        let environment = Env::prefixed("BUDSTIKKE_").ignore(&NO_SETTINGS).split("__");
        figment = figment.merge(Amending { inner: environment, amended });
        figment.merge(Amending { inner: CommandLine(&self.overrides), amended })
    }

    /// A value as it was written, where the writer could not say that it is text.
    pub(super) fn written(&self, place: &Place) -> Option<String> {
        let setting = place.join(".");
        let given = self.overrides.iter().rev().find(|given| given.key == setting);
        if let Some(given) = given {
            return Some(given.written.clone());
        }
        std::env::var(format!("BUDSTIKKE_{}", place.join("__").to_uppercase())).ok()
    }

    /// Where a value comes from, for people.
    pub(crate) fn origin(metadata: &Metadata, setting: &str) -> String {
        match metadata.source.as_ref().and_then(|source| source.file_path()) {
            Some(file) => match std::fs::read_to_string(file).ok().and_then(|text| line_of(&text, setting)) {
                Some(line) => format!("{}:{line}", file.display()),
                None => file.display().to_string(),
            },
            None if metadata.name.contains("environment variable") => "the environment".to_owned(),
            None => metadata.name.to_string(),
        }
    }
}

/// The line of a TOML file that a setting stands in.
fn line_of(text: &str, setting: &str) -> Option<usize> {
    let mut section = String::new();
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        if let Some(name) = line.strip_prefix('[') {
            name.trim_start_matches('[').split(']').next()?.trim().clone_into(&mut section);
        } else if let Some((key, _)) = line.split_once('=') {
            let key = key.trim().trim_matches('"');
            let whole = if section.is_empty() { key.to_owned() } else { format!("{section}.{key}") };
            if setting == whole || setting.starts_with(&format!("{whole}.")) {
                return Some(number + 1);
            }
        }
    }
    None
}

/// One setting, which the reference's configuration has asked for.
struct One<'s> {
    setting: &'s str,
    value: &'s Value,
    source: &'s str,
}

impl Provider for One<'_> {
    fn metadata(&self) -> Metadata {
        Metadata::named(self.source.to_owned())
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        let nested = figment::util::nest(self.setting, self.value.clone()).into_dict();
        Ok(Map::from([(Profile::Global, nested.unwrap_or_default())]))
    }
}

/// Settings from the command line, so that errors say where a value came from.
struct CommandLine<'s>(&'s [Override]);

impl Provider for CommandLine<'_> {
    fn metadata(&self) -> Metadata {
        Metadata::named("the command line")
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        let mut all = Dict::new();
        for Override { key, value, .. } in self.0 {
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

/// A layer without the values that cannot be used.
struct Amending<'a, P> {
    inner: P,
    amended: &'a Amended,
}

impl<P: Provider> Provider for Amending<'_, P> {
    fn metadata(&self) -> Metadata {
        self.inner.metadata()
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        let mut data = self.inner.data()?;
        for dict in data.values_mut() {
            for place in &self.amended.dropped {
                change(dict, place, &mut |dict, key| drop(dict.remove(key)));
            }
            for (place, text) in &self.amended.texts {
                change(dict, place, &mut |dict, key| {
                    dict.insert(key.to_owned(), Value::from(text.clone()));
                });
            }
        }
        Ok(data)
    }
}

/// Finds the place in a layer, if it is there, and changes it.
fn change(dict: &mut Dict, place: &[String], act: &mut dyn FnMut(&mut Dict, &str)) {
    let Some((last, above)) = place.split_last() else { return };
    let mut at = dict;
    for name in above {
        let Some(Value::Dict(_, below)) = at.get_mut(name) else { return };
        at = below;
    }
    if at.contains_key(last) {
        act(at, last);
    }
}
