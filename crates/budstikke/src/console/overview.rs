//! `GET /console`: what was sent, what arrived, what waits.

use anyhow::Result;
use askama::Template;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use exchange::identities::{ALARM_DAYS, OwnCertificate, Standing};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Deserialize;
use types::mask;

use super::language::Words;
use crate::app::App;
use crate::embedded::Services;

/// Rows of each list.
const LATEST: u32 = 20;

#[derive(Deserialize)]
pub(super) struct Asked {
    lang: Option<String>,
}

#[derive(Template)]
#[template(path = "overview.html")]
struct Overview {
    words: &'static Words,
    organization: String,
    waiting: i64,
    buried: usize,
    certificate_days: i64,
    certificates: Vec<CertificateRow>,
    certificate_failure: Option<String>,
    lanes: Vec<(String, i64)>,
    queue: Option<jobs::rotation::Rows>,
    leads: Vec<store::Lead>,
    routes: Vec<notify::routes::Shown>,
    shipments: Vec<ShipmentRow>,
    messages: Vec<MessageRow>,
    dead_reports: Vec<ReportRow>,
    sms: Option<Vec<TextRow>>,
    emails: Option<Vec<MailRow>>,
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
    kind: String,
    recipient: String,
    status: String,
    reference: String,
    mood: &'static str,
}

