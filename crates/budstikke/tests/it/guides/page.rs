//! Reads a page: what is typed, and what is shown.

use std::collections::BTreeMap;
use std::path::Path;

use testkit::ports;

/// What a reader does with a block.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum What {
    /// Types it.
    Typed,
    /// Types it until what is shown comes.
    TypedAgain,
    /// Types it in a terminal of its own.
    Terminal(String),
    /// Presses Ctrl-C in a terminal.
    Interrupted(String),
}

/// Something to do, and what is seen then.
#[derive(Debug)]
pub(super) struct Block {
    /// Where it stands on the page.
    pub(super) line: usize,
    pub(super) what: What,
    pub(super) text: String,
    /// What the page shows.
    pub(super) shown: Option<String>,
}

/// A page with free addresses in it.
pub(super) struct Page {
    pub(super) blocks: Vec<Block>,
    /// The port on the page, and the free one in its place.
    ports: BTreeMap<u16, u16>,
}

/// Where a server listens that is told nothing, by setting.
const USUAL: [(&str, u16); 5] = [
    ("BUDSTIKKE_LISTEN__API", 9093),
    ("BUDSTIKKE_LISTEN__SERVICES", 9094),
    ("BUDSTIKKE_LISTEN__OPERATORS", 9095),
    ("BUDSTIKKE_LISTEN__MAIL", 9025),
    ("BUDSTIKKE_LISTEN__SMSC", 2775),
];
const HERE: &str = "127.0.0.1:";
const NOT_RUN: &str = "*Not run by our tests";

impl Page {
    pub(super) fn read(file: &Path) -> Self {
        let text =
            std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let (text, ports) = with_free_ports(&text);
        let blocks = blocks(&text).unwrap_or_else(|why| panic!("{}:{why}", file.display()));
        Self { blocks, ports }
    }

    /// What tells a server of the addresses.
    pub(super) fn environment(&self) -> Vec<(String, String)> {
        USUAL.map(|(name, port)| (name.to_owned(), format!("{HERE}{}", self.ports[&port]))).into()
    }
}

fn with_free_ports(text: &str) -> (String, BTreeMap<u16, u16>) {
    let written = text.split(HERE).skip(1).filter_map(|rest| {
        let end = rest.find(|sign: char| !sign.is_ascii_digit()).unwrap_or(rest.len());
        rest[..end].parse().ok()
    });
    let all = written.chain(USUAL.map(|(_, port)| port)).map(|port| (port, ports::free(&["127.0.0.1"])));
    let ports: BTreeMap<u16, u16> = all.collect();
    let mut text = text.to_owned();
    for (on_page, free) in &ports {
        text = text.replace(&format!("{HERE}{on_page}"), &format!("{HERE}{free}"));
    }
    (text, ports)
}

/// A fenced block as it stands.
struct Fence<'p> {
    line: usize,
    info: &'p str,
    text: String,
    /// The line above it that is not empty.
    above: &'p str,
}

fn fences(page: &str) -> Vec<Fence<'_>> {
    let mut fences: Vec<Fence<'_>> = Vec::new();
    let (mut open, mut above) = (false, "");
    for (number, line) in page.lines().enumerate() {
        match (line.strip_prefix("```"), open) {
            (Some(info), false) => {
                fences.push(Fence { line: number + 1, info: info.trim(), text: String::new(), above });
                open = true;
            }
            (Some(_), true) => (open, above) = (false, "```"),
            (None, true) => {
                let text = &mut fences.last_mut().expect("an open block").text;
                text.push_str(line);
                text.push('\n');
            }
            (None, false) if !line.trim().is_empty() => above = line,
            (None, false) => {}
        }
    }
    fences
}

fn blocks(page: &str) -> Result<Vec<Block>, String> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut is_skipped = false;
    for Fence { line, info, text, above } in fences(page) {
        let (language, more) = info.split_once(' ').unwrap_or((info, ""));
        let terminal = more.strip_prefix("terminal").map(|name| name.trim_start_matches('=').to_owned());
        match (language, more) {
            ("sh", _) if above.starts_with(NOT_RUN) => {
                let why = above.trim_start_matches(NOT_RUN).trim_matches([':', '*', ',', ' ']);
                if why.is_empty() {
                    return Err(format!("{line}: it does not say why it is not run"));
                }
                is_skipped = true;
                continue;
            }
            ("sh", "") => blocks.push(Block { line, what: What::Typed, text, shown: None }),
            ("sh", "again") => blocks.push(Block { line, what: What::TypedAgain, text, shown: None }),
            ("sh", _) if terminal.is_some() => {
                let what = What::Terminal(terminal.unwrap_or_default());
                blocks.push(Block { line, what, text, shown: None });
            }
            ("text", _) if text.starts_with("^C\n") => {
                let (what, shown) = (What::Interrupted(terminal.unwrap_or_default()), text[3..].to_owned());
                blocks.push(Block { line, what, text: "^C".to_owned(), shown: Some(shown) });
            }
            ("text" | "json", _) if is_skipped => {}
            ("text" | "json", _) => match blocks.last_mut() {
                Some(block) if block.shown.is_none() => block.shown = Some(text),
                _ => return Err(format!("{line}: nothing was typed that could show this")),
            },
            ("toml" | "properties" | "http", "") => {}
            _ => return Err(format!("{line}: nobody knows what to do with a block of “{info}”")),
        }
        is_skipped = false;
    }
    Ok(blocks)
}

#[test]
fn a_page_becomes_things_to_do_and_what_is_seen_then() {
    let page = "Start:\n\n```sh terminal\nserve\n```\n```text\nready …\n```\n\n```sh\nask\n```\n```json\n{}\n```\n\
                *Not run by our tests: it needs a bank.*\n\n```sh\npay\n```\n```text\npaid\n```\n```text\n^C\nbye\n```\n";
    let blocks = blocks(page).expect("a page");
    let seen: Vec<_> = blocks.iter().map(|one| (one.text.trim(), one.shown.as_deref())).collect();
    assert_eq!(seen, [("serve", Some("ready …\n")), ("ask", Some("{}\n")), ("^C", Some("bye\n"))]);
    assert_eq!(blocks[0].what, What::Terminal(String::new()));
    assert!(super::page::blocks("```sh tomorrow\nx\n```\n").is_err());
}
