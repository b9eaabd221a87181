//! The console's overview and operating pages, in a running server.

use reqwest::Method;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use trials::{Answer, Place, Server, SignedIn, eventually, instant_sms};

/// A part of a page, as it renews itself.
async fn part(console: &SignedIn, path: &str) -> Answer {
    let request = console.request(Method::GET, path).header("hx-request", "true");
    Answer::of(request.header("accept-language", "en")).await.expect("an answer")
}

/// What the audit log says about a subject, once it is in the chain.
async fn audited(server: &Server, subject: &str) -> Value {
    eventually("the entry in the audit log", async || {
        let log = reqwest::Client::new().get(server.url("/console/audit"));
        let log = Answer::of(log.basic_auth("budstikke", Some(&server.password))).await.ok()?;
        let mut links = log.text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        links.rfind(|link| link["subject"].as_str().is_some_and(|of| of.starts_with(subject)))
    })
    .await
}

#[tokio::test]
async fn the_overview_says_what_needs_attention_and_its_parts_renew_themselves() {
    let place = Place::new();
    let server = place.start().await;
    let console = server.sign_in().await;
    let page = console.get("/console").await;
    assert_eq!(page.status, 200, "{}", page.text);
    for wanted in [
        "What needs attention",
        "hx-get=\"/console/overview/live\" hx-trigger=\"every 5s\"",
        "hx-get=\"/console/overview/plots/live?range=hour\"",
        "Last month",
        "Waiting work",
        "Size of the store",
        "Certificates",
    ] {
        assert!(page.text.contains(wanted), "{wanted} in {}", page.text);
    }
    assert!(!page.text.contains("style=\""), "the policy allows no inline styles");
    for path in [
        "/console/overview/live",
        "/console/overview/tables/live",
        "/console/overview/plots/live?range=month",
        "/console/routes/live",
        "/console/routes/plots/live?range=day",
        "/console/webhooks/live",
        "/console/simulators/live",
        "/console/simulators/mail/live",
    ] {
        let fragment = part(&console, path).await;
        assert_eq!((fragment.status, fragment.text.contains("<html")), (200, false), "{path}");
        let stranger = reqwest::Client::new().get(server.url(path)).header("hx-request", "true");
        assert_eq!(Answer::of(stranger).await.expect("an answer").status, 401, "{path}");
    }

    let pressed = [("channel", "email"), ("name", "embedded"), ("wish", "off")];
    assert_eq!(console.post("/console/routes/wish", &pressed).await.status, 200);
    let attention = part(&console, "/console/overview/live").await.text;
    assert!(attention.contains("The route embedded (e-mail) is switched off by an operator."), "{attention}");
    assert!(attention.contains("No route lets e-mail through"), "{attention}");
    assert!(attention.contains("href=\"/console/routes\""), "{attention}");
    server.stop().await;
}

#[tokio::test]
async fn what_a_server_has_counted_is_in_the_history_when_it_has_stopped() {
    let place = Place::new();
    let server = place.start().await;
    let sent = server.post("/future/orders/instant/sms", &instant_sms("h", "+4798765432", "Kode 7")).await;
    assert_eq!(sent.status, 201, "{sent:?}");
    server.stop().await;
    let database = place.database();
    let counted = |labels: &str| -> i64 {
        let mut rows = database.prepare("SELECT figures FROM history_figures WHERE grain = 60").expect("SQL");
        let rows = rows.query_map([], |row| row.get::<_, String>(0)).expect("rows");
        let rows = rows.map(|row| serde_json::from_str::<Value>(&row.expect("a row")).expect("JSON"));
        rows.filter_map(|row| row["c"]["budstikke_notify_notifications_total"][labels].as_i64()).sum()
    };
    assert_eq!(counted("sms|Accepted"), 1);
    assert_eq!(counted("email|Succeeded"), 0);
}

