//! The documentation as a book: every page has its place, and every link leads somewhere.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};

use reqwest::Client;
use serde_json::Value;
use trials::Place;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the repository")
}

/// Every page below a folder.
fn pages(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            pages(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "md") {
            found.push(path);
        }
    }
}

/// A page without blocks of code, line by line.
fn prose(text: &str) -> Vec<(usize, String)> {
    let mut is_code = false;
    let mut lines = Vec::new();
    for (number, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            is_code = !is_code;
        } else if !is_code {
            // What stands between backticks is no link.
            let plain: Vec<&str> = line.split('`').step_by(2).collect();
            lines.push((number + 1, plain.join("`")));
        }
    }
    lines
}

/// Where the links of a page lead, with their lines.
fn links(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (number, line) in prose(text) {
        for rest in line.split("](").skip(1) {
            if let Some((target, _)) = rest.split_once(')') {
                found.push((number, target.split(' ').next().unwrap_or(target).to_owned()));
            }
        }
    }
    found
}

/// The anchors that headings get, as mdBook and GitHub make them.
fn anchors(text: &str) -> BTreeSet<String> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let mut is_code = false;
    let mut anchors = BTreeSet::new();
    for line in text.lines() {
        is_code ^= line.trim_start().starts_with("```");
        let Some(title) =
            line.strip_prefix('#').filter(|_| !is_code).map(|rest| rest.trim_start_matches('#'))
        else {
            continue;
        };
        let Some(title) = title.strip_prefix(' ') else { continue };
        let kept = title.trim().chars().filter_map(|sign| match sign {
            ' ' => Some('-'),
            _ if sign.is_alphanumeric() || sign == '-' || sign == '_' => Some(sign),
            _ => None,
        });
        let anchor: String = kept.flat_map(char::to_lowercase).collect();
        let before = counts.entry(anchor.clone()).or_default();
        anchors.insert(if *before == 0 { anchor.clone() } else { format!("{anchor}-{before}") });
        *before += 1;
    }
    anchors
}

/// A path without `..` in it.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        if part == Component::ParentDir {
            plain.pop();
        } else {
            plain.push(part);
        }
    }
    plain
}

#[test]
fn every_page_stands_in_the_summary_once() {
    let docs = root().join("docs");
    let summary = std::fs::read_to_string(docs.join("SUMMARY.md")).expect("the summary");
    let mut listed: Vec<PathBuf> = links(&summary).into_iter().map(|(_, target)| docs.join(target)).collect();
    let mut there = Vec::new();
    pages(&docs, &mut there);
    there.retain(|page| *page != docs.join("SUMMARY.md"));
    listed.sort();
    there.sort();
    assert_eq!(listed, there);
}

#[test]
fn every_link_leads_to_a_page_and_a_heading_that_are_there() {
    let (root, mut all) = (root(), Vec::new());
    pages(&root.join("docs"), &mut all);
    all.extend(["README.md", "CONTRIBUTING.md", "CHANGELOG.md"].map(|name| root.join(name)));
    let mut dead = Vec::new();
    for page in &all {
        let text = std::fs::read_to_string(page).expect("a page");
        for (line, target) in links(&text) {
            if target.contains("://") || target.starts_with("mailto:") {
                continue;
            }
            let (file, anchor) = target.split_once('#').unwrap_or((&target, ""));
            let file = if file.is_empty() {
                page.clone()
            } else {
                plain(&page.parent().expect("a folder").join(file))
            };
            let leaves_the_book = page.starts_with(root.join("docs")) && !file.starts_with(root.join("docs"));
            let there = file.exists() && !leaves_the_book;
            let heading = anchor.is_empty()
                || std::fs::read_to_string(&file).is_ok_and(|text| anchors(&text).contains(anchor));
            if !there || !heading {
                dead.push(format!("{}:{line}: {target}", page.strip_prefix(&root).expect("ours").display()));
            }
        }
    }
    assert!(dead.is_empty(), "these lead nowhere, or out of the book:\n{}", dead.join("\n"));
}

#[tokio::test]
async fn every_part_of_health_has_its_line_in_the_runbook() {
    let place = Place::new();
    let server = place.start().await;
    let health = Client::new().get(server.url("/manage/health")).send().await.expect("an answer");
    let health: Value = health.json().await.expect("JSON");
    let runbook = std::fs::read_to_string(root().join("docs/runbook.md")).expect("the runbook");
    for part in health["components"].as_object().expect("parts").keys() {
        let line = |line: &str| line.starts_with('|') && line.contains(&format!("`{part}`"));
        assert!(runbook.lines().any(line), "docs/runbook.md says nothing of {part}");
    }
    server.stop().await;
}

/// The alert rules, with the address of their help.
fn alerts(rules: &str) -> Vec<(String, Option<String>)> {
    let mut found: Vec<(String, Option<String>)> = Vec::new();
    for line in rules.lines().map(|line| line.trim().trim_start_matches("- ")) {
        if let Some(name) = line.strip_prefix("alert: ") {
            found.push((name.to_owned(), None));
        } else if let (Some(url), Some((_, help))) = (line.strip_prefix("runbook_url: "), found.last_mut()) {
            *help = Some(url.trim_matches(['"', '\'']).to_owned());
        }
    }
    found
}

#[test]
fn every_alert_has_its_entry_in_the_runbook_and_links_to_it() {
    let runbook = std::fs::read_to_string(root().join("docs/runbook.md")).expect("the runbook");
    let rules = std::fs::read_to_string(root().join("ops/prometheus/alerts.yml")).expect("the rules");
    let (entries, alerts) = (anchors(&runbook), alerts(&rules));
    assert!(!alerts.is_empty());
    for (name, help) in &alerts {
        let anchor = name.to_lowercase();
        assert!(entries.contains(&anchor), "docs/runbook.md has no entry for {name}");
        let wanted = format!("runbook.md#{anchor}");
        assert!(
            help.as_ref().is_some_and(|url| url.ends_with(&wanted)),
            "{name}: its help is {help:?}, not {wanted}"
        );
    }
    for entry in entries.iter().filter(|entry| entry.starts_with("budstikke")) {
        let known = alerts.iter().any(|(name, _)| name.to_lowercase() == *entry);
        assert!(known, "docs/runbook.md has an entry for {entry}, which no rule has");
    }
}
