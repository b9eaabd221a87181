//! What operators find, read and do about shipments.

use notify::orders::State;
use notify::trace::{self, Act, Done, Event, Next, Page, Sought, Story, Wanted, What, Who};
use serde_json::json;
use simulators::condition::Reply;
use types::ids::OrderId;
use uuid::Uuid;

use crate::app::{FJORD, KARI, RESERVED, TestApp, email_order, instant_sms, person_order, sms_order};

const SMS: &str = "/future/orders/instant/sms";
const ORDERS: &str = "/future/orders";
/// The gateway takes this number, and reports delivery only when asked.
const TAKEN: &str = "+4740000008";
/// The gateway turns this one away twice and then takes it.
const TURNED_AWAY: &str = "+4740000005";
/// The gateway says nothing of this one.
const SILENT: &str = "+4740000029";

async fn find(app: &TestApp, sought: Sought) -> Page {
    find_after(app, sought, None, 10).await
}

async fn find_after(app: &TestApp, sought: Sought, after: Option<trace::Cursor>, most: u32) -> Page {
    let look = move |tx: &mut store::Tx<'_>| trace::find(tx, std::slice::from_ref(&sought), after, most);
    let found: Result<_, store::Error> = app.store.read(look).await;
    found.expect("a page")
}

fn orders(page: &Page) -> Vec<String> {
    page.hits.iter().map(|hit| hit.order.to_string()).collect()
}

async fn story(app: &TestApp, shipment: &str) -> Story {
    let (notify, id) = (app.notify.clone(), shipment.parse().expect("an id"));
    let read: Result<_, store::Error> = app.store.read(move |tx| notify.story(tx, id, Wanted::First)).await;
    read.expect("no failure").expect("a story")
}

/// What happened, without the words that go with it.
fn kinds(story: &Story) -> Vec<String> {
    let name =
        |event: &Event| format!("{:?}", event.what).split([' ', '(', '{']).next().unwrap_or("").to_owned();
    story.events.iter().map(name).collect()
}

async fn act<T: Send + 'static>(
    app: &TestApp,
    act: impl Fn(&notify::Notify, &mut store::Tx<'_>, jiff::Timestamp) -> store::Result<T> + Send + Sync + 'static,
) -> T {
    let (notify, now) = (app.notify.clone(), app.clock.now());
    let done: Result<T, store::Error> = app.store.write(move |tx| act(&notify, tx, now)).await;
    done.expect("no failure")
}

fn id(shipment: &str) -> OrderId {
    shipment.parse().expect("an id")
}

#[tokio::test]
async fn a_shipment_is_found_by_whatever_somebody_knows_of_it() {
    let app = TestApp::start().await;
    let spelled = app.post(ORDERS, &sms_order("a", "0047 400-00.008")).await;
    let mailed = app.post(ORDERS, &email_order("b", "Kari.Nordmann@fjord.example")).await;
    let person = app.post(ORDERS, &person_order("c", KARI, "SmsPreferred")).await;
    let organization = json!({ "idempotencyId": "d", "recipient": { "recipientOrganization": {
        "orgNumber": FJORD, "channelSchema": "Email",
        "emailSettings": { "subject": "Til dere", "body": "Hei" } } } });
    let organization = app.post(ORDERS, &organization).await;
    app.notify.run_due().await;
    app.turn(1);
    let code = app.post(SMS, &instant_sms("e", TAKEN)).await;
    let chain: Uuid = spelled.json()["notificationOrderId"].as_str().expect("an id").parse().expect("a UUID");
    let recipient = story(&app, &spelled.shipment()).await.recipients[0].id;

    let by_phone = find(&app, Sought::Phone(TAKEN.parse().expect("a number"))).await;
    assert_eq!(orders(&by_phone), [code.shipment(), spelled.shipment()], "the latest first");
    let masked: Vec<_> = by_phone.hits.iter().filter_map(|hit| hit.recipient.clone()).collect();
    assert!(masked.iter().all(|to| !to.destination.contains("40000008")), "{masked:?}");
    for (sought, shipment) in [
        (Sought::Email("kari.NORDMANN@fjord.example".parse().expect("an address")), &mailed),
        (Sought::Person(KARI.parse().expect("a number")), &person),
        (Sought::Organization(FJORD.parse().expect("a number")), &organization),
        (Sought::Id(id(&spelled.shipment()).uuid()), &spelled),
        (Sought::Id(recipient.uuid()), &spelled),
        (Sought::Id(chain), &spelled),
        (Sought::Reference("innlogging-91f2".to_owned()), &code),
        (Sought::Reference(app.last_reference()), &code),
    ] {
        let found = orders(&find(&app, sought.clone()).await);
        assert!(found.contains(&shipment.shipment()), "{sought:?}: {found:?}");
        assert!(found.len() <= 2, "{sought:?}: {found:?}");
    }
    let nobody = find(&app, Sought::Phone("+4740000099".parse().expect("a number"))).await;
    assert!(nobody.hits.is_empty() && nobody.next.is_none());
}

