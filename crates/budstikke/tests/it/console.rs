//! The console's pages: in two languages, without anybody's full number.

use reqwest::Method;
use trials::{Answer, Place, instant_sms};

#[tokio::test]
async fn the_overview_is_in_two_languages_and_masks_recipients() {
    let place = Place::new();
    let server = place.start().await;
    let sent = server.post("/future/orders/instant/sms", &instant_sms("a", "+4798765432", "Kode 7")).await;
    assert_eq!(sent.status, 201, "{sent:?}");

    let console = server.sign_in().await;
    for (path, language, words) in [
        ("/console", "en-GB,en;q=0.9", "Latest shipments"),
        ("/console", "nb-NO,nb;q=0.9", "Siste forsendelser"),
        ("/console?lang=nb", "en", "Siste forsendelser"),
        ("/console?lang=en", "nb", "Latest shipments"),
    ] {
        let request = console.request(Method::GET, path).header("accept-language", language);
        let shown = Answer::of(request).await.expect("an answer");
        assert_eq!((shown.status, shown.media_type.as_str()), (200, "text/html; charset=utf-8"));
        assert!(shown.text.contains(words), "{path} in {language}");
        assert!(!shown.text.contains("98765432"), "the full number is shown");
        assert!(shown.text.contains("+4798****32"), "recipients can be told apart: {}", shown.text);
        assert!(shown.text.contains("<table") && !shown.text.contains("<script>"));
    }
    let style = reqwest::Client::new().get(server.url("/console/console.css"));
    let style = Answer::of(style).await.expect("an answer");
    assert_eq!((style.status, style.media_type.as_str()), (200, "text/css; charset=utf-8"));
}

#[tokio::test]
async fn webhooks_are_shown_held_and_let_go_on_from_the_console() {
    let place = Place::new();
    let server = place.start().await;
    let (http, console) = (reqwest::Client::new(), server.sign_in().await);
    let hook = serde_json::json!({ "name": "Archive <1>", "pushEndpoint": "http://127.0.0.1:1/hook",
        "resource": "all", "event": "all" });
    let made = http.post(server.url("/api/subscriptions")).json(&hook);
    let made = made.basic_auth("budstikke", Some(&server.password));
    let made = Answer::of(made).await.expect("an answer");
    let made: serde_json::Value = serde_json::from_str(&made.text).expect("JSON");
    let path = format!("/console/webhooks/{}", made["id"]);

    let shown = console.get("/console/webhooks").await;
    assert_eq!(shown.status, 200);
    assert!(shown.text.contains("Archive &#60;1&#62;") && shown.text.contains(">active<"), "{}", shown.text);
    let held = console.post(&path, &[("wish", "pause")]).await;
    assert!(held.text.contains(">held<") && held.text.contains("Tell again"), "{}", held.text);
    let offers = |text: &str| ["pause", "resume"].map(|wish| text.contains(&format!("value=\"{wish}\"")));
    assert_eq!(offers(&held.text), [false, true]);
    let on = console.post(&path, &[("wish", "resume")]).await;
    assert!(on.text.contains(">active<"), "{}", on.text);
    assert_eq!(offers(&on.text), [true, false]);
    let again = console.post(&path, &[("wish", "replay"), ("from", "1")]).await;
    assert_eq!(again.status, 200);
    assert_eq!(console.post(&path, &[("wish", "dance")]).await.status, 400);
    let gone = console.post("/console/webhooks/999999", &[("wish", "pause")]).await;
    assert_eq!(gone.status, 404);
}
