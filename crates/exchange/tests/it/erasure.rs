//! Erasing what there is about one person.

use store::params;
use types::erasure::{Share, Whom};

use crate::app::{Gateway, arkivmelding, avtalt, case_document, world};
use crate::nodes::number;

const PERSON: &str = "13858130624";
const STORIES: &str = "SELECT count(*) FROM exchange_conversations";
const TRACES: &str =
    "SELECT (SELECT count(*) FROM exchange_statuses) + (SELECT count(*) FROM exchange_timeline)
    + (SELECT count(*) FROM attempts)";

fn person() -> Whom {
    Whom::read(PERSON).expect("a person")
}

/// As `(kind, goes, stays)`, where there is anything.
fn told(shares: &[Share]) -> Vec<(&str, i64, i64)> {
    let some = shares.iter().filter(|share| share.goes + share.stays > 0);
    some.map(|share| (share.kind.as_str(), share.goes, share.stays)).collect()
}

/// Has a message gone to a person, as if a channel that reaches persons had taken it.
async fn readdress(at: &Gateway, message_id: &str) {
    let id = message_id.to_owned();
    let written = at.store.write(move |tx| {
        tx.execute(
            "UPDATE exchange_conversations SET receiver_identifier = $2 WHERE message_id = $1",
            params![id, PERSON],
        )?;
        tx.execute(
            "UPDATE exchange_outbox SET receiver_identifier = $2 WHERE message_id = $1",
            params![id, PERSON],
        )
    });
    Result::<_, store::Error>::expect(written.await, "an update");
}

#[tokio::test]
async fn finished_messages_and_drafts_go_and_what_is_not_over_stays() {
    let world = world().await;
    let done = world.a.send(&avtalt(), &[]).await;
    world.settle().await;
    world.b.peek().await;
    world.b.delete(&format!("api/messages/in/{done}")).await;
    world.settle().await;
    let open = world.a.send(&avtalt(), &[]).await;
    world.settle().await;
    let draft = world.a.draft(&arkivmelding()).await;
    assert_eq!(world.a.attach(&draft, "arkivmelding.xml", case_document()).await.status, 200);
    for message in [&done, &open, &draft] {
        readdress(&world.a, message).await;
    }
    let exchange = &world.a.exchange;
    let (stories, blobs) = (number(&world.a, STORIES).await, world.a.blobs_of("out-file").await);

    let said = exchange.held_about(&person()).await.expect("a store");
    assert_eq!(told(&said), [("messages", 1, 1), ("drafts", 1, 0)]);
    assert_eq!(number(&world.a, STORIES).await, stories, "looking changes nothing");
    let traces = number(&world.a, TRACES).await;
    let gone = exchange.erase(&person(), "operator kari").await.expect("a store");

    assert_eq!(told(&gone), told(&said), "what is said is what is done");
    assert_eq!(number(&world.a, STORIES).await, stories - 2);
    assert!(number(&world.a, TRACES).await < traces - 2, "statuses, timeline and attempts went with them");
    assert_eq!((blobs, world.a.blobs_of("out-file").await), (1, 0), "and the draft's files");
    let of = async |id: &str| world.a.get(&format!("api/conversations/messageId/{id}")).await.status.as_u16();
    assert_eq!((of(&done).await, of(&open).await), (404, 200));
    assert_eq!(world.a.get(&format!("api/messages/out/{draft}")).await.status, 404);
    let again = exchange.erase(&person(), "operator kari").await.expect("a store");
    assert_eq!(told(&again), [("messages", 0, 1)]);
    let noted = "SELECT count(*) FROM audit_waiting WHERE subject = 'erasure'";
    assert_eq!(number(&world.a, noted).await, 1, "one commit, one entry");

    let organization = Whom::read("310000001").expect("an organization");
    assert_eq!(exchange.erase(&organization, "operator kari").await.expect("a store"), []);
}
