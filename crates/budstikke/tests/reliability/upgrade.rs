//! Servers of one version are replaced by those of another, one after the other, while the load goes on;
//! and the other way round, where the older version promises that.

use std::path::Path;
use std::time::Duration;

use trials::{
    ANSWERED_UNKNOWN, IN_DOUBT, LOOKS_IN_VAIN, MOST_FOR_ONE_ORDER, OtherParty, Outside, PATIENCE, Pace,
    Place, Sheet, Trial, most_for_one_message,
};

use crate::asked::Asked;
use crate::nodes::Nodes;
use crate::older::Older;
use crate::stage::Stage;

const NODES: usize = 3;
/// Orders that must be accepted between two steps, for each of the rounds that are asked for.
const EACH_ROUND: u64 = 5;
/// What an older version says of a database that it must not use.
const REFUSAL: &str = "a newer version of budstikke has used this database";
const MIGRATIONS: &str = "SELECT count(*) FROM migrations";

pub async fn nodes(asked: Asked) -> Sheet {
    let older = Older::build(&asked);
    let mut sheet = Sheet::new("three nodes upgraded under load");
    sheet.count("from", older.commit[..12].to_owned());
    let (outside, other) = (Outside::start().await, OtherParty::start().await);
    let prepare = |place: &mut Place| {
        place.set_program(Some(&older.program));
        // Nobody dies here. A lease that ran out because the machine has much to do would tell of nothing.
        place.set("notify.lease_seconds", "30");
        place.set("exchange.lease_seconds", "30");
    };
    let (mut nodes, _) = Nodes::start_with(prepare, NODES, &outside, &other).await;
    let ways = other.ways_to_us(vec![nodes.front()]).await;
    let pace = Pace { clients: 9, pause: Duration::from_millis(40) };
    let trial = Trial::begin(outside, other, ways, pace);
    let enough = asked.rounds * EACH_ROUND;
    progress(&trial, &nodes, "before", enough).await;
    let before = migrations(&nodes);
    over_to(None, &mut nodes, &trial, enough).await;
    let added = migrations(&nodes) - before;
    sheet.count("migrations under way", added);
    let mut replaced = NODES;
    if older.goes_back {
        over_to(Some(&older.program), &mut nodes, &trial, enough).await;
        over_to(None, &mut nodes, &trial, enough).await;
        replaced *= 3;
    } else if added > 0 {
        let (ended, said) = nodes.refused(0, &older.program).await;
        let refused = !ended.success() && said.contains(REFUSAL);
        sheet.broken((!refused).then(|| format!("the older version did not refuse ({ended}): {said}")));
        replaced += 1;
        progress(&trial, &nodes, "after the refusal", enough).await;
    }
    sheet.number("nodes stopped and started", replaced);
    let mut sheet = nodes.end(trial, sheet).await;
    nobody_noticed(&mut sheet);
    sheet
}

/// One node after the other becomes this version.
async fn over_to(program: Option<&Path>, nodes: &mut Nodes, trial: &Trial, enough: u64) {
    for one in 0..NODES {
        nodes.replace(one, program).await;
        progress(trial, nodes, "with both versions at work", enough).await;
    }
}

/// Orders are accepted.
async fn progress(trial: &Trial, nodes: &Nodes, when: &str, more: u64) {
    let wanted = trial.book.accepted_so_far() + more;
    let accepted = trial.book.wait_for_accepted(wanted, PATIENCE).await;
    assert!(accepted, "nothing is accepted {when}; {}", nodes.last_words());
}

fn migrations(nodes: &Nodes) -> u64 {
    nodes.query(MIGRATIONS)[0][0].parse().expect("a count")
}

/// A client that repeats a request once has seen no error, and nothing is in doubt.
fn nobody_noticed(sheet: &mut Sheet) {
    for what in [ANSWERED_UNKNOWN, IN_DOUBT, LOOKS_IN_VAIN] {
        sheet.must_be_none(what);
    }
    sheet.must_be_at_most(MOST_FOR_ONE_ORDER, 1);
    for which in ["sent", "received"] {
        sheet.must_be_at_most(&most_for_one_message(which), 1);
        sheet.must_be_none(&format!("messages {which}: failed, said so"));
    }
}

pub async fn alone(asked: Asked) -> Sheet {
    let older = Older::build(&asked);
    let mut stage = Stage::new("one server upgraded, SQLite", &asked).await;
    stage.sheet.count("from", older.commit[..12].to_owned());
    stage.place.set_program(Some(&older.program));
    stage.place.set("notify.lease_seconds", "30");
    let mut server = stage.start().await;
    let (mut play, trial) = stage.begin();
    let way: &[Option<&Path>] = if older.goes_back { &[None, Some(&older.program), None] } else { &[None] };
    let enough = async || {
        let wanted = trial.book.accepted_so_far() + asked.rounds * EACH_ROUND;
        assert!(trial.book.wait_for_accepted(wanted, PATIENCE).await, "nothing is accepted");
    };
    for program in way {
        enough().await;
        server.stop().await;
        play.place.set_program(*program);
        server = play.start().await;
    }
    enough().await;
    let mut sheet = play.end(trial, server).await;
    sheet.must_be_none(IN_DOUBT);
    sheet.must_be_none(ANSWERED_UNKNOWN);
    sheet
}
