//! How long messages took that go out at once; for those who watch.

use std::time::Duration;

use jiff::Timestamp;
use jobs::Taken;
use meter::families::INSTANT as INSTANT_TIME;
use store::{Error, Result, Tx};
use types::ids::OrderId;

use super::outcome::{Call, Fact};
use super::sql::channel_name;
use super::{Notification, Standing};
use crate::orders::Kind;
use crate::{INSTANT, Notify, orders};
use gateways::{EmailResult, SmsResult};

/// A gateway has it: the time since it was accepted.
pub(super) fn handed_over(app: &Notify, taken: &Taken, call: &Call, fact: &Fact) {
    let has_it = matches!(fact, Fact::Taken { .. } | Fact::UnderWay { .. });
    if has_it && taken.lane == INSTANT.0 {
        let took = between(taken.created, app.clock().now());
        app.store().meter().time(&INSTANT_TIME, &[channel_name(call.channel), "taken"], took);
    }
}

/// It was reported delivered: the time since it was accepted, once that is on disk.
pub(crate) fn delivered(tx: &mut Tx<'_>, held: &Notification, to: Standing, now: Timestamp) -> Result<()> {
    let is_delivered =
        matches!(to, Standing::Sms(SmsResult::Delivered) | Standing::Email(EmailResult::Delivered));
    if is_delivered && began_together(held.order, held.created) {
        // Only these few are looked up: reports of a large sending must not pay for it.
        let order = match orders::sql::head(tx, held.order) {
            Err(Error::NotFound) => return Ok(()),
            found => found?,
        };
        if order.kind == Kind::Instant {
            let labels = [channel_name(to.channel()), "delivered"];
            tx.time(&INSTANT_TIME, &labels, between(held.created, now));
        }
    }
    Ok(())
}

/// Whether a notification was made in the same millisecond as its order, as those that go out at once are.
fn began_together(order: OrderId, created: Timestamp) -> bool {
    let made = order.uuid().get_timestamp().map(|made| made.to_unix());
    let millisecond = |seconds: u64, nanos: u32| (seconds, nanos / 1_000_000);
    let created = u64::try_from(created.as_second())
        .map(|seconds| millisecond(seconds, u32::try_from(created.subsec_nanosecond()).unwrap_or(0)));
    made.is_some_and(|(seconds, nanos)| created == Ok(millisecond(seconds, nanos)))
}

fn between(from: Timestamp, to: Timestamp) -> Duration {
    Duration::try_from(to.duration_since(from)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use types::random::Random;

    use super::*;

    #[test]
    fn only_what_is_as_old_as_its_order_went_out_at_once() {
        let now: Timestamp = "2026-03-02T11:00:00.123456Z".parse().expect("a moment");
        let order = OrderId::new(Random::system().uuid_v7(now));
        assert!(began_together(order, now));
        assert!(!began_together(order, now + Duration::from_millis(5)));
        assert!(!began_together(OrderId::new(uuid::Uuid::from_u128(7)), now));
    }
}
