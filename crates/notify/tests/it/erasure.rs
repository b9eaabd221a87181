//! Erasing what there is about one recipient: what is said beforehand, what goes, and what stays as it was.

use http::StatusCode;
use notify::erasure::About;
use serde_json::{Value, json};
use store::{Tx, params};
use types::erasure::{Share, Whom};

use crate::app::{KARI, TestApp, email_order, instant_sms, person_order, sms_order};

const SMS: &str = "/future/orders/instant/sms";
const ORDERS: &str = "/future/orders";
const OLDER: &str = "/orders";
/// The gateway refuses it, so that its order is at its end at once.
const NUMBER: &str = "+4740000011";
/// The gateway refuses this one, too.
const OTHER: &str = "+4740100011";
/// The gateway takes this one, and reports delivery only when asked.
const OPEN: &str = "+4740000008";
const ADDRESS: &str = "kari.nordmann@fjord.example";

fn whom(text: &str) -> Whom {
    Whom::read(text).expect("a recipient")
}

async fn held(app: &TestApp, text: &str) -> About {
    app.notify.held_about(&whom(text)).await.expect("a store")
}

async fn erase(app: &TestApp, text: &str) -> About {
    app.notify.erase(&whom(text), "operator kari").await.expect("a store")
}

fn share<'a>(about: &'a About, kind: &str) -> &'a Share {
    about.shares.iter().find(|share| share.kind == kind).unwrap_or_else(|| panic!("no {kind} in {about:?}"))
}

fn goes(about: &About) -> Vec<(&str, i64)> {
    about
        .shares
        .iter()
        .filter(|share| share.goes > 0)
        .map(|share| (share.kind.as_str(), share.goes))
        .collect()
}

/// Everything that the tables of the service say, in one text; jobs and the audit log, too.
async fn everything(app: &TestApp) -> String {
    const TABLES: [&str; 12] = [
        "SELECT coalesce(destination, '') || coalesce(identity, '') || coalesce(body, '') || coalesce(reference, '') FROM notify_notifications",
        "SELECT content || texts FROM notify_orders",
        "SELECT entry FROM notify_feed",
        "SELECT entry FROM notify_feed_waiting",
        "SELECT destination || coalesce(identity, '') FROM notify_log",
        "SELECT coalesce(detail, '') || coalesce(reference, '') FROM attempts",
        "SELECT reference || state FROM notify_reports",
        "SELECT coalesce(detail, '') FROM notify_timeline",
        "SELECT body FROM webhooks_deliveries",
        "SELECT coalesce(entry, '') FROM notify_news",
        "SELECT national_id || coalesce(email, '') || coalesce(mobile, '') FROM notify_register_persons",
        "SELECT detail FROM audit_waiting",
    ];
    let read = |tx: &mut Tx<'_>| {
        let mut all = String::new();
        for sql in TABLES {
            all += &tx.all::<String>(sql, params![])?.join("\n");
        }
        Ok::<_, store::Error>(all)
    };
    app.store.read(read).await.expect("everything")
}

fn older(numbers: &[&str]) -> Value {
    let recipients: Vec<Value> = numbers.iter().map(|number| json!({ "mobileNumber": number })).collect();
    json!({ "notificationChannel": "Sms", "recipients": recipients,
        "smsTemplate": { "body": "Til dere begge." }, "sendersReference": "to-mottakere" })
}

#[tokio::test]
async fn everything_about_a_number_goes_as_it_was_said_before_and_the_order_still_answers() {
    let app = TestApp::start().await;
    let code = app.post(SMS, &instant_sms("a", NUMBER)).await;
    assert_eq!(code.status, StatusCode::CREATED, "{}", code.text);
    app.notify.run_due().await;
    let before = app.manifest(&code.shipment()).await;
    let numbers = app.numbers_after(0).await;

    let said = held(&app, "400 00 011").await;
    let gone = erase(&app, NUMBER).await;

    assert_eq!(goes(&said), goes(&gone), "what is said is what is done");
    for kind in ["notifications", "log", "attempts", "orders", "timeline", "feed"] {
        assert!(share(&said, kind).goes > 0, "{kind} in {said:?}");
    }
    assert!(said.shares.iter().all(|share| share.stays == 0) && said.waiting.is_empty(), "{said:?}");
    let mut after = app.manifest(&code.shipment()).await;
    assert_eq!(after["recipients"][0]["destination"], "erased");
    after["recipients"][0]["destination"] = before["recipients"][0]["destination"].clone();
    assert_eq!(after, before, "nothing else of the manifest has changed");
    assert_eq!(app.numbers_after(0).await, numbers, "the feed has no hole");
    assert_eq!(app.feed("").await[0]["recipients"][0]["destination"], "erased");
    let left = everything(&app).await;
    assert!(!left.contains("40000011") && !left.contains("402117"), "{left}");
    assert!(left.contains("erased of +4740****11: notifications 1, "), "{left}");

    let again = app.post(SMS, &instant_sms("a", NUMBER)).await;
    assert_eq!(
        (again.status, again.shipment()),
        (StatusCode::OK, code.shipment()),
        "and nothing is sent twice"
    );
    assert_eq!(goes(&held(&app, NUMBER).await), []);
    assert_eq!(goes(&erase(&app, NUMBER).await), [], "who asks again finds nothing more to do");
}

