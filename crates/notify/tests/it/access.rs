//! Who is let in, and as whom.

use auth::TokenKind;
use http::StatusCode;
use reqwest::Method;

use crate::app::{CREATE, TestApp, instant_sms, sms_order};

/// Covers: NA-3, NA-4, NA-10
#[tokio::test]
async fn only_a_good_token_with_the_whole_scope_opens_the_door() {
    let app = TestApp::start().await;
    let body = sms_order("a", "+4740000001");

    let none = TestApp::send(app.request(Method::POST, "/future/orders").json(&body)).await;
    assert_eq!((none.status, none.text.as_str()), (StatusCode::UNAUTHORIZED, ""));

    let stranger = TestApp::start().await;
    let cases = [
        ("not.a.token".to_owned(), StatusCode::UNAUTHORIZED),
        (stranger.bym(), StatusCode::UNAUTHORIZED),
        (app.token("bym", "other"), StatusCode::FORBIDDEN),
        (app.token("bym", &format!("{CREATE}.more")), StatusCode::FORBIDDEN),
        (app.token("bym", &format!("a {CREATE} b")), StatusCode::CREATED),
    ];
    for (token, expected) in cases {
        let answer = app.post_as(&token, "/future/orders", &body).await;
        assert_eq!(answer.status, expected, "{}", answer.text);
    }
}

/// Covers: NA-2
#[tokio::test]
async fn a_token_is_over_the_second_it_expires() {
    let app = TestApp::start().await;
    let token = app.token_of(Some("bym"), TokenKind::Altinn, CREATE, 60);
    app.turn(59);
    assert_eq!(app.get_as(&token, "/future/shipment/feed").await.status, StatusCode::OK);
    app.turn(1);
    assert_eq!(app.get_as(&token, "/future/shipment/feed").await.status, StatusCode::UNAUTHORIZED);
}

/// Covers: NA-5
#[tokio::test]
async fn a_platform_token_acts_as_its_issuer() {
    let app = TestApp::start().await;
    let platform = app.token_of(Some("bym"), TokenKind::PlatformAccess, "", 600);
    let request = app.request(Method::POST, "/future/orders").header("PlatformAccessToken", platform);
    let answer = TestApp::send(request.json(&sms_order("a", "+4740000001"))).await;

    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
    let order = app.get(&format!("/orders/{}", answer.shipment())).await.json();
    assert_eq!(order["creator"], "bym");
}

/// Covers: NA-18, NA-19
#[tokio::test]
async fn a_header_that_was_not_verified_says_nothing() {
    let app = TestApp::start().await;
    let stranger = TestApp::start().await;
    let forged = stranger.token_of(Some("ttd"), TokenKind::PlatformAccess, "", 600);
    for (key, header) in [("a", forged.as_str()), ("b", "garbage")] {
        let request = app.request(Method::POST, "/future/orders").bearer_auth(app.bym());
        let request = request.header("PlatformAccessToken", header).json(&sms_order(key, "+4740000001"));
        let answer = TestApp::send(request).await;
        assert_eq!(answer.status, StatusCode::CREATED);
        let order = app.get(&format!("/orders/{}", answer.shipment())).await.json();
        assert_eq!(order["creator"], "bym");
    }
}

/// Covers: NA-11, NA-12
#[tokio::test]
async fn without_a_creator_the_body_is_checked_first() {
    let app = TestApp::start().await;
    let nameless = app.token_of(None, TokenKind::Altinn, CREATE, 600);

    let good = app.post_as(&nameless, "/future/orders", &sms_order("a", "+4740000001")).await;
    assert_eq!(good.status, StatusCode::FORBIDDEN);
    let bad = app.post_as(&nameless, "/future/orders", &sms_order("a", "40000001")).await;
    assert_eq!(bad.keys(), ["Recipient.RecipientSms.PhoneNumber"]);
}

