//! What the check found, for people and for machines.

use std::fmt::Write as _;

use figment::providers::{Format, Toml};
use figment::value::{Dict, Value};
use figment::{Figment, Metadata};
use serde::Serialize;

use super::trials::{Outcome, Trial};
use crate::cli::output::Paint;
use crate::cli::table::{Cell, Table};
use crate::config::{EXAMPLE, Fate, Read, Sources, is_secret, without_password};

/// Everything that was found.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    /// Our own file, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<String>,
    /// The reference's file, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    properties: Option<String>,
    /// The reference's profile whose presets are used.
    #[serde(skip_serializing_if = "Option::is_none")]
    profile: Option<&'static str>,
    /// What became of each of the reference's keys.
    reference: Vec<KeyRow>,
    /// Settings and where they come from.
    settings: Vec<SettingRow>,
    /// What is wrong.
    problems: Vec<String>,
    /// What was tried.
    pub(super) trials: Vec<Trial>,
}

#[derive(Debug, Serialize)]
struct KeyRow {
    key: String,
    at: String,
    value: String,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    setting: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
struct SettingRow {
    setting: String,
    value: String,
    from: String,
}

impl Report {
    /// What was read; with `all`, defaults too.
    pub(super) fn of(sources: &Sources, read: &Read, all: bool) -> Self {
        let reference = &sources.reference;
        let rows = reference.entries.iter().map(|entry| {
            let (status, setting, note) = match &entry.fate {
                Fate::Used(setting) => ("used", Some(*setting).filter(|setting| !setting.is_empty()), None),
                Fate::Ignored(why) => ("ignored", None, Some(why.clone())),
                Fate::Unknown(nearest) => {
                    ("unknown", None, nearest.map(|nearest| format!("is {nearest} meant?")))
                }
                Fate::Wrong(why) => ("wrong", None, Some(why.clone())),
            };
            let (key, at, value) = (entry.key.clone(), entry.source.clone(), entry.shown.clone());
            KeyRow { key, at, value, status, setting, note }
        });
        Self {
            file: sources.file.as_ref().map(|file| file.display().to_string()),
            properties: reference.file.as_ref().map(|file| file.display().to_string()),
            profile: reference.profile,
            reference: rows.collect(),
            settings: settings(&read.layers, all),
            problems: read.problems.clone(),
            trials: Vec::new(),
        }
    }

    /// Whether a server would start.
    pub(super) fn is_good(&self) -> bool {
        self.problems.is_empty() && self.trials.iter().all(|trial| trial.outcome != Outcome::Failed)
    }

    /// As tables.
    pub(super) fn for_people(&self) -> String {
        let mut text = String::new();
        self.write(&mut text).expect("text takes everything");
        text
    }

    fn write(&self, text: &mut String) -> std::fmt::Result {
        if !self.reference.is_empty() {
            let file = self.properties.as_deref().unwrap_or("the environment");
            writeln!(
                text,
                "Keys of the Integrasjonspunkt in {file}, profile {}:\n",
                self.profile.unwrap_or("none")
            )?;
            let mut table = Table::plain();
            for row in &self.reference {
                let becomes = row.setting.map_or_else(String::new, |setting| format!("-> {setting}"));
                let note = row.note.clone().unwrap_or(becomes);
                let status = match row.status {
                    "unknown" => Cell::painted(row.status, Paint::Warning),
                    "wrong" => Cell::painted(row.status, Paint::Bad),
                    other => other.into(),
                };
                table.row([status, (&row.key).into(), (&row.value).into(), note.into(), (&row.at).into()]);
            }
            writeln!(text, "{}", table.take())?;
        }
        writeln!(text, "Settings:\n")?;
        let mut table = Table::plain();
        for SettingRow { setting, value, from } in &self.settings {
            table.row([setting.into(), value.into(), Cell::painted(from, Paint::Faint)]);
        }
        writeln!(text, "{}", table.take())?;
        if !self.trials.is_empty() {
            writeln!(text, "Tried:\n")?;
            let mut table = Table::plain();
            for trial in &self.trials {
                let outcome = Cell::painted(trial.outcome.as_str(), trial.outcome.paint());
                table.row([outcome, (&trial.what).into(), (&trial.note).into()]);
            }
            writeln!(text, "{}", table.take())?;
        }
        for problem in &self.problems {
            writeln!(text, "WRONG  {problem}")?;
        }
        let verdict =
            if self.is_good() { "Nothing is wrong." } else { "A server would not start, or not work." };
        writeln!(text, "{verdict}")
    }
}

fn settings(layers: &Figment, all: bool) -> Vec<SettingRow> {
    let defaults = Figment::new().merge(Toml::string(&uncommented())).extract::<Dict>().unwrap_or_default();
    let mut rows = Vec::new();
    let mut set = Vec::new();
    leaves(&layers.extract::<Dict>().unwrap_or_default(), "", &mut set);
    let known: Vec<String> = set.iter().map(|(setting, _)| setting.clone()).collect();
    for (setting, value) in set {
        let metadata: Option<&Metadata> = layers.get_metadata(value.tag());
        let from = metadata.map_or_else(String::new, |metadata| Sources::origin(metadata, &setting));
        rows.push(SettingRow { value: shown(&setting, &value), setting, from });
    }
    if all {
        let mut usual = Vec::new();
        leaves(&defaults, "", &mut usual);
        usual.retain(|(setting, _)| !known.contains(setting));
        rows.extend(usual.into_iter().map(|(setting, value)| SettingRow {
            value: shown(&setting, &value),
            setting,
            from: "default".to_owned(),
        }));
    }
    rows.sort();
    rows
}

/// The example file with its settings in force: the defaults, since a test holds it equal to the code.
fn uncommented() -> String {
    let is_setting = |line: &&str| !line.starts_with(['#', ' ']);
    let lines = EXAMPLE.lines().filter_map(|line| line.strip_prefix('#').filter(is_setting));
    lines.collect::<Vec<_>>().join("\n")
}

/// Every value that is no section, by its dotted name.
fn leaves(dict: &Dict, above: &str, found: &mut Vec<(String, Value)>) {
    for (name, value) in dict {
        let setting = if above.is_empty() { name.clone() } else { format!("{above}.{name}") };
        match value {
            Value::Dict(_, below) => leaves(below, &setting, found),
            other => found.push((setting, other.clone())),
        }
    }
}

/// A value for people: never a secret.
fn shown(setting: &str, value: &Value) -> String {
    if is_secret(setting) {
        return "…".to_owned();
    }
    let masked = masked(value);
    masked.as_str().map_or_else(|| masked.to_string(), str::to_owned)
}

fn masked(value: &Value) -> serde_json::Value {
    match value {
        Value::String(_, text) => without_password(text).into(),
        Value::Array(_, values) => values.iter().map(masked).collect(),
        Value::Dict(_, dict) => {
            let one = |(name, value): (&String, &Value)| {
                (name.clone(), if is_secret(name) { "…".into() } else { masked(value) })
            };
            serde_json::Value::Object(dict.iter().map(one).collect())
        }
        other => serde_json::to_value(other).unwrap_or_default(),
    }
}
