//! Whole servers under load and under faults, and what must hold afterwards.
//!
//! `cargo reliability` runs every trial briefly, as `cargo test` does; `cargo reliability --rounds 200`
//! at length; `cargo reliability kill --rounds 200 --seed 7` one of them, by its name, with the chance
//! of an earlier run. Each prints what it counted and leaves it in `target/reliability`.
//!
//! The trials follow each other, since each wants the machine for itself.

mod asked;
mod consumers;
mod full_disk;
mod kill;
mod large;
mod nodes;
mod read_only;
mod stage;
mod steps;
mod three_nodes;
mod torn_log;

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
}

const KINDS: [Kind; 9] = [
    Kind {
        name: "kill",
        sentence: "what was accepted survives SIGKILL and is handed over once",
        run: |asked| Box::pin(kill::run(asked)),
    },
    Kind {
        name: "steps",
        sentence: "killed between any two steps, a message comes to its end as if nothing had happened",
        run: |asked| Box::pin(steps::run(asked)),
    },
    Kind {
        name: "full-disk",
        sentence: "a disk that fills up under load loses nothing",
        run: |asked| Box::pin(full_disk::run(asked)),
    },
    Kind {
        name: "read-only",
        sentence: "a disk that turns read-only under load loses nothing",
        run: |asked| Box::pin(read_only::run(asked)),
    },
    Kind {
        name: "torn-log",
        sentence: "a torn end of the write-ahead log loses nothing that was accepted",
        run: |asked| Box::pin(torn_log::run(asked)),
    },
    Kind {
        name: "three-nodes",
        sentence: "three nodes on PostgreSQL and S3 lose nothing, whatever single ones suffer",
        run: |asked| Box::pin(three_nodes::run(asked)),
    },
    Kind {
        name: "consumers-one-node",
        sentence: "two consumers share an inbox on SQLite, and none gets what the other has",
        run: |asked| Box::pin(consumers::on_one_node(asked)),
    },
    Kind {
        name: "consumers-two-nodes",
        sentence: "two consumers share an inbox at two nodes on PostgreSQL, and none gets what the other has",
        run: |asked| Box::pin(consumers::on_two_nodes(asked)),
    },
    Kind {
        name: "large",
        sentence: "a large message passes in constant memory, also when uploads and downloads break off",
        run: |asked| Box::pin(large::run(asked)),
    },
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
        for kind in &KINDS {
            println!("{}: test", kind.name);
        }
        return ExitCode::SUCCESS;
    }
    let wanted: Vec<&Kind> = KINDS.iter().filter(|kind| asked.wants(kind.name)).collect();
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
    let ours = std::env::current_exe().expect("where this program is");
    let target = ours.ancestors().nth(3).unwrap_or_else(|| Path::new("target"));
    target.join("reliability")
}
