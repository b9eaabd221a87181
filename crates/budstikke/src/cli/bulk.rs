//! A bulk order of many SMS on its way to the API, line by line: for demo and bench.

use std::fmt::Write as _;

use anyhow::{Context, Result, anyhow, ensure};
use bytes::Bytes;
use futures_util::stream;
use reqwest::{Body, StatusCode};
use serde_json::{Value, json};

use super::client::Client;

/// Lines sent at once.
const LINES: usize = 1_000;

/// A bulk that has been taken.
#[derive(Clone, Debug)]
pub(super) struct Bulk {
    /// Its id, for `GET /future/orders/bulk/{id}`.
    pub id: String,
    /// Orders that are on record.
    pub accepted: u64,
}

/// Sends a bulk with one template and a line for each recipient; answers when all are on record.
pub(super) async fn place(client: &Client, run: &str, text: &str, recipients: usize) -> Result<Bulk> {
    let pieces = (0..=recipients.div_ceil(LINES)).map({
        let (run, text) = (run.to_owned(), text.to_owned());
        move |piece| {
            let lines = if piece == 0 { template(&text) } else { lines(&run, piece - 1, recipients) };
            Ok::<_, std::io::Error>(Bytes::from(lines))
        }
    });
    let body = Body::wrap_stream(stream::iter(pieces));
    let (status, answer) = client.notify_lines("future/orders/bulk", body).await?;
    ensure!(status == StatusCode::OK, "expected 200, got {status}: {answer}");
    let last = answer.lines().last().context("the bulk got no answer")?;
    let sum: Value = serde_json::from_str(last).with_context(|| format!("the bulk ended with {last}"))?;
    let accepted = sum["accepted"].as_u64().unwrap_or_default();
    let id = sum["bulkId"].as_str().unwrap_or_default().to_owned();
    ensure!(
        sum["type"] == "complete" && usize::try_from(accepted) == Ok(recipients),
        "of {recipients} recipients {accepted} were accepted: {sum}"
    );
    Ok(Bulk { id, accepted })
}

fn template(text: &str) -> String {
    let settings = json!({ "sender": "Fjord", "body": text, "sendingTimePolicy": "Anytime" });
    let template = json!({ "template": { "recipient": { "recipientSms": { "smsSettings": settings } } } });
    format!("{template}\n")
}

fn lines(run: &str, piece: usize, recipients: usize) -> String {
    let mut lines = String::with_capacity(LINES * 96);
    for number in (piece * LINES..recipients).take(LINES) {
        // Four last digits that mean nothing to a simulated gateway.
        let phone = 41_000_000 + number / 9_000 % 400 * 10_000 + 1_000 + number % 9_000;
        let written = writeln!(
            lines,
            r#"{{"idempotencyId":"{run}-{number}","recipient":{{"recipientSms":{{"phoneNumber":"+47{phone}"}}}}}}"#
        );
        written.expect("a text takes what is written");
    }
    lines
}

impl Bulk {
    /// How many of its orders have come to an end.
    pub(super) async fn ended(&self, client: &Client) -> Result<u64> {
        let (status, answer) = client.notify_get(&format!("future/orders/bulk/{}", self.id)).await?;
        ensure!(status == StatusCode::OK, "expected 200, got {status}: {answer}");
        let orders = answer["orders"].as_object().ok_or_else(|| anyhow!("no counts in {answer}"))?;
        Ok(orders.get("Order_Completed").and_then(Value::as_u64).unwrap_or_default())
    }
}
