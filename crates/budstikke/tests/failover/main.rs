//! Three nodes on three PostgreSQL that Patroni keeps alike; the leading one is killed under load, and
//! the one that follows it too.
//!
//! On request: `cargo test -p budstikke --test failover -- --ignored --nocapture`, which needs Debian's
//! packages `postgresql`, `patroni` and `etcd-server` and takes some minutes. Nothing on the machine is
//! touched, and nothing is left behind. Prints what it counted and leaves it in `target/reliability`.

mod nodes;

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use testkit::patroni::{Member, Trio};
use testkit::postgres;
use testkit::s3::S3Server;
use trials::{Ledger, OtherParty, Outside, Pace, Sheet, Trial};

use nodes::Nodes;

/// Leaders that are killed, one after the other.
const FAILOVERS: usize = 2;
/// Orders that are accepted before a leader is killed, and again before the next may be.
const ORDERS: u64 = 300;
/// How long it may take until another database leads and orders are accepted again.
const BACK_AGAIN: Duration = Duration::from_secs(90);

#[test]
#[ignore = "on request: needs patroni and etcd"]
fn nothing_accepted_is_lost_when_the_leading_database_is_killed() {
    let (trio, bucket) = (Trio::start(), S3Server::start());
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let sheet = runtime.block_on(Box::pin(run(&trio, &bucket)));
    sheet.print();
    println!("  written to {}", sheet.write(&folder()).display());
    assert!(sheet.holds(), "see above");
}

async fn run(trio: &Trio, bucket: &S3Server) -> Sheet {
    let mut sheet = Sheet::new("leader killed, three PostgreSQL with Patroni");
    let (outside, other) = (Outside::start().await, OtherParty::start().await);
    let nodes = Nodes::start(&trio.url(), bucket, &outside, &other).await;
    outside.report_to(&nodes.door().address().to_string());
    let ways = other.ways_to_us(nodes.addresses()).await;
    let trial = Trial::begin(outside, other, ways, Pace { clients: 8, pause: Duration::from_millis(25) });
    let mut missing = Vec::new();
    for failover in 1..=FAILOVERS {
        accept_more(&trial).await;
        kill_leader(trio, &trial, failover, &mut sheet).await;
        missing.extend(acknowledged_and_missing(trio, &trial));
    }
    sheet.number("leaders killed", FAILOVERS);
    trial.judge(&Ledger::Postgres(trio.url()), &mut sheet).await;
    sheet.number("acknowledged and missing", missing.len());
    sheet.broken(missing.into_iter().map(|id| format!("shipment {id} was acknowledged and is not there")));
    sheet.broken(nodes.stop().await);
    sheet
}

async fn accept_more(trial: &Trial) {
    let goal = trial.book.accepted_so_far() + ORDERS;
    assert!(trial.book.wait_for_accepted(goal, BACK_AGAIN).await, "no orders are accepted");
}

/// Kills the leader with its Patroni; when another leads and orders are accepted again, the killed one
/// comes back and follows.
async fn kill_leader(trio: &Trio, trial: &Trial, number: usize, sheet: &mut Sheet) {
    let leader = trio.wait_for_leader();
    trio.kill(leader);
    let killed = Instant::now();
    let next = other_than(leader, trio);
    let led = killed.elapsed();
    accept_more(trial).await;
    trio.start_member(leader);
    trio.wait_until_whole();
    sheet.count(&format!("until another led, time {number}"), format!("{:.1} s", led.as_secs_f64()));
    sheet.broken((next == leader).then(|| "the killed database led again".to_owned()));
}

fn other_than(leader: Member, trio: &Trio) -> Member {
    let begun = Instant::now();
    loop {
        let next = trio.wait_for_leader();
        if next != leader || begun.elapsed() > BACK_AGAIN {
            return next;
        }
    }
}

/// Shipments whose receipts somebody holds, and which the database does not know.
fn acknowledged_and_missing(trio: &Trio, trial: &Trial) -> Vec<String> {
    let acknowledged: HashSet<String> =
        trial.book.orders().into_values().filter_map(|asked| asked.shipment).collect();
    let rows = postgres::query(&trio.url(), "SELECT encode(id, 'hex') FROM notify_orders");
    let id = |digits: &str| digits.parse::<uuid::Uuid>().expect("an id").to_string();
    let there: HashSet<String> = rows.iter().map(|row| id(&row[0])).collect();
    acknowledged.difference(&there).cloned().collect()
}

/// Where the sheet goes: beside what Cargo builds.
fn folder() -> PathBuf {
    let ours = std::env::current_exe().expect("where this program is");
    let target = ours.ancestors().nth(3).unwrap_or_else(|| Path::new("target"));
    target.join("reliability")
}
