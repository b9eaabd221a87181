//! Puts a message's story together from what the commits wrote down.

use jiff::Timestamp;
use jobs::ledger;
use store::{Result, Tx};
use types::mask::persons;
use uuid::Uuid;
use webhooks::{Owner, Which};

use super::events::{self, Locks};
use super::model::{Act, Answer, Event, Next, Story, What, Who};
use super::note::{self, Note, Written};
use super::sql::{self, Head};
use crate::conversations::Direction;
use crate::feedback::Report;
use crate::outbox::send::Send;
use crate::outbox::{Awaited, awaited};
use crate::overview::MessageLine;
use crate::statuses::Status;
use crate::statuses::sql::StatusRow;
use crate::{Exchange, inbox, statuses};

/// Entries of the audit log, and deliveries of one status, that are shown at most.
const MOST: u32 = 100;

impl Exchange {
    /// The story of a message, by the number of its conversation; `None` when there is none.
    pub fn story(&self, tx: &mut Tx<'_>, id: i64) -> Result<Option<Story>> {
        let Some(head) = sql::head(tx, self.own(), id)? else { return Ok(None) };
        let statuses = statuses::sql::of_conversation(tx, id)?;
        let notes = note::of(tx, id)?;
        let outgoing = head.outgoing;
        let mut story = begin(head, &statuses, &notes);
        story.others = sql::others(tx, self.own(), &story.line.conversation_id, id)?;
        story.others.iter_mut().for_each(hide);
        let locked_until = if story.line.direction == Direction::Outgoing.as_str() {
            self.going_out(tx, &mut story, outgoing)?;
            None
        } else {
            self.coming_in(tx, &mut story)?
        };
        let taken = statuses.iter().find(|row| row.status == Status::InnkommendeLevert.as_str());
        let locks = Locks { now: self.now(), held: locked_until, taken: taken.map(|row| row.last_update) };
        story.events.extend(events::of_notes(&notes, &locks));
        self.webhooks_about(tx, &mut story, &statuses)?;
        by_hand(tx, &mut story)?;
        // Those of one moment stay in the order in which they are told.
        story.events.sort_by_key(|event| event.at);
        let acts = offered(&story);
        hide(&mut story.line);
        Ok(Some(Story { acts, ..story }))
    }

    /// What the outbox and the ledger know of a message that we send.
    fn going_out(&self, tx: &mut Tx<'_>, story: &mut Story, subject: Option<Uuid>) -> Result<()> {
        if let Some(subject) = subject {
            let attempts = ledger::of(tx, subject)?;
            story.events.extend(attempts.iter().flat_map(events::of_attempt));
        }
        let Some(Awaited { id, queued, files }) = awaited(tx, self.own(), &story.line.message_id)? else {
            return Ok(());
        };
        (story.files, story.more_files) = (files, 0);
        story.next =
            if queued { self.next_of(tx, &Send { message: id })? } else { Next::Client(story.expiry) };
        Ok(())
    }

    /// What is known of a message that came in; answers until when a client holds it.
    fn coming_in(&self, tx: &mut Tx<'_>, story: &mut Story) -> Result<Option<Timestamp>> {
        let (own, message_id) = (self.own(), story.line.message_id.clone());
        if let Some((at, reference)) = sql::arrived(tx, own, &message_id)? {
            let event = Event::new(at, Who::Channel, What::Arrived);
            story.events.push(Event { reference: Some(reference), ..event });
        }
        for aside in sql::set_aside(tx, own, &message_id)? {
            let event = Event::new(aside.created, Who::Service, What::SetAside);
            let (reference, detail) = (Some(aside.reference), Some(aside.reason));
            story.events.push(Event { reference, detail, ..event });
        }
        for back in sql::answers(tx, own, &message_id)? {
            let attempts = ledger::of(tx, back.id)?;
            story.events.extend(attempts.iter().flat_map(events::of_attempt));
            let next = self.next_of(tx, &Report::of(back.id))?;
            story.answers.push(Answer { id: back.id, status: back.status, created: back.created, next });
        }
        let Some(waiting) = inbox::sql::find(tx, own, &message_id)? else { return Ok(None) };
        let held = waiting.locked_until.filter(|until| *until > self.now());
        story.next = held.map_or(Next::Waits(story.expiry), Next::Held);
        Ok(held)
    }

