//! Writes an order's entry in the feed; called inside the commit that ends the order.

use jiff::Timestamp;
use store::{Result, Tx};
use types::ids::OrderId;

use super::sql::{self, Entry, EntryRecipient};
use super::{number, timeline};
use crate::orders::{self, State};
use crate::sending;

/// Ends an order whose notifications all have final results; otherwise does nothing. May be called
/// after every change, and more than once.
pub(crate) fn complete_if_done(tx: &mut Tx<'_>, order: OrderId, now: Timestamp) -> Result<bool> {
    if sending::sql::any_open(tx, order)? {
        return Ok(false);
    }
    let completed = orders::sql::advance(tx, order, State::Processed, State::Completed, now)?;
    if completed {
        ended(tx, order, now)?;
    }
    Ok(completed)
}

/// Tells the feed that an order has just come to its end.
pub(crate) fn ended(tx: &mut Tx<'_>, order: OrderId, now: Timestamp) -> Result<()> {
    let head = orders::sql::head(tx, order)?;
    let recipients = sending::sql::of_order(tx, order)?;
    let entry = Entry {
        shipment_id: order,
        senders_reference: head.senders_reference,
        shipment_type: head.kind.wire().to_owned(),
        status: head.state.wire().to_owned(),
        last_update: head.changed,
        recipients: recipients.iter().map(EntryRecipient::of).collect(),
    };
    let number = number::next(tx)?;
    sql::insert(tx, &head.creator, number, &entry, now)?;
    timeline::record(tx, order, "ended", Some(head.state.wire()), now)
}
