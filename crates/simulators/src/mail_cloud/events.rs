//! Pushes delivery reports as Event Grid does: asks first, and tries again.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::{Method, StatusCode, header};
use jiff::Timestamp;
use reqwest::RequestBuilder;
use serde_json::{Value, json};
use tokio::sync::Notify;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::warn;
use types::random::Random;
use web::client::ClientError;

use super::{Cloud, Mail, ReportTarget, Schema, Settings};
use crate::captured::Captured;

/// How long the service waits for an answer to a push.
const PUSH_TIME: Duration = Duration::from_secs(30);
/// What the service calls itself.
const ORIGIN: &str = "eventgrid.azure.net";
const REPORT: &str = "Microsoft.Communication.EmailDeliveryReportReceived";
const SOURCE: &str = "/subscriptions/demo/communicationServices/demo";

/// An event that was pushed, and how that went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pushed {
    /// The message's operation.
    pub reference: String,
    /// What the report says.
    pub status: &'static str,
    /// The how-manieth attempt it was, from 1.
    pub attempt: usize,
    /// What became of it.
    pub outcome: PushOutcome,
}

/// How a push went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PushOutcome {
    /// The receiver has it.
    Acknowledged,
    /// The receiver said something else.
    Refused(StatusCode),
    /// There was no answer.
    Unreachable,
    /// The receiver was asked whether events are welcome, and did not say so.
    Unwelcome,
}

/// A report on its way.
#[derive(Clone, Debug)]
pub(super) struct Due {
    reference: String,
    sender: String,
    recipient: String,
    status: &'static str,
    following: &'static [&'static str],
    attempt: usize,
}

impl Due {
    /// The first of these reports, if there is one.
    pub(super) fn first(mail: &Mail, reports: &'static [&'static str]) -> Option<Self> {
        let (status, following) = reports.split_first()?;
        Some(Self {
            reference: mail.operation.clone(),
            sender: mail.sender.clone(),
            recipient: mail.recipient.clone(),
            status,
            following,
            attempt: 1,
        })
    }

    fn data(&self, now: Timestamp) -> Value {
        json!({
            "sender": self.sender, "recipient": self.recipient,
            "internetMessageId": format!("<{}@mail-cloud.example>", self.reference),
            "messageId": self.reference, "status": self.status,
            "deliveryStatusDetails": {
                "statusMessage": "Simulated.", "recipientMailServerHostName": "mx.example.org",
            },
            "deliveryAttemptTimestamp": now.to_string(),
        })
    }

    fn event(&self, schema: Schema, id: &str, now: Timestamp) -> Value {
        let subject = format!("sender/{}/message/{}", self.sender, self.reference);
        match schema {
            Schema::EventGrid => json!({
                "id": id, "topic": SOURCE, "subject": subject, "eventType": REPORT,
                "eventTime": now.to_string(), "dataVersion": "1.0", "metadataVersion": "1",
                "data": self.data(now),
            }),
            Schema::CloudEvents => json!({
                "specversion": "1.0", "id": id, "source": SOURCE, "subject": subject, "type": REPORT,
                "time": now.to_string(), "data": self.data(now),
            }),
        }
    }
}

/// The reports of one service.
#[derive(Debug)]
pub(super) struct Events {
    client: reqwest::Client,
    line: Mutex<Line>,
    changed: Notify,
    most: usize,
    pub(super) pushed: Captured<Pushed>,
}

#[derive(Debug)]
struct Line {
    target: Option<Arc<ReportTarget>>,
    /// Whether the target has said that events are welcome.
    is_welcome: bool,
    waiting: BTreeMap<(Instant, u64), Due>,
    next: u64,
}

impl Events {
    pub(super) fn new(settings: &Settings) -> Result<Self, ClientError> {
        let target = settings.reports_to.clone().map(Arc::new);
        let line = Line { target, is_welcome: false, waiting: BTreeMap::new(), next: 0 };
        Ok(Self {
            client: web::plain_client()?,
            line: Mutex::new(line),
            changed: Notify::new(),
            most: settings.keep,
            pushed: Captured::keeping(settings.keep),
        })
    }

    fn line(&self) -> MutexGuard<'_, Line> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn go_to(&self, target: Option<ReportTarget>) {
        let mut line = self.line();
        line.target = target.map(Arc::new);
        line.is_welcome = false;
    }

    /// Puts a report in line, unless the line is full or leads nowhere.
    pub(super) fn put_in_line(&self, due: Due, after: Duration) {
        let mut line = self.line();
        if line.target.is_none() {
            return;
        }
        if line.waiting.len() >= self.most {
            warn!(waiting = self.most, "too many delivery reports are waiting; one is lost");
            return;
        }
        let key = (Instant::now() + after, line.next);
        line.next += 1;
        line.waiting.insert(key, due);
        drop(line);
        self.changed.notify_one();
    }

    /// Takes up to `most` reports that are due, or says when the next one is.
    fn take_due(&self, most: usize) -> Result<Vec<Due>, Option<Instant>> {
        let now = Instant::now();
        let mut line = self.line();
        let mut batch = Vec::new();
        while batch.len() < most.max(1) {
            match line.waiting.first_entry() {
                Some(first) if first.key().0 <= now => batch.push(first.remove()),
                first if batch.is_empty() => return Err(first.map(|first| first.key().0)),
                _ => break,
            }
        }
        Ok(batch)
    }
}