#[tokio::test]
async fn pages_follow_each_other_without_a_hole_or_a_repeat() {
    let app = TestApp::start().await;
    let mut expected = Vec::new();
    for number in 0..7 {
        expected.insert(0, app.post(SMS, &instant_sms(&format!("k{number}"), TAKEN)).await.shipment());
    }
    for sought in
        [Sought::Phone(TAKEN.parse().expect("a number")), Sought::Reference("innlogging-91f2".to_owned())]
    {
        let (mut seen, mut after) = (Vec::new(), None);
        loop {
            let page = find_after(&app, sought.clone(), after, 3).await;
            seen.extend(orders(&page));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        let (mut seen, mut all) = (seen, expected.clone());
        seen.sort();
        all.sort();
        assert_eq!(seen, all, "all were made in one moment");
    }
}

#[tokio::test]
async fn a_codes_story_is_told_from_the_order_to_the_feed() {
    let app = TestApp::start().await;
    let shipment = app.post(SMS, &instant_sms("a", TAKEN)).await.shipment();
    let waiting = story(&app, &shipment).await.recipients.remove(0);
    assert!(matches!(waiting.next, Next::Report(until) if until >= waiting.expires), "{waiting:?}");
    app.turn(2);
    app.report(&app.last_reference(), "DELIVRD").await;
    app.turn(1);
    app.report(&app.last_reference(), "UNDELIV").await;
    app.notify.number_feed().await;

    let story = story(&app, &shipment).await;
    let told = ["Ordered", "HandedOver", "Taken", "Reported", "Ended", "InFeed", "Reported"];
    assert_eq!(kinds(&story), told, "causes come before what follows from them");
    let handed = story.events.iter().find(|event| event.what == What::HandedOver).expect("a hand-over");
    assert_eq!((handed.who.clone(), handed.route.is_some()), (Who::Service, true));
    let taken = story.events.iter().find(|event| event.what == What::Taken).expect("its end");
    assert_eq!((taken.who.clone(), taken.reference.clone()), (Who::Gateway, Some(app.last_reference())));
    let late = |event: &&Event| matches!(event.what, What::Reported { counted: false, .. });
    assert_eq!(story.events.iter().filter(late).count(), 1, "a report behind the end changes nothing");
    assert!(story.events.is_sorted_by_key(|event| event.at));
    assert!(story.events.iter().any(|event| event.what == What::InFeed(Some(1))));
    let recipient = &story.recipients[0];
    assert_eq!(
        (recipient.next.clone(), recipient.acts.len(), recipient.parts.is_some()),
        (Next::Nothing, 0, true)
    );
    assert!(!format!("{story:?}").contains("40000008"), "addresses are masked");
}

#[tokio::test]
async fn why_nothing_was_sent_and_what_the_condition_said_are_told() {
    let app = TestApp::start().await;
    let reserved = app.post(ORDERS, &person_order("a", RESERVED, "Sms")).await.shipment();
    let mut asked = sms_order("b", TAKEN);
    app.condition.answer("/b", Reply::No);
    asked["conditionEndpoint"] = format!("{}/b", app.condition_url).into();
    let asked = app.post(ORDERS, &asked).await.shipment();
    app.notify.run_due().await;

    let reserved = story(&app, &reserved).await;
    let not_sent = reserved.events.iter().find(|event| matches!(event.what, What::NotSent(_)));
    assert_eq!(not_sent.expect("a reason").who, Who::Register);
    assert!(kinds(&reserved).contains(&"Processed".to_owned()));
    let asked = story(&app, &asked).await;
    let said = asked.events.iter().find(|event| event.what == What::ConditionNotMet).expect("an answer");
    assert_eq!((said.who.clone(), said.detail.as_deref()), (Who::Condition, Some("no (200)")));
    assert!(asked.events.iter().any(|event| event.what == What::Ended(State::SendConditionNotMet)));
}

#[tokio::test]
async fn an_operator_cancels_until_it_is_taken_in_hand_and_hears_when_it_is_too_late() {
    let app = TestApp::start().await;
    let mut body = sms_order("a", TAKEN);
    body["requestedSendTime"] = app.in_seconds(120).into();
    let shipment = app.post(ORDERS, &body).await.shipment();
    let order = id(&shipment);
    let before = story(&app, &shipment).await;
    assert_eq!((before.next, before.acts), (Next::StartsAt(before.requested), vec![Act::Cancel]));

    // Two minutes before its time a sender could not cancel it any more.
    let cancel = move |app: &notify::Notify, tx: &mut store::Tx<'_>, now| app.cancel_by_hand(tx, order, now);
    assert_eq!(act(&app, cancel).await, Done::Now(order));
    assert_eq!(act(&app, cancel).await, Done::Already);
    app.notify.acted();
    app.turn(3_600);
    app.notify.run_due().await;
    assert_eq!(app.sms_taken(), 0);
    let after = story(&app, &shipment).await;
    assert_eq!((after.next, after.acts), (Next::Nothing, vec![]));

    let sent = app.post(ORDERS, &sms_order("b", TAKEN)).await.shipment();
    app.notify.run_due().await;
    let sent = id(&sent);
    let late = act(&app, move |app, tx, now| app.cancel_by_hand(tx, sent, now)).await;
    assert_eq!(late, Done::TooLate);
    let unknown = OrderId::new(Uuid::from_u128(7));
    assert_eq!(act(&app, move |app, tx, now| app.cancel_by_hand(tx, unknown, now)).await, Done::Unknown);
}

#[tokio::test]
async fn what_waits_for_its_next_try_says_when_and_is_tried_now() {
    let app = TestApp::start().await;
    let shipment = app.post(ORDERS, &sms_order("a", TURNED_AWAY)).await.shipment();
    app.notify.run_due().await;
    let waiting = story(&app, &shipment).await.recipients.remove(0);
    let Next::TriedAgain { at, .. } = waiting.next else { panic!("{:?}", waiting.next) };
    assert!(at > app.clock.now());
    assert_eq!(waiting.acts, [Act::TryNow]);

    let to = waiting.id;
    for _ in 0..2 {
        assert_eq!(app.sms_taken(), 0);
        assert_eq!(act(&app, move |app, tx, now| app.send_now(tx, to, now)).await, Done::Now(id(&shipment)));
        app.notify.run_due().await;
    }
    assert_eq!(app.sms_taken(), 1);
    let late = act(&app, move |app, tx, now| app.send_now(tx, to, now)).await;
    assert!(matches!(late, Done::Unknown | Done::TooLate), "{late:?}");
}

#[tokio::test]
async fn what_may_have_been_sent_goes_out_again_only_by_the_hand_that_says_so() {
    let app = TestApp::start().await;
    let shipment = app.post(SMS, &instant_sms("a", SILENT)).await.shipment();
    let doubtful = story(&app, &shipment).await.recipients.remove(0);
    assert!(doubtful.in_doubt && matches!(doubtful.next, Next::Doubt(_)), "{doubtful:?}");
    assert_eq!(doubtful.acts, [Act::SendAgain]);
    let (to, before) = (doubtful.id, app.gateway.requests());
    // Neither trying now nor digging up sends it.
    assert_eq!(act(&app, move |app, tx, now| app.send_now(tx, to, now)).await, Done::Unknown);
    assert_eq!(act(&app, move |app, tx, now| app.dig_up_notification(tx, to, now)).await, Done::Unknown);
    app.notify.run_due().await;
    assert_eq!(app.gateway.requests(), before);

    assert_eq!(act(&app, move |app, tx, now| app.send_again(tx, to, now)).await, Done::Now(id(&shipment)));
    app.notify.run_due().await;
    assert_eq!(app.gateway.requests(), before + 1);
    assert!(kinds(&story(&app, &shipment).await).contains(&"SentAgain".to_owned()));

    app.turn(3_600);
    assert_eq!(act(&app, move |app, tx, now| app.send_again(tx, to, now)).await, Done::TooLate);
}

#[tokio::test]
async fn one_recipient_is_shown_to_whoever_asks() {
    let app = TestApp::start().await;
    let shipment = app.post(SMS, &instant_sms("a", TAKEN)).await.shipment();
    let to = story(&app, &shipment).await.recipients[0].id;
    let shown = act(&app, move |_, tx, _| trace::reveal(tx, to)).await.expect("a recipient");
    assert_eq!((shown.order, shown.destination.reveal()), (id(&shipment), TAKEN));
    let nobody = types::ids::NotificationId::new(Uuid::from_u128(7));
    assert!(act(&app, move |_, tx, _| trace::reveal(tx, nobody)).await.is_none());
}
