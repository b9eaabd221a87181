//! `GET /console`: what was sent, what arrived, what waits.

mod words;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use exchange::identities::{ALARM_DAYS, OwnCertificate, Standing};
use types::mask;

use self::words::Words;
use crate::frame::{Frame, Section};
use crate::moment::when;
use crate::page::{self, Refusal};
use crate::visitor::Visitor;
use crate::{Console, Simulated};

/// Rows of each list.
const LATEST: u32 = 20;

/// The page.
pub(crate) fn router() -> Router<Console> {
    Router::new().route("/console", get(show))
}

#[derive(Template)]
#[template(path = "overview.html")]
struct Overview {
    frame: Frame,
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

async fn show(State(console): State<Console>, visitor: Visitor) -> Result<Response, Refusal> {
    Ok(page::html(&gather(&console, &visitor).await?))
}

async fn gather(console: &Console, visitor: &Visitor) -> store::Result<Overview> {
    let (words, (number, name)) = (Words::of(visitor.lang), console.organization());
    let messages = exchange::overview::latest(console.store(), number, LATEST).await?;
    let rest = console.store().read(|tx| {
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
    let certificates = console.exchange().identities().overview(console.now());
    Ok(Overview {
        frame: visitor.frame(Section::Overview),
        words,
        organization: format!("{name} ({number})"),
        waiting: lanes.iter().map(|(_, jobs)| jobs).sum(),
        buried,
        certificate_days: certificates.days_left(),
        certificate_failure: certificates.failure.map(|failure| failure.reason),
        certificates: certificates.certificates.into_iter().map(|own| certificate(own, words)).collect(),
        lanes,
        queue,
        leads,
        routes: notify::routes::shown(console.notify()).await,
        shipments: shipments.into_iter().map(shipment).collect(),
        messages: messages.into_iter().map(message).collect(),
        dead_reports: dead_reports.into_iter().map(report).collect(),
        sms: latest_texts(console.simulated()),
        emails: console.simulated().mail.as_ref().map(|mail| mails(mail.captured())),
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
fn latest_texts(services: &Simulated) -> Option<Vec<TextRow>> {
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
