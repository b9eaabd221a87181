//! The guides, followed word by word: what a page tells its reader to type is typed, in order, in a shell in an
//! empty folder, and what the page shows must come out.
//!
//! How a page says so:
//!
//! | block | means |
//! |---|---|
//! | `sh` | is typed, and must succeed; all of them in one shell |
//! | `text` or `json` right after it | what it prints: `…` in a line stands for anything, a line of its own for any lines; without such a block it must print nothing |
//! | `sh again` | is typed again and again until what is shown comes out |
//! | `sh terminal` | is typed in a terminal of its own, where it goes on; what is shown must come among what it prints. `terminal=second` names it |
//! | `text` that begins with `^C` | Ctrl-C in that terminal; the rest must come out before it ends. `text terminal=second` |
//! | `sh` below a line that begins with `*Not run by our tests` | is not typed, and the line says why |
//! | `toml`, `properties`, `http` | is only looked at |
//!
//! Addresses on this machine (`127.0.0.1:9093`) are replaced by free ones wherever they stand on the page, and the
//! server is told of the usual ones by its environment; so what is printed is what a reader types.

mod page;
mod shell;
mod shown;

use std::path::{Path, PathBuf};

use testkit::postgres;
use testkit::s3::S3Server;

use page::{Block, Page, What};
use shell::{Shell, Terminal};

/// Where the pages are.
fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/guides")
}

/// Does what a page says. Panics with the block where it cannot be followed.
fn follow(name: &str, more: &[(&str, String)]) {
    let page = Page::read(&folder().join(format!("{name}.md")));
    let place = tempfile::tempdir().expect("a folder");
    let environment: Vec<_> = page
        .environment()
        .into_iter()
        .chain(more.iter().map(|(name, value)| ((*name).to_owned(), value.clone())))
        .collect();
    let mut shell = Shell::start(place.path(), &environment);
    let mut terminals: Vec<(String, Terminal)> = Vec::new();
    for block in &page.blocks {
        let done = match &block.what {
            What::Typed => shell.run(block),
            What::TypedAgain => shell.run_again(block),
            What::Terminal(name) => Terminal::open(place.path(), &environment, block)
                .map(|terminal| terminals.push((name.clone(), terminal))),
            What::Interrupted(name) => interrupt(&mut terminals, name, block),
        };
        if let Err(why) = done {
            let said = |(name, open): &(String, Terminal)| format!("terminal {name}:\n{}", open.said());
            let all = terminals.iter().map(said).collect::<Vec<_>>().join("\n");
            panic!("docs/guides/{name}.md:{}: {why}\n--- typed:\n{}\n---\n{all}", block.line, block.text);
        }
    }
    assert!(!page.blocks.is_empty(), "{name} has nothing to follow");
}

fn interrupt(terminals: &mut Vec<(String, Terminal)>, name: &str, block: &Block) -> Result<(), String> {
    let at = terminals.iter().rposition(|(open, _)| open == name).ok_or("no such terminal is open")?;
    terminals.remove(at).1.interrupt(block)
}

#[test]
fn first_code() {
    follow("first-code", &[]);
}

#[test]
fn reminders_with_a_condition() {
    follow("reminders-with-a-condition", &[]);
}

#[test]
fn receiving_messages() {
    follow("receiving-messages", &[]);
}

#[test]
fn moving_from_a_java_integrasjonspunkt() {
    follow("moving-from-a-java-integrasjonspunkt", &[]);
}

#[test]
fn moving_from_a_hosted_notification_service() {
    follow("moving-from-a-hosted-notification-service", &[]);
}

#[test]
fn from_one_machine_to_many() {
    let s3 = S3Server::start();
    follow(
        "from-one-machine-to-many",
        &[
            ("DATABASE", postgres::shared().database()),
            ("BUCKET", format!("s3://{}/budstikke", s3.bucket())),
            ("S3", s3.endpoint().to_string()),
            ("S3_ACCESS_KEY", s3.access_key().to_owned()),
            ("S3_SECRET_KEY", s3.secret_key().to_owned()),
        ],
    );
}

#[test]
fn operating_at_night() {
    follow("operating-at-night", &[]);
}

#[test]
fn every_guide_is_followed() {
    let tests = include_str!("mod.rs");
    for page in std::fs::read_dir(folder()).expect("guides") {
        let file = page.expect("a guide").file_name();
        let name = file.to_string_lossy().trim_end_matches(".md").to_owned();
        assert!(tests.contains(&format!("\"{name}\"")), "no test follows docs/guides/{name}.md");
    }
}
