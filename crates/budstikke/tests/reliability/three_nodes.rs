//! Three equal servers on one PostgreSQL and one bucket. Servers are killed and put to sleep, the
//! database restarts, and single servers lose sight of database or bucket; the others go on.

use std::time::Duration;

use testkit::postgres::Cluster;
use trials::{Chance, PATIENCE, Sheet, Trial};

use crate::asked::Asked;
use crate::nodes::{From, Nodes};

/// How long a fault lasts at least; longer than a lease.
const LEAST: Duration = Duration::from_millis(2_500);
/// Slow enough that many calls are under way when something happens.
const SLOW: Duration = Duration::from_millis(150);

#[derive(Clone, Copy, Debug)]
enum Fault {
    KillOne,
    KillTwo,
    Pause,
    RestartDatabase,
    KillDatabase,
    Cut(From),
    SlowGateway,
}

impl Fault {
    const ALL: [Self; 9] = [
        Self::KillOne,
        Self::Pause,
        Self::RestartDatabase,
        Self::Cut(From::Bucket),
        Self::Cut(From::Database),
        Self::SlowGateway,
        Self::KillTwo,
        Self::Cut(From::Gateway),
        Self::KillDatabase,
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::KillOne => "one node killed",
            Self::KillTwo => "two nodes killed at once",
            Self::Pause => "one node asleep beyond its leases",
            Self::RestartDatabase => "database restarted",
            Self::KillDatabase => "database killed",
            Self::Cut(From::Bucket) => "one node cut off from the bucket",
            Self::Cut(From::Database) => "one node cut off from the database",
            Self::Cut(From::Gateway) => "one node cut off from the gateway",
            Self::SlowGateway => "slow gateway",
        }
    }

    /// Whether there are nodes that should go on meanwhile.
    const fn leaves_others(self) -> bool {
        !matches!(self, Self::RestartDatabase | Self::KillDatabase)
    }
}

pub async fn run(asked: Asked) -> Sheet {
    let mut sheet = Sheet::new("three nodes, PostgreSQL and S3");
    let mut chance = Chance::new(asked.seed);
    println!("--seed {} repeats its chance", chance.seed());
    sheet.count("store", "PostgreSQL, S3");
    sheet.count("seed", chance.seed());
    let (mut nodes, trial) = Nodes::begin().await;
    // A fault takes seconds, and each kind shall come at least once.
    let faults = (asked.rounds * 2 / 5).max(Fault::ALL.len() as u64);
    let mut times = [0_u64; Fault::ALL.len()];
    for round in 0..faults {
        let kind = usize::try_from(round).expect("a few rounds") % Fault::ALL.len();
        times[kind] += 1;
        let fault = Fault::ALL[kind];
        progress(&trial, "before", fault, &nodes, 30).await;
        inflict(fault, &mut nodes, &trial, &mut chance).await;
        progress(&trial, "after", fault, &nodes, 20).await;
    }
    for (fault, times) in Fault::ALL.iter().zip(times) {
        sheet.count(&format!("  {}", fault.name()), times);
    }
    sheet.count("faults", faults);
    nodes.end(trial, sheet).await
}

/// Orders are accepted.
async fn progress(trial: &Trial, when: &str, fault: Fault, nodes: &Nodes, more: u64) {
    let wanted = trial.book.accepted_so_far() + more;
    let accepted = trial.book.wait_for_accepted(wanted, PATIENCE).await;
    assert!(accepted, "nothing is accepted {when} {fault:?}; {}", nodes.last_words());
}

async fn inflict(fault: Fault, nodes: &mut Nodes, trial: &Trial, chance: &mut Chance) {
    let one = usize::try_from(chance.below(3)).expect("one of three");
    let others = (fault.leaves_others()).then(|| trial.book.accepted_so_far() + 5);
    let silent = chance.below(2) == 0;
    let lasting = LEAST + chance.time_below(Duration::from_secs(2));
    match fault {
        Fault::KillOne => nodes.kill(one).await,
        Fault::KillTwo => {
            nodes.kill(one).await;
            nodes.kill((one + 1) % 3).await;
        }
        Fault::Pause => nodes.signal(one, "STOP").await,
        Fault::RestartDatabase => nodes.database(Cluster::stop).await,
        Fault::KillDatabase => nodes.database(Cluster::kill).await,
        Fault::Cut(from) => nodes.cut(one, from, silent),
        Fault::SlowGateway => trial.outside.slow_down(SLOW),
    }
    tokio::time::sleep(lasting).await;
    if let Some(wanted) = others {
        let went_on = trial.book.wait_for_accepted(wanted, PATIENCE).await;
        assert!(went_on, "the others do not go on during {fault:?}; {}", nodes.last_words());
    }
    match fault {
        Fault::KillOne | Fault::KillTwo => nodes.start_missing().await,
        Fault::Pause => nodes.signal(one, "CONT").await,
        Fault::RestartDatabase | Fault::KillDatabase => {
            nodes.database(Cluster::start_again).await;
        }
        Fault::Cut(_) => nodes.mend(one),
        Fault::SlowGateway => trial.outside.slow_down(Duration::ZERO),
    }
}
