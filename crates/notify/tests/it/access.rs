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
