//! What rows say happened. Pure.

use jiff::Timestamp;
use jobs::ledger::{Attempt, State as AttemptState};
use types::mask::persons;
use webhooks::Told;

use super::model::{Event, What, Who};
use super::note::{Note, Written};
use crate::conversations::Direction;
use crate::overview::MessageLine;
use crate::statuses::Status;
use crate::statuses::sql::StatusRow;

/// The statuses of a message, in the order they were recorded.
pub(super) fn of_statuses(rows: &[StatusRow], line: &MessageLine) -> Vec<Event> {
    let known: Vec<Option<Status>> = rows.iter().map(|row| row.status.parse().ok()).collect();
    let is_late = |at: usize| {
        let earlier = known[..at].iter().flatten();
        known[at].is_some_and(|status| earlier.clone().any(|earlier| earlier.overtakes(status)))
    };
    let event = |(at, row): (usize, &StatusRow)| {
        let what = What::Status {
            name: row.status.clone(),
            status: known[at],
            late: is_late(at),
            receipt: row.raw_receipt.is_some(),
        };
        let event = Event::new(row.last_update, who(known[at], line), what);
        Event { detail: row.description.as_deref().map(persons), ..event }
    };
    rows.iter().enumerate().map(event).collect()
}

/// Who brought a status about.
fn who(status: Option<Status>, line: &MessageLine) -> Who {
    let client = || Who::Client(line.user_agent.as_deref().map(persons));
    match status {
        Some(Status::Opprettet) if line.direction == Direction::Outgoing.as_str() => client(),
        Some(Status::InnkommendeLevert) => client(),
        Some(Status::Mottatt | Status::Levert | Status::Lest) => Who::Peer,
        Some(Status::Sendt) => Who::Channel,
        _ => Who::Service,
    }
}

/// The beginning of an attempt and, where there is one, its end.
pub(super) fn of_attempt(attempt: &Attempt) -> Vec<Event> {
    let began = attempt.started.unwrap_or(attempt.prepared);
    let mut events = vec![Event::new(began, Who::Service, What::HandedOver)];
    let (who, what) = match (attempt.state, attempt.outcome.as_deref()) {
        (AttemptState::Prepared | AttemptState::InFlight, _) => return events,
        (AttemptState::Unknown, _) => (Who::Service, What::InDoubt),
        (AttemptState::Ended, Some("sent")) => (Who::Channel, What::Taken),
        (AttemptState::Ended, _) => (Who::Channel, What::NotTaken),
    };
    let detail = attempt.outcome.as_deref().filter(|outcome| *outcome != "sent").map(persons);
    let end = Event::new(attempt.ended.unwrap_or(began), who, what);
    events.push(Event { reference: attempt.reference.clone(), detail, ..end });
    events
}

/// What is needed to tell which holds ran out.
pub(super) struct Locks {
    pub(super) now: Timestamp,
    /// Until when a client holds the message now.
    pub(super) held: Option<Timestamp>,
    /// When a client has taken it for good.
    pub(super) taken: Option<Timestamp>,
}

/// What was noted, and the holds that ran out in between.
pub(super) fn of_notes(notes: &[Written], locks: &Locks) -> Vec<Event> {
    let mut events: Vec<Event> = notes.iter().filter_map(of_note).collect();
    for (at, written) in notes.iter().enumerate() {
        if let Some(Note::Peeked { until }) = written.note {
            events.extend(ran_out(until, &notes[at + 1..], locks));
        }
    }
    events
}

/// A hold that nobody ended. A download that was read for long moved its end, so it may have been a little
/// later than was said, but not later than the next look.
fn ran_out(until: Timestamp, later: &[Written], locks: &Locks) -> Option<Event> {
    let given_back = later.iter().find(|written| written.note == Some(Note::GivenBack));
    let peeked = later.iter().find(|written| matches!(written.note, Some(Note::Peeked { .. })));
    let before = |at: Timestamp| peeked.is_none_or(|next| at <= next.at);
    let ended = given_back.map(|written| written.at).into_iter().chain(locks.taken).any(before);
    let still_held = peeked.is_none() && (locks.held.is_some() || until > locks.now);
    if ended || still_held {
        return None;
    }
    let at = peeked.map_or(until, |next| until.min(next.at));
    Some(Event::new(at, Who::Service, What::LockRanOut))
}

