//! What is kept for a time only.

use exchange::Config;

use crate::app::{Gateway, World, arkivmelding, avtalt, case_document, world_with};
use crate::nodes::number;

const DAY: u64 = 24 * 3_600;
const DRAFTS: &str = "SELECT count(*) FROM exchange_outbox";
const STORIES: &str = "SELECT count(*) FROM exchange_conversations";
const STATUSES: &str = "SELECT count(*) FROM exchange_statuses";
const QUEUED: &str = "SELECT count(*) FROM exchange_statuses WHERE queued = 1";

async fn draft_with_a_file(gateway: &Gateway) -> String {
    let id = gateway.draft(&arkivmelding()).await;
    assert_eq!(gateway.attach(&id, "arkivmelding.xml", case_document()).await.status, 200);
    id
}

/// A draft, a finished conversation and one that is not finished, which has a month to go.
async fn story(change: impl Fn(&mut Config) + Send + Sync + 'static) -> World {
    let world = world_with(move |config| {
        config.default_deadline_seconds = 40 * DAY;
        change(config);
    })
    .await;
    let done = world.a.send(&avtalt(), &[]).await;
    world.settle().await;
    world.b.peek().await;
    world.b.delete(&format!("api/messages/in/{done}")).await;
    world.settle().await;
    draft_with_a_file(&world.a).await;
    world
}

#[tokio::test]
async fn nothing_is_removed_unless_it_is_configured() {
    let world = story(|_| {}).await;
    world.pass(39 * DAY);
    world.settle().await;

    assert_eq!(number(&world.a, DRAFTS).await, 1);
    assert_eq!(number(&world.a, STORIES).await, 2);
    assert_eq!(number(&world.a, QUEUED).await, 5, "OPPRETTET twice, SENDT, MOTTATT and LEVERT");
}

#[tokio::test]
async fn a_draft_that_nobody_has_changed_for_its_time_goes_with_its_files() {
    let world = story(|config| config.keep_drafts_days = 7).await;
    assert_eq!(world.a.blobs_of("out-file").await, 1);
    let young = async || {
        let id = draft_with_a_file(&world.a).await;
        world.settle().await;
        id
    };

    world.pass(6 * DAY);
    let second = young().await;
    assert_eq!(number(&world.a, DRAFTS).await, 2, "neither is old enough");
    world.pass(DAY + 1);
    world.settle().await;

    assert_eq!((number(&world.a, DRAFTS).await, world.a.blobs_of("out-file").await), (1, 1));
    assert_eq!(world.a.get(&format!("api/messages/out/{second}")).await.status, 200);
    assert_eq!(number(&world.a, STORIES).await, 3, "their conversations stay, as after DELETE");
}

#[tokio::test]
async fn a_finished_conversation_goes_with_its_statuses_and_an_unfinished_one_stays() {
    let world = story(|config| config.keep_finished_days = 30).await;
    world.pass(29 * DAY);
    world.settle().await;
    assert_eq!(number(&world.a, STORIES).await, 2);

    world.pass(DAY + 1);
    world.settle().await;

    let left = world.a.get("api/conversations").await.json();
    assert_eq!((&left["totalElements"], &left["content"][0]["finished"]), (&1.into(), &false.into()));
    assert_eq!(number(&world.a, STATUSES).await, 1, "the draft's");
    assert_eq!(number(&world.b, STORIES).await, 0);
    let head = world.a.get("api/statuses/peek").await;
    assert_eq!(head.json()["status"], "OPPRETTET", "what is gone blocks nobody");
}

#[tokio::test]
async fn a_status_that_nobody_takes_leaves_the_queue_and_stays_in_the_lists() {
    let world = story(|config| config.keep_queued_statuses_days = 3).await;
    world.pass(3 * DAY + 1);
    world.settle().await;

    assert_eq!(world.a.get("api/statuses/peek").await.status, 204);
    assert_eq!(world.a.get("api/statuses").await.json()["totalElements"], 5);
    draft_with_a_file(&world.a).await;
    assert_eq!(world.a.get("api/statuses/peek").await.status, 200, "new ones come into it as before");
}

/// More than one batch.
#[tokio::test]
async fn however_much_is_due_all_of_it_goes() {
    const MANY: &str = "INSERT INTO exchange_statuses
            (id, owner, conversation, message_id, conversation_id, status, last_update, queued)
        SELECT CAST($1 AS BIGINT), owner, conversation, message_id, conversation_id, 'X' || CAST(CAST($1 AS BIGINT) AS TEXT), last_update, 1
        FROM exchange_statuses WHERE status = 'OPPRETTET'";
    let world = world_with(|config| config.keep_queued_statuses_days = 1).await;
    world.a.draft(&avtalt()).await;
    let filled = world.a.store.write(|tx| {
        let numbers: Vec<i64> = (-1_200..0).collect();
        let rows: Vec<_> = numbers.iter().map(|number| store::row![number]).collect();
        tx.each(MANY, &rows)
    });
    Result::<_, store::Error>::expect(filled.await, "rows");

    world.pass(DAY + 1);
    world.settle().await;

    assert_eq!(
        number(&world.a, "SELECT count(*) FROM exchange_statuses WHERE queued = 1 AND id < 0").await,
        0
    );
    assert_eq!(number(&world.a, STATUSES).await, 1_202, "LEVETID_UTLOPT is new and queued");
}

#[tokio::test]
async fn a_node_that_leads_removes_what_is_due_by_itself() {
    use tokio_util::sync::CancellationToken;
    use types::Roles;

    let world = story(|config| config.keep_drafts_days = 7).await;
    world.pass(8 * DAY);
    let stop = CancellationToken::new();
    let (exchange, told) = (world.a.exchange.clone(), stop.clone());
    let running = tokio::spawn(async move { exchange.run(Roles::all(), told).await });

    crate::nodes::until(async || number(&world.a, DRAFTS).await == 0).await;
    stop.cancel();
    running.await.expect("it stops");
}