#[tokio::test]
async fn a_route_is_switched_off_and_on_by_buttons_and_the_audit_log_says_who_did_it() {
    let place = Place::new();
    let server = place.start().await;
    let console = server.sign_in().await;
    let page = console.get("/console/routes").await;
    assert!(page.text.contains("open, automatic") && page.text.contains("embedded"), "{}", page.text);

    let press = async |wish: &str| {
        let form = [("channel", "sms"), ("name", "embedded"), ("wish", wish)];
        console.post("/console/routes/wish", &form).await
    };
    let off = press("off").await;
    assert!(off.text.contains("open, switched off"), "{}", off.text);
    let entry = audited(&server, "route sms embedded").await;
    assert_eq!((&entry["actor"], &entry["detail"]), (&json!("operator admin"), &json!("set a route to off")));
    let listed = reqwest::Client::new().get(server.url("/console/routes"));
    let listed = Answer::of(listed.basic_auth("budstikke", Some(&server.password))).await.expect("an answer");
    assert_eq!(listed.json()[0]["mode"], "off", "programs get JSON");
    assert!(press("auto").await.text.contains("open, automatic"));
    assert_eq!(press("dance").await.status, 400);
    let unknown = [("channel", "sms"), ("name", "nowhere"), ("wish", "off")];
    assert_eq!(console.post("/console/routes/wish", &unknown).await.status, 404);
    let stale = console.post_with("/console/routes/wish", &[("wish", "off")], "another token").await;
    assert_eq!(stale.status, 403);
    let fields = [("login", "leser"), ("password", "a long enough password"), ("role", "read")];
    assert_eq!(console.post("/console/users", &fields).await.status, 200);
    let reader = server.sign_in_as("leser", "a long enough password").await;
    assert!(!reader.get("/console/routes").await.text.contains("value=\"off\""), "no buttons for readers");
    let form = [("channel", "sms"), ("name", "embedded"), ("wish", "off")];
    assert_eq!(reader.post("/console/routes/wish", &form).await.status, 403);
    server.stop().await;
}

#[tokio::test]
async fn notifys_webhooks_are_held_and_told_again_too_and_deliveries_are_filtered() {
    let place = Place::new();
    let server = place.start().await;
    let console = server.sign_in().await;
    let hook = json!({ "name": "Case system", "url": "http://127.0.0.1:1/hook" });
    let made = server.post("/future/webhooks", &hook).await;
    assert_eq!(made.status, 201, "{made:?}");
    let id = i64::from_str_radix(made.json()["id"].as_str().expect("an id"), 16).expect("a number");
    let sent = server.post("/future/orders/instant/sms", &instant_sms("w", "+4798765432", "Kode 7")).await;
    assert_eq!(sent.status, 201, "{sent:?}");

    let listed = console.get("/console/webhooks").await;
    assert!(listed.text.contains("Case system") && listed.text.contains("Notify"), "{}", listed.text);
    let path = format!("/console/webhooks/{id}");
    eventually("something waits for the endpoint", async || {
        let waiting = console.get(&format!("{path}?state=pending")).await.text;
        waiting.contains("notification.").then_some(())
    })
    .await;
    let delivered = console.get(&format!("{path}?state=delivered")).await;
    assert!(!delivered.text.contains("notification."), "{}", delivered.text);
    let held = console.post(&path, &[("wish", "pause")]).await;
    assert!(held.text.contains(">held<"), "{}", held.text);
    let entry = audited(&server, "subscription").await;
    assert_eq!((&entry["actor"], &entry["detail"]), (&json!("operator admin"), &json!("paused a webhook")));
    let attention = part(&console, "/console/overview/live").await.text;
    assert!(attention.contains("The webhook Case system is held by an operator."), "{attention}");
    assert!(!console.post(&path, &[("wish", "resume")]).await.text.contains(">held<"));
    server.stop().await;
}

#[tokio::test]
async fn captured_texts_are_shown_as_a_telephone_shows_them() {
    let place = Place::new();
    let server = place.start().await;
    let console = server.sign_in().await;
    let text = "Čáhci <b>&amp;</b> kode 402117";
    for (key, number, text) in
        [("a", "+4798765432", text), ("b", "+4798760004", "Nei"), ("c", "+4791111111", "Hei")]
    {
        server.post("/future/orders/instant/sms", &instant_sms(key, number, text)).await;
    }
    let page = console.get("/console/simulators").await;
    for wanted in [
        "4798765432",
        "402117",
        "UCS-2",
        "<code>Č</code>",
        "not taken",
        "Simulated: nothing left this machine.",
    ] {
        assert!(page.text.contains(wanted), "{wanted} in {}", page.text);
    }
    assert!(!page.text.contains("<b>"), "what a message says is text: {}", page.text);
    eventually("the report is told", async || {
        let one = part(&console, "/console/simulators/live?to=98765432").await.text;
        assert!(!one.contains("4791111111"), "{one}");
        one.contains("reported DELIVRD").then_some(())
    })
    .await;
    let magic = console.get("/console/simulators/magic").await;
    assert!(magic.text.contains("<code>0004</code>") && magic.text.contains("bounced"), "{}", magic.text);
    server.stop().await;
}

