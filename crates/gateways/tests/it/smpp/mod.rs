//! The SMPP gateway towards the simulated message centre, over real sockets.

mod binds;
mod receipts;

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use futures_util::future::join_all;
use gateways::report::NotTaken;
use gateways::sms::smpp::{IdFormat, LongMessages, SmppConfig};
use gateways::sms::{Smpp, SmsParts};
use gateways::{About, HandOver, Holdup, LookUp, OutgoingSms, Report, ReportSink, Reported};
use gateways::{SmsProvider as _, SmsResult, Urgency};
use simulators::Smsc;
use simulators::smsc::{Ids, MAGIC_NUMBERS, Outcome, Settings};
use testkit::serving::nobody;
use testkit::stepped_clock;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use types::Secret;
use types::ids::AttemptId;
use types::random::Random;
use uuid::Uuid;

use crate::SOON;

/// Where reports of these tests end.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    reports: Mutex<Vec<Report>>,
    /// How many hand-overs are refused first.
    refusals: Mutex<usize>,
    came: tokio::sync::Notify,
}

#[async_trait]
impl ReportSink for Kept {
    async fn take(&self, route: &str, reports: Vec<Report>) -> Result<(), NotTaken> {
        assert_eq!(route, "operator");
        let is_refused = {
            let mut refusals = self.refusals.lock().expect("no panic");
            let is_refused = *refusals > 0;
            *refusals = refusals.saturating_sub(1);
            is_refused
        };
        if is_refused {
            return Err(NotTaken("the disk is full".to_owned()));
        }
        self.reports.lock().expect("no panic").extend(reports);
        self.came.notify_waiters();
        Ok(())
    }
}

impl Kept {
    /// The first report about a reference, as soon as it is there.
    pub(crate) async fn about(&self, reference: &str) -> Report {
        let about = About::Reference(reference.to_owned());
        let search = async {
            loop {
                let came = self.came.notified();
                tokio::pin!(came);
                came.as_mut().enable();
                let found = self.reports.lock().expect("no panic").iter().find(|r| r.about == about).cloned();
                if let Some(report) = found {
                    return report;
                }
                came.await;
            }
        };
        tokio::time::timeout(SOON, search).await.expect("a report")
    }

    fn count(&self) -> usize {
        self.reports.lock().expect("no panic").len()
    }
}

/// A gateway that runs.
pub(crate) struct Gateway {
    pub(crate) smpp: Arc<Smpp>,
    pub(crate) kept: Arc<Kept>,
    stop: CancellationToken,
    running: JoinHandle<()>,
}

impl Gateway {
    pub(crate) fn start(config: SmppConfig) -> Self {
        let smpp = Arc::new(Smpp::new("operator", config, Random::seeded(1)).expect("a gateway"));
        let (kept, stop) = (Arc::new(Kept::default()), CancellationToken::new());
        let running = tokio::spawn({
            let (smpp, kept, stop) = (Arc::clone(&smpp), Arc::clone(&kept), stop.clone());
            async move { smpp.run(&*kept, stop).await }
        });
        Self { smpp, kept, stop, running }
    }

    /// Until it has its bind.
    async fn bound(self) -> Self {
        // Lets it begin: somebody who asks before that is answered with a bind made for the question.
        tokio::task::yield_now().await;
        until(|| async { self.smpp.probe().await.is_ok() }).await;
        self
    }

    async fn send(&self, to: &str, text: &str) -> HandOver<SmsResult> {
        self.smpp.send(&sms(to, text)).await
    }

    pub(crate) async fn end(self) {
        self.stop.cancel();
        self.running.await.expect("no panic");
    }
}

