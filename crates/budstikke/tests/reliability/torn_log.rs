//! The end of the write-ahead log is torn, as a power cut may leave it: bytes after the last commit that
//! belong to nobody.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;

use trials::{Chance, PATIENCE, Sheet};

use crate::asked::Asked;
use crate::stage::Stage;

/// Bytes of a page of the database, and of its header in the log.
const FRAME: u64 = 4_096 + 24;

pub async fn run(asked: Asked) -> Sheet {
    let stage = Stage::new("torn log, SQLite", &asked).await;
    let mut server = stage.start().await;
    let (mut play, trial) = stage.begin();
    let times = (asked.rounds / 4).clamp(3, 50);
    for _ in 0..times {
        let wanted = trial.book.accepted_so_far() + 20 + play.chance.below(60);
        assert!(trial.book.wait_for_accepted(wanted, PATIENCE).await, "nothing is accepted");
        server.kill().await;
        tear(&play.place.data().join("budstikke.db-wal"), &mut play.chance);
        server = play.start().await;
    }
    play.sheet.count("kills, each with a torn log", times);
    play.end(trial, server).await
}

/// Appends the beginning of a frame that was never finished, or one whose bytes are not its own.
fn tear(log: &Path, chance: &mut Chance) {
    let mut log = OpenOptions::new().append(true).open(log).expect("a write-ahead log");
    let length = usize::try_from(1 + chance.below(3 * FRAME)).expect("a short piece");
    let noise: Vec<u8> = (0..length).map(|_| u8::try_from(chance.below(256)).expect("a byte")).collect();
    log.write_all(&noise).expect("a longer log");
}