#[tokio::test]
async fn of_an_order_to_several_only_the_one_goes() {
    let app = TestApp::start().await;
    let order = app.post(OLDER, &older(&[NUMBER, OTHER])).await;
    assert_eq!(order.status, StatusCode::ACCEPTED, "{}", order.text);
    let id = order.json()["orderId"].as_str().expect("an id").to_owned();
    app.turn(6);
    app.notify.run_due().await;

    let said = held(&app, NUMBER).await;
    let gone = erase(&app, NUMBER).await;
    assert_eq!(goes(&said), goes(&gone));
    assert_eq!((share(&gone, "orders").goes, share(&gone, "timeline").goes), (1, 0));

    let shown = app.get(&format!("{OLDER}/{id}")).await.json();
    assert_eq!(shown["recipients"], json!([{}, { "mobileNumber": OTHER }]), "its place stays, empty");
    assert_eq!(shown["smsTemplate"]["body"], "Til dere begge.");
    let manifest = app.manifest(&id).await;
    let to: Vec<_> = manifest["recipients"].as_array().expect("recipients").iter().collect();
    assert_eq!((&to[0]["destination"], &to[1]["destination"]), (&json!("erased"), &json!(OTHER)));
    let told = &app.feed("").await[0]["recipients"];
    assert_eq!((&told[0]["destination"], &told[1]["destination"]), (&json!("erased"), &json!(OTHER)));

    erase(&app, OTHER).await;
    let left = everything(&app).await;
    assert!(!left.contains("Til dere begge") && !left.contains(OTHER), "nobody is left: {left}");
}

#[tokio::test]
async fn a_person_goes_with_the_addresses_that_the_register_gave_and_out_of_the_register() {
    let app = TestApp::start().await;
    let order = app.post(ORDERS, &person_order("a", KARI, "EmailAndSms")).await;
    app.notify.run_due().await;
    let with = everything(&app).await;
    assert!(with.contains("Hei Kari"), "{with}");
    for recipient in app.manifest(&order.shipment()).await["recipients"].as_array().expect("recipients") {
        assert_ne!(recipient["destination"], "");
    }
    assert_eq!(share(&held(&app, KARI).await, "notifications").stays, 1, "the e-mail's time is not up");
    app.turn(4 * 24 * 3_600);
    app.notify.run_due().await;

    let said = held(&app, KARI).await;
    let gone = erase(&app, KARI).await;

    assert_eq!(goes(&said), goes(&gone));
    assert_eq!((share(&gone, "notifications").goes, share(&gone, "contacts").goes), (2, 1), "{gone:?}");
    let left = everything(&app).await;
    assert!(!left.contains(KARI) && !left.contains("Hei Kari"), "{left}");
    let answer = app.manifest(&order.shipment()).await;
    assert_eq!(answer["recipients"][0]["destination"], "erased");
    assert_eq!(answer["recipients"][1]["destination"], "erased");
}

#[tokio::test]
async fn what_is_on_its_way_stays_until_it_is_over() {
    let app = TestApp::start().await;
    let order = app.post(ORDERS, &sms_order("a", OPEN)).await;
    app.notify.run_due().await;

    let said = held(&app, OPEN).await;
    let kept = erase(&app, OPEN).await;
    for about in [&said, &kept] {
        assert_eq!(goes(about), []);
        let share = share(about, "notifications");
        assert!(share.stays == 1 && share.why.is_some(), "{share:?}");
        assert_eq!(about.waiting.len(), 1);
        assert_eq!(about.waiting[0].to_string(), order.shipment());
    }
    assert_eq!(app.manifest(&order.shipment()).await["recipients"][0]["destination"], OPEN);

    app.report(&app.last_reference(), "DELIVRD").await;
    app.notify.run_due().await;
    let gone = erase(&app, OPEN).await;
    assert_eq!((share(&gone, "notifications").goes, share(&gone, "reports").goes), (1, 1), "{gone:?}");
    assert!(gone.waiting.is_empty());
    assert!(!everything(&app).await.contains("40000008"));
    assert_eq!(app.manifest(&order.shipment()).await["status"], "Order_Completed");
}

