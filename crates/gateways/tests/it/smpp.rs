//! The SMPP gateway towards the simulated message centre, over real sockets.

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

#[tokio::test]
async fn wrong_credentials_are_not_the_messages_fault() {
    let centre = centre(settings()).await;
    let password = Secret::new("wrong".to_owned());
    let gateway = Gateway::start(SmppConfig { password, ..config(centre.addr) });

    let outcome = gateway.send("+4799990001", "Hei").await;

    let HandOver::TryLater { cause: Holdup::Misconfigured(detail), after } = outcome else {
        panic!("{outcome:?}");
    };
    assert!(detail.contains("ESME_RINVPASWD"), "{detail}");
    assert!(after.is_some_and(|after| after > Duration::from_secs(290)), "{after:?}");
    assert_eq!((centre.smsc.binds_made(), centre.smsc.captured().total()), (0, 0));
}

#[tokio::test]
async fn where_nobody_listens_the_other_address_is_tried() {
    let centre = centre(settings()).await;
    let failover_address = Some(centre.addr.to_string());
    let gateway = Gateway::start(SmppConfig { failover_address, ..config(nobody().await) });

    let first = gateway.send("+4799990001", "Hei").await;

    assert!(matches!(first, HandOver::TryLater { cause: Holdup::Passing(_), .. }), "{first:?}");
    until(|| async { matches!(gateway.send("+4799990001", "Hei").await, HandOver::Accepted { .. }) }).await;
}

/// Covers: NP-48
#[tokio::test]
async fn being_told_to_slow_down_loses_nothing() {
    let centre = centre(Settings { per_second: Some(8), ..settings() }).await;
    let gateway = Gateway::start(config(centre.addr)).bound().await;
    let texts: Vec<String> = (0..24).map(|number| format!("Nummer {number}")).collect();
    let send = async |text: &String| {
        loop {
            match gateway.send("+4799990001", text).await {
                HandOver::Accepted { .. } => return,
                HandOver::TryLater { after: Some(after), cause: Holdup::RateLimited(_) } => {
                    tokio::time::sleep(after).await;
                }
                other => panic!("{other:?}"),
            }
        }
    };

    tokio::time::timeout(SOON * 3, join_all(texts.iter().map(send))).await.expect("all get through");

    let all = centre.smsc.captured().all();
    let taken: Vec<_> = all.iter().filter(|sms| sms.taken).map(|sms| sms.text.clone()).collect();
    let different: BTreeSet<_> = taken.iter().cloned().collect();
    assert_eq!((taken.len(), different), (24, texts.iter().cloned().collect()));
    let refused = all.len() - taken.len();
    assert!((1..24).contains(&refused), "refused {refused} times");
}

/// Covers: NP-49
#[tokio::test]
async fn a_cut_leaves_exactly_the_unanswered_in_doubt() {
    let centre = centre(Settings { answer_after: Duration::from_secs(60), ..settings() }).await;
    let gateway = Gateway::start(SmppConfig { window: 5, ..config(centre.addr) }).bound().await;
    let sends = (0..8).map(|_| {
        let smpp = Arc::clone(&gateway.smpp);
        tokio::spawn(async move { smpp.send(&sms("+4799990001", "Hei")).await })
    });
    let sends: Vec<_> = sends.collect();
    assert!(centre.smsc.captured().wait_for_total(5, SOON).await);

    centre.smsc.cut();

    let outcomes = join_all(sends).await;
    let count = |fits: fn(&HandOver<SmsResult>) -> bool| {
        outcomes.iter().flatten().filter(|outcome| fits(outcome)).count()
    };
    assert_eq!(count(|outcome| matches!(outcome, HandOver::Unknown { .. })), 5, "{outcomes:?}");
    let unsent = count(|outcome| matches!(outcome, HandOver::TryLater { cause: Holdup::Passing(_), .. }));
    assert_eq!(unsent, 3, "{outcomes:?}");
    assert_eq!(centre.smsc.captured().total(), 5);
    until(|| async { centre.smsc.binds_made() >= 4 }).await;
}

/// Covers: NP-50
#[tokio::test]
async fn no_more_than_the_window_is_unanswered() {
    let centre = centre(Settings { answer_after: Duration::from_millis(30), ..settings() }).await;
    let one_bind = SmppConfig { window: 4, instant_bind: false, instant_share: 1, ..config(centre.addr) };
    let gateway = Gateway::start(one_bind).bound().await;

    let sends = (0..20).map(|_| gateway.send("+4799990001", "Hei"));
    let outcomes = join_all(sends).await;

    assert!(outcomes.iter().all(|outcome| matches!(outcome, HandOver::Accepted { .. })));
    assert_eq!(centre.smsc.most_unanswered(), 3, "one place is kept free");
    let instant = (0..20).map(|_| OutgoingSms { urgency: Urgency::Instant, ..sms("+4799990001", "Kode") });
    let instant: Vec<_> = instant.collect();
    join_all(instant.iter().map(|sms| gateway.smpp.send(sms))).await;
    assert_eq!(centre.smsc.most_unanswered(), 4);
}