    /// What comes next of a job that is there.
    fn next_of<J: jobs::Job<Self>>(&self, tx: &mut Tx<'_>, job: &J) -> Result<Next> {
        if let Some(put_off) = jobs::put_off::<Self, J>(tx, job)? {
            let jobs::PutOff { due, in_hand, tries, reason, .. } = put_off;
            return Ok(match (in_hand, due <= self.now()) {
                (true, _) => Next::InHand,
                (false, true) => Next::Queued,
                (false, false) => Next::TriedAgain { at: due, reason: persons(&reason), tries },
            });
        }
        let buried = jobs::buried_for::<Self, J>(tx, job)?;
        Ok(buried.map_or(Next::Queued, |buried| Next::GivenUp(persons(&buried.reason))))
    }

    fn webhooks_about(&self, tx: &mut Tx<'_>, story: &mut Story, statuses: &[StatusRow]) -> Result<()> {
        for owner in self.listeners() {
            for row in statuses {
                let told = webhooks::told(tx, &owner, Which::Exactly(&row.id.to_string()), MOST)?;
                story.events.extend(told.into_iter().map(|told| events::of_delivery(told, &row.status)));
            }
        }
        Ok(())
    }

    /// Whose subscribers may be told: the one who runs the gateway, and those who use it.
    pub(super) fn listeners(&self) -> Vec<Owner> {
        self.organizations().into_iter().map(Owner::from).collect()
    }
}

fn by_hand(tx: &mut Tx<'_>, story: &mut Story) -> Result<()> {
    for entry in audit::about(tx, &story.line.message_id, MOST)? {
        let event = Event::new(entry.at, Who::Operator(entry.actor), What::Operated);
        story.events.push(Event { detail: Some(entry.detail), ..event });
    }
    Ok(())
}

/// What the conversation and its statuses say.
fn begin(head: Head, statuses: &[StatusRow], notes: &[Written]) -> Story {
    let Head { line, reference, channel_reference, expiry, finished, asked, .. } = head;
    let submitted = notes.iter().rev().find_map(|written| match &written.note {
        Some(Note::Submitted { files, more }) => Some((files.clone(), *more)),
        _ => None,
    });
    let (files, more_files) = submitted.unwrap_or_default();
    let next = if finished { Next::Nothing } else { Next::Answer { until: expiry, asked } };
    let has = |status: Status| statuses.iter().any(|row| row.status == status.as_str());
    Story {
        events: events::of_statuses(statuses, &line),
        line,
        reference: persons(&reference),
        channel_reference,
        expiry,
        finished,
        failed: has(Status::Feil),
        files,
        more_files,
        next,
        acts: Vec::new(),
        answers: Vec::new(),
        others: Vec::new(),
    }
}

/// Organizations are public, persons are not.
pub(super) fn hide(line: &mut MessageLine) {
    line.sender = persons(&line.sender);
    line.receiver = line.receiver.as_deref().map(persons);
    line.title = persons(&line.title);
    line.user_agent = line.user_agent.as_deref().map(persons);
}

fn offered(story: &Story) -> Vec<Act> {
    let all = || std::iter::once(&story.next).chain(story.answers.iter().map(|answer| &answer.next));
    let mut acts = Vec::new();
    if all().any(|next| matches!(next, Next::TriedAgain { .. })) {
        acts.push(Act::TryNow);
    }
    if all().any(|next| matches!(next, Next::GivenUp(_))) {
        acts.push(Act::DigUp);
    }
    if matches!(story.next, Next::Held(_)) {
        acts.push(Act::ReleaseLock);
    }
    acts
}
