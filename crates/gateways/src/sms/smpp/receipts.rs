//! Receipts on their way to where they are kept. Each is answered only when it is on disk.

use std::future::pending;
use std::time::Duration;

use futures_util::future::BoxFuture;
use jiff::tz::TimeZone;
use tokio::time::{Instant, sleep_until};
use tracing::warn;

use super::joins::{Joins, Meaning};
use super::pdu::{Delivery, SubmitResponse};
use super::receipt::{IdFormat, Receipt};
use crate::{About, Report, ReportSink, Reported};

/// Receipts handed over together at most.
const TOGETHER: usize = 200;
/// How long a receipt waits for the answers of a message in several parts.
const PATIENCE: Duration = Duration::from_secs(15);

/// What an account's receipts have in common.
#[derive(Clone, Copy)]
pub(super) struct Account<'s> {
    pub(super) route: &'s str,
    pub(super) reports: &'s dyn ReportSink,
    pub(super) joins: &'s Joins,
    pub(super) ids: IdFormat,
    pub(super) zone: &'s TimeZone,
}

/// The receipts of one bind.
pub(super) struct Receipts<'s> {
    account: Account<'s>,
    waiting: Vec<Waiting>,
    taking: Option<BoxFuture<'s, Taken>>,
}

/// A receipt that is not handed over yet.
struct Waiting {
    sequence: u32,
    id: String,
    receipt: Receipt,
    since: Instant,
}

/// Receipts that may be answered.
pub(super) struct Taken {
    pub(super) sequences: Vec<u32>,
    pub(super) is_on_disk: bool,
}

impl<'s> Receipts<'s> {
    pub(super) fn new(account: Account<'s>) -> Self {
        Self { account, waiting: Vec::new(), taking: None }
    }

    /// The reference of a message, from its answer.
    pub(super) fn reference(&self, response: &SubmitResponse) -> String {
        self.account.ids.of_answer(&response.message_id)
    }

    /// Keeps a final receipt; whether it was one.
    pub(super) fn keep(&mut self, sequence: u32, delivery: &Delivery) -> bool {
        if !delivery.is_receipt() {
            return false;
        }
        let Some(receipt) = Receipt::parse(delivery, self.account.zone) else {
            warn!("a delivery receipt from the message centre names no message or no state; it is left out");
            return false;
        };
        if receipt.result.is_none() {
            return false;
        }
        let id = self.account.ids.of_receipt(&receipt.id);
        self.waiting.push(Waiting { sequence, id, receipt, since: Instant::now() });
        true
    }

    /// Whether none is on its way.
    pub(super) const fn is_idle(&self) -> bool {
        self.taking.is_none() && self.waiting.is_empty()
    }

    /// Receipts that may be answered, as soon as there are any. May be dropped and asked again.
    pub(super) async fn next(&mut self) -> Taken {
        loop {
            if self.taking.is_none()
                && let Some(counted) = self.begin()
            {
                return counted;
            }
            if let Some(taking) = &mut self.taking {
                let taken = taking.await;
                self.taking = None;
                return taken;
            }
            let oldest = self.waiting.iter().map(|waiting| waiting.since + PATIENCE).min();
            let wait = async {
                match oldest {
                    Some(until) => sleep_until(until).await,
                    None => pending().await,
                }
            };
            // What is told between looking and waiting here is missed for at most this long.
            let soon = sleep_until(Instant::now() + Duration::from_millis(200));
            tokio::select! {
                () = wait => {}
                () = self.account.joins.changed(), if oldest.is_some() => {}
                () = soon, if oldest.is_some() => {}
            }
        }
    }

    /// Hands over what can be; those that need nothing are given back at once.
    fn begin(&mut self) -> Option<Taken> {
        let (mut reports, mut sequences, mut counted) = (Vec::new(), Vec::new(), Vec::new());
        let account = self.account;
        self.waiting.retain(|waiting| {
            if reports.len() >= TOGETHER {
                return true;
            }
            match weigh(account.joins, waiting) {
                Some(Meaning::Of(reference, result)) => {
                    reports.push(Report {
                        about: About::Reference(reference),
                        reported: Reported::Sms(result),
                        state: waiting.receipt.state.clone(),
                        occurred: waiting.receipt.done,
                    });
                    sequences.push(waiting.sequence);
                    false
                }
                Some(Meaning::Counted) => {
                    counted.push(waiting.sequence);
                    false
                }
                Some(Meaning::NotYet) | None => true,
            }
        });
        if !reports.is_empty() {
            self.taking = Some(Box::pin(async move {
                let taken = account.reports.take(account.route, reports).await;
                if let Err(error) = &taken {
                    warn!(%error, "delivery receipts go back to the message centre");
                }
                Taken { sequences, is_on_disk: taken.is_ok() }
            }));
        }
        (!counted.is_empty()).then_some(Taken { sequences: counted, is_on_disk: true })
    }
}

/// What a receipt means, or that it still waits.
fn weigh(joins: &Joins, waiting: &Waiting) -> Option<Meaning> {
    let result = waiting.receipt.result?;
    match joins.weigh(&waiting.id, result) {
        Meaning::NotYet if waiting.since.elapsed() >= PATIENCE => Some(Joins::alone(&waiting.id, result)),
        meaning => Some(meaning),
    }
}
