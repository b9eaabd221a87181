//! Files of messages on their way out, messages of one step, lists, and what stops a message.

use http::Method;
use serde_json::{Value, json};

use crate::app::{Answer, arkivmelding, avtalt, case_document, files, message_id, world, world_with};
use crate::outbox::{HEADER, SOME_ID, fields, with};

/// Covers: IP-85, IP-86, IP-87, IP-88, IP-89, IP-90, IP-91, IP-92, IP-93
#[tokio::test]
async fn files_are_named_by_their_headers_and_each_name_is_used_once() {
    let world = world().await;
    let id = world.a.draft(&avtalt()).await;
    let put = |query: &str, disposition: Option<&str>, kind: Option<&str>| {
        let mut request = world.a.request(Method::PUT, &format!("api/messages/out/{id}{query}")).body("x");
        if let Some(disposition) = disposition {
            request = request.header("content-disposition", disposition);
        }
        if let Some(kind) = kind {
            request = request.header("content-type", kind);
        }
        Answer::of(request)
    };
    let pdf = Some("application/pdf");
    let extended =
        "attachment; name=\"In the header\"; filename=\"x.pdf\"; filename*=UTF-8''bl%C3%A5b%C3%A6r.pdf";

    let kept = put("?title=In%20the%20query", Some(extended), pdf).await;
    assert_eq!((kept.status.as_u16(), kept.bytes.len()), (200, 0));
    assert_eq!(put("", Some("attachment; filename=a.pdf"), pdf).await.status, 200);
    assert_eq!(put("", Some("attachment; filename=A.pdf"), pdf).await.status, 200);
    let again = put("", Some("attachment; filename=a.pdf"), pdf).await;
    assert_eq!(again.refusal(), (400, "DuplicateFilenameException".to_owned()));
    assert_eq!(put("", None, pdf).await.refusal(), (400, "MissingRequestHeaderException".to_owned()));
    let untyped = put("", Some("attachment; filename=b.pdf"), None).await;
    assert_eq!(untyped.refusal(), (400, "MissingRequestHeaderException".to_owned()));
    for wrong in
        ["attachment", "attachment; filename=../a.pdf", "attachment; filename=META-INF/x", "; filename=x"]
    {
        assert_eq!(put("", Some(wrong), pdf).await.status, 400, "{wrong}");
    }
    assert_eq!(world.a.attach(SOME_ID, "a.pdf", "x").await.refusal().1, "MessageNotFoundException");

    let files = world.a.get(&format!("api/messages/out/{id}/files")).await.json();
    let names: Vec<_> = files.as_array().expect("a list").iter().map(|file| &file["filename"]).collect();
    assert_eq!(names, ["blåbær.pdf", "a.pdf", "A.pdf"]);
    assert_eq!(files[0]["title"], "In the query");
    assert_eq!(world.a.blobs_of("out-file").await, 3, "what was refused left nothing");
}

/// Covers: IP-94, IP-95
#[tokio::test]
async fn a_file_over_the_limit_is_refused_declared_or_not() {
    let world = world_with(|config| config.upload_limit_bytes = 1_000).await;
    let id = world.a.draft(&avtalt()).await;
    assert_eq!(world.a.attach(&id, "small.pdf", vec![0; 600]).await.status, 200);

    let declared = world.a.attach(&id, "a.pdf", vec![0; 401]).await;
    let pieces = futures_util::stream::iter((0..5).map(|_| Ok::<_, std::io::Error>(vec![0; 100])));
    let chunked = world.a.attach(&id, "b.pdf", reqwest::Body::wrap_stream(pieces)).await;

    for refused in [declared, chunked] {
        assert_eq!(refused.refusal(), (400, "MaxFileSizeExceededException".to_owned()));
    }
    assert_eq!(world.a.blobs_of("out-file").await, 1);
    assert_eq!(world.a.attach(&id, "c.pdf", vec![0; 400]).await.status, 200, "up to the limit it is fine");
}

#[tokio::test]
async fn an_upload_that_is_cut_off_leaves_nothing() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let world = world().await;
    let id = world.a.draft(&avtalt()).await;
    let built = world.a.request(Method::PUT, &format!("api/messages/out/{id}")).build().expect("a request");
    let credentials = built.headers()["authorization"].to_str().expect("text").to_owned();
    let head = format!(
        "PUT /api/messages/out/{id} HTTP/1.1\r\nhost: a\r\nauthorization: {credentials}\r\n\
         content-type: application/pdf\r\ncontent-disposition: attachment; filename=a.pdf\r\n\
         content-length: 100000\r\n\r\n"
    );
    let address = format!("127.0.0.1:{}", world.a.url.port().expect("a port"));
    let mut stream = tokio::net::TcpStream::connect(address).await.expect("it listens");
    stream.write_all(head.as_bytes()).await.expect("it reads");
    stream.write_all(&vec![7; 50_000]).await.expect("it reads");
    stream.shutdown().await.expect("we stop in the middle");
    let mut answer = Vec::new();
    // The server may answer or simply close; either way nothing may be kept.
    let _ = stream.read_to_end(&mut answer).await;

    let files = world.a.get(&format!("api/messages/out/{id}/files")).await.json();
    assert_eq!(files, json!([]));
    assert_eq!(world.a.blobs_of("out-file").await, 0);
    assert_eq!(world.a.attach(&id, "a.pdf", "whole").await.status, 200, "the name is free for another try");
}

