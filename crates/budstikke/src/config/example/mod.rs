//! The example file: every setting with its default and what it means. It is the one place where settings are
//! described; the page of the reference is made from it ([`reference`]), and tests hold it against the types.
//!
//! ```text
//! # What the section is about.
//! #[section]
//!
//! # What the setting means.
//! #key = default   # type; since 0.2
//! ##key = example   # URL; default what stands in for it
//! ```
//!
//! The words behind a setting are needed only where its value does not show them, in this order: the type
//! (or `one | of | these`), `needed`, `since` a version, and what the default is, up to the end of the line.

mod page;
#[cfg(test)]
mod tests;

pub(crate) use self::page::reference;

/// The file, ready to copy.
pub(crate) const EXAMPLE: &str = include_str!("../../../../../config/budstikke.example.toml");
/// The version in which settings came that say nothing else.
const FIRST: &str = "0.1";
/// What stands between a setting and the words behind it.
const BEHIND: &str = "   # ";

/// A section and its settings; the first one has no header.
#[derive(Debug, Default)]
struct Section<'f> {
    /// As it is written: `[exchange.trust]`, `[[exchange.folders]]`.
    header: &'f str,
    /// Words behind it, such as `kind smtp`.
    apart: Option<&'f str>,
    /// What it is about, paragraph by paragraph.
    about: Vec<String>,
    settings: Vec<Setting<'f>>,
}

/// One setting.
#[derive(Debug)]
struct Setting<'f> {
    name: &'f str,
    /// The default, or an example where there is none.
    value: &'f str,
    meaning: Vec<String>,
    /// The type in words, where the value does not show it.
    kind: Option<&'f str>,
    default: Otherwise<'f>,
    since: &'f str,
}

/// What holds when nobody says anything.
#[derive(Debug, PartialEq, Eq)]
enum Otherwise<'f> {
    /// The value.
    Value,
    /// The setting is absent.
    None,
    /// It has to be given.
    Needed,
    /// This, in words.
    Words(&'f str),
}

impl Section<'_> {
    /// Its name without brackets.
    fn path(&self) -> &str {
        self.header.trim_matches(['[', ']'])
    }

    /// Whether it may be repeated.
    fn is_repeated(&self) -> bool {
        self.header.starts_with("[[")
    }
}

/// Takes the file apart. Comments that nothing follows at once are for readers of the file only.
fn sections(file: &str) -> Vec<Section<'_>> {
    let mut sections = vec![Section::default()];
    let mut comment: Vec<String> = Vec::new();
    for line in file.lines() {
        if let Some(words) = line.strip_prefix("# ") {
            match comment.last_mut() {
                Some(paragraph) if !paragraph.is_empty() => *paragraph = format!("{paragraph} {words}"),
                Some(paragraph) => words.clone_into(paragraph),
                None => comment.push(words.to_owned()),
            }
            continue;
        }
        if line == "#" {
            comment.push(String::new());
            continue;
        }
        let about = std::mem::take(&mut comment);
        let (is_example, line) = match line.strip_prefix("##") {
            Some(line) => (true, line),
            None => (false, line.strip_prefix('#').unwrap_or_default()),
        };
        let (written, behind) = line.split_once(BEHIND).map_or((line, None), |(it, words)| (it, Some(words)));
        if written.starts_with('[') {
            sections.push(Section { header: written, apart: behind, about, settings: Vec::new() });
        } else if let (Some((name, value)), Some(section)) = (written.split_once(" = "), sections.last_mut())
        {
            section.settings.push(setting(name, value, is_example, about, behind.unwrap_or_default()));
        }
    }
    sections
}

fn setting<'f>(
    name: &'f str,
    value: &'f str,
    is_example: bool,
    meaning: Vec<String>,
    behind: &'f str,
) -> Setting<'f> {
    let default = if is_example { Otherwise::None } else { Otherwise::Value };
    let mut setting = Setting { name, value, meaning, kind: None, default, since: FIRST };
    let mut rest = behind;
    while !rest.is_empty() {
        if let Some(words) = rest.strip_prefix("default") {
            let words = words.trim();
            setting.default = if words.is_empty() { Otherwise::Value } else { Otherwise::Words(words) };
            break;
        }
        let (word, after) = rest.split_once("; ").unwrap_or((rest, ""));
        match word.strip_prefix("since ") {
            Some(version) => setting.since = version,
            None if word == "needed" => setting.default = Otherwise::Needed,
            None => setting.kind = Some(word),
        }
        rest = after;
    }
    setting
}
