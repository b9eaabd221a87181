//! The tables of the overview: gateways, waiting work, store, certificates, leaders, and the latest.

use askama::Template;
use exchange::identities::{ALARM_DAYS, OwnCertificate, Standing};
use exchange::overview::MessageLine;
use jobs::Buried;
use meter::families;
use notify::overview::{DeadReport, Shipment};
use notify::routes::Shown;
use store::Lead;
use types::mask;

use super::now::{self, Now};
use super::words::Words;
use crate::history::{Figures, Range};
use crate::language::Language;
use crate::moment::when;
use crate::page::Refusal;
use crate::plot::{amount, bytes, seconds};
use crate::{Console, routes};

/// Rows of what was given up and of what was not understood.
const SHOWN: usize = 20;

/// The part of the page that holds them all.
#[derive(Template)]
#[template(path = "overview/tables.html")]
pub(super) struct Tables {
    words: &'static Words,
    gateways: Vec<GatewayRow>,
    lanes: Vec<(String, String, String)>,
    store: Vec<(&'static str, String)>,
    certificates: Vec<CertificateRow>,
    leads: Vec<Lead>,
    shipments: Vec<ShipmentRow>,
    messages: Vec<MessageRow>,
    dead_reports: Vec<ReportRow>,
    buried: Vec<BuriedRow>,
}

struct GatewayRow {
    name: String,
    channel: &'static str,
    state: String,
    mood: &'static str,
    taken: String,
    not_taken: String,
}

struct CertificateRow {
    subject: String,
    until: String,
    days_left: i64,
    standing: &'static str,
    mood: &'static str,
}

struct ShipmentRow {
    when: String,
    id: String,
    kind: String,
    recipient: String,
    status: String,
    reference: String,
    mood: &'static str,
}

struct MessageRow {
    when: String,
    id: i64,
    direction: &'static str,
    sender: String,
    receiver: String,
    client: String,
    status: String,
    reference: String,
    mood: &'static str,
}

struct ReportRow {
    when: String,
    reason: String,
    reference: String,
    times: i64,
}

struct BuriedRow {
    when: String,
    lane: String,
    kind: String,
    owner: String,
    tries: u32,
    reason: String,
}

impl Tables {
    /// How it stands now.
    pub(super) async fn of(console: &Console, now: &Now, lang: Language) -> Result<Self, Refusal> {
        let words = Words::of(lang);
        let (shipments, messages) = now::latest(console).await?;
        let hour = console.history().past(Range::Hour).await?.total();
        let ages = now.measures(&families::LANE_AGE);
        let waiting = |(lane, depth): (String, f64)| {
            let age = ages.get(&lane).copied().unwrap_or(0.0);
            (lane, amount(depth, lang), seconds(age, lang))
        };
        let certificates = now.certificates.certificates.iter();
        Ok(Self {
            words,
            gateways: now.routes.iter().map(|route| gateway(route, &hour, lang)).collect(),
            lanes: now.measures(&families::LANE_DEPTH).into_iter().map(waiting).collect(),
            store: store(now, words, lang),
            certificates: certificates.map(|own| certificate(own, words)).collect(),
            leads: now.leads.clone(),
            shipments: shipments.into_iter().map(shipment).collect(),
            messages: messages.into_iter().map(message).collect(),
            dead_reports: now.dead_reports.iter().take(SHOWN).map(report).collect(),
            buried: now.buried.iter().take(SHOWN).map(given_up).collect(),
        })
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
fn gateway(route: &Shown, hour: &Figures, lang: Language) -> GatewayRow {
    let calls = |is_taken: bool| {
        let count = hour.count(&families::GATEWAY_CALLS, |labels| {
            matches!(labels, [channel, name, result]
                if *channel == route.channel && *name == route.name && (*result == "taken") == is_taken)
        });
        amount(count as f64, lang)
    };
    let mood = if route.breaker == "closed" && route.mode != "off" { "good" } else { "bad" };
    let state = format!("{}, {}", routes::breaker(route, lang), routes::mode(route, lang));
    GatewayRow {
        name: route.name.clone(),
        channel: route.channel,
        state,
        mood,
        taken: calls(true),
        not_taken: calls(false),
    }
}

fn store(now: &Now, words: &Words, lang: Language) -> Vec<(&'static str, String)> {
    let of = |label, family, part, written: fn(f64, Language) -> String| {
        now.measure(family, part).map(|measure| (label, written(measure, lang)))
    };
    let rows = [
        of(words.database, &families::STORE_SIZE, Some("database"), bytes),
        of(words.log, &families::STORE_SIZE, Some("log"), bytes),
        of(words.disk_free, &families::DISK_FREE, None, bytes),
        of(words.dead_rows, &families::DEAD_ROWS, None, amount),
        of(words.oldest_transaction, &families::OLDEST_TRANSACTION, None, seconds),
    ];
    rows.into_iter().flatten().collect()
}

fn certificate(own: &OwnCertificate, words: &Words) -> CertificateRow {
    let (standing, mood) = match own.standing {
        Standing::Signing if own.days_left < ALARM_DAYS[0] => (words.signing, "bad"),
        Standing::Signing => (words.signing, "good"),
        Standing::InReserve => (words.in_reserve, ""),
        Standing::Waiting => (words.not_begun, ""),
        Standing::Expired => (words.expired, "bad"),
    };
    let (subject, until) = (own.subject.clone(), when(own.not_after));
    CertificateRow { subject, until, days_left: own.days_left, standing, mood }
}

fn shipment(shipment: Shipment) -> ShipmentRow {
    let recipients: Vec<String> = shipment
        .recipients
        .iter()
        .map(|recipient| format!("{} {}: {}", recipient.channel, recipient.destination, recipient.result))
        .collect();
    let failed = shipment.recipients.iter().any(|recipient| recipient.result.starts_with("Failed"));
    ShipmentRow {
        when: when(shipment.created),
        id: shipment.id.to_string(),
        kind: shipment.kind.wire().to_owned(),
        recipient: recipients.join(", "),
        status: shipment.state.wire().to_owned(),
        reference: shipment.senders_reference.unwrap_or_default(),
        mood: if failed { "bad" } else { "" },
    }
}

fn message(line: MessageLine) -> MessageRow {
    let status = line.status.unwrap_or_default();
    let mood = match status.as_str() {
        "LEVERT" | "LEST" | "INNKOMMENDE_LEVERT" => "good",
        "FEIL" | "LEVETID_UTLOPT" => "bad",
        _ => "",
    };
    MessageRow {
        when: when(line.updated),
        id: line.id,
        direction: if line.direction == "OUTGOING" { "→" } else { "←" },
        sender: mask::persons(&line.sender),
        receiver: line.receiver.as_deref().map(mask::persons).unwrap_or_default(),
        client: line.user_agent.as_deref().map(mask::persons).unwrap_or_default(),
        status,
        reference: if line.title.is_empty() { line.message_id } else { line.title },
        mood,
    }
}

fn report(report: &DeadReport) -> ReportRow {
    ReportRow {
        when: when(report.first_seen),
        reason: report.reason.clone(),
        reference: report.reference.clone().unwrap_or_default(),
        times: report.attempts,
    }
}

fn given_up(job: &Buried) -> BuriedRow {
    BuriedRow {
        when: when(job.buried),
        lane: job.lane.clone(),
        kind: job.kind.clone(),
        owner: job.owner.clone(),
        tries: job.tries,
        reason: mask::persons(&job.reason),
    }
}
