//! Answers of a server: good ones, and the others with their entry and the server's own words.

use anyhow::{Context, Error, Result};
use reqwest::{Response, StatusCode, header};
use serde_json::Value;
use url::Url;

use crate::catalogue::Entry;
use crate::catalogue::entries::server;
use crate::cli::output::harmless;

/// The most that is read of an answer that is no good one, in bytes.
const WORDS: usize = 64 << 10;

/// The entry of a status that is no good one.
pub(crate) fn entry_for(status: StatusCode) -> &'static Entry {
    match status {
        StatusCode::UNAUTHORIZED => server::NOT_LET_IN,
        StatusCode::FORBIDDEN => server::NOT_ALLOWED,
        StatusCode::NOT_FOUND => server::NOT_FOUND,
        StatusCode::TOO_MANY_REQUESTS => server::TOO_MANY,
        status if status.is_client_error() => server::REFUSED,
        status if status.is_server_error() => server::SERVER_FAILED,
        _ => server::NOT_UNDERSTOOD,
    }
}

/// The answer, when it is a good one.
pub(crate) async fn answered(sent: reqwest::Result<Response>, base: &Url) -> Result<Response> {
    let answer = sent.map_err(|error| unsent(error, base))?;
    let status = answer.status();
    if status.is_success() {
        return Ok(answer);
    }
    let header = |name| answer.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let (id, patience) = (header("x-request-id"), header(header::RETRY_AFTER.as_str()));
    let mut words = format!("the server answers {}", status.as_u16());
    let said = said(answer).await;
    if !said.is_empty() {
        words.push_str(&format!(": {said}"));
    }
    if let Some(seconds) = patience {
        words.push_str(&format!("; come back in {} s", harmless(&seconds)));
    }
    if let Some(id) = id.filter(|_| status.is_server_error()) {
        words.push_str(&format!(" (request id {})", harmless(&id)));
    }
    Err(entry_for(status).says(words).into())
}

fn unsent(error: reqwest::Error, base: &Url) -> Error {
    // It may carry tokens.
    let error = error.without_url();
    let entry = if error.is_body() || error.is_decode() { server::INTERRUPTED } else { server::UNREACHABLE };
    Error::new(error).context(entry.says(format!("no answer from {base}")))
}

/// What the server says, in one line: our two APIs' forms of problems, or the beginning of a text.
async fn said(mut answer: Response) -> String {
    let mut body = Vec::new();
    while let Ok(Some(piece)) = answer.chunk().await {
        let room = WORDS.saturating_sub(body.len());
        body.extend_from_slice(&piece[..piece.len().min(room)]);
        if room == 0 {
            break;
        }
    }
    let text = String::from_utf8_lossy(&body);
    let words = serde_json::from_str(&text).map_or_else(|_| text.trim().to_owned(), |body| problem(&body));
    harmless(&words.chars().take(2_000).collect::<String>())
}

fn problem(body: &Value) -> String {
    let text = |name: &str| body[name].as_str().filter(|text| !text.is_empty());
    let mut words: Vec<String> = ["code", "title", "detail", "message", "description", "error_description"]
        .into_iter()
        .filter_map(|name| text(name).map(str::to_owned))
        .collect();
    match &body["errors"] {
        Value::Object(fields) => words.extend(fields.iter().map(|(field, wrong)| {
            let wrong: Vec<&str> = wrong.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
            format!("{field}: {}", wrong.join(", "))
        })),
        Value::Array(all) => words.extend(all.iter().map(|wrong| {
            let field = wrong["field"].as_str().map(|field| format!("{field} ")).unwrap_or_default();
            let words = wrong["defaultMessage"].as_str().or(wrong["message"].as_str()).or(wrong.as_str());
            format!("{field}{}", words.unwrap_or_default())
        })),
        _ => {}
    }
    words.dedup();
    if words.is_empty() { body.to_string() } else { words.join("; ") }
}

/// The JSON of a good answer; null when it is empty.
pub(crate) async fn value(answer: Response) -> Result<Value> {
    let text = answer.text().await.map_err(reqwest::Error::without_url);
    let text = text.context(server::INTERRUPTED.says("the answer broke off"))?;
    if text.is_empty() {
        return Ok(Value::Null);
    }
    serde_json::from_str(&text).context(server::NOT_UNDERSTOOD.says("the answer is no JSON"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn problems_of_both_apis_are_told_in_one_line() {
        let notify = json!({ "title": "One or more validation errors occurred.", "status": 400,
            "errors": { "Recipient": ["is needed"], "Body": ["is too long", "is odd"] } });
        assert_eq!(
            problem(&notify),
            "One or more validation errors occurred.; Recipient: is needed; Body: is too long, is odd"
        );
        let exchange = json!({ "status": 400, "message": "Bad Request", "description": "No such process",
            "errors": [{ "field": "a.b", "defaultMessage": "must not be null" }] });
        assert_eq!(problem(&exchange), "Bad Request; No such process; a.b must not be null");
        assert_eq!(problem(&json!({ "odd": 1 })), r#"{"odd":1}"#);
    }

    #[test]
    fn every_status_that_is_no_good_one_has_its_entry() {
        for (status, code) in
            [(401, "BUD-4003"), (403, "BUD-4004"), (404, "BUD-4006"), (422, "BUD-4005"), (429, "BUD-4008")]
        {
            let status = StatusCode::from_u16(status).expect("a status");
            assert_eq!(entry_for(status).code, code);
        }
        assert_eq!(entry_for(StatusCode::BAD_GATEWAY).code, "BUD-4007");
        assert_eq!(entry_for(StatusCode::FOUND).code, "BUD-4009");
    }
}
