//! A disk that fills up while everything is under way, and is freed again.

use std::time::Duration;

use trials::{PATIENCE, Scarce, Sheet};

use crate::asked::Asked;
use crate::stage::Stage;

/// How often at most the disk is filled; each time is slow.
const TIMES: u64 = 5;

pub async fn run(asked: Asked) -> Sheet {
    let mut stage = Stage::new("full disk, SQLite", &asked).await;
    let scarce = Scarce::here(stage.place.folder());
    let how = if scarce == Scarce::Mount { "a small disk" } else { "files that cannot grow" };
    stage.sheet.count("made scarce by", how);
    let server = scarce.start_without_token(&stage.place).await;
    stage.door.lead_to(&[&server.api]);
    let (mut play, trial) = stage.begin();
    let times = (asked.rounds / 10).clamp(2, TIMES);
    for _ in 0..times {
        let wanted = trial.book.accepted_so_far() + 50 + play.chance.below(100);
        assert!(trial.book.wait_for_accepted(wanted, PATIENCE).await, "nothing is accepted");
        scarce.fill(&server);
        trial.wait_for_refusals().await;
        tokio::time::sleep(play.chance.time_below(Duration::from_secs(1))).await;
        scarce.free(&server);
        let wanted = trial.book.accepted_so_far() + 20;
        assert!(trial.book.wait_for_accepted(wanted, PATIENCE).await, "nothing is accepted again");
    }
    play.sheet.count("times the disk was full", times);
    play.end(trial, server).await
}
