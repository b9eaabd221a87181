//! Keeps a line bound: connects, lets messages through, and connects again.

use std::time::Duration;

use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use super::line::{Line, Link, State};
use super::receipts::{Account, Receipts};
use super::session::{Patience, Session};
use super::{Smpp, connect};
use crate::{Holdup, ReportSink};

/// Pauses between connections double from one second up to this.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// After a bind was refused for what we are, nobody tries for so long.
const REFUSED_PAUSE: Duration = Duration::from_secs(300);

impl Smpp {
    /// Keeps a line bound until told to stop.
    pub(super) async fn keep(
        &self,
        line: &Line,
        kept_free: usize,
        reports: &dyn ReportSink,
        stop: &CancellationToken,
    ) {
        let addresses = self.config.addresses();
        let (mut turn, mut failures) = (0, 0_u32);
        line.set(State::Connecting);
        while !stop.is_cancelled() {
            let address = &addresses[turn % addresses.len()];
            let bound = tokio::select! {
                () = stop.cancelled() => break,
                bound = connect::bind(&self.config, self.tls.0.as_ref(), address) => bound,
            };
            let (holdup, pause) = match bound {
                Ok(bound) => {
                    info!(sms.route = self.route, "bound at the message centre {address}");
                    failures = 0;
                    let ended = self.converse(bound, line, kept_free, reports, stop).await;
                    (Holdup::Passing(ended.to_owned()), self.pause(failures))
                }
                Err(holdup @ Holdup::Misconfigured(_)) => (holdup, REFUSED_PAUSE),
                Err(holdup) => {
                    failures += 1;
                    (holdup, self.pause(failures))
                }
            };
            if stop.is_cancelled() {
                break;
            }
            warn!(sms.route = self.route, "no bind at the message centre {address}: {}", holdup.detail());
            turn += 1;
            line.set(State::Down(holdup, Instant::now() + pause));
            tokio::select! {
                () = stop.cancelled() => break,
                () = sleep(pause) => {}
            }
        }
        line.set(State::Unkept);
    }

    async fn converse(
        &self,
        bound: connect::Bound,
        line: &Line,
        kept_free: usize,
        reports: &dyn ReportSink,
        stop: &CancellationToken,
    ) -> &'static str {
        let (bind, queue) = Link::new(self.config.window, kept_free);
        let account = Account {
            route: &self.route,
            reports,
            joins: &self.joins,
            ids: self.config.receipt_id,
            zone: &self.zone,
        };
        let patience = Patience {
            response: Duration::from_secs(self.config.response_seconds),
            idle: Duration::from_secs(self.config.enquire_seconds),
        };
        let session = Session::new(bound, line, queue, Receipts::new(account), patience);
        line.set(State::Bound(bind));
        session.run(stop).await
    }

    /// One second, doubled for each failure in a row, less up to half of it, so that nodes which lost
    /// their binds together do not come back together.
    fn pause(&self, failures: u32) -> Duration {
        let longest = Duration::from_secs(1).saturating_mul(1 << failures.saturating_sub(1).min(6));
        longest.min(LONGEST_PAUSE).mul_f64(1.0 - self.random.fraction() / 2.0)
    }
}
