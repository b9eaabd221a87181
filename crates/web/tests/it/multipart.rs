use std::fmt::Write as _;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::routing::post;
use bytes::Bytes;
use futures_util::stream;
use http::{HeaderMap, HeaderValue, header};
use tokio::io::AsyncWriteExt as _;
use tokio::sync::mpsc;
use web::{Limits, Multipart, MultipartError, MultipartLimits};

use crate::{Running, soon, start};

const LIMITS: MultipartLimits = MultipartLimits { field: 100, total: 2000, fields: 3 };

fn declared(content_type: &str) -> HeaderMap {
    let value = HeaderValue::from_str(content_type).expect("a header value");
    HeaderMap::from_iter([(header::CONTENT_TYPE, value)])
}

/// Reads every field and writes down what it was.
async fn retold(mut multipart: Multipart) -> Result<String, MultipartError> {
    let mut told = String::new();
    while let Some(field) = multipart.next_field().await? {
        let file = field.file_name().unwrap_or("-").to_owned();
        let kind = field.content_type().unwrap_or("-").to_owned();
        let name = field.name().to_owned();
        let text = field.text().await?;
        write!(told, "[{name}|{file}|{kind}|{text}]").expect("a String takes everything");
    }
    Ok(told)
}

/// Reads `body` cut into pieces of `size` bytes.
async fn read_in_pieces(body: &[u8], size: usize) -> Result<String, MultipartError> {
    let pieces: Vec<_> = body.chunks(size).map(Bytes::copy_from_slice).map(Ok::<_, std::io::Error>).collect();
    let body = Body::from_stream(stream::iter(pieces));
    retold(Multipart::new(&declared("multipart/form-data; boundary=xyz"), body, LIMITS)?).await
}

const TWO_FIELDS: &str = "preamble\r\n--xyz  \r\n\
    Content-Disposition: form-data; name=\"sbd\"\r\n\r\n{\r\n--xy }\r\n--xyz\r\n\
    content-disposition: form-data; name=\"Svar\"; filename*=UTF-8''bl%C3%A5.pdf\r\n\
    Content-Type: application/pdf\r\n\r\n\r\n--xyz--\r\nepilogue";

#[tokio::test]
async fn fields_are_the_same_however_the_network_cuts_them() {
    for size in 1..TWO_FIELDS.len() {
        let told = read_in_pieces(TWO_FIELDS.as_bytes(), size).await.expect("well formed");
        assert_eq!(told, "[sbd|-|-|{\r\n--xy }][Svar|blå.pdf|application/pdf|]", "pieces of {size}");
    }
}

#[tokio::test]
async fn a_body_cut_off_anywhere_is_its_own_error() {
    let closing = TWO_FIELDS.find("\r\nepilogue").expect("it is there");
    for end in 0..closing {
        let told = read_in_pieces(&TWO_FIELDS.as_bytes()[..end], 16).await;
        assert!(matches!(told, Err(MultipartError::CutOff)), "{end}: {told:?}");
    }
    assert!(read_in_pieces(&TWO_FIELDS.as_bytes()[..closing], 16).await.is_ok());
}

fn field(name: &str, bytes: usize) -> String {
    let data = "x".repeat(bytes);
    format!("--xyz\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{data}\r\n")
}

#[tokio::test]
async fn fields_are_limited_in_size_and_number_and_the_body_as_a_whole() {
    let right = field("a", 100) + "--xyz--";
    assert!(read_in_pieces(right.as_bytes(), 7).await.is_ok());

    let large = field("a", 101) + "--xyz--";
    let told = read_in_pieces(large.as_bytes(), 7).await;
    assert!(matches!(told, Err(MultipartError::FieldTooLarge { ref name, limit: 100, .. }) if name == "a"));

    let many = field("a", 1).repeat(4) + "--xyz--";
    let told = read_in_pieces(many.as_bytes(), 7).await;
    assert!(matches!(told, Err(MultipartError::TooManyFields { limit: 3 })));

    let long = "x".repeat(2001);
    let told = read_in_pieces(long.as_bytes(), 70).await;
    assert!(matches!(told, Err(MultipartError::TooLarge { limit: 2000 })));
}

