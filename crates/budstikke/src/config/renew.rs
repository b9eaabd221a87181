//! The configuration read anew: what is different, what of it can be taken over, and what that makes.

use figment::Figment;
use figment::providers::Serialized;
use figment::value::{Dict, Value};

use super::live::is_live;
use super::{Config, Read, Sources};

/// The settings that a server runs with, as they were given.
#[derive(Clone, Debug, Default)]
pub(crate) struct Given(Dict);

/// What reading anew has brought.
#[derive(Debug)]
pub(crate) struct Renewed {
    /// What to run with from here on: as before, with what can be taken over.
    pub config: Config,
    /// The same as it was given.
    pub given: Given,
    /// Keys that have changed and are taken over.
    pub applied: Vec<String>,
    /// Keys that have changed and need a restart.
    pub waiting: Vec<String>,
}

impl Given {
    /// What a server that starts with these settings runs with.
    pub(crate) fn of(read: &Read) -> Self {
        Self(read.layers.extract().unwrap_or_default())
    }

    /// Reads the sources anew.
    ///
    /// # Errors
    /// Every problem there is; then nothing is taken over.
    pub(crate) fn renew(&self, sources: &Sources) -> Result<Renewed, Vec<String>> {
        let read = Config::read(sources);
        if !read.problems.is_empty() || read.config.is_none() {
            return Err(read.problems);
        }
        let Self(wanted) = Self::of(&read);
        let mut changes = Changes::default();
        let merged = changes.sections("", &self.0, &wanted);
        let layers = Figment::new().merge(Serialized::globals(&merged));
        let config: Config = layers.extract().map_err(|error| vec![error.to_string()])?;
        let faults = config.faults();
        if !faults.is_empty() {
            // Each is fine, but not with what is kept until the restart.
            let besides = format!("until a restart takes {} over", changes.waiting.join(", "));
            return Err(faults.into_iter().map(|fault| format!("{fault} ({besides})")).collect());
        }
        let Changes { applied, waiting } = changes;
        Ok(Renewed { config, given: Self(merged), applied, waiting })
    }
}

/// Keys that are different.
#[derive(Default)]
struct Changes {
    applied: Vec<String>,
    waiting: Vec<String>,
}

impl Changes {
    /// Goes through a section; answers it as it is from here on.
    fn sections(&mut self, above: &str, before: &Dict, after: &Dict) -> Dict {
        let mut keys: Vec<&String> = before.keys().chain(after.keys()).collect();
        keys.sort_unstable();
        keys.dedup();
        let merged = keys.into_iter().filter_map(|name| {
            let key = if above.is_empty() { name.clone() } else { format!("{above}.{name}") };
            Some((name.clone(), self.value(&key, before.get(name), after.get(name))?))
        });
        merged.collect()
    }

    fn value(&mut self, key: &str, before: Option<&Value>, after: Option<&Value>) -> Option<Value> {
        let nothing = Dict::new();
        match (before, after) {
            (before, after) if before == after => before.cloned(),
            (Some(Value::Dict(tag, before)), Some(Value::Dict(_, after))) => {
                Some(Value::Dict(*tag, self.sections(key, before, after)))
            }
            (Some(Value::Dict(tag, before)), None) => {
                let left = self.sections(key, before, &nothing);
                (!left.is_empty()).then_some(Value::Dict(*tag, left))
            }
            (None, Some(Value::Dict(tag, after))) => {
                let come = self.sections(key, &nothing, after);
                (!come.is_empty()).then_some(Value::Dict(*tag, come))
            }
            (before, after) if has_tables(before) || has_tables(after) => self.list(key, before, after),
            (before, after) => self.leaf(key, before, after),
        }
    }

    fn leaf(&mut self, key: &str, before: Option<&Value>, after: Option<&Value>) -> Option<Value> {
        let (told, kept) =
            if is_live(key) { (&mut self.applied, after) } else { (&mut self.waiting, before) };
        told.push(key.to_owned());
        kept.cloned()
    }