struct MessageRow {
    when: String,
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

struct TextRow {
    when: String,
    from: String,
    to: String,
    text: String,
}

struct MailRow {
    when: String,
    from: String,
    to: String,
    subject: String,
    text: String,
}

pub(super) async fn show(State(app): State<App>, Query(asked): Query<Asked>, headers: HeaderMap) -> Response {
    let words = Words::for_request(asked.lang.as_deref(), &headers);
    let page = gather(&app, words).await.and_then(|page| Ok(page.render()?));
    match page {
        Ok(html) => Html(html).into_response(),
        Err(error) => {
            tracing::error!(%error, "the console could not be shown");
            (StatusCode::INTERNAL_SERVER_ERROR, "the console cannot be shown; the log says why")
                .into_response()
        }
    }
}

async fn gather(app: &App, words: &'static Words) -> Result<Overview> {
    let own = &app.config().organization;
    let messages = exchange::overview::latest(app.store(), own.number, LATEST).await?;
    let rest = app.store().read(|tx| {
        let shipments = notify::overview::latest_shipments(tx, LATEST)?;
        let dead_reports = notify::overview::dead_reports(tx, LATEST)?;
        let (lanes, buried) = (jobs::waiting(tx)?, jobs::buried(tx, 1_000)?.len());
        Ok::<_, store::Error>((
            shipments,
            dead_reports,
            lanes,
            buried,
            jobs::rotation::rows(tx)?,
            store::leads(tx)?,
        ))
    });
    let (shipments, dead_reports, lanes, buried, queue, leads) = rest.await?;
    let certificates = app.exchange().identities().overview(app.store().clock().now());
    Ok(Overview {
        words,
        organization: format!("{} ({})", own.name, own.number),
        waiting: lanes.iter().map(|(_, jobs)| jobs).sum(),
        buried,
        certificate_days: certificates.days_left(),
        certificate_failure: certificates.failure.map(|failure| failure.reason),
        certificates: certificates.certificates.into_iter().map(|own| certificate(own, words)).collect(),
        lanes,
        queue,
        leads,
        routes: notify::routes::shown(app.notify()).await,
        shipments: shipments.into_iter().map(shipment).collect(),
        messages: messages.into_iter().map(message).collect(),
        dead_reports: dead_reports.into_iter().map(report).collect(),
        sms: latest_texts(app.services()),
        emails: app.services().mail.as_ref().map(|mail| mails(mail.captured())),
    })
}

fn certificate(own: OwnCertificate, words: &Words) -> CertificateRow {
    let (standing, mood) = match own.standing {
        Standing::Signing if own.days_left < ALARM_DAYS[0] => (words.signing, "bad"),
        Standing::Signing => (words.signing, "good"),
        Standing::InReserve => (words.in_reserve, ""),
        Standing::Waiting => (words.not_begun, ""),
        Standing::Expired => (words.expired, "bad"),
    };
    CertificateRow {
        subject: own.subject,
        until: when(own.not_after),
        days_left: own.days_left,
        standing,
        mood,
    }
}

/// In Norwegian time, as operators read it.
pub(super) fn when(moment: Timestamp) -> String {
    let zone = TimeZone::get("Europe/Oslo").unwrap_or(TimeZone::UTC);
    moment.to_zoned(zone).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

fn shipment(shipment: notify::overview::Shipment) -> ShipmentRow {
    let recipients: Vec<String> = shipment
        .recipients
        .iter()
        .map(|recipient| format!("{} {}: {}", recipient.channel, recipient.destination, recipient.result))
        .collect();
    let failed = shipment.recipients.iter().any(|recipient| recipient.result.starts_with("Failed"));
    ShipmentRow {
        when: when(shipment.created),
        kind: shipment.kind.wire().to_owned(),
        recipient: recipients.join(", "),
        status: shipment.state.wire().to_owned(),
        reference: shipment.senders_reference.unwrap_or_default(),
        mood: if failed { "bad" } else { "" },
    }
}

fn report(report: notify::overview::DeadReport) -> ReportRow {
    ReportRow {
        when: when(report.first_seen),
        reason: report.reason,
        reference: report.reference.unwrap_or_default(),
        times: report.attempts,
    }
}

/// What the embedded gateway was given; the message centre's, where that is on.
fn latest_texts(services: &Services) -> Option<Vec<TextRow>> {
    let Some(smsc) = &services.smsc else {
        return services.sms_gateway.as_ref().map(|gateway| texts(gateway.captured()));
    };
    let latest = smsc.captured().all().into_iter().rev().take(LATEST as usize);
    let row = |sms: std::sync::Arc<simulators::smsc::Sms>| TextRow {
        when: when(sms.at),
        from: sms.sender.clone(),
        to: mask::middle(&sms.receiver, 4, 2),
        text: sms.text.clone(),
    };
    Some(latest.map(row).collect())
}

fn texts(captured: &simulators::captured::Captured<simulators::sms_gateway::Sms>) -> Vec<TextRow> {
    let latest = captured.all().into_iter().rev().take(LATEST as usize);
    let row = |sms: std::sync::Arc<simulators::sms_gateway::Sms>| TextRow {
        when: when(sms.at),
        from: sms.sender.clone(),
        to: mask::middle(&sms.receiver, 4, 2),
        text: sms.text.clone(),
    };
    latest.map(row).collect()
}

fn mails(captured: &simulators::captured::Captured<simulators::smtp_sink::Email>) -> Vec<MailRow> {
    let latest = captured.all().into_iter().rev().take(LATEST as usize);
    let row = |mail: std::sync::Arc<simulators::smtp_sink::Email>| {
        let to: Vec<String> = mail.recipients.iter().map(|to| mask::email(&to.address)).collect();
        MailRow {
            when: when(mail.at),
            from: mail.from.clone(),
            to: to.join(", "),
            subject: mail.content.subject.clone().unwrap_or_default(),
            text: mail.content.text.clone().or_else(|| mail.content.html.clone()).unwrap_or_default(),
        }
    };
    latest.map(row).collect()
}

fn message(line: exchange::overview::MessageLine) -> MessageRow {
    let status = line.status.unwrap_or_default();
    let mood = match status.as_str() {
        "LEVERT" | "LEST" | "INNKOMMENDE_LEVERT" => "good",
        "FEIL" | "LEVETID_UTLOPT" => "bad",
        _ => "",
    };
    MessageRow {
        when: when(line.updated),
        direction: if line.direction == "OUTGOING" { "→" } else { "←" },
        sender: mask::persons(&line.sender),
        receiver: line.receiver.as_deref().map(mask::persons).unwrap_or_default(),
        client: line.user_agent.as_deref().map(mask::persons).unwrap_or_default(),
        status,
        reference: if line.title.is_empty() { line.message_id } else { line.title },
        mood,
    }
}