/// Looks again and again until it is so.
async fn until<F: Future<Output = bool>>(mut is_so: impl FnMut() -> F) {
    let wait = async {
        while !is_so().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(SOON, wait).await.expect("it comes true");
}

pub(crate) struct Centre {
    pub(crate) smsc: Smsc,
    pub(crate) addr: SocketAddr,
    stop: CancellationToken,
}

impl Drop for Centre {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

pub(crate) fn settings() -> Settings {
    Settings {
        receipt_after: Duration::from_millis(10),
        receipt_again_after: Duration::from_millis(10),
        slow: Duration::from_millis(20),
        ..Settings::default()
    }
}

pub(crate) async fn centre(settings: Settings) -> Centre {
    let smsc = Smsc::new(settings, stepped_clock());
    let bound = smsc.bind(([127, 0, 0, 1], 0).into()).await.expect("a free port");
    let (addr, stop) = (bound.local_addr, CancellationToken::new());
    tokio::spawn(bound.serve(stop.clone()));
    Centre { smsc, addr, stop }
}

pub(crate) fn config(addr: SocketAddr) -> SmppConfig {
    SmppConfig {
        host: addr.ip().to_string(),
        port: addr.port(),
        system_id: "demo".to_owned(),
        password: Secret::new("demo".to_owned()),
        ..SmppConfig::default()
    }
}

pub(crate) fn sms(to: &str, text: &str) -> OutgoingSms {
    OutgoingSms {
        attempt: AttemptId::new(Uuid::from_u128(7)),
        to: to.parse().expect("a number"),
        sender: "Altinn".to_owned(),
        text: text.into(),
        time_to_live: Some(Duration::from_hours(48)),
        urgency: Urgency::Ordinary,
    }
}

fn reference(outcome: HandOver<SmsResult>) -> String {
    match outcome {
        HandOver::Accepted { gateway_reference: Some(reference) } => reference,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn what_is_sent_arrives_as_it_was_written_and_is_reported() {
    let centre = centre(settings()).await;
    let gateway = Gateway::start(config(centre.addr));

    for text in ["Blåbær {€}\n", "Čáhci 😀", ""] {
        let reference = reference(gateway.send("+4799990001", text).await);
        let arrived = centre.smsc.captured().all().last().cloned().expect("it arrived");
        assert_eq!((arrived.text.as_str(), arrived.receiver.as_str()), (text, "4799990001"));
        assert_eq!((arrived.sender.as_str(), arrived.sender_kind), ("Altinn", (5, 0)));
        assert_eq!((arrived.esm_class, arrived.registered_delivery), (0, 1));
        assert_eq!(arrived.validity, "000002000000000R");
        assert_eq!(arrived.message_id.as_ref(), Some(&reference));

        let report = gateway.kept.about(&reference).await;
        assert_eq!(report.reported, Reported::Sms(SmsResult::Delivered));
        assert_eq!(report.state, "DELIVRD");
        assert_eq!(report.occurred.map(|at| at.to_string()).as_deref(), Some("2026-03-02T11:00:00Z"));
    }
    gateway.end().await;
    until(|| async { centre.smsc.binds() == 0 }).await;
}

/// Covers: NP-46
#[tokio::test]
async fn a_long_text_arrives_whole_in_every_way_of_sending_it() {
    let centre = centre(settings()).await;
    let text = format!("{}€{}", "a".repeat(152), "b".repeat(200));
    for long_messages in [LongMessages::Udh, LongMessages::Sar, LongMessages::Payload] {
        let gateway = Gateway::start(SmppConfig { long_messages, ..config(centre.addr) });
        let before = centre.smsc.captured().total();

        let reference = reference(gateway.send("+4799990001", &text).await);

        let arrived = centre.smsc.captured().since(before);
        let whole: String = arrived.iter().map(|(_, part)| part.text.as_str()).collect();
        assert_eq!(whole, text);
        let numbers: Vec<_> = arrived.iter().map(|(_, part)| part.part.map(|(_, all, n)| (all, n))).collect();
        let total = u8::try_from(SmsParts::of(&text).parts).expect("few");
        let expected: Vec<_> = match long_messages {
            LongMessages::Payload => vec![None],
            _ => (1..=total).map(|number| Some((total, number))).collect(),
        };
        assert_eq!(numbers, expected, "{long_messages:?}");
        let references: BTreeSet<_> = arrived.iter().map(|(_, part)| part.part.map(|(r, _, _)| r)).collect();
        assert_eq!(references.len(), 1);

        let report = gateway.kept.about(&reference).await;
        assert_eq!(report.reported, Reported::Sms(SmsResult::Delivered), "{long_messages:?}");
        gateway.end().await;
    }
}

/// Covers: NP-54
#[tokio::test]
async fn a_message_of_two_parts_has_one_result() {
    let centre = centre(settings()).await;
    let gateway = Gateway::start(config(centre.addr));
    let long = "a".repeat(161);

    let failing = reference(gateway.send("+4799990032", &long).await);
    let report = gateway.kept.about(&failing).await;
    assert_eq!(report.reported, Reported::Sms(SmsResult::FailedUndelivered));

    let delivered = reference(gateway.send("+4799990001", &long).await);
    let report = gateway.kept.about(&delivered).await;
    assert_eq!(report.reported, Reported::Sms(SmsResult::Delivered));
    let all_brought = || async { centre.smsc.brought().all().iter().filter(|b| b.was_taken).count() == 4 };
    until(all_brought).await;
    assert_eq!(gateway.kept.count(), 2, "one report for each message");

    // The receipt of the first part overtakes the answer to it.
    let early = reference(gateway.send("+4799990009", &long).await);
    let report = gateway.kept.about(&early).await;
    assert_eq!(report.reported, Reported::Sms(SmsResult::Delivered));
    assert_eq!(gateway.kept.count(), 3);
}

/// Every magic number of the simulated message centre ends as the contract's table says.
///
/// Covers: NP-47
#[tokio::test]
async fn every_answer_of_the_message_centre_has_its_outcome() {
    let centre = centre(settings()).await;
    let quick = SmppConfig { response_seconds: 1, ..config(centre.addr) };
    for magic in MAGIC_NUMBERS {
        let gateway = Gateway::start(quick.clone()).bound().await;
        let outcome = gateway.send(&format!("+479999{}", magic.ends_with), "Hei").await;
        let held_up =
            |fits: fn(&Holdup) -> bool| matches!(&outcome, HandOver::TryLater { cause, .. } if fits(cause));
        let fits = match magic.outcome {
            Outcome::Taken(_) | Outcome::Slow | Outcome::ReceiptBeforeAnswer | Outcome::LastPartFails => {
                matches!(outcome, HandOver::Accepted { gateway_reference: Some(_) })
            }
            Outcome::TakenWithoutId => matches!(outcome, HandOver::Accepted { gateway_reference: None }),
            Outcome::Refused(0x65) => matches!(outcome, HandOver::Refused { result: SmsResult::Failed, .. }),
            Outcome::Refused(0x0B) => {
                matches!(outcome, HandOver::Refused { result: SmsResult::FailedInvalidRecipient, .. })
            }
            Outcome::Refused(0x0D) => held_up(|cause| matches!(cause, Holdup::Misconfigured(_))),
            Outcome::Refused(0x14) | Outcome::RefusedForAWhile(_) => {
                held_up(|cause| matches!(cause, Holdup::RateLimited(_)))
            }
            Outcome::Refused(_) | Outcome::RefusedTwice(_) => {
                held_up(|cause| matches!(cause, Holdup::Passing(_)))
            }
            Outcome::CutUntaken | Outcome::CutTaken | Outcome::SwallowedTaken => {
                matches!(outcome, HandOver::Unknown { .. })
            }
        };
        assert!(fits, "{}: {outcome:?}", magic.means);
        gateway.end().await;
    }
}

/// Covers: NP-47
#[tokio::test]
async fn what_fails_for_the_fourth_time_is_given_up() {
    let centre = centre(settings()).await;
    let statuses = [("0x0400".to_owned(), gateways::sms::smpp::Verdict::Misconfigured)].into();
    let gateway = Gateway::start(SmppConfig { statuses, ..config(centre.addr) });
    for _ in 0..3 {
        let outcome = gateway.send("+4799990030", "Hei").await;
        assert!(matches!(outcome, HandOver::TryLater { cause: Holdup::Passing(_), .. }), "{outcome:?}");
    }
    let other = gateway.send("+4799990030", "Hallo").await;
    assert!(matches!(other, HandOver::TryLater { .. }), "another message has its own three: {other:?}");
    let outcome = gateway.send("+4799990030", "Hei").await;
    assert!(matches!(outcome, HandOver::Refused { result: SmsResult::Failed, .. }), "{outcome:?}");

    let own = gateway.send("+4799990031", "Hei").await;
    assert!(matches!(own, HandOver::TryLater { cause: Holdup::Misconfigured(_), .. }), "{own:?}");
}
