//! Sending and receiving messages through the Exchange API, as a case system would.

use std::path::Path;

use anyhow::{Result, bail, ensure};
use aws_lc_rs::digest::{Context as Digest, SHA256, digest};
use futures_util::TryStreamExt;
use reqwest::multipart::{Form, Part};
use reqwest::{Body, Method, StatusCode};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio_util::io::ReaderStream;

use super::client::{self, Client, patiently};
use super::send::{Letter, new_id};

/// What the demo's and the bench's messages are about.
pub(crate) const PROCESS: &str = "urn:no:difi:profile:arkivmelding:planByggOgGeodata:ver1.0";
/// A decision, as a case system would archive it. Fictitious.
const PDF: &[u8] = include_bytes!("../../demo/vedtak.pdf");
/// Its description for the receiving archive (Noark 5).
const ARKIVMELDING: &str = include_str!("../../demo/arkivmelding.xml");

/// A message that has been sent, and the files that must arrive.
pub(crate) struct Sent {
    pub message_id: String,
    pub files: Vec<Expected>,
}

/// A file that must arrive.
#[derive(Clone)]
pub(crate) struct Expected {
    pub name: String,
    pub sha256: Vec<u8>,
}

impl Expected {
    fn of(name: &str, bytes: &[u8]) -> Self {
        Self { name: name.to_owned(), sha256: digest(&SHA256, bytes).as_ref().to_vec() }
    }
}

/// An envelope (SBD) from one to the other.
fn envelope(from: &Client, to: &Client, message_id: &str, main_document: &str) -> Value {
    let letter = Letter {
        from: &from.participant(),
        to: &to.participant(),
        message_id,
        conversation_id: &new_id(),
        process: PROCESS,
        kind: "arkivmelding",
        standard: "urn:no:difi:arkivmelding:xsd::arkivmelding",
        content: json!({ "hoveddokument": main_document, "sikkerhetsnivaa": 3 }),
    };
    letter.envelope()
}

/// One step: envelope and both files in one request.
pub(crate) async fn send_small(from: &Client, to: &Client) -> Result<Sent> {
    let message_id = new_id();
    let sbd = envelope(from, to, &message_id, "vedtak.pdf").to_string();
    let form = Form::new()
        .part("sbd", Part::text(sbd).mime_str("application/json")?)
        .part("Arkivmelding", file(ARKIVMELDING.as_bytes(), "arkivmelding.xml", "text/xml")?)
        .part("Vedtak", file(PDF, "vedtak.pdf", "application/pdf")?);
    client::ok(from.exchange(Method::POST, "messages/out/multipart").multipart(form)).await?;
    let files =
        vec![Expected::of("arkivmelding.xml", ARKIVMELDING.as_bytes()), Expected::of("vedtak.pdf", PDF)];
    Ok(Sent { message_id, files })
}

fn file(bytes: &'static [u8], name: &'static str, media_type: &str) -> Result<Part> {
    Ok(Part::bytes(bytes).file_name(name).mime_str(media_type)?)
}

/// Several steps: create, one upload for each file (the large one streamed from `path`), send.
pub(crate) async fn send_large(from: &Client, to: &Client, path: &Path, large: Expected) -> Result<Sent> {
    let message_id = new_id();
    let description = ARKIVMELDING.replace("vedtak.pdf", &large.name);
    let create = from.exchange(Method::POST, "messages/out");
    client::ok(create.json(&envelope(from, to, &message_id, &large.name))).await?;

    let put = |name: &str, media_type: &str| {
        from.exchange(Method::PUT, &format!("messages/out/{message_id}"))
            .header("Content-Disposition", format!("attachment; name=\"{name}\"; filename=\"{name}\""))
            .header("Content-Type", media_type)
    };
    client::ok(put("arkivmelding.xml", "text/xml").body(description.clone())).await?;
    let bytes = ReaderStream::with_capacity(tokio::fs::File::open(path).await?, 256 << 10);
    client::ok(put(&large.name, "application/octet-stream").body(Body::wrap_stream(bytes))).await?;
    client::ok(from.exchange(Method::POST, &format!("messages/out/{message_id}"))).await?;

    let files = vec![Expected::of("arkivmelding.xml", description.as_bytes()), large];
    Ok(Sent { message_id, files })
}

