//! Delivery reports: waiting for their time, pushed together, tried again.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http::{StatusCode, header};
use jiff::Timestamp;
use quick_xml::Reader;
use quick_xml::events::Event;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use types::time::Clock;
use web::basic::Basic;
use web::client::ClientError;

use super::answers::{self, Report};
use super::{Charset, ReportState, ReportTarget, Settings};
use crate::captured::Captured;
use crate::line::{self, Line};

/// Pushes under way at once.
const AT_ONCE: usize = 16;
/// How long a receiver of reports may take.
const PUSH_TIME: Duration = Duration::from_secs(10);

/// What came of pushing one report once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pushed {
    /// The gateway's reference of the message.
    pub reference: String,
    /// What the report said.
    pub state: ReportState,
    /// Which attempt it was, from 1.
    pub attempt: usize,
    /// What came of it.
    pub outcome: PushOutcome,
}

/// What a receiver of reports did with one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PushOutcome {
    /// It took it.
    Acknowledged,
    /// It answered, but with this status, or with a `STATUS` other than OK.
    Refused(StatusCode),
    /// It did not answer.
    Unreachable,
}

/// A report on its way.
pub(super) type Due = line::Due<About, ReportState>;

/// The message that reports are about.
#[derive(Clone, Debug)]
pub(super) struct About {
    pub(super) reference: String,
    pub(super) receiver: String,
}

fn report(due: &Due) -> Report {
    let About { reference, receiver } = due.message.clone();
    Report { reference, receiver, state: due.state }
}

/// The reports of one gateway.
#[derive(Debug)]
pub(super) struct Reports {
    client: reqwest::Client,
    target: Mutex<Option<Arc<ReportTarget>>>,
    line: Line<About, ReportState>,
    pub(super) pushed: Captured<Pushed>,
}

impl Reports {
    pub(super) fn new(settings: &Settings) -> Result<Self, ClientError> {
        Ok(Self {
            client: web::plain_client()?,
            target: Mutex::new(settings.reports_to.clone().map(Arc::new)),
            line: Line::with_room_for(settings.keep),
            pushed: Captured::keeping(settings.keep),
        })
    }

    pub(super) fn go_to(&self, target: Option<ReportTarget>) {
        *self.target.lock().unwrap_or_else(PoisonError::into_inner) = target.map(Arc::new);
    }

    fn target(&self) -> Option<Arc<ReportTarget>> {
        self.target.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Puts a report in line, unless the line is full or leads nowhere.
    pub(super) fn put_in_line(&self, due: Due, after: Duration) {
        if self.target().is_some() {
            self.line.put(due, after);
        }
    }
}

/// Pushes what is due until told to stop.
pub(super) async fn run(reports: &Arc<Reports>, settings: &Settings, clock: &Clock, stop: CancellationToken) {
    let mut pushing = JoinSet::new();
    loop {
        let mut next = None;
        while pushing.len() < AT_ONCE {
            match reports.line.take_up_to(settings.reports_per_push) {
                Ok(batch) => {
                    let (reports, settings) = (Arc::clone(reports), settings.clone());
                    let now = clock.now();
                    pushing.spawn(async move { push(&reports, &settings, batch, now).await });
                }
                Err(due) => {
                    next = due;
                    break;
                }
            }
        }
        let room = pushing.len() < AT_ONCE;
        let due = next.unwrap_or_else(|| Instant::now() + Duration::from_hours(1));
        tokio::select! {
            () = stop.cancelled() => return,
            () = reports.line.changed(), if room => {}
            () = tokio::time::sleep_until(due), if room => {}
            Some(_) = pushing.join_next() => {}
        }
    }
}

/// Pushes one report at once, and puts those that follow it in line.
pub(super) async fn push_now(reports: &Reports, settings: &Settings, due: Due, now: Timestamp) {
    push(reports, settings, vec![due], now).await;
}

async fn push(reports: &Reports, settings: &Settings, batch: Vec<Due>, now: Timestamp) {
    let Some(target) = reports.target() else {
        return;
    };
    let wire: Vec<Report> = batch.iter().map(report).collect();
    let xml = answers::push(wire.iter(), settings.report_charset, now);
    let answered = deliver(&reports.client, &target, settings.report_charset, xml).await;
    for (number, due) in (1..).zip(batch) {
        let outcome = match &answered {
            None => PushOutcome::Unreachable,
            Some((status, body)) if status.is_success() && is_acknowledged(body, number) => {
                PushOutcome::Acknowledged
            }
            Some((status, _)) => PushOutcome::Refused(*status),
        };
        settle(reports, settings, due, outcome);
    }
}

/// Writes down what came of a report and puts what follows in line.
fn settle(reports: &Reports, settings: &Settings, due: Due, outcome: PushOutcome) {
    let (reference, attempt) = (due.message.reference.clone(), due.attempt);
    reports.pushed.push(Pushed { reference, state: due.state, attempt, outcome });
    if reports.target().is_some() {
        let again_after = settings.report_again_after.get(attempt - 1).copied();
        reports.line.follow(due, outcome == PushOutcome::Acknowledged, again_after);
    }
}

async fn deliver(
    client: &reqwest::Client,
    target: &ReportTarget,
    charset: Charset,
    xml: String,
) -> Option<(StatusCode, String)> {
    let content_type = format!("application/xml; charset={}", charset.name());
    let sent = client
        .post(target.url.clone())
        .header(header::AUTHORIZATION, Basic::header(&target.user, &target.password))
        .header(header::CONTENT_TYPE, content_type)
        .header("PSW-Message-type", "dr")
        .header("PSW-Message-version", "2")
        .timeout(PUSH_TIME)
        .body(xml)
        .send();
    let answer = sent.await.ok()?;
    let status = answer.status();
    Some((status, answer.text().await.ok()?))
}

/// Whether the answer to a push leaves the report with this number in peace: the receiver answers
/// `OK`, or does not mention it, as some answer only for the first.
fn is_acknowledged(body: &str, number: usize) -> bool {
    let mut reader = Reader::from_str(body);
    let (mut element, mut id) = (String::new(), String::new());
    loop {
        match reader.read_event() {
            Ok(Event::Start(tag)) => tag.name().as_ref().clone_into(&mut element),
            Ok(Event::End(_)) => element.clear(),
            Ok(Event::Text(text)) if element == "ID" => text.trim().clone_into(&mut id),
            Ok(Event::Text(text)) if element == "STATUS" && id == number.to_string() => {
                return text.trim() == "OK";
            }
            Ok(Event::Eof) | Err(_) => return true,
            Ok(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_answer_other_than_ok_for_its_number_refuses_a_report() {
        let body = "<MSGLST><MSG><ID>1</ID><STATUS>OK</STATUS></MSG><MSG><ID>2</ID><STATUS>FAIL</STATUS></MSG></MSGLST>";
        assert!(is_acknowledged(body, 1));
        assert!(!is_acknowledged(body, 2));
        assert!(is_acknowledged(body, 3));
        assert!(is_acknowledged("", 1));
    }
}
