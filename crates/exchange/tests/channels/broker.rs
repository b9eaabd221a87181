//! The embedded broker, spoken to in plain HTTP.

use std::time::Duration;

use exchange::broker::Config;
use jiff::Timestamp;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::support::{announcement, answer, receiver, sender, soon, stranger, world, world_with};

const STATES: [&str; 8] = [
    "Initialized",
    "UploadStarted",
    "UploadProcessing",
    "Published",
    "Cancelled",
    "AllConfirmedDownloaded",
    "Purged",
    "Failed",
];

/// Covers: ET-50, ET-51, ET-54
#[tokio::test]
async fn a_file_passes_from_one_organization_to_another() {
    let world = world().await;
    let announced = answer(world.post(sender(), "filetransfer/").json(&announcement(&[receiver()]))).await;
    let id = announced.json()["fileTransferId"].as_str().expect("an id").to_owned();

    let uploaded = world.upload(&id, b"the bytes").await;
    let waiting = world.list(receiver(), "status=Published&recipientStatus=Initialized").await;
    let overview = world.overview(&id).await;
    let fetched = world.download(receiver(), &id).await;
    let confirmed = world.confirm(receiver(), &id).await;

    assert_eq!((announced.status, uploaded.status), (200, 200));
    assert_eq!(uploaded.json(), json!({ "fileTransferId": id }));
    assert_eq!(waiting, std::slice::from_ref(&id));
    assert_eq!(overview["fileTransferStatus"], "Published");
    assert_eq!((&overview["fileTransferSize"], &overview["sender"]), (&json!(9), &json!("0192:310000001")));
    assert_eq!(overview["checksum"], "ab48e870377e5d9fbe11663949e229b0");
    for moment in ["created", "expirationTime", "published", "fileTransferStatusChanged"] {
        let moment = overview[moment].as_str().expect("a moment");
        assert!(moment.ends_with("+00:00") && moment.parse::<Timestamp>().is_ok(), "{moment}");
    }
    assert_eq!((fetched.status, fetched.bytes.as_ref()), (200, b"the bytes".as_slice()));
    assert_eq!(fetched.header("content-length"), "9");
    assert!(fetched.header("content-disposition").contains("filename=\"sbd.zip\""));
    assert_eq!((confirmed.status, confirmed.text.as_str()), (204, ""));
    assert_eq!(world.overview(&id).await["fileTransferStatus"], "AllConfirmedDownloaded");
    assert_eq!(world.confirm(receiver(), &id).await.problem(), (400, "BRO-00010".to_owned()));
}

/// Covers: ET-51
#[tokio::test]
async fn details_tell_the_whole_story() {
    let world = world().await;
    let id = world.publish(&[receiver()], b"x").await;
    world.download(receiver(), &id).await;
    world.confirm(receiver(), &id).await;

    let details = answer(world.get(receiver(), &format!("filetransfer/{id}/details"))).await.json();

    let column = |list: &str, member: &str| -> Vec<String> {
        let list = details[list].as_array().expect("a list");
        list.iter().map(|line| line[member].as_str().expect("text").to_owned()).collect()
    };
    let transfer = column("fileTransferStatusHistory", "fileTransferStatus");
    let expected =
        ["Initialized", "UploadStarted", "UploadProcessing", "Published", "AllConfirmedDownloaded"];
    assert_eq!(transfer, expected);
    assert!(transfer.iter().all(|status| STATES.contains(&status.as_str())));
    let recipient = column("recipientFileTransferStatusHistory", "recipientFileTransferStatusCode");
    assert_eq!(recipient, ["Initialized", "DownloadStarted", "DownloadConfirmed"]);
    assert!(details.get("published").is_none());
}

/// Covers: ET-54
#[tokio::test]
async fn a_transfer_does_not_exist_for_strangers() {
    let world = world().await;
    let id = world.publish(&[receiver()], b"x").await;
    let path = |end: &str| format!("filetransfer/{id}{end}");
    let not_found = (404, "BRO-00001".to_owned());

    for end in ["", "/details", "/download"] {
        assert_eq!(answer(world.get(stranger(), &path(end))).await.problem(), not_found, "{end}");
    }
    for end in ["/upload", "/confirmdownload"] {
        assert_eq!(answer(world.post(stranger(), &path(end))).await.problem(), not_found, "{end}");
    }
    assert_eq!(world.list(stranger(), "").await, Vec::<String>::new());
    assert_eq!(answer(world.get(sender(), "filetransfer/no-uuid")).await.problem(), not_found);
}

