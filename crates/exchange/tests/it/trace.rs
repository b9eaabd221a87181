//! What operators find, read and do about messages.

use exchange::trace::{self, Act, Done, Event, Next, Page, Sought, Story, What, Who};
use jiff::Timestamp;
use serde_json::json;
use simulators::Subscriber;
use store::{Tx, params};
use webhooks::Again;

use crate::app::{A, B, Gateway, World, arkivmelding, avtalt, files, org, serve, world};

async fn number(at: &Gateway, id: &str) -> i64 {
    let id = id.to_owned();
    let sql = "SELECT id FROM exchange_conversations WHERE message_id = $1";
    let found: store::Result<i64> = at.store.read(move |tx| tx.one(sql, params![id])).await;
    found.expect("a number")
}

async fn story(at: &Gateway, id: &str) -> Story {
    let (exchange, number) = (at.exchange.clone(), number(at, id).await);
    let read: store::Result<_> = at.store.read(move |tx| exchange.story(tx, number)).await;
    read.expect("no failure").expect("a story")
}

async fn find(at: &Gateway, sought: Sought) -> Page {
    let owner = org(&at.number);
    let found: store::Result<_> =
        at.store.read(move |tx| trace::find(tx, owner, std::slice::from_ref(&sought), None, 10)).await;
    found.expect("a page")
}

async fn act<T: Send + 'static>(
    at: &Gateway,
    now: Timestamp,
    act: impl Fn(&exchange::Exchange, &mut Tx<'_>, Timestamp) -> store::Result<T> + Send + Sync + 'static,
) -> T {
    let exchange = at.exchange.clone();
    let done: store::Result<T> = at.store.write(move |tx| act(&exchange, tx, now)).await;
    done.expect("no failure")
}

/// What happened, without the words that go with it.
fn told(story: &Story) -> Vec<String> {
    let name = |event: &Event| match &event.what {
        What::Status { name, .. } => name.clone(),
        other => format!("{other:?}").split([' ', '(', '{']).next().unwrap_or_default().to_owned(),
    };
    story.events.iter().map(name).collect()
}

async fn travel(world: &World) -> String {
    let id = world.a.send(&arkivmelding(), &files()).await;
    world.settle().await;
    world.pass(10);
    assert_eq!(world.b.peek().await.as_ref(), Some(&id));
    world.pass(1);
    assert_eq!(world.b.get(&format!("api/messages/in/pop/{id}")).await.status, 200);
    world.pass(1);
    assert_eq!(world.b.delete(&format!("api/messages/in/{id}")).await.status, 200);
    world.settle().await;
    id
}

#[tokio::test]
async fn a_messages_story_is_told_at_both_ends() {
    let world = world().await;
    let id = travel(&world).await;

    let sent = story(&world.a, &id).await;
    let mut out = told(&sent);
    out.sort();
    let expected = ["HandedOver", "LEVERT", "MOTTATT", "OPPRETTET", "SENDT", "Sealed", "Submitted", "Taken"];
    assert_eq!(out, expected);
    assert_eq!(sent.next, Next::Nothing);
    let names: Vec<&str> = sent.files.iter().map(|file| file.name.as_str()).collect();
    assert_eq!(names.len(), files().len(), "files are known after they have gone: {names:?}");
    let sealed = sent.events.iter().find_map(|event| match &event.what {
        What::Sealed { bytes, certificate } => Some((*bytes, certificate.clone())),
        _ => None,
    });
    let (bytes, certificate) = sealed.expect("it was sealed");
    assert!(bytes > 0 && certificate.is_some_and(|print| print.len() == 64));
    let taken = sent.events.iter().find(|event| event.what == What::Taken).expect("a hand-over");
    assert!(taken.reference.is_some());

    let received = story(&world.b, &id).await;
    let mut arrived = told(&received);
    arrived.sort();
    let expected = [
        "Answered",
        "Answered",
        "Arrived",
        "INNKOMMENDE_LEVERT",
        "INNKOMMENDE_MOTTATT",
        "OPPRETTET",
        "Peeked",
        "Popped",
    ];
    assert_eq!(arrived, expected);
    assert!(received.events.is_sorted_by_key(|event| event.at));
    let answered = received.events.iter().filter_map(|event| match &event.what {
        What::Answered(status) => Some((status.as_str(), event.reference.is_some())),
        _ => None,
    });
    assert_eq!(answered.collect::<Vec<_>>(), [("MOTTATT", true), ("LEVERT", true)]);
}

#[tokio::test]
async fn a_message_is_found_by_whatever_somebody_knows_of_it() {
    let world = world().await;
    let id = travel(&world).await;
    let story = story(&world.a, &id).await;
    let (conversation, number) = (story.line.conversation_id.clone(), story.line.id);
    for sought in [
        Sought::Id(id.clone()),
        Sought::Id(conversation),
        Sought::Number(number),
        Sought::Organization(org(A)),
        Sought::Organization(org(B)),
        Sought::Reference(story.reference.clone()),
    ] {
        let page = find(&world.a, sought.clone()).await;
        let ids: Vec<_> = page.hits.iter().map(|hit| hit.message_id.clone()).collect();
        assert_eq!((ids, page.next), (vec![id.clone()], None), "{sought:?}");
    }
    assert!(find(&world.a, Sought::Organization(org("310000009"))).await.hits.is_empty());
    assert!(find(&world.a, Sought::Id("no such id".to_owned())).await.hits.is_empty());
}

