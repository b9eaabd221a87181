//! The contact register of a running server: filled, searched, copied, and asked by another server.

use serde_json::{Value, json};
use trials::{Answer, Place, run};

fn register() -> Value {
    json!({
        "persons": [{ "nationalIdentityNumber": "13858130624", "name": "Kari Nordmann",
            "email": "kari.nordmann@fjord.example", "mobile": "+4798765432", "lastConfirmed": "2100-01-01T00:00:00Z" }],
        "organizations": [{ "organizationNumber": "310000019", "partyId": 500_700, "name": "Fjord AS", "emails": [],
            "users": [{ "userId": 20_001, "email": "leder@fjord.example" }] }],
        "grants": [{ "userId": 20_001, "partyId": 500_700, "resource": "demo-resource" }],
    })
}

async fn import(place: &Place, file: &Value) {
    let path = place.folder().join("contacts.json");
    std::fs::write(&path, file.to_string()).expect("a file");
    let data = place.data().display().to_string();
    let said = run(place.folder(), &["import", &path.display().to_string(), "--data-dir", &data]).await;
    assert!(said.status.success(), "{}", said.err);
}

#[tokio::test]
async fn the_console_finds_by_whole_numbers_and_shows_addresses_masked() {
    let place = Place::new();
    let server = place.start().await;
    import(&place, &register()).await;
    let console = server.sign_in().await;
    let search = async |sought: &str| console.post("/console/contacts/search", &[("sought", sought)]).await;

    let shown = console.get("/console/contacts").await;
    assert_eq!((shown.status, shown.text.contains("<form method=\"post\"")), (200, true));
    let kari = search(" 13858130624 ").await;
    assert!(
        kari.text.contains("k***@***.example") && kari.text.contains("confirmed 2100-01-01"),
        "{}",
        kari.text
    );
    for whole in ["kari.nordmann", "98765432", "Nordmann", "13858130624"] {
        assert!(!kari.text.contains(whole), "{whole} is shown");
    }
    let fjord = search("310000019").await;
    assert!(fjord.text.contains("Fjord AS") && fjord.text.contains("l***@***.example"), "{}", fjord.text);
    for part in ["1385813062", "Kari", "%", "kari.nordmann@fjord.example", "<script>"] {
        let nobody = search(part).await;
        assert_eq!(nobody.status, 200);
        assert!(nobody.text.contains("Nobody is registered"), "{part}: {}", nobody.text);
        assert!(!nobody.text.contains("<script>"));
    }
    let stranger = reqwest::Client::new().get(server.url("/console/contacts/export"));
    assert_eq!(Answer::of(stranger).await.expect("an answer").status, 401);
}

#[tokio::test]
async fn an_exported_register_is_the_owner_s_alone_and_can_be_imported_again() {
    use std::os::unix::fs::PermissionsExt;
    let (place, other) = (Place::new(), Place::new());
    let server = place.start().await;
    import(&place, &register()).await;
    let file = place.folder().join("out.json");
    let export = async |place: &Place| {
        let data = place.data().display().to_string();
        run(place.folder(), &["export", &file.display().to_string(), "--data-dir", &data]).await
    };

    let said = export(&place).await;

    assert!(said.status.success(), "{}", said.err);
    let mode = std::fs::metadata(&file).expect("a file").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let again = export(&place).await;
    assert!(!again.status.success(), "nothing is overwritten");
    let text = std::fs::read_to_string(&file).expect("text");
    let exported: Value = serde_json::from_str(&text).expect("JSON");
    server.kill().await;
    import(&other, &exported).await;
    std::fs::remove_file(&file).expect("the file is there");
    assert!(export(&other).await.status.success(), "without a server");
    assert_eq!(std::fs::read_to_string(&file).expect("text"), text);
}

#[tokio::test]
async fn another_server_is_served_the_register_in_the_dialects_it_stands_in_for() {
    let (place, mut asking) = (Place::new(), Place::new());
    let server = place.start().await;
    import(&place, &register()).await;
    let registers = format!("http://{}/registers", server.services);
    for (key, value) in [
        ("persons", "krr"),
        ("self_identified", "profile"),
        ("organizations", "profile"),
        ("users", "profile"),
        ("authorization", "pdp"),
        ("names", "register"),
        ("register.platform_access_token", "any"),
    ] {
        asking.set(&format!("registers.{key}"), value);
    }
    asking.set("registers.krr.url", &registers);
    asking.set("registers.profile.url", &registers);
    asking.set("registers.register.url", format!("{registers}/register"));
    asking.set("registers.pdp.url", format!("{registers}/authorization"));
    let asking = asking.start().await;
    let email = json!({ "subject": "Til $recipientName$", "body": "Hei" });
    let person = |number: &str| {
        json!({ "idempotencyId": number, "recipient": { "recipientPerson": {
            "nationalIdentityNumber": number, "channelSchema": "Email", "emailSettings": email } } })
    };
    let organization = json!({ "idempotencyId": "o", "recipient": { "recipientOrganization": {
        "orgNumber": "310000019", "channelSchema": "Email", "resourceId": "urn:altinn:resource:demo-resource",
        "emailSettings": email } } });

    assert_eq!(asking.post("/future/orders", &person("01010050053")).await.status, 422);
    for order in [person("13858130624"), organization] {
        let answer = asking.post("/future/orders", &order).await;
        assert_eq!(answer.status, 201, "{}", answer.text);
        let shipment = answer.json()["notification"]["shipmentId"].as_str().expect("an id").to_owned();
        let delivered = trials::eventually("the e-mail's delivery", async || {
            let status = asking.recipient_status(&shipment).await?;
            status.starts_with("Email_").then_some(status)
        });
        assert_ne!(delivered.await, "Email_Failed_RecipientNotIdentified");
    }
    let fault = json!({ "path": "personer", "fault": "status", "value": 500 });
    let http = reqwest::Client::new();
    let put = http.put(format!("{registers}/faults")).json(&fault).send().await.expect("an answer");
    assert_eq!(put.status().as_u16(), 204);
    let down = asking.post("/future/orders", &person("07906636225")).await;
    assert_eq!((down.status, down.text.contains("NOT-00004")), (503, true), "{}", down.text);
    let calls: Value =
        http.get(format!("{registers}/calls")).send().await.expect("an answer").json().await.expect("JSON");
    let asked = calls.as_object().expect("counts").keys().filter(|path| path.ends_with("decision")).count();
    assert_eq!(asked, 1, "{calls}");
}