/// Covers: ET-54
#[tokio::test]
async fn each_party_may_do_its_part_and_no_other() {
    let world = world().await;
    let id = world.publish(&[receiver()], b"x").await;
    let waiting = world.announce(&[receiver()]).await;
    let no_access = (401, "BRO-00006".to_owned());

    let fetched_by_sender = world.download(sender(), &id).await;
    let confirmed_by_sender = world.confirm(sender(), &id).await;
    let uploaded_by_receiver =
        answer(world.post(receiver(), &format!("filetransfer/{waiting}/upload")).body("y")).await;
    let announced_for_another =
        answer(world.post(stranger(), "filetransfer").json(&announcement(&[receiver()]))).await;

    assert_eq!(fetched_by_sender.problem(), no_access);
    assert_eq!(confirmed_by_sender.problem(), no_access);
    assert_eq!(uploaded_by_receiver.problem(), no_access);
    assert_eq!(announced_for_another.problem(), no_access);
}

#[tokio::test]
async fn without_a_token_or_its_scope_nothing_is_done() {
    let world = world().await;
    let id = world.publish(&[receiver()], b"x").await;
    let url = world.url(&format!("filetransfer/{id}/download"));
    let with = |token: String| world.http.get(url.clone()).bearer_auth(token);

    let nobody = answer(world.http.get(url.clone())).await;
    let forged = answer(with("a.b.c".to_owned())).await;
    let writer = answer(with(world.token(receiver(), "altinn:broker.write"))).await;
    let token = world.token(receiver(), "altinn:broker.read");
    world.clock.advance(Duration::from_hours(24 * 366));
    let late = answer(with(token)).await;

    assert_eq!((nobody.status, nobody.header("www-authenticate")), (401, "Bearer"));
    assert_eq!((forged.status, writer.status, late.status), (401, 403, 401));
}

#[tokio::test]
async fn an_upload_that_was_broken_off_can_be_done_again() {
    let world = world().await;
    let id = world.announce(&[receiver()]).await;
    let mut stream = TcpStream::connect(world.served.url.authority()).await.expect("a connection");
    let token = world.token(sender(), "altinn:broker.write");
    let head = format!(
        "POST /broker/api/v1/filetransfer/{id}/upload HTTP/1.1\r\nhost: broker\r\ncontent-length: 1000\r\n\
         authorization: Bearer {token}\r\n\r\nonly this"
    );
    stream.write_all(head.as_bytes()).await.expect("it reads");
    soon(async || world.overview(&id).await["fileTransferStatus"] == "UploadStarted").await;
    drop(stream);

    assert_eq!(world.files().await, 0);
    assert_eq!(world.download(receiver(), &id).await.problem(), (403, "BRO-00007".to_owned()));
    assert_eq!(world.upload(&id, b"everything").await.status, 200);
    assert_eq!(world.download(receiver(), &id).await.text, "everything");
}

/// Covers: ET-54
#[tokio::test]
async fn of_two_uploads_at_once_one_is_kept() {
    let world = world().await;
    let id = world.announce(&[receiver()]).await;

    let (one, other) = tokio::join!(world.upload(&id, b"one"), world.upload(&id, b"other"));

    let mut statuses = [one.status, other.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409]);
    let expected = if one.status == 200 { "one" } else { "other" };
    assert_eq!(world.download(receiver(), &id).await.text, expected);
    assert_eq!(world.files().await, 1);
    assert_eq!(world.upload(&id, b"late").await.problem(), (409, "BRO-00004".to_owned()));
}

/// Covers: ET-54
#[tokio::test]
async fn bytes_with_another_checksum_are_refused_for_good() {
    let world = world().await;
    let wrong = json!({ "checksum": "9a0364b9e99bb480dd25e1f0284c8555" });
    let id = world.announce_with(&[receiver()], wrong).await;
    let right = json!({ "checksum": "9dd4e461268c8034f5c8564e155c67a6" });
    let fine = world.announce_with(&[receiver()], right).await;

    let refused = world.upload(&id, b"x").await;

    assert_eq!(refused.problem(), (400, "BRO-00009".to_owned()));
    let overview = world.overview(&id).await;
    assert_eq!(overview["fileTransferStatus"], "Failed");
    assert_eq!(overview["fileTransferStatusText"], "Checksum mismatch");
    assert_eq!(world.files().await, 0);
    assert_eq!(world.upload(&fine, b"x").await.status, 200);
}