#[tokio::test]
async fn broken_framing_is_told_apart() {
    let told = read_in_pieces(b"--xyz and more\r\n\r\n\r\n--xyz--", 7).await;
    assert!(matches!(told, Err(MultipartError::Malformed("something follows a boundary"))));
    let told = read_in_pieces(b"--xyz\r\nno colon\r\n\r\n\r\n--xyz--", 7).await;
    assert!(matches!(told, Err(MultipartError::Malformed(_))));
    let told = read_in_pieces(b"--xyz\r\n\r\n\r\n--xyz--", 7).await;
    assert!(matches!(told, Err(MultipartError::Disposition(_))));

    let new = |content_type| Multipart::new(&declared(content_type), Body::empty(), LIMITS).err();
    assert!(matches!(new("application/json"), Some(MultipartError::UnsupportedMediaType)));
    assert!(matches!(new("multipart/form-data"), Some(MultipartError::NoBoundary)));
}

#[tokio::test]
async fn fields_left_unread_are_skipped() {
    let body = field("a", 90) + &field("b", 5) + "--xyz--";
    let headers = declared("multipart/form-data; boundary=\"xyz\"");
    let mut multipart = Multipart::new(&headers, Body::from(body), LIMITS).expect("multipart");

    let first = multipart.next_field().await.expect("well formed").expect("a field");
    assert_eq!(first.name(), "a");
    let second = multipart.next_field().await.expect("well formed").expect("a field");

    assert_eq!(second.name(), "b");
    assert_eq!(second.text().await.expect("all of it"), "xxxxx");
}

async fn receiver() -> (Running, mpsc::UnboundedReceiver<Result<u64, MultipartError>>) {
    let (tell, told) = mpsc::unbounded_channel();
    let handler = async move |request: Request| {
        let (head, body) = request.into_parts();
        tell.send(counted(&head.headers, body).await).expect("the test listens");
    };
    let server = start(Router::new().route("/", post(handler)), Limits::default()).await;
    (server, told)
}

async fn counted(headers: &HeaderMap, body: Body) -> Result<u64, MultipartError> {
    let limits = MultipartLimits { field: u64::MAX, total: u64::MAX, fields: 9 };
    let mut multipart = Multipart::new(headers, body, limits)?;
    let mut bytes = 0;
    while let Some(mut field) = multipart.next_field().await? {
        while let Some(piece) = field.chunk().await? {
            bytes += piece.len() as u64;
        }
    }
    Ok(bytes)
}

#[tokio::test]
async fn a_client_s_form_arrives_whole_over_a_socket() {
    let (server, mut told) = receiver().await;
    let file = reqwest::multipart::Part::bytes(vec![b'\r'; 5_000_000]).file_name("blåbær.pdf");
    let form = reqwest::multipart::Form::new().text("sbd", "{}").part("Brev", file);
    let client = reqwest::Client::builder().no_proxy().build().expect("a client");

    soon(client.post(server.url("/")).multipart(form).send()).await.expect("an answer");

    let counted = soon(told.recv()).await.expect("it was read");
    assert_eq!(counted.expect("well formed"), 5_000_002);
}

#[tokio::test]
async fn a_connection_that_breaks_off_half_way_is_a_cut_off_body() {
    let (server, mut told) = receiver().await;
    let mut stream = server.connect().await;
    let head = "POST / HTTP/1.1\r\nhost: a\r\ncontent-type: multipart/form-data; boundary=xyz\r\ncontent-length: 500\r\n\r\n";
    stream.write_all((head.to_owned() + &field("a", 50)).as_bytes()).await.expect("it reads");

    drop(stream);

    let counted = soon(told.recv()).await.expect("it was read");
    assert!(matches!(counted, Err(MultipartError::CutOff)));
}
