//! Creating, filling, sending and discarding messages, and everything that can be wrong with one.

use http::Method;
use serde_json::{Value, json};

use crate::app::{
    A, Answer, PROCESS, arkivmelding, avtalt, case_document, files, message_id, sbd, world, world_with,
};

const HEADER: &str = "standardBusinessDocumentHeader";
const SOME_ID: &str = "5f0a2f0e-6f0c-4c3e-9d35-2a6f2f6f7a10";

/// A message with one value changed; null takes it away.
fn with(path: &str, value: Value) -> Value {
    let mut sbd = avtalt();
    let (parent, key) = path.rsplit_once('/').expect("a path");
    let parent = sbd.pointer_mut(&format!("/{HEADER}{parent}")).expect("it is there");
    match (parent, value) {
        (Value::Object(object), Value::Null) => drop(object.remove(key)),
        (Value::Object(object), value) => drop(object.insert(key.to_owned(), value)),
        (other, _) => panic!("no object: {other}"),
    }
    sbd
}

fn fields(answer: &Answer) -> Vec<String> {
    let body = answer.json();
    let errors = body["errors"].as_array().cloned().unwrap_or_default();
    errors.iter().map(|error| error["field"].as_str().expect("a field").to_owned()).collect()
}

/// Covers: IP-50, IP-53, IP-54, IP-55, IP-56, IP-58, IP-59
#[tokio::test]
async fn what_a_client_leaves_out_is_filled_in_and_what_is_unknown_is_dropped() {
    let world = world().await;
    let mut sbd = with("/unknown", json!("x"));
    sbd["avtalt"]["unknown"] = json!("y");

    let answer = world.a.post_json("api/messages/out", &sbd).await.json();

    let header = &answer[HEADER];
    assert_eq!(header["sender"][0]["identifier"]["value"], format!("0192:{A}"));
    assert_eq!(message_id(&answer).len(), 36);
    assert!(header["documentIdentification"]["creationDateAndTime"].is_string());
    let scope = &header["businessScope"]["scope"][0];
    assert_eq!(scope["instanceIdentifier"].as_str().map(str::len), Some(36));
    let deadline = &scope["scopeInformation"][0]["expectedResponseDateTime"];
    assert_eq!(deadline, "2026-03-03T11:15:00+01:00");
    assert!(!answer.to_string().contains("unknown"));
}

/// Covers: IP-51, IP-52, IP-57
#[tokio::test]
async fn a_sender_on_behalf_of_another_and_a_deadline_are_echoed_as_the_contract_says() {
    let world = world().await;
    for given in ["0192:310000007", "0192:310000001:310000007"] {
        let mut sbd = with(
            "/sender",
            json!([{ "identifier": {
            "value": given, "authority": "iso6523-actorid-upis" } }]),
        );
        let deadline = json!([{ "expectedResponseDateTime": "2026-03-04T10:15:00.5+05:00" }]);
        sbd[HEADER]["businessScope"]["scope"][0]["scopeInformation"] = deadline.clone();

        let answer = world.a.post_json("api/messages/out", &sbd).await.json();

        let header = &answer[HEADER];
        assert_eq!(header["sender"][0]["identifier"]["value"], "0192:310000001:310000007");
        assert_eq!(header["businessScope"]["scope"][0]["scopeInformation"], deadline);
    }
    let page = world.a.get("api/messages/out?senderIdentifier=310000007").await.json();
    assert_eq!(page["totalElements"], 2);
}

/// Covers: IP-39, IP-40, IP-41, IP-42, IP-43, IP-44, IP-45, IP-46, IP-47, IP-48, IP-49, IP-62
#[tokio::test]
async fn every_broken_rule_is_named_with_its_place() {
    let world = world().await;
    let two = json!([
        { "identifier": { "value": "0192:310000001", "authority": "iso6523-actorid-upis" } },
        { "identifier": { "value": "0192:310000002", "authority": "iso6523-actorid-upis" } },
    ]);
    let scope = "businessScope.scope";
    for (path, value, field) in [
        ("/headerVersion", Value::Null, "headerVersion"),
        ("/documentIdentification", Value::Null, "documentIdentification"),
        ("/documentIdentification/standard", Value::Null, "documentIdentification.standard"),
        ("/documentIdentification/typeVersion", Value::Null, "documentIdentification.typeVersion"),
        ("/documentIdentification/type", Value::Null, "documentIdentification.type"),
        ("/documentIdentification/type", json!("strange"), "documentIdentification.type"),
        (
            "/documentIdentification/instanceIdentifier",
            json!("x"),
            "documentIdentification.instanceIdentifier",
        ),
        ("/businessScope", Value::Null, "businessScope"),
        ("/businessScope/scope", json!([]), scope),
        ("/businessScope/scope", json!([{ "type": "SenderRef" }]), scope),
        ("/sender", two.clone(), "sender"),
        ("/receiver", two, "receiver"),
    ] {
        let answer = world.a.post_json("api/messages/out", &with(path, value)).await;
        assert_eq!(answer.refusal(), (400, "MethodArgumentNotValidException".to_owned()), "{path}");
        assert_eq!(fields(&answer), [format!("{HEADER}.{field}")], "{path}");
    }
    let id = |more: Value| with("/businessScope/scope", json!([more]));
    for (scope, field) in [
        (json!({ "type": "Strange" }), "businessScope.scope[].type"),
        (
            json!({ "type": "ConversationId", "instanceIdentifier": "x" }),
            "businessScope.scope[].instanceIdentifier",
        ),
    ] {
        let answer = world.a.post_json("api/messages/out", &id(scope)).await;
        assert!(fields(&answer).contains(&format!("{HEADER}.{field}")), "{answer:?}");
    }
    let late = json!([{ "expectedResponseDateTime": "2026-03-02T10:14:59Z" }]);
    let late = id(json!({ "type": "ConversationId", "identifier": PROCESS, "scopeInformation": late }));
    let answer = world.a.post_json("api/messages/out", &late).await;
    assert_eq!((answer.status.as_u16(), &answer.json()["errors"][0]["code"]), (400, &json!("Future")));
}

