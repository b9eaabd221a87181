//! A disk that turns read-only while everything is under way; the server is also killed and started
//! again while it is.

use trials::{Frozen, PATIENCE, Sheet};

use crate::asked::Asked;
use crate::stage::{Play, Stage};

pub async fn run(asked: Asked) -> Sheet {
    let stage = Stage::new("read-only disk, SQLite", &asked).await;
    let mut server = stage.start().await;
    let Some(frozen) = Frozen::try_in(&stage.place.data()) else {
        println!(
            "  SKIPPED: files cannot be made immutable here (that takes root, chattr, and ext4 or alike)"
        );
        let mut sheet = stage.sheet;
        sheet.count("skipped", "files cannot be made immutable here");
        server.stop().await;
        return sheet;
    };
    let (mut play, trial) = stage.begin();
    let times = (asked.rounds / 10).clamp(2, 10);
    for round in 0..times {
        let wanted = trial.book.accepted_so_far() + 50 + play.chance.below(100);
        assert!(trial.book.wait_for_accepted(wanted, PATIENCE).await, "nothing is accepted");
        let even_mapped = round % 2 == 1;
        frozen.freeze(even_mapped);
        if even_mapped {
            server.kill().await;
            refuses_to_start(&mut play).await;
            frozen.thaw();
            server = play.start().await;
        } else {
            trial.wait_for_refusals().await;
            frozen.thaw();
        }
        let wanted = trial.book.accepted_so_far() + 20;
        assert!(trial.book.wait_for_accepted(wanted, PATIENCE).await, "nothing is accepted again");
    }
    play.sheet.count("times the disk was read-only", times);
    play.end(trial, server).await
}

/// A start that says what is wrong, and does not look like a fault of the program.
async fn refuses_to_start(play: &mut Play) {
    let ended = play.place.launch(&[]).wait().await.expect("its state");
    let folder = play.place.data().display().to_string();
    let log = play.place.log();
    let last = log.lines().last().unwrap_or_default();
    let clear = !ended.success() && ended.code().is_some() && log.contains(&folder);
    play.sheet.broken((!clear).then(|| format!("a start on a read-only disk ended so: {ended}, {last}")));
}
