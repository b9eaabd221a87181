//! Whole servers under load and under faults, and what must hold afterwards.
//!
//! `cargo reliability` runs every trial briefly, as `cargo test` does; `cargo reliability --rounds 200`
//! at length; `cargo reliability kill --rounds 200 --seed 7` one of them, by its name, with the chance
//! of an earlier run. Each prints what it counted and leaves it in `target/reliability`.
//!
//! The trials follow each other, since each wants the machine for itself. Those of an upgrade run only where
//! they are named (`cargo reliability upgrade`), because they build an older version first.

mod asked;
mod consumers;
mod full_disk;
mod kill;
mod large;
mod nodes;
mod older;
mod read_only;
mod stage;
mod steps;
mod three_nodes;
mod torn_log;
mod upgrade;

use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::process::ExitCode;

use trials::Sheet;

use asked::Asked;

/// A trial that takes what was asked for and fills a sheet.
struct Kind {
    name: &'static str,
    sentence: &'static str,
    run: fn(Asked) -> Pin<Box<dyn Future<Output = Sheet>>>,
    /// Whether it runs only where it is named.
    on_request: bool,
}

macro_rules! kind {
    ($name:literal, $run:path, $sentence:literal) => {
        kind!($name, $run, $sentence, false)
    };
    ($name:literal, $run:path, $sentence:literal, $on_request:literal) => {
        Kind { name: $name, sentence: $sentence, run: |asked| Box::pin($run(asked)), on_request: $on_request }
    };
}

const KINDS: [Kind; 11] = [
    kind!("kill", kill::run, "what was accepted survives SIGKILL and is handed over once"),
    kind!(
        "steps",
        steps::run,
        "killed between any two steps, a message comes to its end as if nothing had happened"
    ),
    kind!("full-disk", full_disk::run, "a disk that fills up under load loses nothing"),
    kind!("read-only", read_only::run, "a disk that turns read-only under load loses nothing"),
    kind!("torn-log", torn_log::run, "a torn end of the write-ahead log loses nothing that was accepted"),
    kind!(
        "three-nodes",
        three_nodes::run,
        "three nodes on PostgreSQL and S3 lose nothing, whatever single ones suffer"
    ),
    kind!(
        "consumers-one-node",
        consumers::on_one_node,
        "two consumers share an inbox on SQLite, and none gets what the other has"
    ),
    kind!(
        "consumers-two-nodes",
        consumers::on_two_nodes,
        "two consumers share an inbox at two nodes on PostgreSQL, and none gets what the other has"
    ),
    kind!(
        "large",
        large::run,
        "a large message passes in constant memory, also when uploads and downloads break off"
    ),
    kind!(
        "upgrade-nodes",
        upgrade::nodes,
        "three nodes go over to a new version one after the other, and nobody notices",
        true
    ),
    kind!(
        "upgrade-alone",
        upgrade::alone,
        "a server on SQLite goes over to a new version, and nothing is lost",
        true
    ),
];

fn main() -> ExitCode {
    let asked = match Asked::from_arguments(std::env::args().skip(1)) {
        Ok(asked) => asked,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    };
    if asked.list {
        for kind in KINDS.iter().filter(|kind| !kind.on_request) {
            println!("{}: test", kind.name);
        }
        return ExitCode::SUCCESS;
    }
    let wanted: Vec<&Kind> = KINDS.iter().filter(|kind| asked.wants(kind.name, kind.on_request)).collect();
    let broken: Vec<&str> = wanted.iter().filter(|kind| !holds(kind, &asked)).map(|kind| kind.name).collect();
    match (wanted.len(), broken.is_empty()) {
        (0, _) => println!("reliability: nothing of that name"),
        (_, true) => println!("\nreliability: everything held"),
        (_, false) => println!("\nreliability: BROKEN: {}", broken.join(", ")),
    }
    if broken.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Runs one, and shows its sheet.
fn holds(kind: &Kind, asked: &Asked) -> bool {
    println!("\n{}: {} …", kind.name, kind.sentence);
    // A thread for each, so that one that panics does not end the others.
    let (run, asked) = (kind.run, asked.clone());
    let ended = std::thread::spawn(move || {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        runtime.block_on(run(asked))
    });
    ended.join().is_ok_and(|sheet| {
        sheet.print();
        println!("  written to {}", sheet.write(&folder()).display());
        sheet.holds()
    })
}

/// Where the sheets go: beside what Cargo builds.
fn folder() -> PathBuf {
    target().join("reliability")
}

/// Where Cargo builds.
fn target() -> PathBuf {
    let ours = std::env::current_exe().expect("where this program is");
    ours.ancestors().nth(3).unwrap_or_else(|| Path::new("target")).to_path_buf()
}