/// Covers: ET-54
#[tokio::test]
async fn a_file_over_the_limit_is_refused_announced_or_not() {
    let config = Config { largest_file_bytes: 10, ..Config::default() };
    let world = world_with(config, |router| router).await;
    let id = world.announce(&[receiver()]).await;
    let pieces = [Ok::<_, std::io::Error>("123456"), Ok("789012")];
    let body = reqwest::Body::wrap_stream(futures_util::stream::iter(pieces));

    let declared = world.upload(&id, b"12345678901").await;
    let in_pieces = answer(world.post(sender(), &format!("filetransfer/{id}/upload")).body(body)).await;
    let fits = world.upload(&id, b"1234567890").await;

    assert_eq!(declared.problem(), (400, "BRO-00016".to_owned()));
    assert_eq!(in_pieces.problem(), (400, "BRO-00016".to_owned()));
    assert_eq!(fits.status, 200);
    assert_eq!(world.files().await, 1);
}

/// Covers: ET-55
#[tokio::test]
async fn one_range_of_bytes_can_be_asked_for() {
    let world = world().await;
    let id = world.publish(&[receiver()], b"0123456789").await;
    let path = format!("filetransfer/{id}/download");
    let range = |range: &str| answer(world.get(receiver(), &path).header("range", range));

    let part = range("bytes=2-4").await;
    let rest = range("bytes=7-").await;
    let beyond = range("bytes=10-").await;
    let several = range("bytes=0-1,4-5").await;

    assert_eq!((part.status, part.text.as_str()), (206, "234"));
    assert_eq!((part.header("content-range"), part.header("content-length")), ("bytes 2-4/10", "3"));
    assert_eq!((rest.status, rest.text.as_str()), (206, "789"));
    assert_eq!(beyond.problem(), (416, "BRO-00029".to_owned()));
    assert_eq!(beyond.header("content-range"), "bytes */10");
    assert_eq!((several.status, several.text.as_str()), (200, "0123456789"));
    assert_eq!(several.header("accept-ranges"), "bytes");
}

/// Covers: ET-55
#[tokio::test]
async fn who_does_not_take_json_gets_none() {
    let world = world().await;
    let id = world.publish(&[receiver()], b"x").await;
    let asking = |accept: &str| world.get(receiver(), &format!("filetransfer/{id}")).header("accept", accept);

    let refused = answer(asking("text/html")).await;

    assert_eq!(refused.status, 406);
    assert!(refused.header("content-type").starts_with("text/plain"));
    for accept in ["application/json", "*/*", "text/html, application/json"] {
        assert_eq!(answer(asking(accept)).await.status, 200, "{accept}");
    }
    let file = world.get(receiver(), &format!("filetransfer/{id}/download"));
    assert_eq!(answer(file.header("accept", "text/html")).await.status, 200);
}

/// Covers: ET-52
#[tokio::test]
async fn a_recipients_state_follows_what_it_did_last() {
    let world = world().await;
    let id = world.publish(&[receiver(), stranger()], b"x").await;
    let listed = async |status: &str| {
        let query = format!("status=Published&recipientStatus={status}");
        world.list(receiver(), &query).await.contains(&id)
    };
    let states = async || {
        [listed("Initialized").await, listed("DownloadStarted").await, listed("DownloadConfirmed").await]
    };
    let early = world.confirm(receiver(), &id).await;
    let first = states().await;

    world.download(receiver(), &id).await;
    let fetched = states().await;
    world.confirm(receiver(), &id).await;
    let confirmed = states().await;
    let twice = world.confirm(receiver(), &id).await;
    world.download(receiver(), &id).await;
    let fetched_again = states().await;

    assert_eq!(early.problem(), (400, "BRO-00019".to_owned()));
    assert_eq!(first, [true, false, false]);
    assert_eq!(fetched, [false, true, false]);
    assert_eq!(confirmed, [false, false, true]);
    assert_eq!(twice.status, 204);
    assert_eq!(fetched_again, [false, true, false]);
    assert_eq!(world.overview(&id).await["fileTransferStatus"], "Published");
}