#[tokio::test]
async fn a_hold_is_released_by_hand_and_runs_out_by_itself() {
    let world = world().await;
    let id = world.a.send(&avtalt(), &[]).await;
    world.settle().await;
    let number = number(&world.b, &id).await;
    let release = move |app: &exchange::Exchange, tx: &mut Tx<'_>, now| app.release_lock(tx, number, now);
    assert_eq!(act(&world.b, world.clock.now(), release).await, Done::TooLate, "nobody holds it");
    world.b.peek().await.expect("a message");
    let held = story(&world.b, &id).await;
    assert!(matches!(held.next, Next::Held(_)), "{:?}", held.next);
    assert_eq!(held.acts, [Act::ReleaseLock]);

    assert_eq!(act(&world.b, world.clock.now(), release).await, Done::Now(id.clone()));
    let gone = world.b.delete(&format!("api/messages/in/{id}")).await;
    assert_ne!(gone.status, 200, "whoever held it holds it no more");
    assert!(matches!(story(&world.b, &id).await.next, Next::Waits(_)));
    assert_eq!(world.b.peek().await.as_ref(), Some(&id), "the next reader gets it");

    world.pass(1_000);
    let run_out = story(&world.b, &id).await;
    assert!(told(&run_out).contains(&"LockRanOut".to_owned()));
    assert_eq!(act(&world.b, world.clock.now(), release).await, Done::TooLate);
    assert_eq!(
        act(&world.b, world.clock.now(), |app, tx, now| app.release_lock(tx, 7, now)).await,
        Done::Unknown
    );
}

#[tokio::test]
async fn what_waits_for_the_channel_says_why_and_is_tried_now() {
    let mut world = world().await;
    world.stop_broker().await;
    let id = world.a.send(&avtalt(), &[]).await;
    world.settle().await;
    let waiting = story(&world.a, &id).await;
    let Next::TriedAgain { at, reason, tries } = waiting.next.clone() else { panic!("{:?}", waiting.next) };
    assert!(at > world.clock.now() && !reason.is_empty() && tries == 1, "{reason}");
    assert_eq!(waiting.acts, [Act::TryNow]);
    assert!(told(&waiting).iter().any(|what| what == "NotTaken" || what == "InDoubt"));

    world.start_broker().await;
    let number = waiting.line.id;
    let try_now = move |app: &exchange::Exchange, tx: &mut Tx<'_>, now| app.try_now(tx, number, now);
    assert_eq!(act(&world.a, world.clock.now(), try_now).await, Done::Now(id.clone()));
    world.settle().await;
    assert_eq!(world.a.statuses(&id).await, ["OPPRETTET", "SENDT", "MOTTATT"]);
    assert_eq!(act(&world.a, world.clock.now(), try_now).await, Done::Unknown, "it has been sent");
}

#[tokio::test]
async fn what_subscribers_were_told_stands_in_the_story_and_is_told_again() {
    let world = world().await;
    let subscriber = Subscriber::new(world.clock.clone(), 1000);
    let served = serve(subscriber.router()).await;
    let body =
        json!({ "name": "Sak", "pushEndpoint": served.url.as_str(), "resource": "all", "event": "all" });
    assert_eq!(world.a.post_json("api/subscriptions", &body).await.status, 200);
    let id = world.a.send(&avtalt(), &[]).await;
    world.settle().await;

    let told = story(&world.a, &id).await;
    let deliveries = told.events.iter().filter_map(|event| match &event.what {
        What::Webhook { delivery, status, state, .. } => Some((*delivery, status.clone(), state.clone())),
        _ => None,
    });
    let deliveries: Vec<_> = deliveries.collect();
    let states: Vec<_> =
        deliveries.iter().map(|(_, status, state)| (status.as_str(), state.as_str())).collect();
    assert_eq!(states, [("OPPRETTET", "delivered"), ("SENDT", "delivered"), ("MOTTATT", "delivered")]);
    let (delivery, before) = (deliveries[1].0, subscriber.deliveries().all().len());
    let again = move |app: &exchange::Exchange, tx: &mut Tx<'_>, now| app.tell_again(tx, delivery, now);
    assert_eq!(act(&world.a, world.clock.now(), again).await, Again::Soon);
    assert_eq!(act(&world.a, world.clock.now(), again).await, Again::OnItsWay);
    world.settle().await;
    let after = subscriber.deliveries().all();
    assert_eq!((after.len(), &after[before].json["status"]), (before + 1, &json!("SENDT")));
    assert_eq!(
        act(&world.b, world.clock.now(), move |app, tx, now| app.tell_again(tx, delivery, now)).await,
        Again::Gone,
        "it is not theirs"
    );
}

#[tokio::test]
async fn a_draft_waits_for_its_client_and_names_who_made_it() {
    let world = world().await;
    let id = world.a.draft(&arkivmelding()).await;
    world.a.attach(&id, "brev.pdf", "%PDF-1.7").await;
    let draft = story(&world.a, &id).await;
    assert!(matches!(draft.next, Next::Client(_)), "{:?}", draft.next);
    assert_eq!((draft.files.len(), draft.files[0].name.as_str()), (1, "brev.pdf"));
    assert!(matches!(&draft.events[0].who, Who::Client(_)));
    assert!(!draft.finished && !draft.failed && draft.others.is_empty());
}