fn of_note(written: &Written) -> Option<Event> {
    let client = || Who::Client(written.actor.as_deref().map(persons));
    let (who, what, reference) = match written.note.clone()? {
        Note::Submitted { .. } => (client(), What::Submitted, None),
        Note::Sealed { bytes, certificate } => (Who::Service, What::Sealed { bytes, certificate }, None),
        Note::Peeked { until } => (client(), What::Peeked(until), None),
        Note::Popped { bytes } => (client(), What::Popped(bytes), None),
        Note::GivenBack => (client(), What::GivenBack, None),
        Note::Answered { status, reference } => (Who::Channel, What::Answered(status), Some(reference)),
    };
    Some(Event { reference, ..Event::new(written.at, who, what) })
}

/// What a subscriber is told of a status.
pub(super) fn of_delivery(told: Told, status: &str) -> Event {
    let Told { name, standing, .. } = told;
    let what = What::Webhook {
        delivery: standing.id,
        subscription: name,
        status: status.to_owned(),
        state: standing.state,
        tries: standing.tries,
    };
    let event = Event::new(standing.ended.unwrap_or(standing.created), Who::Service, what);
    Event { detail: standing.outcome, ..event }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("a moment")
    }

    fn noted(second: i64, note: Note) -> Written {
        Written { at: at(second), actor: Some("Sak/2.1 (14817210075)".to_owned()), note: Some(note) }
    }

    fn run_out(notes: &[Written], held: Option<i64>, taken: Option<i64>) -> Vec<Timestamp> {
        let locks = Locks { now: at(1_000), held: held.map(at), taken: taken.map(at) };
        let events = of_notes(notes, &locks);
        let out = events.iter().filter(|event| event.what == What::LockRanOut);
        out.map(|event| event.at).collect()
    }

    #[test]
    fn a_hold_that_nobody_ended_ran_out() {
        let peek = |second: i64| noted(second, Note::Peeked { until: at(second + 60) });
        assert_eq!(run_out(&[peek(10)], None, None), [at(70)]);
        assert_eq!(run_out(&[peek(10)], Some(1_010), None), [], "a download holds it");
        assert_eq!(run_out(&[peek(10)], None, Some(30)), [], "it was taken");
        assert_eq!(run_out(&[peek(10), noted(20, Note::GivenBack)], None, None), []);
        assert_eq!(run_out(&[peek(10), peek(200)], None, Some(230)), [at(70)]);
        let given = [peek(10), noted(20, Note::GivenBack), peek(30)];
        assert_eq!(run_out(&given, None, None), [at(90)]);
    }

    #[test]
    fn whoever_did_it_is_named_without_persons_numbers() {
        let events = of_notes(&[noted(1, Note::GivenBack)], &Locks { now: at(1), held: None, taken: None });
        assert_eq!(events[0].who, Who::Client(Some("Sak/2.1 (14*********)".to_owned())));
    }

    #[test]
    fn a_step_behind_a_later_one_is_late() {
        let row = |id: i64, status: &str| StatusRow {
            id,
            conversation: 1,
            message_id: "m".to_owned(),
            conversation_id: "c".to_owned(),
            status: status.to_owned(),
            description: None,
            raw_receipt: None,
            last_update: at(id),
        };
        let line = MessageLine {
            id: 1,
            direction: "OUTGOING".to_owned(),
            message_id: "m".to_owned(),
            conversation_id: "c".to_owned(),
            sender: "310000001".to_owned(),
            receiver: None,
            process: String::new(),
            document_type: String::new(),
            title: String::new(),
            service: "DPO".to_owned(),
            status: None,
            updated: at(1),
            user_agent: None,
        };
        let events = of_statuses(&[row(1, "SENDT"), row(2, "LEVERT"), row(3, "MOTTATT")], &line);
        let late: Vec<bool> =
            events.iter().map(|event| matches!(event.what, What::Status { late: true, .. })).collect();
        assert_eq!(late, [false, false, true]);
    }
}
