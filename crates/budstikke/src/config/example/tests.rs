//! The example is whole, and the page is made from it.

use std::collections::BTreeSet;

use figment::Figment;
use figment::providers::{Format, Toml};

use super::page::path_of;
use super::*;
use crate::config::Config;

/// Sections whose keys are names that the operator chooses.
const FREE: [&str; 4] =
    ["notify.senders", "exchange.deadlines_seconds", "telemetry.headers", "console.oidc.roles"];
/// A name that no setting has.
const NOBODY: &str = "nobody_has_this_name";

/// The names that a section has, by the error that a wrong one causes.
fn names_in(section: &Section<'_>) -> BTreeSet<String> {
    let settings: Vec<String> =
        section.settings.iter().map(|setting| format!("{} = {}", setting.name, setting.value)).collect();
    let file = format!("{}\n{}\n{NOBODY} = 1\n", section.header, settings.join("\n"));
    let error =
        Figment::from(Toml::string(&file)).extract::<Config>().expect_err("an unknown key").to_string();
    let (_, expected) = error
        .split_once(&format!("found `{NOBODY}`, expected "))
        .unwrap_or_else(|| panic!("{}: {error}", section.header));
    let expected = expected.split(" for key").next().unwrap_or(expected);
    let is_name = |word: &&str| {
        !word.is_empty() && word.chars().all(|sign| sign.is_ascii_lowercase() || "_0123456789".contains(sign))
    };
    expected.split('`').filter(is_name).map(str::to_owned).collect()
}

#[test]
fn the_example_describes_every_setting_there_is() {
    let sections = sections(EXAMPLE);
    let mut missing = BTreeSet::new();
    for section in &sections {
        if FREE.contains(&section.path()) {
            continue;
        }
        let there = |name: &str| {
            let whole = if section.path().is_empty() {
                name.to_owned()
            } else {
                format!("{}.{name}", section.path())
            };
            let is_section =
                |other: &Section<'_>| other.path() == whole || other.path().starts_with(&format!("{whole}."));
            section.settings.iter().any(|setting| setting.name == name) || sections.iter().any(is_section)
        };
        missing.extend(
            names_in(section)
                .into_iter()
                .filter(|name| !there(name))
                .map(|name| format!("{} {name}", section.header)),
        );
    }
    assert!(missing.is_empty(), "config/budstikke.example.toml says nothing of {missing:#?}");
}

#[test]
fn every_setting_has_a_meaning_and_stands_there_once() {
    let mut seen = BTreeSet::new();
    for section in sections(EXAMPLE) {
        for setting in &section.settings {
            let path = path_of(&section, setting);
            assert!(!setting.meaning.is_empty(), "{path} has no words above it");
            assert!(seen.insert((path.clone(), section.apart)), "{path} stands there twice");
        }
    }
    assert!(seen.len() > 300, "only {} settings were found", seen.len());
}

#[test]
fn the_page_of_settings_is_made_from_the_example() {
    let page = include_str!("../../../../../docs/reference/configuration.md");
    let made = reference();
    let differs = page.lines().zip(made.lines()).find(|(is, should)| is != should);
    assert!(page == made, "run `budstikke config reference > docs/reference/configuration.md`: {differs:?}");
}

#[test]
fn words_behind_a_setting_are_understood() {
    let file = "# Section.\n#\n# More, see docs/routes.md.\n##[[a.b]]   # kind x\n\n# One\n# two.\n##k_seconds = 5   # needed; since 0.2\n\
                # Three.\n#t = \"x\"   # x | y; default x; in words\n# For readers.\n\n#u = true\n";
    let sections = sections(file);
    let section = &sections[1];
    assert_eq!((section.path(), section.is_repeated(), section.apart), ("a.b", true, Some("kind x")));
    assert_eq!(section.about, ["Section.", "More, see docs/routes.md."]);
    let [k, t, u] = &section.settings[..] else { panic!("{section:?}") };
    assert_eq!((k.meaning[0].as_str(), &k.default, k.since), ("One two.", &Otherwise::Needed, "0.2"));
    assert_eq!((t.kind, &t.default, t.since), (Some("x | y"), &Otherwise::Words("x; in words"), FIRST));
    assert!(u.meaning.is_empty());
}
