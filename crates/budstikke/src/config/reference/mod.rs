//! The reference's own configuration: `integrasjonspunkt-local.properties`, its variables in the environment
//! and its profiles, as a layer below ours. Nothing of it is passed over in silence.

mod apply;
mod keys;
mod names;
mod presets;
mod properties;
mod secrecy;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use figment::value::Value;

use apply::{Came, Gathered};
use keys::{Becomes, Hand, KEYS, Key};
use presets::Preset;
use properties::Property;
pub(crate) use secrecy::{is_secret, without_password};

/// The file that the reference reads beside the program.
pub(crate) const USUAL_FILE: &str = "integrasjonspunkt-local.properties";
/// Values may name others; so many steps are gone.
const STEPS: usize = 20;

/// What became of one key.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    /// The key, as written.
    pub key: String,
    /// Where it stands: `file:line`, or the environment.
    pub source: String,
    /// Its value, for people: never a secret.
    pub shown: String,
    /// What became of it.
    pub fate: Fate,
}

/// What became of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It is used, as this setting of ours.
    Used(&'static str),
    /// It has no effect, for this reason.
    Ignored(String),
    /// A key that nobody knows; and what may have been meant.
    Unknown(Option<&'static str>),
    /// Its value cannot be used.
    Wrong(String),
}

/// Everything that was found.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reference {
    /// The file, if there is one.
    pub file: Option<PathBuf>,
    /// The profile's name, if one was chosen that has presets.
    pub profile: Option<&'static str>,
    /// Every key that was found, in its order.
    pub entries: Vec<Entry>,
    /// Settings of ours, by dotted name, with where they come from.
    pub settings: BTreeMap<String, (Value, String)>,
    /// What is wrong beside single keys.
    pub problems: Vec<String>,
}

/// Where a key stands; what stands later counts.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Layer {
    File,
    Environment,
    CommandLine,
}

/// A value that was found somewhere.
struct Found {
    layer: Layer,
    key: String,
    value: String,
    source: String,
    of: Option<(&'static Key, usize)>,
}

impl Reference {
    /// Reads the file and the environment. `profile` is what the command line says.
    pub(crate) fn read(
        file: Option<&Path>,
        profile: Option<&str>,
        environment: &[(String, String)],
    ) -> std::io::Result<Self> {
        let read = file.map(std::fs::read).transpose()?;
        let properties = read.map(|bytes| properties::parse(&bytes)).unwrap_or_default();
        let mut found = gather(file, &properties, environment);
        if let Some(profile) = profile {
            found.push(Found {
                layer: Layer::CommandLine,
                key: "spring.profiles.active".to_owned(),
                value: profile.to_owned(),
                source: "--profile".to_owned(),
                of: key_of("spring.profiles.active"),
            });
        }
        let mut reference = Self { file: file.map(Path::to_owned), ..Self::default() };
        reference.take(found, &properties, environment);
        Ok(reference)
    }

    fn take(&mut self, found: Vec<Found>, properties: &[Property], environment: &[(String, String)]) {
        let (mut gathered, mut preset) = (Gathered::default(), None);
        let counts = counting(&found);
        for (Found { key, value, source, of, .. }, counts) in found.into_iter().zip(counts) {
            let resolved = resolve(&value, properties, environment, STEPS);
            let fate = match (of, &resolved) {
                _ if !counts => Fate::Ignored("it stands once more further on, which counts".to_owned()),
                (None, _) => Fate::Unknown(names::nearest(&key, KEYS.iter().map(|key| key.name))),
                (Some(_), Err(reason)) => Fate::Wrong(reason.clone()),
                (Some((known, place)), Ok(value)) => {
                    let came = if matches!(known.becomes, Becomes::By(Hand::Profile, _)) {
                        Preset::parse(value).map(|found| {
                            preset = found;
                            Came::Used
                        })
                    } else {
                        gathered.apply(known.becomes, place, value, &source)
                    };
                    match came {
                        Ok(Came::Used) => Fate::Used(known.becomes.setting().unwrap_or_default()),
                        Ok(Came::Ignored(why)) => Fate::Ignored(why),
                        Err(why) => Fate::Wrong(why),
                    }
                }
            };
            let shown = resolved.unwrap_or(value);
            let shown = if is_secret(&key) { "…".to_owned() } else { without_password(&shown) };
            self.entries.push(Entry { key, source, shown, fate });
        }
        self.profile = preset.map(Preset::as_str);
        match gathered.finish(preset.as_ref()) {
            Ok(settings) => self.settings = settings,
            Err(problem) => self.problems.push(problem),
        }
    }

