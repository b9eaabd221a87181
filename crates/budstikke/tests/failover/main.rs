//! Three nodes on three PostgreSQL that Patroni keeps alike; under load the leading one is killed, stands
//! still until another leads, and is killed while it waits for its followers.
//!
//! On request: `cargo test -p budstikke --test failover -- --ignored --nocapture`, which needs Debian's
//! packages `postgresql`, `patroni` and `etcd-server` and takes some minutes. Nothing on the machine is
//! touched, and nothing is left behind. Prints what it counted and leaves it in `target/reliability`.

mod fault;
mod nodes;

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use testkit::patroni::Trio;
use testkit::postgres;
use testkit::s3::S3Server;
use trials::{Ledger, OtherParty, Outside, Pace, Sheet, Trial};

use fault::Fault;
use nodes::Nodes;

/// Orders that are accepted before something breaks, and again before it is mended.
const ORDERS: u64 = 200;
/// How long it may take until orders are accepted again.
const BACK_AGAIN: Duration = Duration::from_secs(120);

#[test]
#[ignore = "on request: needs patroni and etcd"]
fn nothing_accepted_is_lost_when_the_leading_database_is() {
    let (trio, bucket) = (Trio::start(), S3Server::start());
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let sheet = runtime.block_on(Box::pin(run(&trio, &bucket)));
    sheet.print();
    println!("  written to {}", sheet.write(&folder()).display());
    assert!(sheet.holds(), "see above");
}

async fn run(trio: &Trio, bucket: &S3Server) -> Sheet {
    let mut sheet = Sheet::new("leader lost, three PostgreSQL with Patroni");
    let (outside, other) = (Outside::start().await, OtherParty::start().await);
    let nodes = Nodes::start(&trio.url(), bucket, &outside, &other).await;
    outside.report_to(&nodes.door().address().to_string());
    let ways = other.ways_to_us(nodes.addresses()).await;
    let trial = Trial::begin(outside, other, ways, Pace { clients: 8, pause: Duration::from_millis(25) });
    let mut missing = Vec::new();
    for fault in Fault::ALL {
        accept_more(&trial).await;
        fault.strike(trio, &trial, &mut sheet).await;
        missing.extend(acknowledged_and_missing(trio, &trial));
    }
    trial.judge(&Ledger::Postgres(trio.url()), &mut sheet).await;
    sheet.number("acknowledged and missing", missing.len());
    sheet.broken(missing.into_iter().map(|id| format!("shipment {id} was acknowledged and is not there")));
    sheet.broken(nodes.stop().await);
    sheet
}

async fn accept_more(trial: &Trial) {
    let goal = trial.book.accepted_so_far() + ORDERS;
    let accepted = trial.book.wait_for_accepted(goal, BACK_AGAIN).await;
    let so_far = trial.book.accepted_so_far();
    assert!(accepted, "orders stay unaccepted; {so_far} of {goal} after {} s", BACK_AGAIN.as_secs());
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