/// Hands a message to the embedded mail server.
async fn mail(server: &Server, to: &str, message: &str) {
    let addresses = std::fs::read(server.data.join("addresses.json")).expect("the addresses");
    let addresses: Value = serde_json::from_slice(&addresses).expect("JSON");
    let (reading, mut writing) = TcpStream::connect(addresses["mail"].as_str().expect("mail"))
        .await
        .expect("a mail server")
        .into_split();
    let mut lines = BufReader::new(reading).lines();
    for command in [
        String::new(),
        "HELO test".to_owned(),
        "MAIL FROM:<fjord@fjord.example>".to_owned(),
        format!("RCPT TO:<{to}>"),
        "DATA".to_owned(),
        format!("{message}\r\n."),
        "QUIT".to_owned(),
    ] {
        if !command.is_empty() {
            writing.write_all(format!("{command}\r\n").as_bytes()).await.expect("it listens");
        }
        let said = lines.next_line().await.expect("it speaks").expect("an answer");
        assert!(said.starts_with(['2', '3']), "{command}: {said}");
    }
}

#[tokio::test]
async fn captured_mail_is_an_inbox_and_a_strangers_html_is_closed_off() {
    let place = Place::new();
    let server = place.start().await;
    let console = server.sign_in().await;
    let message = "Subject: Vedtak <1>\r\nFrom: Fjord <fjord@fjord.example>\r\nMIME-Version: 1.0\r\n\
        Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n\
        --b\r\nContent-Type: text/plain\r\n\r\nHei <script>alert(1)</script>\r\n--b\r\nContent-Type: text/html\r\n\r\n\
        <p>Hei</p><script>alert(2)</script>\r\n--b--\r\n--a\r\nContent-Type: text/html\r\n\
        Content-Disposition: attachment; filename=\"brev.html\"\r\n\r\n<script>alert(3)</script>\r\n--a--\r\n";
    mail(&server, "kari@fjord.example", message).await;

    let inbox = console.get("/console/simulators/mail?to=KARI").await;
    assert!(inbox.text.contains("Vedtak &#60;1&#62;"), "{}", inbox.text);
    assert!(!console.get("/console/simulators/mail?to=ola").await.text.contains("Vedtak"));
    let open = console.get("/console/simulators/mail/server/0").await;
    for wanted in
        ["kari@fjord.example", "&#60;script&#62;alert(1)", "brev.html", "<iframe class=\"letter\" sandbox"]
    {
        assert!(open.text.contains(wanted), "{wanted} in {}", open.text);
    }
    assert!(!open.text.contains("<script>alert"), "{}", open.text);

    let answer = async |path: &str| console.request(Method::GET, path).send().await.expect("an answer");
    let html = answer("/console/simulators/mail/server/0/html").await;
    let policy = html.headers()["content-security-policy"].to_str().expect("text").to_owned();
    assert!(policy.starts_with("sandbox; default-src 'none'") && !policy.contains("script"), "{policy}");
    assert_eq!(html.headers()["x-frame-options"], "SAMEORIGIN");
    assert!(html.text().await.expect("text").contains("alert(2)"));
    for path in ["files/0", "raw"] {
        let file = answer(&format!("/console/simulators/mail/server/0/{path}")).await;
        let header = |name: &str| file.headers()[name].to_str().expect("text").to_owned();
        assert!(header("content-disposition").starts_with("attachment"), "{path}");
        assert_eq!(header("content-type"), "application/octet-stream", "nothing of a stranger's is shown");
        assert!(file.text().await.expect("text").contains("alert(3)"), "{path}");
    }
    for gone in ["server/7", "cloud/0", "nowhere/0", "server/0/files/9"] {
        assert_eq!(console.get(&format!("/console/simulators/mail/{gone}")).await.status, 404, "{gone}");
    }
    server.stop().await;
}

#[tokio::test]
async fn registers_are_filled_by_a_form_and_organizations_are_listed() {
    let place = Place::new();
    let server = place.start().await;
    let console = server.sign_in().await;
    let file = json!({ "persons": [{ "nationalIdentityNumber": "13858130624", "name": "Kari Nordmann",
        "email": "kari.nordmann@fjord.example", "lastConfirmed": "2100-01-01T00:00:00Z" }] });
    let import = async |file: &str| console.post("/console/contacts/import", &[("file", file)]).await;

    let filled = import(&file.to_string()).await;
    assert!(filled.text.contains("Imported: 1 persons"), "{}", filled.text);
    let entry = audited(&server, "contact register").await;
    assert_eq!(entry["actor"], "operator admin");
    assert!(!entry.to_string().contains("13858130624"), "{entry}");
    let found = console.post("/console/contacts/search", &[("sought", "13858130624")]).await;
    assert!(found.text.contains("k***@***.example"), "{}", found.text);
    let wrong = import("{\"persons\": [{\"nationalIdentityNumber\": \"1\"}]}").await;
    assert!(wrong.text.contains("Nothing was changed:"), "{}", wrong.text);

    let registry = console.get("/console/contacts/organizations").await;
    assert!(registry.text.contains(trials::ORG), "{}", registry.text);
    server.stop().await;
}
