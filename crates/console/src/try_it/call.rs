//! A request to our own API: made, and shown with its answer and as a command.

use std::time::Duration;

use reqwest::Method;
use serde_json::Value;
use types::Secret;
use url::Url;

/// The time limit of a request.
const PATIENCE: Duration = Duration::from_secs(30);
/// Characters of an answer that are shown.
const SHOWN: usize = 8_000;
/// Signs of a token that are shown.
const TOKEN_SHOWN: usize = 12;

/// A request that is to be made.
pub(super) struct Draft {
    pub method: Method,
    /// Behind the address of the APIs.
    pub path: String,
    pub content: Content,
}

/// What a request carries.
pub(super) enum Content {
    Nothing,
    Json(Value),
    File { name: &'static str, kind: &'static str, bytes: &'static [u8] },
}

/// How we say who asks.
pub(super) enum Proof {
    /// The Notify API.
    Token(Secret),
    /// The Exchange API.
    Password(String, Secret),
}

/// A request that was made.
pub(super) struct Call {
    pub method: String,
    pub url: String,
    pub headers: Vec<(&'static str, String)>,
    /// What it carried, as text.
    pub body: String,
    /// The status and its reason; empty when no answer came.
    pub status: String,
    pub is_good: bool,
    pub answer: String,
    /// The same as a command.
    pub curl: String,
    /// The answer, where it is JSON.
    pub json: Value,
}

/// Makes a request.
pub(super) async fn make(http: &reqwest::Client, api: &Url, proof: &Proof, draft: Draft) -> Call {
    let url = format!("{}{}", api.as_str().trim_end_matches('/'), draft.path);
    let mut request = http.request(draft.method.clone(), &url).timeout(PATIENCE);
    request = match proof {
        Proof::Token(token) => request.bearer_auth(token.reveal()),
        Proof::Password(user, password) => request.basic_auth(user, Some(password.reveal())),
    };
    for (name, value) in content_headers(&draft.content) {
        request = request.header(name, value);
    }
    let body = match &draft.content {
        Content::Nothing => String::new(),
        Content::Json(json) => serde_json::to_string_pretty(json).unwrap_or_default(),
        Content::File { name, bytes, .. } => format!("({name}, {} bytes)", bytes.len()),
    };
    request = match &draft.content {
        Content::Nothing => request,
        Content::Json(_) => request.body(body.clone()),
        Content::File { bytes, .. } => request.body(*bytes),
    };
    let (status, is_good, answer) = match request.send().await {
        Ok(answer) => {
            let status = answer.status();
            (status.to_string(), status.is_success(), answer.text().await.unwrap_or_default())
        }
        Err(error) => (String::new(), false, error.without_url().to_string()),
    };
    let json = serde_json::from_str(&answer).unwrap_or(Value::Null);
    let mut headers = vec![("Authorization", shown(proof))];
    headers.extend(content_headers(&draft.content));
    let curl = curl(&draft, &url, proof, &body);
    let method = draft.method.to_string();
    Call { method, url, headers, body, status, is_good, answer: pretty(&json, answer), curl, json }
}

fn content_headers(content: &Content) -> Vec<(&'static str, String)> {
    match content {
        Content::Nothing => Vec::new(),
        Content::Json(_) => vec![("Content-Type", "application/json".to_owned())],
        Content::File { name, kind, .. } => vec![
            ("Content-Type", (*kind).to_owned()),
            ("Content-Disposition", format!("attachment; name=\"{name}\"; filename=\"{name}\"")),
        ],
    }
}

/// Who asks, without what would let others ask, too.
fn shown(proof: &Proof) -> String {
    match proof {
        Proof::Token(token) => {
            let begin: String = token.reveal().chars().take(TOKEN_SHOWN).collect();
            format!("Bearer {begin}…")
        }
        Proof::Password(user, _) => format!("Basic … (user {user})"),
    }
}

/// Readable, and not endless.
fn pretty(json: &Value, text: String) -> String {
    let text = if json.is_null() { text } else { serde_json::to_string_pretty(json).unwrap_or(text) };
    if text.chars().count() <= SHOWN {
        return text;
    }
    text.chars().take(SHOWN).chain("…".chars()).collect()
}

fn curl(draft: &Draft, url: &str, proof: &Proof, body: &str) -> String {
    let proof = match proof {
        Proof::Token(_) => "-H \"Authorization: Bearer $TOKEN\"".to_owned(),
        Proof::Password(user, _) => format!("-u \"{user}:$PASSWORD\""),
    };
    let mut lines = vec![format!("curl -i -X {} {}", draft.method, quoted(url)), proof];
    let headers = content_headers(&draft.content).into_iter();
    lines.extend(headers.map(|(name, value)| format!("-H {}", quoted(&format!("{name}: {value}")))));
    match &draft.content {
        Content::Nothing => {}
        Content::Json(_) => lines.push(format!("-d {}", quoted(body))),
        Content::File { name, .. } => lines.push(format!("--data-binary @{name}")),
    }
    lines.join(" \\\n  ")
}

/// As a shell reads it back.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_command_holds_no_secret_and_survives_the_shell() {
        let token = Proof::Token(Secret::new("eyJhbGciOiJSUzI1NiJ9.rest.signature".to_owned()));
        let content = Content::Json(json!({ "body": "Kari's $HOME `id`" }));
        let draft = Draft { method: Method::POST, path: "/x".to_owned(), content };
        let text = curl(&draft, "http://a/x", &token, "{\"body\":\"Kari's $HOME `id`\"}");

        assert!(text.contains("$TOKEN") && !text.contains("rest.signature"), "{text}");
        assert!(text.contains("-d '{\"body\":\"Kari'\\''s $HOME `id`\"}'"), "{text}");
        assert_eq!(shown(&token), "Bearer eyJhbGciOiJS…");
        let password = Proof::Password("budstikke".to_owned(), Secret::new("hemmelig".to_owned()));
        assert!(!shown(&password).contains("hemmelig"));
    }
}
