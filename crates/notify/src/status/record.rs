//! Writes an order's entry in the feed; called inside the commit that ends the order.

use jiff::Timestamp;
use store::{Result, Tx};
use types::ids::OrderId;

use super::sql::{Entry, EntryRecipient};
use super::{number, timeline};
use crate::log;
use crate::orders::sql::Head;
use crate::orders::{self, State};
use crate::sending::{self, Notification};
use crate::subscriptions::news;

/// Ends an order whose notifications all have final results; otherwise does nothing. To be called after
/// every change that is final, and harmless at any time.
///
/// Of several who make the last changes side by side, whoever holds the order's row last sees what all
/// of them have done.
pub(crate) fn complete_if_done(tx: &mut Tx<'_>, order: OrderId, now: Timestamp) -> Result<bool> {
    let completed = complete(tx, order, now)?;
    if completed {
        log::sql::keep(tx, &[order])?;
    }
    Ok(completed)
}

/// The same for several orders, each once and in the order of their ids.
pub(crate) fn complete_all(tx: &mut Tx<'_>, mut orders: Vec<OrderId>, now: Timestamp) -> Result<()> {
    orders.sort_unstable_by_key(|order| order.uuid());
    orders.dedup();
    let mut completed = Vec::with_capacity(orders.len());
    for order in orders {
        if complete(tx, order, now)? {
            completed.push(order);
        }
    }
    if completed.is_empty() { Ok(()) } else { log::sql::keep(tx, &completed) }
}

/// All but the log.
fn complete(tx: &mut Tx<'_>, order: OrderId, now: Timestamp) -> Result<bool> {
    if sending::sql::any_open(tx, order)? {
        return Ok(false);
    }
    let Some(head) = orders::sql::hold(tx, order, State::Processed)? else {
        return Ok(false);
    };
    let recipients = sending::sql::of_order(tx, order)?;
    if recipients.iter().any(|notification| !notification.standing.is_final()) {
        return Ok(false);
    }
    let completed = orders::sql::advance(tx, order, State::Processed, State::Completed, now)?;
    if completed {
        tell(tx, order, Head { state: State::Completed, changed: now, ..head }, &recipients, now)?;
    }
    Ok(completed)
}

/// Tells the feed that an order has just come to its end.
pub(crate) fn ended(tx: &mut Tx<'_>, order: OrderId, now: Timestamp) -> Result<()> {
    let head = orders::sql::head(tx, order)?;
    let recipients = sending::sql::of_order(tx, order)?;
    tell(tx, order, head, &recipients, now)
}

fn tell(
    tx: &mut Tx<'_>,
    order: OrderId,
    head: Head,
    recipients: &[Notification],
    now: Timestamp,
) -> Result<()> {
    let entry = Entry {
        shipment_id: order,
        senders_reference: head.senders_reference,
        shipment_type: head.kind.wire().to_owned(),
        status: head.state.wire().to_owned(),
        last_update: head.changed,
        recipients: recipients.iter().map(EntryRecipient::of).collect(),
    };
    number::show(tx, &head.creator, &entry, now)?;
    news::ended(tx, order, &head.creator, (head.state.wire(), &entry.written()), now)?;
    timeline::record(tx, order, "ended", Some(head.state.wire()), now)
}
