//! What the notification service answers for, as entries of the audit log: every message that went out
//! at once, and every message to somebody who had declined digital communication.

use audit::{Action, Entry};
use jiff::Timestamp;
use types::ids::NotificationId;
use uuid::Uuid;

use crate::orders::Order;
use crate::recipients::Channel;
use crate::sending::Call;

/// A message that goes out at once has been accepted.
pub(crate) fn accepted(id: Uuid, order: &Order, notification: NotificationId, channel: Channel) -> Entry {
    entry(id, order, order.created, Action::InstantAccepted, &detail(notification, channel))
}

/// It was certainly not taken by anybody, and is forgotten but for this.
pub(crate) fn withdrawn(id: Uuid, creator: &str, call: &Call, now: Timestamp) -> Entry {
    let detail = detail(call.notification, call.channel);
    Entry::new(id, now, creator, Action::InstantWithdrawn, &call.order, detail)
}

/// A message is made for somebody who has declined, because the sender said so.
pub(crate) fn overridden(
    id: Uuid,
    order: &Order,
    notification: NotificationId,
    channel: Channel,
    now: Timestamp,
) -> Entry {
    entry(id, order, now, Action::ReservationOverridden, &detail(notification, channel))
}

fn entry(id: Uuid, order: &Order, at: Timestamp, action: Action, detail: &str) -> Entry {
    Entry::new(id, at, order.creator.as_str(), action, &order.id, detail)
}

fn detail(notification: NotificationId, channel: Channel) -> String {
    let channel = match channel {
        Channel::Sms => "SMS",
        Channel::Email => "e-mail",
    };
    format!("{channel}, notification {notification}")
}
