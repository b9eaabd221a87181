//! Delivery reports: waiting for their time, pushed together, tried again.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::{StatusCode, header};
use jiff::Timestamp;
use quick_xml::Reader;
use quick_xml::events::Event;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::warn;
use types::time::Clock;
use web::basic::Basic;
use web::client::ClientError;

use super::wire::{self, Report};
use super::{Charset, ReportState, ReportTarget, Settings};
use crate::captured::Captured;

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

/// A report that waits, and those of the same message that follow it.
#[derive(Clone, Debug)]
pub(super) struct Due {
    reference: String,
    receiver: String,
    state: ReportState,
    following: &'static [ReportState],
    attempt: usize,
}

impl Due {
    /// The first of the reports of a message, if there are any.
    pub(super) fn first(reference: String, receiver: String, states: &'static [ReportState]) -> Option<Self> {
        let (state, following) = states.split_first()?;
        let state = *state;
        Some(Self { reference, receiver, state, following, attempt: 1 })
    }

    fn report(&self) -> Report {
        Report { reference: self.reference.clone(), receiver: self.receiver.clone(), state: self.state }
    }
}

/// The reports of one gateway.
#[derive(Debug)]
pub(super) struct Reports {
    client: reqwest::Client,
    target: Mutex<Option<Arc<ReportTarget>>>,
    line: Mutex<Line>,
    changed: Notify,
    most: usize,
    pub(super) pushed: Captured<Pushed>,
}

#[derive(Debug, Default)]
struct Line {
    waiting: BTreeMap<(Instant, u64), Due>,
    next: u64,
}

impl Reports {
    pub(super) fn new(settings: &Settings) -> Result<Self, ClientError> {
        Ok(Self {
            client: web::plain_client()?,
            target: Mutex::new(settings.reports_to.clone().map(Arc::new)),
            line: Mutex::default(),
            changed: Notify::new(),
            most: settings.keep,
            pushed: Captured::keeping(settings.keep),
        })
    }

    pub(super) fn go_to(&self, target: Option<ReportTarget>) {
        *self.target.lock().unwrap_or_else(PoisonError::into_inner) = target.map(Arc::new);
    }

    fn target(&self) -> Option<Arc<ReportTarget>> {
        self.target.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn line(&self) -> MutexGuard<'_, Line> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a report in line, unless the line is full.
    pub(super) fn put_in_line(&self, due: Due, after: Duration) {
        if self.target().is_none() {
            return;
        }
        let mut line = self.line();
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
pub(super) async fn run(reports: &Arc<Reports>, settings: &Settings, clock: &Clock, stop: CancellationToken) {
    let mut pushing = JoinSet::new();
    loop {
        let mut next = None;
        while pushing.len() < AT_ONCE {
            match reports.take_due(settings.reports_per_push) {
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
            () = reports.changed.notified(), if room => {}
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
    let wire: Vec<Report> = batch.iter().map(Due::report).collect();
    let xml = wire::push(wire.iter(), settings.report_charset, now);
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
    reports.pushed.push(Pushed {
        reference: due.reference.clone(),
        state: due.state,
        attempt: due.attempt,
        outcome,
    });
    if outcome == PushOutcome::Acknowledged {
        let next = Due::first(due.reference, due.receiver, due.following);
        if let Some(next) = next {
            reports.put_in_line(next, Duration::ZERO);
        }
        return;
    }
    if let Some(after) = settings.report_again_after.get(due.attempt - 1) {
        let attempt = due.attempt + 1;
        reports.put_in_line(Due { attempt, ..due }, *after);
    } else {
        warn!(attempts = due.attempt, "a delivery report was refused for good");
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
