//! A trial from its beginning to its verdict.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::onlookers::Onlookers;
use crate::{Book, Clients, Ledger, Letters, ORG, OTHER_ORG, OtherParty, Outside, Pace, Place, Route, Sheet};
use crate::{Ways, eventually, verdict};

/// Load on our servers, those who look on, and the world around.
pub struct Trial {
    /// What clients asked and heard.
    pub book: Arc<Book>,
    /// The gateway and the mail server.
    pub outside: Outside,
    /// The organization that we exchange messages with.
    pub other: OtherParty,
    /// The ways to our servers.
    pub ways: Ways,
    /// Messages from us to the other party.
    pub sent: Letters,
    /// Messages from the other party to us.
    pub received: Letters,
    clients: Clients,
    onlookers: Onlookers,
    begun: Instant,
}

impl Trial {
    /// Gives a place what a server of ours needs: leases short enough to run out during a test, the
    /// world outside, and the other party.
    pub fn furnish(place: &mut Place, outside: &Outside, other: &OtherParty) {
        outside.lead_to(place);
        other.introduce(place);
        for (setting, value) in [
            ("notify.lease_seconds", "2"),
            ("notify.doubt_wait_seconds", "1"),
            ("notify.email_delivered_after_seconds", "1"),
            ("notify.send_again_after_seconds", "[1]"),
            ("notify.process_again_after_seconds", "[1]"),
            ("exchange.lease_seconds", "2"),
            ("exchange.send_retry_seconds", "[1]"),
            ("exchange.lock_timeout_seconds", "3"),
            ("exchange.receive_interval_ms", "500"),
            ("log.filter", "warn"),
        ] {
            place.set(setting, value);
        }
    }

    /// Begins to ask, to send, to receive and to look on.
    pub fn begin(outside: Outside, other: OtherParty, ways: Ways, pace: Pace) -> Self {
        let book = Arc::new(Book::default());
        let out = Route {
            from: ORG.to_owned(),
            to: OTHER_ORG.to_owned(),
            sender: ways.clone(),
            receiver: other.ways(),
        };
        let back = Route {
            from: OTHER_ORG.to_owned(),
            to: ORG.to_owned(),
            sender: other.ways(),
            receiver: ways.clone(),
        };
        Self {
            clients: Clients::start(&book, &ways, pace),
            onlookers: Onlookers::start(&book, &ways),
            sent: Letters::start(&out, Duration::from_millis(400)),
            received: Letters::start(&back, Duration::from_millis(400)),
            begun: Instant::now(),
            book,
            outside,
            other,
            ways,
        }
    }

    /// Waits until clients are being turned away.
    pub async fn wait_for_refusals(&self) {
        let before = self.book.refusals();
        eventually("refusals", || async { (self.book.refusals() >= before + 8).then_some(()) }).await;
    }

    /// Ends the load, waits until everything has come to its end, and compares. The servers must be
    /// well by now.
    pub async fn judge(mut self, ledger: &Ledger, sheet: &mut Sheet) {
        let (lasted, ended) = (self.begun.elapsed(), Instant::now());
        self.clients.finish().await;
        self.sent.stop_sending().await;
        self.received.stop_sending().await;
        sheet.count("lasted", format!("{:.0} s", lasted.as_secs_f64()));
        let book = &self.book;
        verdict::orders(book, &self.ways, &self.outside, ledger, sheet).await;
        verdict::letters("sent", &mut self.sent, &self.ways, sheet).await;
        verdict::letters("received", &mut self.received, &self.other.ways(), sheet).await;
        verdict::sight(self.onlookers.finish().await, &self.ways, sheet).await;
        let aftermath = ended.elapsed().as_secs_f64();
        sheet.count("came to rest and was judged within", format!("{aftermath:.0} s"));
    }
}
