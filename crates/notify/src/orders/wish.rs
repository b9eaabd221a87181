//! What `POST /future/orders` asks for: a main order and its reminders, read and not yet registered.

use jiff::{SignedDuration, Timestamp};

use super::body;
use super::conditions::refused_conditions;
use super::model::{Content, Kind, NewOrder};
use super::receipt::Digest;
use crate::Notify;
use crate::access::{Creator, senders};
use crate::binding::{Faults, Reader};
use crate::problem::Problem;
use crate::recipients::Recipient;

/// Days a reminder may wait at most.
const LONGEST_DELAY_DAYS: i64 = 3650;
/// Reminders in a chain at most.
const MOST_REMINDERS: usize = 100;

/// A request that has been understood.
pub(crate) struct Wish {
    idempotency_id: String,
    pub(super) dialog_id: Option<String>,
    pub(super) transmission_id: Option<String>,
    /// The main order first.
    pub(super) drafts: Vec<NewOrder>,
}

impl Wish {
    /// What names the request for all time.
    pub(crate) fn idempotency_id(&self) -> &str {
        &self.idempotency_id
    }

    /// The problem of a sender that is not the creator's own.
    pub(crate) fn refused_sender(&self, notify: &Notify, creator: &Creator) -> Option<Problem> {
        let texts = self.drafts.iter().map(|draft| &draft.content.texts);
        senders::check(&notify.config().senders, creator, texts).err()
    }

    /// Whether a register knows how its recipients are reached.
    pub(crate) fn asks_register(&self) -> bool {
        self.drafts.iter().any(|draft| needs_register(&draft.content))
    }
}

fn needs_register(content: &Content) -> bool {
    content.recipients.iter().any(|recipient| !matches!(recipient, Recipient::Direct { .. }))
}

/// Reads a request. What cannot be accepted any more may still be a repetition, so that is told beside the
/// wish and what the request boils down to.
pub(crate) fn understand(
    notify: &Notify,
    json: &serde_json::Value,
    now: Timestamp,
) -> Result<(Wish, Option<Problem>, Digest), Problem> {
    let (wish, late) = parse(json, now)?;
    let late = late.or_else(|| refused_conditions(notify, wish.drafts.iter().map(|draft| &draft.content)));
    Ok((wish, late, Digest::of_json("order", json)))
}

fn parse(json: &serde_json::Value, now: Timestamp) -> Result<(Wish, Option<Problem>), Problem> {
    let faults = Faults::default();
    let wish = Reader::document(json, &faults).and_then(|body| read(&body, now));
    faults.settle(wish)
}

fn read(body: &Reader<'_>, now: Timestamp) -> Option<Wish> {
    let idempotency_id = body::idempotency_id(body);
    let senders_reference = body::senders_reference(body);
    let requested = body::requested(body, now);
    let (dialog_id, transmission_id) = body::association(body);
    let content = body::content(body);
    let reminders = body.objects("reminders");
    if reminders.len() > MOST_REMINDERS {
        body.rule("Reminders", format!("must not be more than {MOST_REMINDERS}"));
    }
    let reminders: Vec<_> =
        reminders.iter().map(|reminder| read_reminder(reminder, requested, now)).collect();
    let main = NewOrder { kind: Kind::Notification, senders_reference, requested, content: content? };
    let drafts = std::iter::once(Some(main)).chain(reminders).collect::<Option<Vec<_>>>()?;
    Some(Wish { idempotency_id: idempotency_id?, dialog_id, transmission_id, drafts })
}

fn read_reminder(reminder: &Reader<'_>, main: Timestamp, now: Timestamp) -> Option<NewOrder> {
    let senders_reference = body::senders_reference(reminder);
    let requested = reminder_time(reminder, main, now);
    let content = body::content(reminder);
    Some(NewOrder { kind: Kind::Reminder, senders_reference, requested: requested?, content: content? })
}

/// Either so many days after the main order, or at a time of its own.
fn reminder_time(reminder: &Reader<'_>, main: Timestamp, now: Timestamp) -> Option<Timestamp> {
    let days = reminder.integer("delayDays");
    let own = body::not_past(reminder, "requestedSendTime", "RequestedSendTime", now);
    let gives_days = reminder.has("delayDays");
    let gives_own = reminder.has("requestedSendTime");
    if gives_days == gives_own {
        let faults = reminder.faults();
        faults.rule(reminder.own_key(), "must have exactly one of delayDays and requestedSendTime");
        if gives_days {
            reminder.rule("DelayDays", "cannot be given together with requestedSendTime");
            reminder.rule("RequestedSendTime", "cannot be given together with delayDays");
        }
        return None;
    }
    if gives_own {
        return own;
    }
    let days = days?;
    if !(1..=LONGEST_DELAY_DAYS).contains(&days) {
        reminder.rule("DelayDays", format!("must be in 1..{LONGEST_DELAY_DAYS}"));
        return None;
    }
    let requested = main.checked_add(SignedDuration::from_hours(days * 24)).ok();
    if requested.is_none() {
        reminder.rule("DelayDays", "leads beyond the year 9999");
    }
    requested
}