/// Pushes what is due until told to stop.
pub(super) async fn run(cloud: &Cloud, stop: CancellationToken) {
    loop {
        let next = match cloud.events.take_due(cloud.settings.events_per_push) {
            Ok(batch) => {
                tokio::select! {
                    () = stop.cancelled() => return,
                    () = push(cloud, batch) => continue,
                }
            }
            Err(next) => next.unwrap_or_else(|| Instant::now() + Duration::from_hours(1)),
        };
        tokio::select! {
            () = stop.cancelled() => return,
            () = cloud.events.changed.notified() => {}
            () = tokio::time::sleep_until(next) => {}
        }
    }
}

/// Pushes one report at once, and puts those that follow it in line.
pub(super) async fn push_now(cloud: &Cloud, due: Due) {
    push(cloud, vec![due]).await;
}

async fn push(cloud: &Cloud, batch: Vec<Due>) {
    let (target, is_welcome) = {
        let line = cloud.events.line();
        (line.target.clone(), line.is_welcome)
    };
    let Some(target) = target else {
        return;
    };
    let welcome = is_welcome || ask(cloud, &target).await;
    cloud.events.line().is_welcome = welcome;
    let outcome = if welcome { deliver(cloud, &target, &batch).await } else { PushOutcome::Unwelcome };
    for due in batch {
        settle(cloud, due, outcome);
    }
}

fn request(cloud: &Cloud, target: &ReportTarget, method: Method) -> RequestBuilder {
    let request = cloud.events.client.request(method, target.url.clone()).timeout(PUSH_TIME);
    match &target.header {
        Some((name, value)) => request.header(name, value),
        None => request,
    }
}

/// Asks whether events are welcome, in the way of the schema.
async fn ask(cloud: &Cloud, target: &ReportTarget) -> bool {
    match target.schema {
        Schema::EventGrid => {
            let code = cloud.random.uuid_v4().to_string();
            let now = cloud.clock.now().to_string();
            let event = json!([{
                "id": id(&cloud.random), "topic": SOURCE, "subject": "", "eventTime": now,
                "eventType": "Microsoft.EventGrid.SubscriptionValidationEvent",
                "dataVersion": "2", "metadataVersion": "1", "data": { "validationCode": code },
            }]);
            let sent = request(cloud, target, Method::POST)
                .header("aeg-event-type", "SubscriptionValidation")
                .header(header::CONTENT_TYPE, "application/json; charset=utf-8")
                .body(event.to_string());
            let Ok(answer) = sent.send().await else {
                return false;
            };
            let is_ok = answer.status().is_success();
            let said = answer.text().await.ok().and_then(|text| serde_json::from_str::<Value>(&text).ok());
            is_ok && said.is_some_and(|said| said["validationResponse"] == code)
        }
        Schema::CloudEvents => {
            let sent = request(cloud, target, Method::OPTIONS).header("WebHook-Request-Origin", ORIGIN);
            let Ok(answer) = sent.send().await else {
                return false;
            };
            let allowed = answer.headers().get("WebHook-Allowed-Origin");
            answer.status().is_success() && allowed.is_some_and(|allowed| allowed == ORIGIN || allowed == "*")
        }
    }
}

async fn deliver(cloud: &Cloud, target: &ReportTarget, batch: &[Due]) -> PushOutcome {
    let now = cloud.clock.now();
    let event = |due: &Due| due.event(target.schema, &id(&cloud.random), now);
    let events: Vec<Value> = batch.iter().map(event).collect();
    let content_type = match target.schema {
        Schema::EventGrid => "application/json; charset=utf-8",
        Schema::CloudEvents => "application/cloudevents-batch+json; charset=utf-8",
    };
    let sent = request(cloud, target, Method::POST)
        .header("aeg-event-type", "Notification")
        .header(header::CONTENT_TYPE, content_type)
        .body(Value::Array(events).to_string());
    match sent.send().await {
        Ok(answer) if answer.status().is_success() => PushOutcome::Acknowledged,
        Ok(answer) => PushOutcome::Refused(answer.status()),
        Err(_) => PushOutcome::Unreachable,
    }
}

fn id(random: &Random) -> String {
    random.uuid_v4().to_string()
}

/// Writes down what came of a report and puts what follows in line.
fn settle(cloud: &Cloud, due: Due, outcome: PushOutcome) {
    let Due { status, attempt, .. } = due;
    cloud.events.pushed.push(Pushed { reference: due.reference.clone(), status, attempt, outcome });
    if outcome == PushOutcome::Acknowledged {
        if let Some((status, following)) = due.following.split_first() {
            cloud.events.put_in_line(Due { status, following, attempt: 1, ..due }, Duration::ZERO);
        }
        return;
    }
    if let Some(after) = cloud.settings.report_again_after.get(attempt - 1) {
        cloud.events.put_in_line(Due { attempt: attempt + 1, ..due }, *after);
    } else {
        warn!(attempts = attempt, "a delivery report was refused for good");
    }
}