#[tokio::test]
async fn pieces_of_one_download_are_noted_once() {
    let world = world().await;
    let id = world.publish(&[receiver()], b"0123456789").await;
    let path = format!("filetransfer/{id}/download");
    for range in ["bytes=0-4", "bytes=5-9"] {
        answer(world.get(receiver(), &path).header("range", range)).await;
        world.clock.advance(Duration::from_mins(1));
    }
    world.clock.advance(Duration::from_mins(5));
    answer(world.get(receiver(), &path).header("range", "bytes=0-4")).await;

    let details = answer(world.get(receiver(), &format!("filetransfer/{id}/details"))).await.json();

    let history = details["recipientFileTransferStatusHistory"].as_array().expect("a list");
    assert_eq!(history.len(), 3, "{history:?}");
}

/// Covers: ET-53
#[tokio::test]
async fn a_list_has_at_most_a_hundred_ids_newest_first() {
    let world = world().await;
    let mut announced = Vec::new();
    for _ in 0..101 {
        announced.push(world.announce(&[receiver()]).await);
        world.clock.advance(Duration::from_secs(1));
    }

    let newest = world.list(sender(), "").await;
    let oldest = world.list(receiver(), "orderAscending=true&status=Initialized").await;
    let from = "from=2026-03-02T10:16:39Z&orderAscending=true";
    let late = world.list(sender(), from).await;

    let newest_first: Vec<String> = announced.iter().rev().take(100).cloned().collect();
    assert_eq!(newest, newest_first);
    assert_eq!(oldest, announced[..100]);
    assert_eq!(late, announced[99..]);
}

#[tokio::test]
async fn a_list_can_be_limited_to_a_role() {
    let world = world().await;
    let to_itself = world.announce(&[sender()]).await;
    let to_another = world.announce(&[receiver()]).await;

    let sent = world.list(sender(), "role=Sender&orderAscending=true").await;
    let received = world.list(sender(), "role=Recipient").await;
    let either = world.list(sender(), "orderAscending=true").await;
    let elsewhere = answer(world.get(sender(), "filetransfer?resourceId=other")).await;

    assert_eq!(sent.len(), 2);
    assert_eq!(received, std::slice::from_ref(&to_itself));
    assert_eq!(either.len(), 2, "each once");
    assert!(either.contains(&to_itself) && either.contains(&to_another));
    assert_eq!(elsewhere.json(), json!([]));
}

/// Covers: ET-56
#[tokio::test]
async fn bytes_go_two_hours_after_everybody_has_them() {
    let world = world().await;
    let id = world.publish(&[receiver()], b"x").await;
    world.download(receiver(), &id).await;
    world.confirm(receiver(), &id).await;

    world.clock.advance(Duration::from_mins(119));
    world.broker.run_due().await;
    assert_eq!(world.download(receiver(), &id).await.status, 200);

    world.clock.advance(Duration::from_mins(1));
    world.broker.run_due().await;
    assert_eq!(world.overview(&id).await["fileTransferStatus"], "Purged");
    assert_eq!(world.download(receiver(), &id).await.problem(), (403, "BRO-00007".to_owned()));
    assert_eq!(world.files().await, 0);
}

/// Covers: ET-56
#[tokio::test]
async fn what_nobody_fetches_expires_after_thirty_days_and_is_then_forgotten() {
    let world = world().await;
    let id = world.publish(&[receiver()], b"x").await;

    world.clock.advance(Duration::from_hours(24 * 30 - 1));
    world.broker.run_due().await;
    assert_eq!(world.files().await, 1);

    world.clock.advance(Duration::from_hours(1));
    world.broker.run_due().await;
    assert_eq!(world.overview(&id).await["fileTransferStatus"], "Purged");
    assert_eq!(world.files().await, 0);
    let waiting = world.list(receiver(), "status=Published&recipientStatus=Initialized").await;
    assert_eq!(waiting, Vec::<String>::new());

    world.clock.advance(Duration::from_hours(24 * 30));
    world.broker.run_due().await;
    let forgotten = answer(world.get(sender(), &format!("filetransfer/{id}"))).await;
    assert_eq!(forgotten.problem(), (404, "BRO-00001".to_owned()));
}