    /// A list of tables is taken over whole or not at all: which of them is which, nobody can tell once their
    /// number or order has changed.
    fn list(&mut self, key: &str, before: Option<&Value>, after: Option<&Value>) -> Option<Value> {
        let (old, new) = (tables(before), tables(after));
        let mut within = Self::default();
        for place in 0..old.len().max(new.len()) {
            let at = |list: &[&'_ Dict]| list.get(place).map_or_else(Dict::new, |one| (*one).clone());
            within.sections(key, &at(&old), &at(&new));
        }
        let whole = within.waiting.is_empty();
        let mut keys: Vec<_> = within.applied.into_iter().chain(within.waiting).collect();
        keys.sort_unstable();
        keys.dedup();
        if keys.is_empty() {
            keys.push(key.to_owned());
        }
        if whole { &mut self.applied } else { &mut self.waiting }.extend(keys);
        if whole { after.cloned() } else { before.cloned() }
    }
}

fn has_tables(value: Option<&Value>) -> bool {
    matches!(value, Some(Value::Array(_, all)) if all.iter().any(|one| matches!(one, Value::Dict(..))))
}

fn tables(value: Option<&Value>) -> Vec<&Dict> {
    match value {
        Some(Value::Array(_, all)) => all.iter().filter_map(Value::as_dict).collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Override;

    fn sources(settings: &[&str]) -> Sources {
        let overrides = settings.iter().map(|text| Override::parse(text).expect("a setting")).collect();
        Sources::find(None, None, None, overrides).expect("sources")
    }

    fn renew(before: &[&str], after: &[&str]) -> Renewed {
        Given::of(&Config::read(&sources(before))).renew(&sources(after)).expect("a configuration")
    }

    #[test]
    fn what_is_safe_is_taken_over_and_the_rest_waits() {
        let renewed = renew(
            &["notify.sms_sender=Fjord", "listen.api=127.0.0.1:1", "notify.sms_at_once=4"],
            &["notify.sms_sender=Vidde", "listen.api=127.0.0.1:2", "notify.feed_days=30"],
        );
        assert_eq!(renewed.applied, ["notify.feed_days", "notify.sms_sender"]);
        assert_eq!(renewed.waiting, ["listen.api", "notify.sms_at_once"]);
        let config = renewed.config;
        assert_eq!((config.notify.sms_sender.as_str(), config.notify.feed_days), ("Vidde", 30));
        assert_eq!((config.listen.api.port(), config.notify.sms_at_once), (1, 4));
    }

    #[test]
    fn what_waits_goes_on_waiting_and_what_was_taken_over_is_not_told_again() {
        let first = renew(&["notify.sms_sender=Fjord"], &["notify.sms_sender=Vidde", "roles=[\"api\"]"]);
        let again = first.given.renew(&sources(&["notify.sms_sender=Vidde", "roles=[\"api\"]"]));
        let again = again.expect("a configuration");
        assert!(again.applied.is_empty());
        assert_eq!(again.waiting, ["roles"]);
    }

    #[test]
    fn a_list_of_tables_is_taken_over_whole_or_not_at_all() {
        let one = "providers.sms=[{name=\"a\",username=\"u\",weight=1},{name=\"b\",username=\"u\",weight=2}]";
        let heavier = one.replace("weight=2", "weight=9");
        let turned =
            "providers.sms=[{name=\"b\",username=\"u\",weight=2},{name=\"a\",username=\"u\",weight=1}]";

        let renewed = renew(&[one], &[&heavier]);
        assert_eq!(renewed.applied, ["providers.sms.weight"]);
        assert_eq!(renewed.config.providers.sms[1].terms.weight, 9);

        let renewed = renew(&[one], &[turned]);
        assert_eq!(renewed.waiting, ["providers.sms.name", "providers.sms.weight"]);
        assert_eq!(renewed.config.providers.sms[0].terms.weight, 1);
    }

    #[test]
    fn a_name_may_be_added_but_a_certificate_waits() {
        let plain = renew(&[], &["organizations=[{number=\"310000002\",name=\"vidde\"}]"]);
        assert_eq!(plain.applied, ["organizations.name", "organizations.number"]);
        assert_eq!(plain.config.organizations.len(), 1);
        let known = "organizations=[{number=\"310000002\",name=\"vidde\",certificate=\"vidde.pem\"}]";
        let renewed = renew(&[], &[known]);
        assert!(renewed.applied.is_empty() && renewed.config.organizations.is_empty());
    }

    #[test]
    fn what_is_broken_changes_nothing_and_says_everything() {
        let given = Given::of(&Config::read(&sources(&[])));
        let refused = given.renew(&sources(&["notify.feed_days=many", "listen.apy=1"]));
        assert_eq!(refused.expect_err("a refusal").len(), 2);
    }
}
