//! A disk that fills up: what cannot be stored is refused in each API's shape, what was accepted
//! stays, and everything goes on when there is room again.

use reqwest::Method;

use trials::{Answer, Outside, Place, Scarce, Server, envelope, eventually, instant_sms, sms_order};

use crate::upload::incoming;

const SMS: &str = "/future/orders/instant/sms";
const ORDERS: &str = "/future/orders";
const NUMBER: &str = "+4799999901";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_is_told_in_each_apis_shape_and_passes_without_loss() {
    let outside = Outside::start().await;
    let mut place = Place::new();
    outside.lead_to(&mut place);
    let scarce = Scarce::here(place.folder());
    survives(scarce, &place, &outside).await;
}

/// The way for machines without mounts is proved wherever the test runs.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_that_cannot_grow_are_told_and_pass_without_loss() {
    let outside = Outside::start().await;
    let mut place = Place::new();
    outside.lead_to(&mut place);
    survives(Scarce::FileSize, &place, &outside).await;
}

async fn survives(scarce: Scarce, place: &Place, outside: &Outside) {
    let server = scarce.start(place).await;
    outside.report_to(&server.api);
    let before = server.post(SMS, &instant_sms("before", NUMBER, "before")).await;
    assert_eq!(before.status, 201, "{before:?}");
    let draft = uuid::Uuid::new_v4().to_string();
    assert_eq!(create(&server, &draft).await.status, 200);

    scarce.fill(&server);
    until_refused(&server).await;
    let handed_over = outside.gateway().requests();
    for (path, body) in
        [(ORDERS, sms_order("order", NUMBER, "order")), (SMS, instant_sms("instant", NUMBER, "instant"))]
    {
        assert_unavailable(&server.post(path, &body).await);
    }
    assert_eq!(outside.gateway().requests(), handed_over, "what was refused was sent");
    create(&server, &uuid::Uuid::new_v4().to_string()).await.assert_exchange_error(500);
    upload(&server, &draft).await.assert_exchange_error(500);
    let still = server.post(SMS, &instant_sms("before", NUMBER, "before")).await.status;
    assert!(matches!(still, 200 | 500..), "a repeated request got {still}");
    assert_eq!(server.get(&format!("/future/shipment/{}", before.shipment())).await.status, 200);

    scarce.free(&server);
    for (path, body) in
        [(ORDERS, sms_order("order", NUMBER, "order")), (SMS, instant_sms("instant", NUMBER, "instant"))]
    {
        let answer = server.post(path, &body).await;
        assert!(matches!(answer.status, 200 | 201), "{answer:?}");
    }
    assert_eq!(upload(&server, &draft).await.status, 200);
    assert!(incoming(&server).is_empty());
    everything_arrived(&server, outside, &before).await;
    server.stop().await;
}

/// Small writes may still fit for a while.
async fn until_refused(server: &Server) {
    for number in 0..2_000 {
        let (key, text) = (format!("filling-{number}"), "x".repeat(2_000));
        let answer = server.post(ORDERS, &sms_order(&key, NUMBER, &text)).await;
        if answer.status != 201 {
            return assert_unavailable(&answer);
        }
    }
    panic!("the disk was never full");
}

fn assert_unavailable(answer: &Answer) {
    assert!(matches!(answer.status, 500 | 503), "{answer:?}");
    answer.assert_problem(answer.status);
}

async fn create(server: &Server, id: &str) -> Answer {
    let own = envelope(id, trials::ORG, trials::ORG);
    Answer::of(server.exchange(Method::POST, "/messages/out").json(&own)).await.expect("an answer")
}

async fn upload(server: &Server, id: &str) -> Answer {
    let request = server
        .exchange(Method::PUT, &format!("/messages/out/{id}"))
        .header("Content-Disposition", "attachment; name=\"vedtak\"; filename=\"vedtak.pdf\"")
        .header("Content-Type", "application/pdf")
        .body(vec![7; 1 << 20]);
    Answer::of(request).await.expect("an answer")
}

async fn everything_arrived(server: &Server, outside: &Outside, before: &Answer) {
    for text in ["before", "order", "instant"] {
        eventually(&format!("{text} to be handed over"), || async {
            outside.hand_overs().contains_key(text).then_some(())
        })
        .await;
    }
    eventually("the first shipment's end", || async {
        let status = server.recipient_status(&before.shipment()).await?;
        (status == "SMS_Delivered").then_some(())
    })
    .await;
    for text in ["before", "instant"] {
        assert_eq!(outside.hand_overs()[text], 1, "{text} was handed over more than once");
    }
}
