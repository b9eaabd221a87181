//! A disk that fills up: what cannot be stored is refused in each API's shape, what was accepted
//! stays, and everything goes on when there is room again.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use reqwest::Method;

use crate::outside::Outside;
use crate::server::{Answer, Place, Server};
use crate::upload::{envelope, incoming};
use crate::{eventually, instant_sms, sms_order};

const SMS: &str = "/future/orders/instant/sms";
const ORDERS: &str = "/future/orders";
const NUMBER: &str = "+4799999901";

/// A small file system of the server's own, which goes away with it.
const SMALL_DISK: &str = "mkdir -p \"$0\" && mount -t tmpfs -o size=24m tmpfs \"$0\" && exec \"$@\"";
/// Where no mounting is allowed: files that cannot grow, and writes that fail instead of killing.
const NO_SIGNAL: &str = "trap '' XFSZ; exec \"$@\"";

/// How the disk is made scarce on this machine.
enum Scarce {
    Mount,
    FileSize,
}

impl Scarce {
    fn here(folder: &Path) -> Self {
        let target = folder.join("try").display().to_string();
        let tried = Command::new("unshare")
            .args(["-rm", "sh", "-c", SMALL_DISK, &target, "true"])
            .stderr(Stdio::null())
            .status();
        if tried.is_ok_and(|status| status.success()) { Self::Mount } else { Self::FileSize }
    }

    async fn start(&self, place: &Place) -> Server {
        let target = place.data().display().to_string();
        match self {
            Self::Mount => place.start_inside(&["unshare", "-rm", "sh", "-c", SMALL_DISK, &target]).await,
            Self::FileSize => place.start_inside(&["sh", "-c", NO_SIGNAL, "sh"]).await,
        }
    }

    fn fill(&self, server: &Server) {
        match self {
            Self::Mount => {
                let mut file = File::create(ballast(server)).expect("a file");
                let mut piece = vec![0; 1 << 20];
                while !piece.is_empty() {
                    if file.write_all(&piece).is_err() {
                        piece.truncate(piece.len() / 2);
                    }
                }
            }
            Self::FileSize => limit(server, "4096"),
        }
    }

    fn free(&self, server: &Server) {
        match self {
            Self::Mount => std::fs::remove_file(ballast(server)).expect("the ballast"),
            Self::FileSize => limit(server, "unlimited"),
        }
    }
}

fn ballast(server: &Server) -> PathBuf {
    server.data.join("ballast")
}

/// Sets how large a file the server may write.
fn limit(server: &Server, bytes: &str) {
    let (process, limit) = (server.id().to_string(), format!("--fsize={bytes}:unlimited"));
    let set = Command::new("prlimit").args(["--pid", &process, &limit]).status();
    assert!(set.expect("prlimit (util-linux)").success());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_is_told_in_each_apis_shape_and_passes_without_loss() {
    let outside = Outside::start(std::time::Duration::ZERO).await;
    let mut place = Place::new();
    outside.lead_to(&mut place, false);
    let scarce = Scarce::here(place.folder());
    survives(&scarce, &place, &outside).await;
}

/// The way for machines without mounts is proved wherever the test runs.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_that_cannot_grow_are_told_and_pass_without_loss() {
    let outside = Outside::start(std::time::Duration::ZERO).await;
    let mut place = Place::new();
    outside.lead_to(&mut place, false);
    survives(&Scarce::FileSize, &place, &outside).await;
}

async fn survives(scarce: &Scarce, place: &Place, outside: &Outside) {
    let server = scarce.start(place).await;
    outside.report_to(&server);
    let before = server.post(SMS, &instant_sms("before", NUMBER, "before")).await;
    assert_eq!(before.status, 201, "{before:?}");
    let draft = uuid::Uuid::new_v4().to_string();
    assert_eq!(create(&server, &draft).await.status, 200);

    scarce.fill(&server);
    until_refused(&server).await;
    let handed_over = outside.gateway(false).requests();
    for (path, body) in
        [(ORDERS, sms_order("order", NUMBER, "order")), (SMS, instant_sms("instant", NUMBER, "instant"))]
    {
        assert_unavailable(&server.post(path, &body).await);
    }
    assert_eq!(outside.gateway(false).requests(), handed_over, "what was refused was sent");
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
    let own = envelope(id, crate::server::ORG, crate::server::ORG);
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
