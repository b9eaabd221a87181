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
