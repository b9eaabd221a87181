//! The console page: for operators alone, in two languages, without anybody's full number.

use reqwest::Method;
use trials::{Answer, Place, instant_sms};

#[tokio::test]
async fn the_console_is_for_operators_and_masks_recipients() {
    let place = Place::new();
    let server = place.start().await;
    let http = reqwest::Client::new();
    let page = async |path: &str, password: Option<&str>, language: &str| {
        let mut request = http.request(Method::GET, server.url(path)).header("accept-language", language);
        if let Some(password) = password {
            request = request.basic_auth("budstikke", Some(password));
        }
        Answer::of(request).await.expect("an answer")
    };
    let sent = server.post("/future/orders/instant/sms", &instant_sms("a", "+4798765432", "Kode 7")).await;
    assert_eq!(sent.status, 201, "{sent:?}");

    for stranger in [None, Some("guess"), Some("")] {
        let refused = page("/console", stranger, "en").await;
        assert_eq!(refused.status, 401);
        assert!(!refused.text.contains("Latest shipments"), "{}", refused.text);
    }
    for (path, language, words) in [
        ("/console", "en-GB,en;q=0.9", "Latest shipments"),
        ("/console", "nb-NO,nb;q=0.9", "Siste forsendelser"),
        ("/console?lang=nb", "en", "Siste forsendelser"),
        ("/console?lang=en", "nb", "Latest shipments"),
    ] {
        let shown = page(path, Some(&server.password), language).await;
        assert_eq!((shown.status, shown.media_type.as_str()), (200, "text/html; charset=utf-8"));
        assert!(shown.text.contains(words), "{path} in {language}");
        assert!(!shown.text.contains("98765432"), "the full number is shown");
        assert!(shown.text.contains("+4798****32"), "recipients can be told apart: {}", shown.text);
        assert!(shown.text.contains("<table") && !shown.text.contains("<script"));
    }
    let style = page("/console/console.css", None, "en").await;
    assert_eq!((style.status, style.media_type.as_str()), (200, "text/css; charset=utf-8"));
}

#[tokio::test]
async fn webhooks_are_shown_held_and_let_go_on_from_the_console() {
    let place = Place::new();
    let server = place.start().await;
    let http = reqwest::Client::new();
    let ask = async |method: Method, path: &str, form: &[(&str, &str)], from: &str| {
        let request = http.request(method, server.url(path)).header("accept-language", "en");
        let request = request.basic_auth("budstikke", Some(&server.password)).header("sec-fetch-site", from);
        Answer::of(if form.is_empty() { request } else { request.form(form) }).await.expect("an answer")
    };
    let hook = serde_json::json!({ "name": "Archive <1>", "pushEndpoint": "http://127.0.0.1:1/hook",
        "resource": "all", "event": "all" });
    let made = http.post(server.url("/api/subscriptions")).json(&hook);
    let made = made.basic_auth("budstikke", Some(&server.password));
    let made = Answer::of(made).await.expect("an answer");
    let made: serde_json::Value = serde_json::from_str(&made.text).expect("JSON");
    let path = format!("/console/webhooks/{}", made["id"]);

    let shown = ask(Method::GET, "/console/webhooks", &[], "none").await;
    assert_eq!(shown.status, 200);
    assert!(shown.text.contains("Archive &#60;1&#62;") && shown.text.contains(">active<"), "{}", shown.text);
    let other_site = ask(Method::POST, &path, &[("wish", "pause")], "cross-site").await;
    assert_eq!(other_site.status, 403);
    let held = ask(Method::POST, &path, &[("wish", "pause")], "same-origin").await;
    assert!(held.text.contains(">held<") && held.text.contains("Tell again"), "{}", held.text);
    let on = ask(Method::POST, &path, &[("wish", "resume")], "same-origin").await;
    assert!(on.text.contains(">active<"), "{}", on.text);
    let again = ask(Method::POST, &path, &[("wish", "replay"), ("from", "1")], "same-origin").await;
    assert_eq!(again.status, 200);
    assert_eq!(ask(Method::POST, &path, &[("wish", "dance")], "same-origin").await.status, 400);
    let gone = ask(Method::POST, "/console/webhooks/999999", &[("wish", "pause")], "same-origin").await;
    assert_eq!(gone.status, 404);
}
