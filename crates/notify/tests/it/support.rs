//! What support sees, and who is support.

use http::StatusCode;
use reqwest::Method;
use serde_json::{Value, json};

use crate::app::{Answer, CREATE, FJORD, KARI, OLA, RESERVED, TestApp, person_order, sms_order};
use crate::older::{ANY, id_of, order};

const NIN: &str = "/future/dashboard/recipients/notifications/nin";
const ORG: &str = "/future/dashboard/recipients/notifications/orgnumber";
pub const SUPPORT: &str = "altinn:notifications.support.admin";

async fn ask(app: &TestApp, path: &str, header: Option<(&str, &str)>) -> Answer {
    let request = app.request(Method::GET, path).bearer_auth(app.token("digdir", SUPPORT));
    let request = match header {
        Some((name, value)) => request.header(name, value),
        None => request,
    };
    TestApp::send(request).await
}

async fn person(app: &TestApp, number: &str, query: &str) -> Answer {
    ask(app, &format!("{NIN}{query}"), Some(("NationalIdentityNumber", number))).await
}

fn shipments(answer: &Answer) -> Vec<Value> {
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    answer.json().as_array().expect("a list").clone()
}

/// Covers: NA-217, NA-218
#[tokio::test]
async fn a_number_in_a_header_and_a_sensible_period_are_needed() {
    let app = TestApp::start().await;
    for header in [None, Some(("NationalIdentityNumber", "1385813062")), Some(("NationalIdentityNumber", ""))]
    {
        assert_eq!(ask(&app, NIN, header).await.keys(), ["NationalIdentityNumber"], "{header:?}");
    }
    for header in [None, Some(("OrganizationNumber", "31000001")), Some(("NationalIdentityNumber", KARI))] {
        assert_eq!(ask(&app, ORG, header).await.keys(), ["OrganizationNumber"], "{header:?}");
    }
    for (query, key) in [
        ("from=2026-03-01T00:00:00Z&to=2026-03-01T00:00:00Z", "From"),
        ("from=2026-03-01T00:00:01Z&to=2026-03-01T00:00:00Z", "From"),
        ("to=2026-03-02T10:00:01Z", "To"),
        ("from=2026-03-01T00:00:00", "From"),
        ("to=2026-03-01T00:00:00", "To"),
        ("from=2015-03-01T00:00:00Z", "From"),
    ] {
        let answer = ask(&app, &format!("{ORG}?{query}"), Some(("OrganizationNumber", FJORD))).await;
        assert_eq!(answer.keys(), [key], "{query}");
    }
    let both = ask(&app, &format!("{NIN}?to=tomorrow"), None).await;
    assert_eq!(both.keys(), ["NationalIdentityNumber", "To"]);
}

/// Covers: NA-219, NA-220
#[tokio::test]
async fn a_week_of_every_creators_messages_is_told_the_newest_first() {
    let app = TestApp::start().await;
    let old = app.post_as(&app.bym(), "/future/orders", &person_order("a", KARI, "Email")).await.shipment();
    app.notify.run_due().await;
    app.turn(7 * 24 * 3600 - 2);
    let mut body =
        order("EmailAndSms", &json!([{ "nationalIdentityNumber": KARI }, { "nationalIdentityNumber": OLA }]));
    body["resourceId"] = "app_bym_byggesak".into();
    let ttd = app.token("ttd", CREATE);
    let theirs = id_of(&app.post_as(&ttd, ANY, &body).await);
    app.notify.run_due().await;
    app.post("/future/orders", &sms_order("direct", "+4799999999")).await.shipment();
    app.turn(1);
    app.notify.run_due().await;

    let found = shipments(&person(&app, KARI, "").await);
    let ids: Vec<_> = found.iter().map(|shipment| shipment["shipmentId"].clone()).collect();
    assert_eq!(ids, [theirs.as_str(), old.as_str()]);
    let newest = &found[0];
    assert_eq!(
        (&newest["creatorName"], &newest["resourceId"], &newest["sendersReference"]),
        (&"ttd".into(), &"app_bym_byggesak".into(), &"kampanje-3".into())
    );
    assert_eq!(
        (&newest["notificationChannel"], &newest["notificationType"]),
        (&"EmailAndSms".into(), &"Notification".into())
    );
    let attempts = newest["deliveryAttempts"].as_array().expect("a list");
    let mut channels: Vec<_> =
        attempts.iter().map(|attempt| attempt["channel"].as_str().expect("text")).collect();
    channels.sort_unstable();
    assert_eq!(channels, ["email", "sms"]);
    let email = attempts.iter().find(|attempt| attempt["channel"] == "email").expect("an e-mail");
    assert_eq!(
        (&email["emailAddress"], &email["nationalIdentityNumber"], &email["result"]),
        (&"kari@fjord.example".into(), &KARI.into(), &"Succeeded".into())
    );
    assert!(email["resultTime"].as_str().is_some_and(|at| at.ends_with('Z')));
    assert!(email.get("mobileNumber").is_none() && found[1].get("resourceId").is_none());

    app.turn(2);
    let found = shipments(&person(&app, KARI, "").await);
    assert_eq!(found.len(), 1, "the older one is more than a week ago now");
    let all = shipments(&person(&app, KARI, "?from=2026-01-01T00:00:00%2B01:00").await);
    assert_eq!(all.len(), 2);
    let before = shipments(&person(&app, KARI, "?from=2026-03-02T10:00:00Z&to=2026-03-02T10:00:01Z").await);
    assert_eq!(before[0]["shipmentId"], old.as_str(), "from counts, to does not");
    assert_eq!(person(&app, RESERVED, "").await.json(), json!([]));
}

#[tokio::test]
async fn an_organizations_messages_are_found_by_its_number() {
    let app = TestApp::start().await;
    let id = id_of(&app.post(ANY, &order("Email", &json!([{ "organizationNumber": FJORD }]))).await);
    app.notify.run_due().await;
    app.turn(1);
    let found = shipments(&ask(&app, ORG, Some(("organizationnumber", FJORD))).await);
    assert_eq!((found.len(), &found[0]["shipmentId"]), (1, &id.as_str().into()));
    let attempts = found[0]["deliveryAttempts"].as_array().expect("a list");
    assert_eq!(attempts.len(), 2);
    assert!(attempts.iter().all(|attempt| attempt["organizationNumber"] == FJORD));
}

/// What earlier versions stored says the same.
#[tokio::test]
async fn orders_without_the_newer_columns_are_told_of_as_well() {
    let app = TestApp::start().await;
    let mut body = order("Email", &json!([{ "nationalIdentityNumber": KARI }]));
    body["resourceId"] = "urn:altinn:resource:x".into();
    id_of(&app.post(ANY, &body).await);
    app.notify.run_due().await;
    let forget = "UPDATE notify_orders SET channels = NULL, resource = NULL";
    app.store.write(|tx| tx.execute(forget, store::params![])).await.expect("an older row");
    app.turn(1);
    let found = shipments(&person(&app, KARI, "").await);
    assert_eq!(
        (&found[0]["notificationChannel"], &found[0]["resourceId"]),
        (&"Email".into(), &"urn:altinn:resource:x".into())
    );
}
