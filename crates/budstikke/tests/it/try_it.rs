//! Trying it out in the console: real requests to the server's own APIs, shown as they were made.

use reqwest::Client;
use trials::{Place, Server, eventually};

async fn captured(server: &Server, what: &str) -> String {
    let url = format!("http://{}{what}", server.services);
    Client::new().get(url).send().await.expect("an answer").text().await.expect("text")
}

#[tokio::test]
async fn what_is_tried_goes_out_and_is_shown_without_what_opens_the_apis() {
    let place = Place::new();
    let server = place.start().await;
    let console = server.sign_in().await;
    let fields = [("what", "instant"), ("number", "+4799999999"), ("text", "Prøve 'én' <1>")];
    let page = console.post("/console/try-it", &fields).await;
    assert_eq!(page.status, 200);
    assert!(page.text.contains("201 Created") && page.text.contains("shipmentId"), "{}", page.text);
    assert!(page.text.contains("/notifications/api/v1/future/orders/instant/sms"), "{}", page.text);
    assert!(page.text.contains("TOKEN=$(budstikke token --org fjord)") && page.text.contains("$TOKEN"));
    assert!(!page.text.contains("<1>") && page.text.contains("&#60;1&#62;"), "{}", page.text);
    let shown = page.text.split("Bearer eyJ").nth(1).expect("a token that is cut short");
    assert!(shown.chars().nth(9) == Some('…'), "{shown:.60}");
    eventually("the SMS at the simulator", async || {
        captured(&server, "/sms-gateway/messages").await.contains("Prøve 'én'").then_some(())
    })
    .await;

    for (what, path) in [("email", "future/orders"), ("sms", "future/orders")] {
        let page = console
            .post(
                "/console/try-it",
                &[
                    ("what", what),
                    ("number", "+4799999999"),
                    ("address", "kari@fjord.example"),
                    ("subject", "Hei"),
                    ("text", "Hei"),
                ],
            )
            .await;
        assert!(page.text.contains("201 Created") && page.text.contains(path), "{what}: {}", page.text);
        assert!(page.text.contains("reminders"), "{what}: {}", page.text);
    }
    let wrong = console.post("/console/try-it", &[("what", "instant"), ("number", "7"), ("text", "x")]).await;
    assert!(wrong.text.contains("400 Bad Request"), "what is refused is shown, too: {}", wrong.text);
}

#[tokio::test]
async fn a_message_with_files_goes_out_in_steps() {
    let place = Place::new();
    let server = place.start().await;
    let console = server.sign_in().await;
    let page = console.post("/console/try-it", &[("what", "message"), ("receiver", "310000001")]).await;
    assert_eq!(page.text.matches("200 OK</span>").count(), 5, "{}", page.text);
    assert!(page.text.contains("OPPRETTET"), "{}", page.text);
    assert!(!page.text.contains(&server.password), "the password is shown");
    assert!(
        page.text.contains("$PASSWORD") && page.text.contains("--data-binary @vedtak.pdf"),
        "{}",
        page.text
    );
    let pdf = console.get("/console/try-it/vedtak.pdf").await;
    assert_eq!((pdf.status, pdf.media_type.as_str()), (200, "application/pdf"));
}

#[tokio::test]
async fn without_the_embedded_issuer_the_page_says_what_to_do_instead() {
    let (place, mut other) = (Place::new(), Place::new());
    let server = place.start().await;
    for service in ["issuer", "broker", "registry"] {
        other.set(&format!("embedded.{service}"), "false");
    }
    other.set("embedded.elsewhere", format!("http://{}/", server.services));
    let alone = other.start_without_token().await;
    let page = alone.sign_in().await.get("/console/try-it").await;
    assert_eq!(page.status, 200);
    assert!(page.text.contains("token issuer is switched off") && !page.text.contains("value=\"instant\""));
}