/// Covers: IP-103, IP-104, IP-105
#[tokio::test]
async fn a_case_document_is_read_when_it_is_added() {
    let world = world().await;
    let id = world.a.draft(&arkivmelding()).await;
    let story = async || world.a.get(&format!("api/conversations/messageId/{id}")).await.json();
    assert_eq!(story().await["messageTitle"], "");

    let broken = world.a.attach(&id, "arkivmelding.xml", "<arkivmelding>").await;
    assert_eq!(broken.status, 400);
    assert_eq!(world.a.blobs_of("out-file").await, 0);
    assert_eq!(world.a.attach(&id, "arkivmelding.xml", case_document()).await.status, 200);

    let story = story().await;
    assert_eq!(
        (&story["messageTitle"], &story["messageReference"]),
        (&json!("Svar på høring"), &json!("sak-1-17"))
    );
}

/// Covers: IP-107, IP-108, IP-111, IP-112
#[tokio::test]
async fn a_message_is_sent_only_with_the_files_it_needs() {
    let world = world().await;
    let id = world.a.draft(&arkivmelding()).await;
    let send = async || world.a.post(&format!("api/messages/out/{id}")).await;

    assert_eq!(world.a.post(&format!("api/messages/out/{SOME_ID}")).await.status, 404);
    assert_eq!(send().await.refusal(), (400, "MissingFileException".to_owned()));
    world.a.attach(&id, "other.pdf", "x").await;
    assert_eq!(send().await.refusal(), (400, "MissingArkivmeldingException".to_owned()));
    world.a.attach(&id, "arkivmelding.xml", case_document()).await;
    let missing = send().await;
    assert_eq!(missing.refusal(), (400, "MissingArkivmeldingFileException".to_owned()));
    assert!(missing.json()["message"].as_str().expect("text").contains("svar.pdf"));
    world.a.attach(&id, "svar.pdf", "x").await;
    assert_eq!(send().await.status, 200);
    let late = world.a.attach(&id, "late.pdf", "x").await;
    assert_eq!(late.status, 400, "it has been accepted for sending");
}

/// Covers: IP-115
#[tokio::test]
async fn a_draft_whose_deadline_has_passed_is_not_sent() {
    let world = world().await;
    let id = world.a.draft(&avtalt()).await;
    world.pass(24 * 3_600 + 1);

    let answer = world.a.post(&format!("api/messages/out/{id}")).await;

    assert_eq!(answer.refusal(), (400, "TimeToLiveException".to_owned()));
    assert_eq!(world.a.statuses(&id).await, ["OPPRETTET", "LEVETID_UTLOPT"]);
}

/// Covers: IP-122, IP-123, IP-124, IP-125, IP-126, IP-128, IP-129
#[tokio::test]
async fn a_one_step_message_leaves_everything_or_nothing() {
    let world = world().await;
    let mut sbd = arkivmelding();
    sbd[HEADER]["documentIdentification"]["instanceIdentifier"] = json!(SOME_ID);
    let case = || ("arkivmelding.xml", case_document());
    let limit = 5 * 1024 * 1024;

    let too_large = world.a.one_step(&sbd, &[case(), ("svar.pdf", vec![1; limit + 1])]).await;
    assert_eq!(too_large.refusal(), (400, "MultipartFileToLargeException".to_owned()));
    let twice = world.a.one_step(&sbd, &[case(), ("svar.pdf", vec![1]), ("svar.pdf", vec![2])]).await;
    assert_eq!(twice.refusal(), (400, "DuplicateFilenameException".to_owned()));
    assert_eq!(world.a.one_step(&sbd, &[]).await.refusal(), (400, "MissingFileException".to_owned()));
    let incomplete = world.a.one_step(&sbd, &[case()]).await;
    assert_eq!(incomplete.refusal(), (400, "MissingArkivmeldingFileException".to_owned()));
    let broken = world.a.one_step(&with("/headerVersion", Value::Null), &[]).await;
    assert_eq!(broken.refusal(), (400, "ConstraintViolationException".to_owned()));
    assert_eq!(fields(&broken), [format!("{HEADER}.headerVersion")]);
    let form = reqwest::multipart::Form::new().text("other", "x");
    let request = world.a.request(Method::POST, "api/messages/out/multipart").multipart(form);
    assert_eq!(
        Answer::of(request).await.refusal(),
        (400, "MissingServletRequestParameterException".to_owned())
    );

    assert_eq!(world.a.blobs_of("out-file").await, 0);
    assert_eq!(world.a.get("api/conversations").await.json()["totalElements"], 0);
    let fine =
        world.a.one_step(&sbd, &[case(), ("svar.pdf", vec![1; limit]), ("b.pdf", vec![1; 4 << 20])]).await;
    assert_eq!(fine.status, 200, "{fine:?}");
}

