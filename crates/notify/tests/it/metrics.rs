//! Figures for people, and files of yesterday's rows.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use md5::{Digest, Md5};
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::{Field, Row};
use reqwest::Method;
use serde_json::json;
use types::Secret;

use crate::app::{API, Answer, CREATE, TestApp, email_order, sms_order};
use crate::older::{ANY, id_of, order};
use crate::operators::Operators;

async fn page(operators: &Operators, form: &str) -> Answer {
    let request = operators.request(Method::POST, &format!("{API}/metrics"));
    let request = request.header("content-type", "application/x-www-form-urlencoded");
    TestApp::send(request.body(form.to_owned())).await
}

fn row(creator: &str, figures: [u32; 5]) -> String {
    let cells: String = figures.map(|figure| format!("<td>{figure}</td>")).concat();
    format!("<tr><td>{creator}</td>{cells}</tr>")
}

#[tokio::test]
async fn a_month_shows_what_each_creator_sent_whether_counted_before_or_not() {
    let app = TestApp::start().await;
    let operators = Operators::of(&app).await;
    let ttd = app.token("ttd", CREATE);
    let mut long = sms_order("a", "+4740000001");
    long["recipient"]["recipientSms"]["smsSettings"]["body"] = "x".repeat(200).into();
    let sms = app.post("/future/orders", &long).await.shipment();
    let both = json!([{ "emailAddress": "kari@fjord.example", "mobileNumber": "+4740000008" },
        { "emailAddress": "ola@fjord.example", "mobileNumber": "+4740000026" }]);
    id_of(&app.post_as(&ttd, ANY, &order("EmailAndSms", &both)).await);
    let mut later = email_order("b", "kari@fjord.example");
    later["requestedSendTime"] = "2026-04-01T00:00:00Z".into();
    app.post("/future/orders", &later).await.shipment();
    app.notify.run_due().await;
    app.wait_for(&sms, "Order_Completed").await;

    let form = operators.get(&format!("{API}/metrics")).await;
    assert_eq!(form.status, StatusCode::OK);
    assert!(form.headers["content-type"].to_str().is_ok_and(|kind| kind.starts_with("text/html")));
    for year in 2021..=2026 {
        assert!(form.text.contains(&format!("<option value=\"{year}\"")), "{year}");
    }
    assert!(!form.text.contains("2020") && !form.text.contains("<table"));

    let expected = [row("bym", [1, 0, 0, 2, 1]), row("ttd", [1, 2, 2, 2, 2])];
    let live = page(&operators, "month=3&year=2026").await;
    app.turn(24 * 3600);
    assert_eq!(app.notify.count_days().await, 1);
    assert_eq!(app.notify.count_days().await, 0);
    let kept = page(&operators, "month=03&year=2026").await;
    for text in [&live.text, &kept.text] {
        assert!(expected.iter().all(|row| text.contains(row)), "{text}");
    }
    let april = page(&operators, "Month=4&Year=2026").await.text;
    assert!(april.contains(&row("bym", [1, 0, 0, 0, 0])) && !april.contains("ttd"), "{april}");
    for wrong in ["", "month=13&year=2026", "month=1&year=2019", "month=1"] {
        assert_eq!(page(&operators, wrong).await.status, StatusCode::BAD_REQUEST, "{wrong}");
    }
}

#[tokio::test]
async fn a_day_is_counted_again_while_its_results_come_in() {
    let app = TestApp::start().await;
    let operators = Operators::of(&app).await;
    let sent = app.post("/future/orders", &sms_order("a", "+4740000008")).await.shipment();
    app.notify.run_due().await;
    app.turn(14 * 3600);
    assert_eq!(app.notify.count_days().await, 1);
    assert!(page(&operators, "month=3&year=2026").await.text.contains(&row("bym", [1, 0, 0, 1, 1])));
    app.report(&app.last_reference(), "UNDELIV").await;
    assert_eq!(app.status(&sent).await, "SMS_Failed_Undelivered");
    app.turn(24 * 3600);
    assert_eq!(app.notify.count_days().await, 2, "the next day is over, too");
    assert!(page(&operators, "month=3&year=2026").await.text.contains(&row("bym", [1, 0, 0, 1, 0])));
}

struct Export {
    status: StatusCode,
    headers: HeaderMap,
    bytes: Bytes,
}

async fn export(operators: &Operators, channel: &str, key: Option<&str>) -> Export {
    let request = operators.request(Method::POST, &format!("{API}/metrics/{channel}"));
    let request = match key {
        Some(key) => request.header("X-API-Key", key),
        None => request,
    };
    let response = request.send().await.expect("an answer");
    let (status, headers) = (response.status(), response.headers().clone());
    Export { status, headers, bytes: response.bytes().await.expect("a body") }
}

impl Export {
    fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().expect("text")
    }

    fn rows(&self) -> Vec<Row> {
        assert_eq!(self.status, StatusCode::OK);
        let reader = SerializedFileReader::new(self.bytes.clone()).expect("a Parquet file");
        reader.get_row_iter(None).expect("rows").map(|row| row.expect("a row")).collect()
    }
}