    /// Every wrong value, in words.
    pub(crate) fn wrong(&self) -> Vec<String> {
        let wrong = self.entries.iter().filter_map(|entry| match &entry.fate {
            Fate::Wrong(why) => Some(format!("{} ({}): {why}", entry.key, entry.source)),
            _ => None,
        });
        wrong.chain(self.problems.iter().cloned()).collect()
    }
}

/// What stands in the file and, over it, in the environment.
fn gather(file: Option<&Path>, properties: &[Property], environment: &[(String, String)]) -> Vec<Found> {
    let name = file.map(|file| file.display().to_string()).unwrap_or_default();
    let mut found: Vec<Found> = properties
        .iter()
        .map(|property| Found {
            layer: Layer::File,
            key: property.key.clone(),
            value: property.value.clone(),
            source: format!("{name}:{}", property.line),
            of: key_of(&property.key),
        })
        .collect();
    let ours = |variable: &str| variable.starts_with("DIFI_");
    // Other programs' variables may have these names too; with ours beside them they are the reference's.
    let beside = file.is_some() || environment.iter().any(|(variable, _)| ours(variable));
    for (variable, value) in environment {
        let general = beside && ["SPRING_PROFILES_ACTIVE", "SERVER_PORT"].contains(&variable.as_str());
        if ours(variable) || general {
            found.push(Found {
                layer: Layer::Environment,
                key: variable.clone(),
                value: value.clone(),
                source: "the environment".to_owned(),
                of: variable_of(variable),
            });
        }
    }
    found
}

/// Which of the values count: the last of each key, and of a list only those of its last layer.
fn counting(found: &[Found]) -> Vec<bool> {
    let overrides = |later: &Found, earlier: &Found| match (later.of, earlier.of) {
        (Some((later_key, later_place)), Some((key, place))) if !key.name.ends_with('*') => {
            let same = later_key.name == key.name && later_place == place;
            let is_list = key.name.contains("[]") || later_key.name.contains("[]");
            let list_of = |name: &'static str| name.split("[]").next().map(names::plain);
            same || (is_list && later.layer > earlier.layer && list_of(later_key.name) == list_of(key.name))
        }
        _ => false,
    };
    let counts = |(at, one): (usize, &Found)| !found[at + 1..].iter().any(|later| overrides(later, one));
    found.iter().enumerate().map(counts).collect()
}

fn key_of(key: &str) -> Option<(&'static Key, usize)> {
    KEYS.iter().find_map(|known| {
        let place = names::matches(known.name, key)?;
        Some((known, place + usize::from(known.name.contains("reportees[]"))))
    })
}

fn variable_of(variable: &str) -> Option<(&'static Key, usize)> {
    KEYS.iter().find_map(|known| {
        let place = names::matches_variable(known.name, variable)?;
        Some((known, place + usize::from(known.name.contains("reportees[]"))))
    })
}

/// A value with what its placeholders (`${NAME}`, `${NAME:otherwise}`) stand for: another property, or a
/// variable of the environment.
fn resolve(
    value: &str,
    properties: &[Property],
    environment: &[(String, String)],
    steps: usize,
) -> Result<String, String> {
    let Some(begin) = value.find("${") else { return Ok(value.to_owned()) };
    if steps == 0 {
        return Err("its placeholders lead in a circle".to_owned());
    }
    let end = closing(&value[begin + 2..]).ok_or("a placeholder has no end")? + begin + 2;
    let (name, otherwise) = match value[begin + 2..end].split_once(':') {
        Some((name, otherwise)) => (name, Some(otherwise)),
        None => (&value[begin + 2..end], None),
    };
    let variable = environment.iter().find(|(variable, _)| variable == name).map(|(_, value)| value);
    let property = properties.iter().rev().find(|property| names::plain(&property.key) == names::plain(name));
    let stands = variable.map(String::as_str).or(property.map(|property| property.value.as_str()));
    let stands = stands.or(otherwise).ok_or_else(|| format!("nothing is known of ${{{name}}}"))?;
    let whole = format!("{}{stands}{}", &value[..begin], &value[end + 1..]);
    resolve(&whole, properties, environment, steps - 1)
}

/// Where the bracket that is open closes.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 1;
    for (at, sign) in text.char_indices() {
        match sign {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(at);
        }
    }
    None
}

#[cfg(test)]
mod tests;