/// Begins a message that is never sent off.
pub(crate) async fn begin(from: &Client, to: &Client) -> Result<()> {
    let create = from.exchange(Method::POST, "messages/out");
    client::ok(create.json(&envelope(from, to, &new_id(), "vedtak.pdf"))).await?;
    Ok(())
}

/// Peeks until the message is there; it is then locked.
pub(crate) async fn peek(at: &Client, sent: &Sent) -> Result<()> {
    let sbd = patiently("the message to arrive", || async {
        let answer = at.exchange(Method::GET, "messages/in/peek").send().await?;
        match answer.status() {
            StatusCode::OK => Ok(Some(answer.json::<Value>().await?)),
            StatusCode::NO_CONTENT => Ok(None),
            status => bail!("expected 200 or 204, got {status}: {}", answer.text().await?),
        }
    })
    .await?;
    let id = &sbd["standardBusinessDocumentHeader"]["documentIdentification"]["instanceIdentifier"];
    ensure!(id == &json!(sent.message_id), "another message was found: {id}");
    Ok(())
}

/// Downloads the container into a file; answers its size in bytes.
pub(crate) async fn pop(at: &Client, sent: &Sent, path: &Path) -> Result<usize> {
    let request = at.exchange(Method::GET, &format!("messages/in/pop/{}", sent.message_id));
    let answer = request.send().await?;
    ensure!(answer.status() == StatusCode::OK, "expected 200, got {}", answer.status());
    let mut file = tokio::fs::File::create(path).await?;
    let mut bytes = answer.bytes_stream();
    let mut size = 0;
    while let Some(piece) = bytes.try_next().await? {
        size += piece.len();
        file.write_all(&piece).await?;
    }
    file.flush().await?;
    Ok(size)
}

/// Says that the message has been taken care of.
pub(crate) async fn delete(at: &Client, sent: &Sent) -> Result<()> {
    client::ok(at.exchange(Method::DELETE, &format!("messages/in/{}", sent.message_id))).await?;
    Ok(())
}

/// Waits until the sender sees LEVERT; answers every status it saw, in order.
pub(crate) async fn delivered(at: &Client, sent: &Sent) -> Result<Vec<String>> {
    let path = format!("statuses/{}?size=100", sent.message_id);
    patiently("LEVERT at the sender", || async {
        let page = client::ok(at.exchange(Method::GET, &path)).await?;
        let statuses = page["content"].as_array().cloned().unwrap_or_default();
        let names: Vec<String> =
            statuses.iter().filter_map(|one| one["status"].as_str().map(str::to_owned)).collect();
        Ok(names.iter().any(|name| name == "LEVERT").then_some(names))
    })
    .await
}

/// Writes a file of bytes that do not compress.
pub(crate) async fn generate(path: &Path, name: &str, size: u64) -> Result<Expected> {
    let (path, name) = (path.to_owned(), name.to_owned());
    tokio::task::spawn_blocking(move || {
        let sha256 = write_noise(&path, size)?;
        Ok(Expected { name, sha256 })
    })
    .await?
}

fn write_noise(path: &Path, size: u64) -> std::io::Result<Vec<u8>> {
    use std::io::Write;
    let mut file = std::fs::File::create(path)?;
    let mut digest = Digest::new(&SHA256);
    let (mut left, mut state) = (size, 0x9e37_79b9_7f4a_7c15_u64);
    let mut piece = vec![0; 1 << 20];
    while left > 0 {
        for word in piece.chunks_exact_mut(8) {
            // xorshift64 (Marsaglia 2003): cheap, and nothing a compressor can use.
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            word.copy_from_slice(&state.to_le_bytes());
        }
        let length = usize::try_from(left).unwrap_or(usize::MAX).min(piece.len());
        digest.update(&piece[..length]);
        file.write_all(&piece[..length])?;
        left -= length as u64;
    }
    Ok(digest.finish().as_ref().to_vec())
}