/// The values of a row, as text.
fn values(row: &Row, names: &[&str]) -> Vec<String> {
    let value = |name: &&str| {
        let field = row.get_column_iter().find(|(known, _)| known == name).map(|(_, field)| field);
        match field.unwrap_or_else(|| panic!("no column {name}")) {
            Field::Str(text) => text.clone(),
            Field::Null => "null".to_owned(),
            other => other.to_string(),
        }
    };
    names.iter().map(value).collect()
}

/// Covers: NA-222
#[tokio::test]
async fn files_are_for_whoever_has_the_key() {
    let key = Secret::new("export-key".to_owned());
    let app = TestApp::start_with(|config| {
        config.metrics.api_key = Some(key);
        config.operators.token = Some(Secret::new("our-own-token".to_owned()));
    })
    .await;
    let (with, without) = (Operators::of(&app).await, Operators::of(&TestApp::start().await).await);
    for channel in ["sms", "email"] {
        for (operators, key) in
            [(&with, None), (&with, Some(" ")), (&with, Some("export-kex")), (&without, Some("export-key"))]
        {
            let refused = export(operators, channel, key).await;
            let body: serde_json::Value = serde_json::from_slice(&refused.bytes).expect("JSON");
            assert_eq!(refused.status, StatusCode::UNAUTHORIZED, "{channel} {key:?}");
            assert!(body["error"].as_str().is_some_and(|why| !why.is_empty()), "{body}");
        }
        assert_eq!(export(&with, channel, Some("export-key")).await.status, StatusCode::OK);
    }
}

/// Covers: NA-223
#[tokio::test]
async fn a_file_has_what_ended_yesterday_and_says_what_it_is() {
    let app = TestApp::start_with(|config| {
        config.metrics.api_key = Some(Secret::new("k".to_owned()));
        config.metrics.environment = "tt02".to_owned();
        config.email_delivered_after_seconds = Some(60);
    })
    .await;
    let operators = Operators::of(&app).await;
    let mut body = order(
        "EmailAndSms",
        &json!([
            { "emailAddress": "kari@fjord.example", "mobileNumber": "+4740000001" },
            { "organizationNumber": "310000027" },
        ]),
    );
    body["resourceId"] = "app_bym_byggesak".into();
    body["smsTemplate"]["body"] = "Hei $recipientNumber$".into();
    let id = id_of(&app.post(ANY, &body).await);
    app.post("/future/orders", &sms_order("still waiting", "+4740000008")).await.shipment();
    app.notify.run_due().await;
    app.turn(60);
    app.notify.run_due().await;
    app.wait_for(&id, "Order_Completed").await;
    assert_eq!(export(&operators, "sms", Some("k")).await.rows().len(), 0, "nothing ended yesterday");
    app.turn(24 * 3600);

    let file = export(&operators, "sms", Some("k")).await;
    assert_eq!(file.header("content-type"), "application/octet-stream");
    assert_eq!(file.header("x-file-hash"), BASE64_STANDARD.encode(Md5::digest(&file.bytes)));
    assert_eq!(file.header("x-file-size"), file.bytes.len().to_string());
    assert_eq!(file.header("x-total-filetransfer-count"), "2");
    assert_eq!(file.header("x-environment"), "tt02");
    assert_eq!(file.header("x-generated-at"), app.clock.now().to_string());
    let name = "20260302_sms_notifications_tt02.parquet";
    assert!(file.header("content-disposition").contains(name), "{:?}", file.headers);
    let names = [
        "Result",
        "Rate",
        "MobileNumberPrefix",
        "AltinnSmsCount",
        "AltinnSmsBodyLength",
        "AltinnSmsCustomBodyLength",
        "CreatorName",
        "ResourceId",
        "SendersReference",
    ];
    let mut rows: Vec<_> = file.rows().iter().map(|row| values(row, &names)).collect();
    rows.sort();
    let same = ["bym", "app_bym_byggesak", "kampanje-3"];
    let row = |own: [&str; 6]| own.iter().chain(&same).map(|text| (*text).to_owned()).collect::<Vec<_>>();
    assert_eq!(rows[0], row(["Delivered", "innland", "+474", "1", "21", "null"]));
    assert_eq!(rows[1], row(["Failed_RecipientNotIdentified", "n/a", "", "1", "21", "13"]));
    let first = &file.rows()[0];
    let ids = values(first, &["SmsId", "ShipmentId", "RequestedSendTime", "GatewayReference"]);
    assert_eq!(ids[0], ids[1]);
    assert_ne!(ids[0], id, "the notification's, not the order's");
    assert!(ids[2].starts_with("2026-03-02 10:00:00"), "{ids:?}");

    let file = export(&operators, "email", Some("k")).await;
    let names = [
        "EmailId",
        "ShipmentId",
        "SendersReference",
        "RequestedSendTime",
        "CreatorName",
        "ResourceId",
        "Result",
        "OperationId",
    ];
    let mut results: Vec<_> = file.rows().iter().map(|row| values(row, &names)[6].clone()).collect();
    results.sort();
    assert_eq!(results, ["Delivered", "Failed_RecipientNotIdentified"]);
    app.turn(24 * 3600);
    assert_eq!(export(&operators, "email", Some("k")).await.rows().len(), 0);
}