/// Covers: NA-13, NA-14, NA-15, NA-16, NA-17
#[tokio::test]
async fn creators_do_not_see_each_other() {
    let app = TestApp::start().await;
    let ttd = app.token("ttd", CREATE);
    let ours = app.post("/future/orders/instant/sms", &instant_sms("same", "+4740000002")).await;
    let theirs = app.post_as(&ttd, "/future/orders/instant/sms", &instant_sms("same", "+4740000002")).await;
    assert_eq!((ours.status, theirs.status), (StatusCode::CREATED, StatusCode::CREATED));
    assert_ne!(ours.shipment(), theirs.shipment());
    app.wait_for(&ours.shipment(), "Order_Completed").await;

    let id = ours.shipment();
    let foreign = app.get_as(&ttd, &format!("/future/shipment/{id}")).await;
    let unknown = app.get_as(&ttd, "/future/shipment/a8d4b6a2-8a54-4b7a-b1cf-6f8e2a7b9c11").await;
    assert_eq!((foreign.status, unknown.status), (StatusCode::NOT_FOUND, StatusCode::NOT_FOUND));
    assert_eq!(
        (&foreign.json()["code"], &unknown.json()["code"]),
        (&"NOT-00003".into(), &"NOT-00003".into())
    );
    for path in
        [format!("/orders/{id}"), format!("/orders/{id}/status"), format!("/orders/{id}/notifications/sms")]
    {
        assert_eq!(app.get_as(&ttd, &path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    let cancel = app.request(Method::PUT, &format!("/orders/{id}/cancel")).bearer_auth(&ttd);
    assert_eq!(TestApp::send(cancel).await.status, StatusCode::NOT_FOUND);

    let found = app.get_as(&ttd, "/orders?sendersReference=innlogging-91f2").await.json();
    assert_eq!((&found["count"], &found["orders"][0]["id"]), (&1.into(), &theirs.shipment().into()));
    let feed = app.feed("").await;
    assert_eq!(feed.len(), 1);
    assert_eq!(feed[0]["shipmentId"], id);
}

#[tokio::test]
async fn a_creator_sends_in_its_own_name_only_where_that_is_configured() {
    let own = vec!["Bymyndig".to_owned(), "@bym.example".to_owned()];
    let app = TestApp::start_with(|config| _ = config.senders.insert("bym".to_owned(), own)).await;
    let (instant, orders) = ("/future/orders/instant/sms", "/future/orders");
    assert_eq!(app.post(instant, &instant_sms("a", "+4740000002")).await.status, StatusCode::CREATED);
    let mut foreign = instant_sms("b", "+4740000002");
    foreign["recipientSms"]["smsSettings"]["sender"] = "Skatten".into();
    let refused = app.post(instant, &foreign).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert!(refused.json()["detail"].as_str().is_some_and(|detail| detail.contains("sender")));
    foreign["idempotencyId"] = "a".into();
    assert_eq!(app.post(instant, &foreign).await.status, StatusCode::OK, "what was accepted stays accepted");

    let mut order = sms_order("c", "+4740000002");
    assert_eq!(app.post(orders, &order).await.status, StatusCode::CREATED, "the configured sender");
    order["idempotencyId"] = "d".into();
    order["recipient"]["recipientSms"]["smsSettings"]["sender"] = "Skatten".into();
    assert_eq!(app.post(orders, &order).await.status, StatusCode::FORBIDDEN);
    let to_many = serde_json::json!({ "body": "Hei", "senderNumber": "Skatten",
        "recipients": [{ "mobileNumber": "+4740000002" }] });
    assert_eq!(app.post("/orders/sms", &to_many).await.status, StatusCode::FORBIDDEN);
    let ttd = app.token("ttd", CREATE);
    assert_eq!(app.post_as(&ttd, "/orders/sms", &to_many).await.status, StatusCode::ACCEPTED);
}

#[tokio::test]
async fn a_creator_that_calls_too_often_is_told_when_to_come_again() {
    let limit = serde_json::json!({ "per_minute": 6, "burst": 2 });
    let limit = serde_json::from_value(limit).expect("a limit");
    let app = TestApp::start_with(|config| _ = config.pace.insert("bym".to_owned(), limit)).await;
    let (bym, ttd) = (app.bym(), app.token("ttd", CREATE));
    let feed = "/future/shipment/feed";
    for _ in 0..2 {
        assert_eq!(app.get_as(&bym, feed).await.status, StatusCode::OK);
    }
    let refused = app.get_as(&bym, feed).await;
    assert_eq!(
        (refused.status, &refused.headers["retry-after"]),
        (StatusCode::TOO_MANY_REQUESTS, &"10".parse().expect("a value"))
    );
    assert_eq!(refused.json()["status"], 429);
    assert_eq!(app.get_as(&ttd, feed).await.status, StatusCode::OK);
    app.turn(10);
    assert_eq!(app.get_as(&bym, feed).await.status, StatusCode::OK);
}

const COMPOSED_ORDER: (Method, &str) = (Method::POST, "/future/orders/composed-email");

/// The endpoints for senders but for e-mail with files, in the contract's order.
fn for_senders() -> Vec<(Method, String)> {
    let id = "a8d4b6a2-8a54-4b7a-b1cf-6f8e2a7b9c11";
    let posts = [
        "/future/orders",
        "/future/orders/instant/sms",
        "/future/orders/instant/email",
        "/future/orders/instant",
        "/orders",
        "/orders/email",
        "/orders/sms",
    ];
    let gets = [
        "/future/shipment/{id}",
        "/future/shipment/feed",
        "/orders?sendersReference=x",
        "/orders/{id}",
        "/orders/{id}/status",
        "/orders/{id}/notifications/email",
        "/orders/{id}/notifications/sms",
    ];
    let mut all: Vec<_> = posts.map(|path| (Method::POST, path.to_owned())).to_vec();
    all.extend(gets.map(|path| (Method::GET, path.replace("{id}", id))));
    all.push((Method::PUT, format!("/orders/{id}/cancel")));
    all
}

const FOR_SUPPORT: [&str; 2] = [
    "/future/dashboard/recipients/notifications/nin",
    "/future/dashboard/recipients/notifications/orgnumber",
];

/// Covers: NA-1
#[tokio::test]
async fn without_any_token_every_endpoint_is_closed() {
    let app = TestApp::start().await;
    let mut all = for_senders();
    all.push((COMPOSED_ORDER.0, COMPOSED_ORDER.1.to_owned()));
    all.extend(FOR_SUPPORT.map(|path| (Method::GET, path.to_owned())));
    assert_eq!(all.len(), 18);
    for (method, path) in all {
        let request = app.request(method.clone(), &path);
        let request = if method == Method::POST { request.json(&serde_json::json!({})) } else { request };
        let answer = TestApp::send(request).await;
        assert_eq!((answer.status, answer.text.as_str()), (StatusCode::UNAUTHORIZED, ""), "{method} {path}");
    }
}

/// Covers: NA-9
#[tokio::test]
async fn support_sees_what_was_sent_and_sends_nothing() {
    let app = TestApp::start().await;
    let support = app.token("digdir", notify::access::SUPPORT);
    let mut all = for_senders();
    all.push((COMPOSED_ORDER.0, COMPOSED_ORDER.1.to_owned()));
    for (method, path) in all {
        let request = app.request(method.clone(), &path).bearer_auth(&support);
        let request = if method == Method::POST { request.json(&serde_json::json!({})) } else { request };
        assert_eq!(TestApp::send(request).await.status, StatusCode::FORBIDDEN, "{method} {path}");
    }
    let platform = app.token_of(Some("bym"), TokenKind::PlatformAccess, "", 600);
    for path in FOR_SUPPORT {
        let ask = |token: &str| {
            app.request(Method::GET, path)
                .bearer_auth(token)
                .header("NationalIdentityNumber", "13858130624")
                .header("OrganizationNumber", "310000019")
        };
        assert_eq!(TestApp::send(ask(&support)).await.status, StatusCode::OK, "{path}");
        assert_eq!(TestApp::send(ask(&app.bym())).await.status, StatusCode::FORBIDDEN, "{path}");
        let by_platform = app.request(Method::GET, path).header("PlatformAccessToken", &platform);
        assert_eq!(TestApp::send(by_platform).await.status, StatusCode::UNAUTHORIZED, "{path}");
    }
}

/// Covers: NA-6, NA-7
#[tokio::test]
async fn neither_the_scope_for_ordering_nor_a_platform_token_orders_email_with_files() {
    let app = TestApp::start().await;
    let body = serde_json::json!({ "idempotencyId": "a" });
    let create = app.post_as(&app.bym(), COMPOSED_ORDER.1, &body).await;
    assert_eq!(create.status, StatusCode::FORBIDDEN);
    let platform = app.token_of(Some("bym"), TokenKind::PlatformAccess, "", 600);
    let request = app.request(Method::POST, COMPOSED_ORDER.1).header("PlatformAccessToken", &platform);
    let alone = TestApp::send(request.json(&body)).await;
    assert_eq!(alone.status, StatusCode::UNAUTHORIZED);
    let composed = app.token("bym", notify::access::COMPOSED);
    assert_eq!(app.post_as(&composed, COMPOSED_ORDER.1, &body).await.status, StatusCode::BAD_REQUEST);
}