#[tokio::test]
async fn a_file_is_published_when_its_scan_would_be_over() {
    let config = Config { scan_delay_seconds: 30, ..Config::default() };
    let world = world_with(config, |router| router).await;
    let id = world.publish(&[receiver()], b"x").await;
    let scanning = world.overview(&id).await;
    let early = world.download(receiver(), &id).await;

    world.clock.advance(Duration::from_secs(30));
    world.broker.run_due().await;

    assert_eq!(scanning["fileTransferStatus"], "UploadProcessing");
    assert_eq!(early.problem(), (403, "BRO-00007".to_owned()));
    assert_eq!(world.download(receiver(), &id).await.status, 200);
}

#[tokio::test]
async fn mistakes_in_an_announcement_are_named() {
    let world = world().await;
    let mut wrong = announcement(&[]);
    wrong["fileName"] = json!("");
    let mut elsewhere = announcement(&[receiver()]);
    elsewhere["resourceId"] = json!("unknown");

    let wrong = answer(world.post(sender(), "filetransfer").json(&wrong)).await;
    let elsewhere = answer(world.post(sender(), "filetransfer").json(&elsewhere)).await;

    assert_eq!((wrong.status, wrong.header("content-type")), (400, "application/problem+json"));
    let errors = wrong.json()["errors"].as_object().expect("errors").clone();
    assert_eq!(errors.keys().collect::<Vec<_>>(), ["FileName", "Recipients"]);
    assert_eq!(elsewhere.problem(), (400, "BRO-00025".to_owned()));
}

#[tokio::test]
async fn an_offer_to_change_the_protocol_is_ignored() {
    let world = world().await;
    let mut stream = TcpStream::connect(world.served.url.authority()).await.expect("a connection");
    let token = world.token(sender(), "altinn:broker.write");
    let request = format!(
        "GET /broker/api/v1/filetransfer?resourceId=x HTTP/1.1\r\nhost: broker\r\n\
         connection: Upgrade, HTTP2-Settings, close\r\nupgrade: h2c\r\n\
         http2-settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA\r\n\
         authorization: Bearer {token}\r\n\r\n"
    );

    stream.write_all(request.as_bytes()).await.expect("it reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("an answer");

    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    assert!(answer.ends_with("[]"), "{answer}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_recipients_that_confirm_at_once_one_is_the_last() {
    let world = world().await;
    for _ in 0..10 {
        let id = world.publish(&[receiver(), stranger()], b"x").await;
        tokio::join!(world.download(receiver(), &id), world.download(stranger(), &id));

        let (one, two) = tokio::join!(world.confirm(receiver(), &id), world.confirm(stranger(), &id));

        assert_eq!((one.status, two.status), (204, 204), "{} {}", one.text, two.text);
        let details = answer(world.get(sender(), &format!("filetransfer/{id}/details"))).await.json();
        assert_eq!(details["fileTransferStatus"], "AllConfirmedDownloaded");
        let history = details["fileTransferStatusHistory"].as_array().expect("a list").clone();
        let ends = history.iter().filter(|noted| noted["fileTransferStatus"] == "AllConfirmedDownloaded");
        assert_eq!(ends.count(), 1);
        let recipients = details["recipientFileTransferStatusHistory"].as_array().expect("a list").len();
        assert_eq!(recipients, 6, "announced, begun and confirmed, twice");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_uploads_that_come_at_once_one_is_kept() {
    let world = world().await;
    for _ in 0..10 {
        let id = world.announce(&[receiver()]).await;

        let (one, two) = tokio::join!(world.upload(&id, b"one"), world.upload(&id, b"two"));

        let kept: Vec<_> = [(&one, "one"), (&two, "two")]
            .into_iter()
            .filter_map(|(answer, bytes)| (answer.status == 200).then_some(bytes))
            .collect();
        assert_eq!(kept.len(), 1, "{} {}", one.text, two.text);
        assert_eq!(world.download(receiver(), &id).await.text, kept[0]);
    }
    assert_eq!(world.files().await, 10, "the others have left nothing");
}
