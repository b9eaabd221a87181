//! What callers, gateways and time do to the service under test, and what is seen of it.

use std::time::Duration;

use auth::TokenKind;
use auth::local_issuer::DevToken;
use http::{StatusCode, header};
use jiff::Timestamp;
use serde_json::Value;

use super::{API, Answer, CREATE, PATIENCE, TestApp};

impl TestApp {
    /// A token as a service owner shows it.
    pub fn token(&self, name: &str, scopes: &str) -> String {
        self.token_of(Some(name), TokenKind::Altinn, scopes, 600)
    }

    pub fn token_of(&self, name: Option<&str>, kind: TokenKind, scopes: &str, seconds: u64) -> String {
        let token = DevToken {
            kind,
            org: "991825827".parse().expect("a number"),
            name: name.map(str::to_owned),
            supplier: None,
            scopes: scopes.to_owned(),
            lifetime: Duration::from_secs(seconds),
        };
        self.issuer.issue_as(&token).expect("a token").reveal().clone()
    }

    pub fn bym(&self) -> String {
        self.token("bym", CREATE)
    }

    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.post_as(&self.bym(), path, body).await
    }

    pub async fn post_as(&self, token: &str, path: &str, body: &Value) -> Answer {
        let request = self.client.post(self.url(path)).bearer_auth(token).json(body);
        Self::send(request).await
    }

    /// A request with nothing but what the test adds.
    pub fn request(&self, method: reqwest::Method, path: &str) -> reqwest::RequestBuilder {
        self.client.request(method, self.url(path))
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.get_as(&self.bym(), path).await
    }

    pub async fn get_as(&self, token: &str, path: &str) -> Answer {
        Self::send(self.client.get(self.url(path)).bearer_auth(token)).await
    }

    pub async fn put(&self, path: &str) -> Answer {
        Self::send(self.client.put(self.url(path)).bearer_auth(self.bym())).await
    }

    pub async fn send(request: reqwest::RequestBuilder) -> Answer {
        let (client, request) = request.build_split();
        let request = request.expect("a request");
        let (method, path) = (request.method().clone(), request.url().path().to_owned());
        let response = client.execute(request).await.expect("an answer");
        let (status, headers) = (response.status(), response.headers().clone());
        let text = response.text().await.expect("text");
        crate::described::hold(&method, &path, status, &headers, text.as_bytes());
        Answer { status, headers, text }
    }

    fn url(&self, path: &str) -> String {
        let path = if path.starts_with("/future") || path.starts_with("/orders") {
            format!("{API}{path}")
        } else {
            path.to_owned()
        };
        format!("http://{}{path}", self.address)
    }

    /// The manifest of a shipment.
    pub async fn manifest(&self, shipment: &str) -> Value {
        let answer = self.get(&format!("/future/shipment/{shipment}")).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        answer.json()
    }

    /// The one recipient's status in the manifest.
    pub async fn status(&self, shipment: &str) -> String {
        let manifest = self.manifest(shipment).await;
        manifest["recipients"][0]["status"].as_str().unwrap_or("nobody").to_owned()
    }

    /// The numbers of a page of the feed as it stands, without numbering anything.
    pub async fn numbers_after(&self, last: i64) -> Vec<i64> {
        let answer = self.get(&format!("/future/shipment/feed?seq={last}&pageSize=7")).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        let entries = answer.json();
        let entries = entries.as_array().expect("a list");
        entries.iter().filter_map(|entry| entry["sequenceNumber"].as_i64()).collect()
    }

    /// The feed after everything that has ended was given its number.
    pub async fn feed(&self, query: &str) -> Vec<Value> {
        self.notify.number_feed().await;
        let answer = self.get(&format!("/future/shipment/feed?{query}")).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        answer.json().as_array().expect("a list").clone()
    }

    /// Waits for a shipment to reach an order status; the clock stands meanwhile.
    pub async fn wait_for(&self, shipment: &str, status: &str) -> Value {
        let reached = async {
            loop {
                let manifest = self.manifest(shipment).await;
                if manifest["status"] == status {
                    return manifest;
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        let waited = tokio::time::timeout(PATIENCE, reached).await;
        waited.unwrap_or_else(|_| panic!("{shipment} never became {status}"))
    }

    /// Pushes one delivery report.
    pub async fn report(&self, reference: &str, state: &str) -> Answer {
        self.report_as("report", reference, state).await
    }

    /// One report, by the account with this password.
    pub async fn report_as(&self, password: &str, reference: &str, state: &str) -> Answer {
        let xml = format!(
            "<?xml version=\"1.0\"?><MSGLST><MSG><ID>1</ID><REF>{reference}</REF><RCV>4740000008</RCV><STATE>{state}</STATE></MSG></MSGLST>"
        );
        self.push_as(password, xml).await
    }

    pub async fn push(&self, xml: String) -> Answer {
        self.push_as("report", xml).await
    }

    async fn push_as(&self, password: &str, xml: String) -> Answer {
        let request = self
            .request(reqwest::Method::POST, "/notifications/sms/api/v1/reports")
            .basic_auth("gateway", Some(password))
            .header(header::CONTENT_TYPE, "application/xml")
            .body(xml);
        Self::send(request).await
    }

    /// The gateway's reference of the latest SMS it took.
    pub fn last_reference(&self) -> String {
        let last = self.gateway.captured().all();
        last.iter().rev().find_map(|sms| sms.reference.clone()).expect("an SMS that was taken")
    }

    pub fn sms_taken(&self) -> usize {
        self.gateway.captured().all().iter().filter(|sms| sms.taken).count()
    }

    /// How often the register was asked for names.
    pub fn names_asked(&self) -> usize {
        self.surroundings.names_asked.load(std::sync::atomic::Ordering::Relaxed)
    }

    pub fn turn(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    pub fn in_seconds(&self, seconds: i64) -> String {
        let at: Timestamp = self.clock.now() + jiff::SignedDuration::from_secs(seconds);
        at.to_string()
    }
}