/// Covers: IP-37, IP-38, IP-60, IP-61
#[tokio::test]
async fn what_is_no_message_is_refused() {
    let world = world().await;
    let post = |kind: &'static str, body: String| {
        let request = world.a.request(Method::POST, "api/messages/out");
        Answer::of(request.header("content-type", kind).body(body))
    };
    assert_eq!(post("text/plain", avtalt().to_string()).await.status, 415);
    for body in ["", "{", "[]", "{}", r#"{"standardBusinessDocumentHeader":7}"#] {
        let answer = post("application/json", body.to_owned()).await;
        assert_eq!(answer.refusal(), (400, "HttpMessageNotReadableException".to_owned()), "{body}");
    }
    let mut third = avtalt();
    third["third"] = json!({});
    let mut other = avtalt();
    other["arkivmelding"] = other.as_object_mut().expect("an object").remove("avtalt").expect("a body");
    let mut unknown = arkivmelding();
    unknown["arkivmelding"]["dpv"] = json!({ "varselType": "Strange" });
    for body in [third, other, unknown] {
        let answer = world.a.post_json("api/messages/out", &body).await;
        assert_eq!(answer.refusal(), (400, "HttpMessageNotReadableException".to_owned()), "{body}");
    }
}

/// Covers: IP-63, IP-64, IP-65, IP-79
#[tokio::test]
async fn a_message_nobody_takes_is_refused_before_it_is_stored() {
    let world = world().await;
    let nobody =
        json!([{ "identifier": { "value": "0192:310000009", "authority": "iso6523-actorid-upis" } }]);
    let process = sbd("avtalt", "urn:no:difi:profile:strange:ver1.0", json!({}));
    let document = with("/documentIdentification/standard", json!("urn:no:difi:strange:xsd::avtalt"));
    for body in [with("/receiver", nobody), process, document] {
        let answer = world.a.post_json("api/messages/out", &body).await;
        assert_eq!(answer.refusal(), (400, "ReceiverDoesNotAcceptProcessException".to_owned()));
        assert!(answer.json()["description"].is_string());
    }
    let answer = world.a.post_json("api/messages/out", &with("/receiver", Value::Null)).await;
    assert_eq!(answer.refusal(), (400, "ServiceNotEnabledException".to_owned()));

    let off = world_with(|config| config.services.clear()).await;
    let answer = off.a.post_json("api/messages/out", &avtalt()).await;
    assert_eq!(answer.refusal(), (400, "ServiceNotEnabledException".to_owned()));
    assert_eq!(off.a.get("api/conversations").await.json()["totalElements"], 0);
}

/// Covers: IP-67, IP-68, IP-69, IP-70, IP-134, IP-135
#[tokio::test]
async fn a_message_id_is_used_once_until_message_and_conversation_are_deleted() {
    let world = world().await;
    let sbd = with("/documentIdentification/instanceIdentifier", json!(SOME_ID));
    let create = async || world.a.post_json("api/messages/out", &sbd).await;
    let taken = (400, "MessageAlreadyExistsException".to_owned());

    assert_eq!(create().await.status, 200);
    assert_eq!(create().await.refusal(), taken);
    assert_eq!(world.a.delete(&format!("api/messages/out/{SOME_ID}")).await.status, 200);
    assert_eq!(world.a.delete(&format!("api/messages/out/{SOME_ID}")).await.status, 200);
    assert_eq!(world.a.get(&format!("api/conversations/messageId/{SOME_ID}")).await.status, 200);
    assert_eq!(create().await.refusal(), taken);
    assert_eq!(world.a.delete(&format!("api/conversations/messageId/{SOME_ID}")).await.status, 200);
    assert_eq!(create().await.status, 200);
    world.a.post(&format!("api/messages/out/{SOME_ID}")).await;
    world.settle().await;
    assert_eq!(create().await.refusal(), taken);
}

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
