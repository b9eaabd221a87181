//! Pushes delivery reports as Event Grid does: asks first, and tries again.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::{Method, StatusCode, header};
use jiff::Timestamp;
use reqwest::RequestBuilder;
use serde_json::{Value, json};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use types::random::Random;
use web::client::ClientError;

use super::{Cloud, Mail, ReportTarget, Schema, Settings};
use crate::captured::Captured;
use crate::line::{self, Line};

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
pub(super) type Due = line::Due<About, &'static str>;

/// The message that reports are about.
#[derive(Clone, Debug)]
pub(super) struct About {
    reference: String,
    sender: String,
    recipient: String,
}

impl About {
    pub(super) fn new(mail: &Mail) -> Self {
        Self {
            reference: mail.operation.clone(),
            sender: mail.sender.clone(),
            recipient: mail.recipient.clone(),
        }
    }

    fn data(&self, status: &str, now: Timestamp) -> Value {
        json!({
            "sender": self.sender, "recipient": self.recipient,
            "internetMessageId": format!("<{}@mail-cloud.example>", self.reference),
            "messageId": self.reference, "status": status,
            "deliveryStatusDetails": {
                "statusMessage": "Simulated.", "recipientMailServerHostName": "mx.example.org",
            },
            "deliveryAttemptTimestamp": now.to_string(),
        })
    }

    fn event(&self, status: &str, schema: Schema, id: &str, now: Timestamp) -> Value {
        let data = self.data(status, now);
        let subject = format!("sender/{}/message/{}", self.sender, self.reference);
        match schema {
            Schema::EventGrid => json!({
                "id": id, "topic": SOURCE, "subject": subject, "eventType": REPORT,
                "eventTime": now.to_string(), "dataVersion": "1.0", "metadataVersion": "1",
                "data": data,
            }),
            Schema::CloudEvents => json!({
                "specversion": "1.0", "id": id, "source": SOURCE, "subject": subject, "type": REPORT,
                "time": now.to_string(), "data": data,
            }),
        }
    }
}

/// The reports of one service.
#[derive(Debug)]
pub(super) struct Events {
    client: reqwest::Client,
    receiver: Mutex<Receiver>,
    line: Line<About, &'static str>,
    pub(super) pushed: Captured<Pushed>,
}

#[derive(Clone, Debug, Default)]
struct Receiver {
    target: Option<Arc<ReportTarget>>,
    /// Whether the target has said that events are welcome.
    is_welcome: bool,
}

impl Events {
    pub(super) fn new(settings: &Settings) -> Result<Self, ClientError> {
        let events = Self {
            client: web::plain_client()?,
            receiver: Mutex::default(),
            line: Line::with_room_for(settings.keep),
            pushed: Captured::keeping(settings.keep),
        };
        events.go_to(settings.reports_to.clone());
        Ok(events)
    }

    fn receiver(&self) -> MutexGuard<'_, Receiver> {
        self.receiver.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn go_to(&self, target: Option<ReportTarget>) {
        *self.receiver() = Receiver { target: target.map(Arc::new), is_welcome: false };
    }

    fn leads_somewhere(&self) -> bool {
        self.receiver().target.is_some()
    }

    /// Puts a report in line, unless the line is full or leads nowhere.
    pub(super) fn put_in_line(&self, due: Due, after: Duration) {
        if self.leads_somewhere() {
            self.line.put(due, after);
        }
    }
}

/// Pushes what is due until told to stop.
pub(super) async fn run(cloud: &Cloud, stop: CancellationToken) {
    loop {
        let next = match cloud.events.line.take_up_to(cloud.settings.events_per_push) {
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
            () = cloud.events.line.changed() => {}
            () = tokio::time::sleep_until(next) => {}
        }
    }
}

/// Pushes one report at once, and puts those that follow it in line.
pub(super) async fn push_now(cloud: &Cloud, due: Due) {
    push(cloud, vec![due]).await;
}

async fn push(cloud: &Cloud, batch: Vec<Due>) {
    let Receiver { target, is_welcome } = cloud.events.receiver().clone();
    let Some(target) = target else {
        return;
    };
    let welcome = is_welcome || ask(cloud, &target).await;
    cloud.events.receiver().is_welcome = welcome;
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
    let event = |due: &Due| due.message.event(due.state, target.schema, &id(&cloud.random), now);
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
    let (reference, attempt) = (due.message.reference.clone(), due.attempt);
    cloud.events.pushed.push(Pushed { reference, status: due.state, attempt, outcome });
    if cloud.events.leads_somewhere() {
        let again_after = cloud.settings.report_again_after.get(attempt - 1).copied();
        cloud.events.line.follow(due, outcome == PushOutcome::Acknowledged, again_after);
    }
}