#[tokio::test]
async fn an_order_that_waits_is_told_of_and_goes_when_it_was_cancelled() {
    let app = TestApp::start().await;
    let mut later = older(&["0047 400-00.011"]);
    later["requestedSendTime"] = app.in_seconds(10 * 24 * 3_600).into();
    let later = app.post(OLDER, &later).await;
    let id = later.json()["orderId"].as_str().expect("an id").to_owned();
    let mut mail = email_order("b", " Kari.Nordmann@Fjord.example ");
    mail["requestedSendTime"] = app.in_seconds(400 * 24 * 3_600).into();
    let mail = app.post(ORDERS, &mail).await;
    assert_eq!(mail.status, StatusCode::CREATED, "{}", mail.text);

    for (text, order) in [(NUMBER, id.clone()), (ADDRESS, mail.shipment())] {
        let about = erase(&app, text).await;
        assert_eq!((goes(&about), share(&about, "orders").stays), (vec![], 1), "{text}: {about:?}");
        assert_eq!(about.waiting.iter().map(ToString::to_string).collect::<Vec<_>>(), [order]);
    }
    assert_eq!(app.put(&format!("{OLDER}/{id}/cancel")).await.status, StatusCode::OK);
    let said = held(&app, NUMBER).await;
    let gone = erase(&app, NUMBER).await;
    assert_eq!((goes(&said), share(&gone, "orders").goes), (goes(&gone), 1));
    let left = everything(&app).await;
    assert!(!left.contains("400-00.011") && left.to_lowercase().contains(ADDRESS), "{left}");
    assert_eq!(app.get(&format!("{OLDER}/{id}")).await.json()["recipients"], json!([{}]));
    assert_eq!(app.manifest(&id).await["status"], "Order_Cancelled");
}

/// More than one batch, and somebody who is killed in between.
#[tokio::test]
async fn however_much_there_is_all_of_it_goes_and_who_was_interrupted_goes_on() {
    const MANY: i64 = 230;
    const FILL: &str = "INSERT INTO notify_notifications
            (id, order_id, creator, channel, result, final, destination, expires, doubt, created, changed)
        SELECT $1, order_id, creator, channel, result, final, destination, expires, doubt, created, changed
        FROM notify_notifications WHERE destination = $2 LIMIT 1";
    let app = TestApp::start().await;
    app.post(SMS, &instant_sms("a", NUMBER)).await;
    app.notify.run_due().await;
    let filled = app.store.write(|tx| {
        let ids: Vec<uuid::Uuid> =
            (1..u128::try_from(MANY).unwrap_or(1)).map(uuid::Uuid::from_u128).collect();
        let rows: Vec<_> = ids.iter().map(|id| store::row![id, NUMBER]).collect();
        tx.each(FILL, &rows)
    });
    Result::<_, store::Error>::expect(filled.await, "rows");
    assert_eq!(share(&held(&app, NUMBER).await, "notifications").goes, MANY);

    {
        let (theirs, actor) = (whom(NUMBER), "operator kari".to_owned());
        let erasing = app.notify.erase(&theirs, &actor);
        tokio::pin!(erasing);
        // Begun, and dropped when it waits: its last commit may have happened or not.
        let _ = futures_util::poll!(erasing.as_mut());
    }
    assert!(share(&erase(&app, NUMBER).await, "notifications").goes <= MANY);
    let noted = app
        .store
        .read(|tx| tx.all::<String>("SELECT detail FROM audit_waiting WHERE subject = 'erasure'", params![]));
    let noted: Vec<String> = Result::<_, store::Error>::expect(noted.await, "entries");
    let number = |detail: &String| -> Option<i64> {
        let (_, rest) = detail.split_once("notifications ")?;
        rest.split(',').next()?.parse().ok()
    };
    assert_eq!(noted.iter().filter_map(number).sum::<i64>(), MANY, "each is told of once: {noted:?}");
    assert_eq!(goes(&held(&app, NUMBER).await), []);
    assert!(!everything(&app).await.contains("40000011"));
}
