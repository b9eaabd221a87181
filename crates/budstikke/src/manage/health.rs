//! `GET /manage/health`, one of its components, and the probes: `liveness` and `readiness`.
//!
//! Down (503) is what keeps this node from doing its work: a store that does not answer, a disk that is
//! full, a certificate that nobody can sign with. Everything else is told beside it as a warning: a node
//! that is taken out of service because a neighbour does not answer helps nobody.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use exchange::Problem;
use serde_json::{Map, Value, json};
use store::Engine;

use super::{Manage, outside};

/// How a part does. The worst counts for the whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Status {
    Up,
    OutOfService,
    Down,
}

impl Status {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Up => "UP",
            Self::OutOfService => "OUT_OF_SERVICE",
            Self::Down => "DOWN",
        }
    }

    const fn http(self) -> StatusCode {
        match self {
            Self::Up => StatusCode::OK,
            Self::OutOfService | Self::Down => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}

/// A part and how it does.
pub(super) struct Component {
    name: &'static str,
    status: Status,
    details: Value,
}

impl Component {
    pub(super) const fn new(name: &'static str, status: Status, details: Value) -> Self {
        Self { name, status, details }
    }

    fn body(&self) -> Value {
        let mut body = json!({ "status": self.status.as_str() });
        if !self.details.is_null() {
            body["details"] = self.details.clone();
        }
        body
    }
}

/// Components of the probes.
const LIVENESS: [&str; 1] = ["livenessState"];
const READINESS: [&str; 2] = ["readinessState", "db"];
/// What is said of everything in a store that is down.
const NO_ANSWER: &str = "The store does not answer";

/// Everything.
pub(super) async fn all(State(manage): State<Manage>) -> Response {
    let mut answer = together(&components(&manage).await);
    answer.1["groups"] = json!(["liveness", "readiness"]);
    written(answer)
}

/// A probe, or one component.
pub(super) async fn part(State(manage): State<Manage>, Path(name): Path<String>) -> Response {
    let components = match name.as_str() {
        // Must not wait for anything: whoever asks would restart us because of the database.
        "liveness" => return written(together(&[living()])),
        // Must not wait for what takes long in a store that is full.
        "readiness" => return written(together(&[ready(&manage), database(&manage).await])),
        "db" => vec![database(&manage).await],
        _ => components(&manage).await,
    };
    match components.iter().find(|component| component.name == name) {
        Some(component) => written((component.status.http(), component.body())),
        None => Problem::no_such_path().into_response(),
    }
}

fn together(components: &[Component]) -> (StatusCode, Value) {
    let status = components.iter().map(|component| component.status).max().unwrap_or(Status::Up);
    let bodies: Map<_, _> =
        components.iter().map(|component| (component.name.to_owned(), component.body())).collect();
    (status.http(), json!({ "status": status.as_str(), "components": bodies }))
}

fn written((status, body): (StatusCode, Value)) -> Response {
    (status, Json(body)).into_response()
}

const fn living() -> Component {
    Component::new(LIVENESS[0], Status::Up, Value::Null)
}

fn ready(manage: &Manage) -> Component {
    let status = if manage.0.stop.is_cancelled() { Status::OutOfService } else { Status::Up };
    Component::new(READINESS[0], status, Value::Null)
}

async fn components(manage: &Manage) -> Vec<Component> {
    let mut all = stored(manage).await;
    all.push(room(manage).await);
    all.push(Component::new("ping", Status::Up, Value::Null));
    all.push(living());
    all.push(ready(manage));
    all.push(certificates(manage));
    all.push(clock(manage));
    all.push(channels(manage));
    all.push(configuration(manage));
    let writes = writes(manage, &all).await;
    all.push(writes);
    if all.iter().all(|part| part.name != READINESS[1] || part.status == Status::Up) {
        all.push(outside::gateways(manage).await);
        all.push(outside::webhooks(manage).await);
        all.push(outside::leader(manage).await);
    }
    all
}

/// Whether the store answers.
async fn database(manage: &Manage) -> Component {
    let app = &manage.0.app;
    let database = match app.store().engine() {
        Engine::Sqlite => "SQLite",
        Engine::Postgres => "PostgreSQL",
    };
    if manage.0.sampler.store_answers(app).await {
        let details = json!({ "database": database, "validationQuery": "isValid()" });
        Component::new(READINESS[1], Status::Up, details)
    } else {
        Component::new(READINESS[1], Status::Down, json!({ "database": database, "error": NO_ANSWER }))
    }
}

/// Whether anything can be written: a disk may be full, and a database may be for reading only, while it is
/// still read. Not asked of a store that does not answer at all.
async fn writes(manage: &Manage, known: &[Component]) -> Component {
    let answers = known.iter().all(|part| part.name != READINESS[1] || part.status == Status::Up);
    if answers && manage.0.sampler.store_takes(&manage.0.app).await {
        return Component::new("dbWrites", Status::Up, Value::Null);
    }
    let why = if answers { "Nothing can be written; what is asked for is refused" } else { NO_ANSWER };
    Component::new("dbWrites", Status::Down, json!({ "error": why }))
}

/// What the store says: itself, and what waits in it. What takes too long to count is no reason to be down.
async fn stored(manage: &Manage) -> Vec<Component> {
    let database = database(manage).await;
    let (messages, queue) = ("messageStatus", "nextMoveQueue");
    if database.status == Status::Down {
        let unknown = |name| Component::new(name, Status::Down, json!({ "error": NO_ANSWER }));
        return vec![database, unknown(messages), unknown(queue)];
    }
    let Some(sample) = manage.0.sampler.counts(&manage.0.app).await else {
        let why = || json!({ "warning": "It could not be counted in time" });
        let unknown = |name| Component::new(name, Status::Up, why());
        return vec![database, unknown(messages), unknown(queue)];
    };
    let depths = &sample.depths;
    let waiting = json!({
        "outgoing": depths.outgoing, "incoming": depths.incoming, "setAside": depths.set_aside,
        "outgoingSince": depths.outgoing_since, "incomingSince": depths.incoming_since,
    });
    vec![
        database,
        Component::new(messages, Status::Up, json!({ "pollable": depths.pollable })),
        Component::new(queue, Status::Up, without_null(waiting)),
    ]
}

async fn room(manage: &Manage) -> Component {
    let app = &manage.0.app;
    let threshold = app.config().manage.disk_threshold_bytes;
    let Some(room) = manage.0.sampler.room(app).await else {
        return Component::new("diskSpace", Status::Down, json!({ "exists": false, "threshold": threshold }));
    };
    let status = if room.free < threshold { Status::Down } else { Status::Up };
    let details = json!({ "total": room.total, "free": room.free, "threshold": threshold, "exists": true });
    Component::new("diskSpace", status, details)
}

/// Our own certificates. Without one that signs, nothing can be sent.
fn certificates(manage: &Manage) -> Component {
    let app = &manage.0.app;
    let overview = app.exchange().identities().overview(app.store().clock().now());
    let each = overview.certificates.iter().map(|own| {
        json!({
            "subject": own.subject, "serial": own.serial, "notBefore": own.not_before,
            "notAfter": own.not_after, "daysLeft": own.days_left, "standing": own.standing.as_str(),
        })
    });
    let mut details = json!({ "daysLeft": overview.days_left(), "certificates": each.collect::<Vec<_>>() });
    let alarm = overview.alarm();
    if let Some(days) = alarm.filter(|days| *days > 0) {
        details["warning"] = format!("Nobody can sign in less than {days} days").into();
    }
    if let Some(failure) = &overview.failure {
        details["reloadFailure"] = json!({ "since": failure.since, "reason": failure.reason });
    }
    let status = if alarm == Some(0) { Status::Down } else { Status::Up };
    Component::new("certificates", status, details)
}

/// Whether channels can be reached. Never down: what cannot be sent waits, and other nodes could not do better.
fn channels(manage: &Manage) -> Component {
    let told = manage.0.channels.latest().into_iter().map(|(service, health)| {
        let key = if health.up { "detail" } else { "warning" };
        (service.to_owned(), json!({ "reachable": health.up, key: health.detail }))
    });
    let details: Map<_, _> = told.collect();
    let details = if details.is_empty() { Value::Null } else { Value::Object(details) };
    Component::new("channels", Status::Up, details)
}

/// Whether the configuration that was read last could be used. Never down: we go on with the one before.
fn configuration(manage: &Manage) -> Component {
    let Some(last) = manage.0.app.last_reload() else {
        return Component::new("configuration", Status::Up, Value::Null);
    };
    let mut details = json!({ "readAt": last.at });
    if !last.problems.is_empty() {
        details["warning"] = "It was read anew and cannot be used; nothing has changed".into();
        details["problems"] = json!(last.problems);
    }
    if !last.waiting.is_empty() {
        details["waitingForRestart"] = json!(last.waiting);
    }
    Component::new("configuration", Status::Up, details)
}

/// How our clock stands to others'. Never down: the reference refuses to start for this.
fn clock(manage: &Manage) -> Component {
    let warn = manage.0.app.config().clock.warn_seconds;
    let mut details = Map::new();
    for (source, reading) in manage.0.offset.readings(manage.0.app.store()) {
        let mut told = json!({});
        match reading {
            Ok(seconds) => {
                told["offsetSeconds"] = json!((seconds * 1000.0).round() / 1000.0);
                if seconds.abs() > warn {
                    told["warning"] = "The clock of this machine is wrong".into();
                }
            }
            Err(reason) => told["warning"] = format!("It cannot be asked: {reason}").into(),
        }
        details.insert(source, told);
    }
    let details = if details.is_empty() { Value::Null } else { Value::Object(details) };
    Component::new("clock", Status::Up, details)
}

/// Fields without a value are left out, as everywhere in the API.
fn without_null(mut object: Value) -> Value {
    if let Value::Object(fields) = &mut object {
        fields.retain(|_, value| !value.is_null());
    }
    object
}
