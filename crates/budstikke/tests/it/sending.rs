//! `budstikke send`, `status` and `feed` against a running server, found by its data directory or named.

use serde_json::Value;
use trials::{Place, Said, run};

async fn budstikke(place: &Place, arguments: &[&str]) -> Said {
    let data = place.data().display().to_string();
    run(place.folder(), &[arguments, &["--data-dir", &data]].concat()).await
}

fn json(said: &Said) -> Value {
    serde_json::from_str(&said.out).unwrap_or_else(|error| panic!("{error}: {}{}", said.out, said.err))
}

fn first_line(said: &Said) -> &str {
    assert!(said.status.success(), "{}{}", said.out, said.err);
    said.out.lines().next().expect("an id")
}

#[tokio::test]
async fn an_sms_is_sent_waited_for_shown_and_told_in_the_feed() {
    let place = Place::new();
    let server = place.start().await;
    let sms = ["send", "sms", "--to", "+4799990001", "--text", "Koden er 402117.", "--id", "kode-1"];

    let said = budstikke(&place, &[&sms[..], &["--wait"]].concat()).await;
    let shipment = first_line(&said).to_owned();
    assert!(said.out.contains("SMS_Delivered  +4799990001"), "{}", said.out);
    assert!(
        !said.out.contains('\u{1b}') && !said.err.contains('\u{1b}'),
        "no colours in pipes: {}",
        said.out
    );
    let again = budstikke(&place, &sms).await;
    assert_eq!(first_line(&again), shipment, "the same id sends nothing twice");

    let status = json(&budstikke(&place, &["status", &shipment, "--json"]).await);
    assert_eq!((&status["kind"], &status["id"]), (&"shipment".into(), &shipment.as_str().into()));
    let steps: Vec<&str> = status["timeline"]
        .as_array()
        .expect("steps")
        .iter()
        .filter_map(|step| step["what"].as_str())
        .collect();
    assert!(steps.contains(&"SMS_Delivered") && steps.contains(&"Order_Completed"), "{status:#}");
    let table = budstikke(&place, &["status", &shipment]).await;
    assert!(table.out.contains("SMS_Delivered") && table.out.contains(&shipment), "{}", table.out);

    let feed = budstikke(&place, &["feed", "--json", "--cursor", "feed.cursor"]).await;
    let entry: Value = serde_json::from_str(feed.out.trim()).expect("one line of JSON");
    assert_eq!(entry["shipmentId"], shipment.as_str());
    let after = budstikke(&place, &["feed", "--json", "--cursor", "feed.cursor"]).await;
    assert!(after.status.success() && after.out.is_empty(), "what was read comes no more: {}", after.out);
    std::fs::write(place.folder().join("feed.cursor"), "soon").expect("a file");
    let odd = budstikke(&place, &["feed", "--cursor", "feed.cursor"]).await;
    assert!(odd.status.code() == Some(2) && odd.err.contains("BUD-5008"), "{}", odd.err);
    server.stop().await;
}

#[tokio::test]
async fn a_follower_prints_what_comes_until_it_has_enough() {
    let place = Place::new();
    let server = place.start().await;
    let following = budstikke(&place, &["feed", "--follow", "--limit", "2"]);
    let sending = async {
        for number in ["+4799990001", "+4799990009"] {
            first_line(&budstikke(&place, &["send", "sms", "--to", number, "--text", "Hei"]).await);
        }
    };
    let (followed, ()) = tokio::join!(following, sending);
    assert!(followed.status.success(), "{}", followed.err);
    assert_eq!(followed.out.matches("Order_Completed").count(), 2, "{}", followed.out);
    assert!(followed.out.starts_with("  NUMBER"), "{}", followed.out);
    server.stop().await;
}

#[tokio::test]
async fn what_is_not_delivered_ends_with_its_own_exit_code() {
    let place = Place::new();
    let server = place.start().await;
    let failed = budstikke(&place, &["send", "sms", "--to", "+4799990002", "--text", "Hei", "--wait"]).await;
    assert_eq!(failed.status.code(), Some(5), "{}{}", failed.out, failed.err);
    assert!(failed.err.contains("BUD-4014"), "{}", failed.err);
    let later = [
        "send",
        "sms",
        "--to",
        "+4799990001",
        "--text",
        "Hei",
        "--at",
        "2100-01-01T00:00:00Z",
        "--wait",
        "--timeout",
        "1",
    ];
    let later = budstikke(&place, &later).await;
    assert_eq!(later.status.code(), Some(6), "{}{}", later.out, later.err);
    server.stop().await;
}

#[tokio::test]
async fn errors_of_a_server_are_told_with_code_remedy_and_exit_code() {
    let place = Place::new();
    let nobody = budstikke(&place, &["status", "x"]).await;
    assert!(nobody.status.code() == Some(1) && nobody.err.contains("BUD-4001"), "{}", nobody.err);
    assert!(!place.data().exists(), "nothing is made by asking");

    let server = place.start().await;
    let unknown = budstikke(&place, &["status", "0198a7c2-5f0e-7a11-9d3c-0242ac120002", "--json"]).await;
    assert_eq!((unknown.status.code(), unknown.out.as_str()), (Some(4), ""));
    let error: Value = serde_json::from_str(&unknown.err).expect("an error in JSON");
    assert_eq!((&error["error"]["code"], &error["error"]["exitCode"]), (&"BUD-4006".into(), &4.into()));
    let refused = budstikke(&place, &["send", "sms", "--to", "12", "--text", "Hei"]).await;
    assert_eq!(refused.status.code(), Some(2), "{}", refused.err);
    assert!(refused.err.contains("BUD-4005") && refused.err.contains("hone"), "{}", refused.err);

    let url = server.url("");
    let elsewhere = async |more: &[&str]| {
        let fixed = ["feed", "--url", &url, "--data-dir", "elsewhere"];
        run(place.folder(), &[&fixed[..], more].concat()).await
    };
    let bare = elsewhere(&[]).await;
    assert!(bare.status.code() == Some(1) && bare.err.contains("BUD-4011"), "{}", bare.err);
    let wrong = elsewhere(&["--token", "a.b.c"]).await;
    assert!(wrong.status.code() == Some(1) && wrong.err.contains("BUD-4003"), "{}", wrong.err);
    let right = elsewhere(&["--token", &server.token]).await;
    assert!(right.status.success(), "{}", right.err);
    server.stop().await;
    let gone = elsewhere(&["--token", "a.b.c"]).await;
    assert!(gone.status.code() == Some(1) && gone.err.contains("BUD-4002"), "{}", gone.err);
}
