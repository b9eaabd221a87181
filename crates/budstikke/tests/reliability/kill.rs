//! SIGKILL at moments nobody has planned for, while orders, instant messages and messages both ways
//! are under way.

use std::time::Duration;

use trials::{ANSWERED_UNKNOWN, Chance, PATIENCE, Sheet, Trial};

use crate::asked::Asked;
use crate::stage::{Play, Stage};

/// Slow enough that many calls to the gateway are under way when the server dies.
const SLOW: Duration = Duration::from_millis(40);

pub async fn run(asked: Asked) -> Sheet {
    let stage = Stage::new("kill -9, SQLite", &asked).await;
    let mut server = stage.start().await;
    let (mut play, trial) = stage.begin();
    let mut kills = 0;
    for round in 0..asked.rounds {
        trial.outside.slow_down(if round % 2 == 1 { SLOW } else { Duration::ZERO });
        some_moment(&trial, &mut play.chance).await;
        server.kill().await;
        kills += 1 + kill_while_starting(&mut play).await;
        server = play.start().await;
    }
    play.sheet.count("rounds", asked.rounds);
    play.sheet.count("kills", kills);
    let mut sheet = play.end(trial, server).await;
    sheet.must_be_none(ANSWERED_UNKNOWN);
    sheet
}

/// So many more receipts, so many more messages at the gateway, or simply some time.
async fn some_moment(trial: &Trial, chance: &mut Chance) {
    match chance.below(3) {
        0 => {
            let wanted = trial.book.accepted_so_far() + 1 + chance.below(120);
            assert!(trial.book.wait_for_accepted(wanted, PATIENCE).await, "nothing was accepted");
        }
        1 => {
            let captured = trial.outside.gateway().captured();
            let wanted = captured.total() + 1 + chance.below(100);
            assert!(captured.wait_for_total(wanted, PATIENCE).await, "nothing was handed over");
        }
        _ => tokio::time::sleep(chance.time_below(Duration::from_millis(500))).await,
    }
}

/// Now and then the next process dies too, before it is ready or just when it is.
async fn kill_while_starting(play: &mut Play) -> u64 {
    if play.chance.below(5) > 0 {
        return 0;
    }
    let mut process = play.place.launch(&[]);
    tokio::time::sleep(play.chance.time_below(Duration::from_millis(300))).await;
    process.kill().await.expect("a process to kill");
    1
}
