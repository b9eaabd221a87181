//! Writes the page of the reference.

use super::{EXAMPLE, Otherwise, Section, Setting, sections};
use crate::config::live::is_live;

/// What stands above the settings.
const HEAD: &str = include_str!("head.md");

/// Everything about every setting, in Markdown.
pub(crate) fn reference() -> String {
    let mut paragraphs = vec![HEAD.trim_end().to_owned()];
    for section in sections(EXAMPLE) {
        paragraphs.push(heading(&section));
        paragraphs.extend(section.about.iter().map(|paragraph| linked(paragraph)));
        if section.is_repeated() {
            let list = variable(section.path(), None);
            paragraphs
                .push(format!("In the environment the whole list is one variable: `{list}='[{{ … }}]'`."));
        }
        paragraphs.extend(section.settings.iter().map(|setting| entry(&section, setting)));
    }
    paragraphs.join("\n\n") + "\n"
}

fn heading(section: &Section<'_>) -> String {
    let level = if section.path().contains('.') { "###" } else { "##" };
    match (section.header, section.apart) {
        ("", _) => "## Top level".to_owned(),
        (header, None) => format!("{level} `{header}`"),
        (header, Some(apart)) => format!("{level} `{header}` of {apart}"),
    }
}

fn entry(section: &Section<'_>, setting: &Setting<'_>) -> String {
    let path = path_of(section, setting);
    let meaning: Vec<String> = setting.meaning.iter().map(|paragraph| linked(paragraph)).collect();
    let variable = variable(section.path(), Some(setting.name).filter(|_| !section.is_repeated()));
    let within = if section.is_repeated() { "in " } else { "" };
    let facts = [
        kind(setting),
        default(setting),
        format!("{within}`{variable}`"),
        format!("since {}", setting.since),
        if is_live(&path) { "reloaded" } else { "restart" }.to_owned(),
    ];
    format!("#### `{path}`\n\n{}\n\n*{}*", meaning.join("\n\n"), facts.join(" · "))
}

/// The whole name of a setting.
pub(super) fn path_of(section: &Section<'_>, setting: &Setting<'_>) -> String {
    match section.path() {
        "" => setting.name.to_owned(),
        path => format!("{path}.{}", setting.name),
    }
}

/// The variable that a setting has in the environment, or that a whole list has.
fn variable(section: &str, name: Option<&str>) -> String {
    let parts = section.split('.').filter(|part| !part.is_empty()).chain(name);
    let upper: Vec<String> = parts.map(str::to_uppercase).collect();
    format!("BUDSTIKKE_{}", upper.join("__"))
}

/// The type, with the unit where the name says one.
fn kind(setting: &Setting<'_>) -> String {
    let unit = unit(setting.name).map(|unit| format!(" of {unit}")).unwrap_or_default();
    match setting.kind {
        Some("pauses") => format!("pauses, a list{unit}"),
        Some(choices) if choices.contains(" | ") => {
            let each: Vec<String> = choices.split(" | ").map(quoted).collect();
            let (last, others) =
                each.split_last().map_or((String::new(), &each[..]), |(l, o)| (l.clone(), o));
            format!("{} or {last}", others.join(", "))
        }
        Some(words) if words.starts_with("list of numbers") => format!("list{unit}"),
        Some(words) => words.to_owned(),
        None if matches!(setting.value, "true" | "false") => "yes or no".to_owned(),
        None if setting.value.starts_with(|sign: char| sign.is_ascii_digit()) => format!("number{unit}"),
        None if setting.value.starts_with('{') => "table".to_owned(),
        None if setting.value.starts_with('[') => "list of text".to_owned(),
        None => "text".to_owned(),
    }
}

/// A choice: a word that is written so, or a description of what may stand there.
fn quoted(choice: &str) -> String {
    let is_word = choice.chars().all(|sign| sign.is_ascii_alphanumeric() || "_-`".contains(sign));
    if is_word && !choice.contains('`') { format!("`{choice}`") } else { choice.to_owned() }
}

fn unit(name: &str) -> Option<&'static str> {
    let units = [
        ("_milliseconds", "milliseconds"),
        ("_ms", "milliseconds"),
        ("_seconds", "seconds"),
        ("_minutes", "minutes"),
        ("_days", "days"),
        ("_months", "months"),
        ("_hours", "hours"),
        ("_bytes", "bytes"),
        ("_bytes_per_second", "bytes a second"),
        ("_mib", "MiB"),
        ("per_second", "messages a second"),
        ("per_minute", "calls a minute"),
    ];
    units.iter().rev().find(|(end, _)| name.ends_with(end) || name == &end[1..]).map(|(_, unit)| *unit)
}

fn default(setting: &Setting<'_>) -> String {
    match setting.default {
        Otherwise::Value => format!("default `{}`", setting.value.trim_matches('"')),
        Otherwise::None => "no default".to_owned(),
        Otherwise::Needed => "needed".to_owned(),
        Otherwise::Words(words) => format!("default: {words}"),
    }
}

/// The text with links to the pages that it names as `docs/page.md`.
fn linked(text: &str) -> String {
    let words = text.split(' ').map(|word| {
        let Some(at) = word.find("docs/") else { return word.to_owned() };
        let (before, named) = word.split_at(at);
        let end = named.find(|sign: char| !(sign.is_ascii_alphanumeric() || "/-.#_".contains(sign)));
        let named_end = named[..end.unwrap_or(named.len())].trim_end_matches('.').len();
        let (page, after) = named.split_at(named_end);
        let target = page.trim_start_matches("docs/");
        let title = target.split('#').next().unwrap_or(target).trim_end_matches(".md");
        let title = title.rsplit('/').next().unwrap_or(title);
        let target = target.strip_prefix("reference/").map_or_else(|| format!("../{target}"), str::to_owned);
        format!("{before}[{title}]({target}){after}")
    });
    words.collect::<Vec<_>>().join(" ")
}