#[tokio::test]
async fn instant_messages_have_a_bind_or_a_place_of_their_own() {
    for instant_bind in [true, false] {
        let centre = centre(Settings { answer_after: Duration::from_secs(2), ..settings() }).await;
        let window = SmppConfig { window: 3, instant_share: 1, instant_bind, ..config(centre.addr) };
        let gateway = Gateway::start(window).bound().await;
        let ordinary = (0..6).map(|_| {
            let smpp = Arc::clone(&gateway.smpp);
            tokio::spawn(async move { smpp.send(&sms("+4799990001", "Hei")).await })
        });
        let _ordinary: Vec<_> = ordinary.collect();
        let crowd = if instant_bind { 3 } else { 2 };
        assert!(centre.smsc.captured().wait_for_total(crowd, SOON).await);

        let instant = OutgoingSms { urgency: Urgency::Instant, ..sms("+4799990001", "Kode 1234") };
        let sent = gateway.smpp.send(&instant).await;

        assert!(matches!(sent, HandOver::Accepted { .. }));
        let order: Vec<_> = centre.smsc.captured().all();
        let place = order.iter().position(|sms| sms.text == "Kode 1234").expect("it came");
        assert!(order.iter().take(place).count() <= 3, "before the crowd's second round");
        let binds: BTreeSet<_> = order.iter().map(|sms| sms.bind).collect();
        assert_eq!(binds.len(), if instant_bind { 2 } else { 1 });
    }
}

/// Covers: NP-51
#[tokio::test]
async fn a_silent_message_centre_is_asked_and_then_left() {
    let centre = centre(settings()).await;
    let idle = SmppConfig { enquire_seconds: 1, instant_bind: false, ..config(centre.addr) };
    let gateway = Gateway::start(idle).bound().await;
    until(|| async { centre.smsc.enquiries() >= 2 }).await;
    assert_eq!(centre.smsc.binds_made(), 1, "one that answers is kept");

    centre.smsc.mute(true);

    // A message that is out when the silence is noticed is in doubt.
    let outcome = gateway.send("+4799990001", "Hei").await;
    assert!(matches!(outcome, HandOver::Unknown { .. }), "{outcome:?}");
    until(|| async { gateway.smpp.probe().await.is_err() }).await;
    centre.smsc.mute(false);
    until(|| async { gateway.smpp.probe().await.is_ok() }).await;
    assert_eq!(centre.smsc.binds_made(), 2);
}

/// Covers: NP-52
#[tokio::test]
async fn receipts_are_matched_early_and_across_bases() {
    let formats = [
        (Ids::Decimal, IdFormat::Same),
        (Ids::HexThenDecimal, IdFormat::HexToDec),
        (Ids::DecimalThenHex, IdFormat::DecToHex),
    ];
    for (ids, receipt_id) in formats {
        let centre = centre(Settings { ids, ..settings() }).await;
        let gateway = Gateway::start(SmppConfig { receipt_id, ..config(centre.addr) }).bound().await;

        let early = reference(gateway.send("+4799990009", "Hei").await);
        let later = reference(gateway.send("+4799990003", "Hei").await);

        let report = gateway.kept.about(&early).await;
        assert_eq!(report.reported, Reported::Sms(SmsResult::Delivered), "{ids:?}");
        let report = gateway.kept.about(&later).await;
        assert_eq!(report.reported, Reported::Sms(SmsResult::FailedExpired), "{ids:?}");
    }
}

#[tokio::test]
async fn a_receipt_is_answered_only_when_it_is_kept() {
    let centre = centre(settings()).await;
    let gateway = Gateway::start(config(centre.addr)).bound().await;
    *gateway.kept.refusals.lock().expect("no panic") = 2;

    let reference = reference(gateway.send("+4799990001", "Hei").await);

    gateway.kept.about(&reference).await;
    until(|| async { centre.smsc.brought().total() == 3 }).await;
    let taken: Vec<_> = centre.smsc.brought().all().iter().map(|brought| brought.was_taken).collect();
    assert_eq!(taken, [false, false, true]);
    // Under way is no result, and is answered without troubling anybody.
    gateway.send("+4799990016", "Hei").await;
    until(|| async { centre.smsc.brought().total() == 5 }).await;
    assert_eq!(gateway.kept.count(), 2);
}

#[tokio::test]
async fn an_answer_that_came_too_late_is_told_to_who_asks() {
    let centre = centre(Settings { slow: Duration::from_millis(1500), ..settings() }).await;
    let gateway = Gateway::start(SmppConfig { response_seconds: 1, ..config(centre.addr) }).bound().await;
    let attempt = AttemptId::new(Uuid::from_u128(8));
    let slow = OutgoingSms { attempt, ..sms("+4799990015", "Hei") };

    let outcome = gateway.smpp.send(&slow).await;

    assert!(matches!(outcome, HandOver::Unknown { .. }), "{outcome:?}");
    let arrived = centre.smsc.captured().all()[0].clone();
    let taken = LookUp::Taken { gateway_reference: arrived.message_id.clone() };
    until(|| async { gateway.smpp.look_up(attempt).await == taken }).await;
    assert_eq!(gateway.smpp.look_up(AttemptId::new(Uuid::from_u128(9))).await, LookUp::CannotTell);
}

#[tokio::test]
async fn before_leaving_answers_are_waited_for() {
    let centre = centre(Settings { answer_after: Duration::from_millis(300), ..settings() }).await;
    let gateway = Gateway::start(config(centre.addr)).bound().await;
    let smpp = Arc::clone(&gateway.smpp);
    let sending = tokio::spawn(async move { smpp.send(&sms("+4799990008", "Hei")).await });
    assert!(centre.smsc.captured().wait_for_total(1, SOON).await);

    gateway.end().await;

    assert!(matches!(sending.await.expect("no panic"), HandOver::Accepted { .. }));
}