/// Covers: IP-131, IP-132, IP-133
#[tokio::test]
async fn drafts_are_listed_and_filtered() {
    let world = world().await;
    let (first, second) = (world.a.draft(&avtalt()).await, world.a.draft(&avtalt()).await);
    world.a.draft(&avtalt()).await;

    let ids = async |query: &str| -> Vec<String> {
        let page = world.a.get(&format!("api/messages/out{query}")).await.json();
        page["content"].as_array().expect("a list").iter().map(message_id).collect()
    };
    assert_eq!(ids("").await.len(), 3);
    assert_eq!(ids(&format!("?messageId={first}&messageId={second}")).await, [first.clone(), second]);
    assert_eq!(ids("?serviceIdentifier=DPO").await.len(), 3);
    assert_eq!(ids("?serviceIdentifier=DPV").await.len(), 0);
    assert_eq!(world.a.get("api/messages/out?serviceIdentifier=XYZ").await.status, 400);
    assert_eq!(message_id(&world.a.get(&format!("api/messages/out/{first}")).await.json()), first);
}

#[tokio::test]
async fn drafts_are_found_by_their_files_and_by_when_they_were_changed() {
    let world = world().await;
    let [first, second] = [world.a.draft(&avtalt()).await, world.a.draft(&avtalt()).await];
    world.a.attach(&first, "one.pdf", "x").await;
    world.pass(60);
    world.a.attach(&second, "two.pdf", "x").await;
    let found = async |query: &str| -> Vec<String> {
        let page = world.a.get(&format!("api/messages/out?{query}")).await.json();
        page["content"].as_array().expect("a list").iter().map(message_id).collect()
    };

    assert_eq!(found("files.filename=one.pdf").await, std::slice::from_ref(&first));
    assert_eq!(found("files.filename=one.pdf&files.filename=two.pdf").await.len(), 2);
    assert_eq!(found("files.mimetype=application/pdf&messageId=x").await.len(), 0);
    assert_eq!(
        found("files.mimetype=application/pdf&files.title=two.pdf").await,
        std::slice::from_ref(&second)
    );
    assert_eq!(found("files.filename=").await.len(), 0);
    assert_eq!(found("lastUpdated=2026-03-02T10:16:00Z").await, [second]);
    assert_eq!(world.a.get("api/messages/out?lastUpdated=yesterday").await.status, 400);
}

#[tokio::test]
async fn a_queued_message_that_is_deleted_is_not_sent() {
    let world = world().await;
    let id = world.a.send(&arkivmelding(), &files()).await;

    world.a.delete(&format!("api/messages/out/{id}")).await;
    world.settle().await;

    assert_eq!(world.a.statuses(&id).await, ["OPPRETTET"]);
    assert_eq!(world.b.peek().await, None);
    assert_eq!(world.a.blobs_of("out-file").await, 0);
}

#[tokio::test]
async fn a_message_takes_a_thousand_files_and_then_says_so() {
    const FILES: &str =
        "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 999)
        INSERT INTO exchange_outbox_files (message, number, name, media_type, bytes, sha256, blob)
        SELECT (SELECT id FROM exchange_outbox), n, 'f' || n, 'text/plain', 1, $1,
            'out-file/0000' || CAST(1000 + n AS TEXT) || '-0000-7000-8000-000000000000' FROM numbers";
    let world = world().await;
    let id = world.a.draft(&avtalt()).await;
    let added = world.a.store.write(|tx| tx.execute(FILES, store::params![Vec::<u8>::new()]));
    Result::<_, store::Error>::expect(added.await, "rows");

    assert_eq!(world.a.attach(&id, "last.pdf", b"%PDF".to_vec()).await.status, 200);
    let refused = world.a.attach(&id, "too-many.pdf", b"%PDF".to_vec()).await;

    assert_eq!(refused.refusal(), (400, "IllegalStateException".to_owned()));
}
