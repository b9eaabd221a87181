//! The status feed.

use http::StatusCode;
use tokio::task::JoinSet;

use crate::app::{TestApp, instant_sms};

const SMS: &str = "/future/orders/instant/sms";

/// An order that is at its end at once: the gateway refuses the number.
async fn ended(app: &TestApp, key: &str) -> String {
    let answer = app.post(SMS, &instant_sms(key, "+4740000011")).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
    answer.shipment()
}

fn numbers(feed: &[serde_json::Value]) -> Vec<i64> {
    feed.iter().filter_map(|entry| entry["sequenceNumber"].as_i64()).collect()
}

/// Covers: NA-202, NA-203, NA-204, NA-205
#[tokio::test]
async fn the_query_is_read_as_the_contract_says() {
    let app = TestApp::start().await;
    assert!(app.feed("").await.is_empty());
    ended(&app, "a").await;
    ended(&app, "b").await;
    for (query, count) in
        [("pageSize=0", 1), ("pageSize=501", 2), ("", 2), ("orderBy=ASC", 2), ("ORDERBY=desc", 2)]
    {
        assert_eq!(app.feed(query).await.len(), count, "{query}");
    }
    let wrong =
        [("seq=-1", "Seq"), ("seq=abc", "Seq"), ("pageSize=x", "PageSize"), ("orderBy=sideways", "OrderBy")];
    for (query, key) in wrong {
        assert_eq!(app.get(&format!("/future/shipment/feed?{query}")).await.keys(), [key], "{query}");
    }
}

/// Covers: NA-206, NA-207, NA-208, NA-210
#[tokio::test]
async fn it_is_read_on_from_where_one_left_off_in_both_directions() {
    let app = TestApp::start().await;
    let mut shipments = Vec::new();
    for n in 0..5 {
        shipments.push(ended(&app, &n.to_string()).await);
    }
    let (mut seen, mut last) = (Vec::new(), 0);
    loop {
        let page = app.feed(&format!("seq={last}&pageSize=2")).await;
        let Some(number) = numbers(&page).last().copied() else { break };
        assert!(number > last);
        last = number;
        seen.extend(page.iter().filter_map(|entry| entry["shipmentId"].as_str().map(str::to_owned)));
    }
    assert_eq!(seen, shipments);

    let newest = numbers(&app.feed("seq=0&orderBy=desc&pageSize=2").await);
    let older = numbers(&app.feed(&format!("seq={}&orderBy=desc", newest[1])).await);
    assert_eq!((newest.len(), older.len()), (2, 3));
    assert!(newest[0] > newest[1] && newest[1] > older[0] && older[0] > older[1]);

    let entry = &app.feed("pageSize=1").await[0];
    let members: Vec<_> = entry.as_object().expect("an object").keys().map(String::as_str).collect();
    let expected = [
        "lastUpdate",
        "recipients",
        "sendersReference",
        "sequenceNumber",
        "shipmentId",
        "shipmentType",
        "status",
    ];
    let mut members = members;
    members.sort_unstable();
    assert_eq!(members, expected);
    assert_eq!(entry["shipmentType"], "Instant");
    assert!(entry["recipients"][0].get("type").is_none());
}

/// Covers: NA-213
#[tokio::test]
async fn a_reader_never_misses_an_entry_while_many_orders_end() {
    let app = std::sync::Arc::new(TestApp::start().await);
    let token = app.bym();
    let mut writers = JoinSet::new();
    for n in 0..50 {
        let (app, token) = (std::sync::Arc::clone(&app), token.clone());
        writers.spawn(async move {
            let answer = app.post_as(&token, SMS, &instant_sms(&n.to_string(), "+4740000011")).await;
            assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
        });
    }
    let (mut seen, mut last) = (Vec::new(), 0);
    let reading = async {
        while seen.len() < 50 {
            for number in numbers(&app.feed(&format!("seq={last}")).await) {
                last = number;
                seen.push(number);
            }
        }
    };
    tokio::time::timeout(crate::app::PATIENCE, reading).await.expect("every entry is seen");
    writers.join_all().await;
    assert!(seen.is_sorted());
    assert_eq!(numbers(&app.feed("").await), seen);
}

/// Covers: NA-212
#[tokio::test]
async fn entries_are_kept_for_ninety_days() {
    let app = TestApp::start().await;
    ended(&app, "a").await;
    app.turn(89 * 24 * 3600);
    app.notify.run_due().await;
    assert_eq!(app.feed("").await.len(), 1);
    app.turn(24 * 3600 + 1);
    app.notify.run_due().await;
    assert!(app.feed("").await.is_empty());
}

/// Covers: NA-214, NA-216
#[tokio::test]
async fn a_manifest_is_found_by_its_id_only() {
    let app = TestApp::start().await;
    let none = app.get("/future/shipment/not-a-uuid").await;
    assert_eq!((none.status, none.text.as_str()), (StatusCode::NOT_FOUND, ""));
    let unknown = app.get("/future/shipment/a8d4b6a2-8a54-4b7a-b1cf-6f8e2a7b9c11").await;
    assert_eq!((unknown.status, &unknown.json()["code"]), (StatusCode::NOT_FOUND, &"NOT-00003".into()));

    let sms = app.manifest(&ended(&app, "a").await).await;
    assert_eq!(sms["recipients"][0]["type"], "SMS");
    assert!(sms["recipients"][0]["status"].as_str().is_some_and(|status| status.starts_with("SMS_")));
    let email = crate::app::instant_email("b", "kari@fjord.example");
    let email = app.post("/future/orders/instant/email", &email).await;
    let email = app.manifest(&email.shipment()).await;
    assert_eq!(email["recipients"][0]["type"], "Email");
    assert!(email["recipients"][0]["status"].as_str().is_some_and(|status| status.starts_with("Email_")));
}
