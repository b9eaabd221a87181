//! Two consumers empty one inbox between them, neither as careful as one would wish: some messages are
//! left until their lock runs out, some deletions come too late, some answers are not heard.

use std::time::Duration;

use reqwest::Method;
use trials::{
    Answer, Chance, Consumers, Door, ORG, OTHER_ORG, OtherParty, Outside, Place, Route, Sheet, Trial, Ways,
    post_many, within,
};

use crate::asked::Asked;
use crate::nodes::Nodes;

/// How long a message stays locked, as [`Trial::furnish`] sets it.
const LOCK: Duration = Duration::from_secs(3);
/// A generous time for one message, in a debug build on a machine that others use too.
const EACH: Duration = Duration::from_millis(400);

pub async fn on_one_node(asked: Asked) -> Sheet {
    let (outside, other) = (Outside::start().await, OtherParty::start().await);
    let mut place = Place::new();
    Trial::furnish(&mut place, &outside, &other);
    let server = place.start_without_token().await;
    let door = Door::to(&[&server.api]).await;
    let ways = other.ways_to_us(vec![door.address()]).await;
    let mut sheet = Sheet::new("two consumers, SQLite");
    sheet.count("store", "SQLite");
    share(&asked, &ways, &other, &mut sheet).await;
    server.stop().await;
    sheet
}

pub async fn on_two_nodes(asked: Asked) -> Sheet {
    let (outside, other) = (Outside::start().await, OtherParty::start().await);
    let (nodes, ways) = Nodes::start(2, &outside, &other).await;
    let mut sheet = Sheet::new("two consumers at two nodes, PostgreSQL and S3");
    sheet.count("store", "PostgreSQL, S3");
    share(&asked, &ways, &other, &mut sheet).await;
    nodes.stop(&mut sheet).await;
    sheet
}

/// Fills the inbox, lets both empty it, and compares what they have with what both sides say.
async fn share(asked: &Asked, ours: &Ways, other: &OtherParty, sheet: &mut Sheet) {
    let mut chance = Chance::new(asked.seed);
    sheet.count("seed", chance.seed());
    println!("--seed {} repeats its chance", chance.seed());
    let many = usize::try_from(asked.messages).expect("a number of messages");
    let patience = EACH * u32::try_from(many).expect("not that many") + Duration::from_secs(60);
    let route = Route {
        from: OTHER_ORG.to_owned(),
        to: ORG.to_owned(),
        sender: other.ways(),
        receiver: ours.clone(),
    };
    let sent = post_many(&route, many).await;
    assert_eq!(sent.len(), many);
    until_total(ours, "/messages/in?size=1", many, patience).await;
    let consumers = Consumers::start(ours, 2, LOCK, &mut chance);
    until_total(ours, "/messages/in?size=1", 0, patience).await;
    consumers.judge(&sent, LOCK, sheet).await;
    // Both sides tell of each once: the sender of each status on the way, the receiver of the end.
    until_total(&other.ways(), "/statuses?status=LEVERT&size=1", many, patience).await;
    for (ways, status, expected) in [
        (&other.ways(), "MOTTATT", many),
        (&other.ways(), "LEVERT", many),
        (&other.ways(), "FEIL", 0),
        (&other.ways(), "LEVETID_UTLOPT", 0),
        (ours, "INNKOMMENDE_MOTTATT", many),
        (ours, "INNKOMMENDE_LEVERT", many),
    ] {
        let told = total(ways, &format!("/statuses?status={status}&size=1")).await;
        sheet.broken((told != Some(expected)).then(|| format!("{status}: {told:?} instead of {expected}")));
    }
}

/// How many there are in a list.
async fn total(ways: &Ways, path: &str) -> Option<usize> {
    let answer = Answer::of(ways.exchange(Method::GET, path)).await.ok()?;
    assert_eq!(answer.status, 200, "{answer:?}");
    usize::try_from(answer.json()["totalElements"].as_u64()?).ok()
}

async fn until_total(ways: &Ways, path: &str, wanted: usize, patience: Duration) {
    let what = format!("{wanted} in {path}");
    within(patience, &what, || async { (total(ways, path).await? == wanted).then_some(()) }).await;
}
