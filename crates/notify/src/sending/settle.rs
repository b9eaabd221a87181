//! Records how calls to providers ended, together with all that follows.
//!
//! Results that come in side by side share a commit. What a provider has said is offered to the store for
//! minutes: until it is on disk, nobody else knows whether the message was taken.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use jobs::{Outcome, Stale, Taken, ledger};
use meter::families::GATEWAY_CALLS;
use store::{Error, Result, Tx};

use super::Standing;
use super::follow::Question;
use super::outcome::{Call, Decision, Ended, Fact, Policy, RecordError, Then, decide};
use super::sql::{self, CallEnd};
use super::timing;
use crate::recipients::Channel;
use crate::reports::NewReference;
use crate::status::{record, timeline};
use crate::{Notify, audited, lock, orders, reports};

/// The first pause before a result is offered again; each is twice as long as the one before.
const FIRST_PAUSE: Duration = Duration::from_millis(20);
/// The longest.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
/// How long a result is offered before it is left to the ledger, where its attempt stays open.
const PATIENCE: Duration = Duration::from_secs(180);

/// A call that has ended, in the hands of the job that made it.
#[derive(Clone, Debug)]
pub(crate) struct Concluded {
    pub(crate) taken: Taken,
    pub(crate) call: Call,
    pub(crate) fact: Fact,
    pub(crate) next: Next,
}

/// What may follow at once where a call certainly came to nothing.
#[derive(Clone, Debug)]
pub(crate) enum Next {
    /// Nothing.
    None,
    /// The call by another route.
    Call(Box<Call>),
    /// No other route is open before this moment.
    Nobody(Timestamp),
}

/// What has been decided about a call, on its way to the store.
#[derive(Debug)]
pub(crate) struct Settlement {
    concluded: Concluded,
    decision: Decision,
    follow: Option<Question>,
    now: Timestamp,
}

/// Records how a call ended, together with all that follows, and tells what a waiting caller hears.
///
/// When the store fails, it is tried again; after a while the attempt is left open in the ledger, and the
/// lease brings the job back to find it in doubt.
pub(crate) async fn conclude(app: &Notify, concluded: Concluded) -> (Outcome, Ended) {
    let policy = app.sending_policy(concluded.call.channel, concluded.taken.tries);
    tell(app, &concluded);
    let follow = Question::after(app, &concluded);
    let (mut pause, mut waited) = (FIRST_PAUSE, Duration::ZERO);
    while waited < PATIENCE {
        let now = app.clock().now();
        let decision = concluded.decide(policy, now);
        let ended = match decision.then {
            Then::Remove(_) => Ended::NotSent,
            Then::Another => Ended::GoesOn,
            _ => Ended::OnRecord,
        };
        let follow = follow.clone();
        let settlement =
            Arc::new(Settlement { concluded: concluded.clone(), decision, follow: follow.clone(), now });
        match app.settlements().write(settlement).await {
            Ok(Ok(())) => {
                app.ring_feed();
                return (Outcome::Settled, ended);
            }
            Ok(Err(Stale)) => match record_late(app, &concluded, follow, now).await {
                Ok(ended) => return (Outcome::Settled, ended),
                Err(error) => tracing::error!(%error, "could not record a late hand-over; trying again"),
            },
            Err(error) => {
                tracing::error!(%error, "could not record how a hand-over ended; trying again");
            }
        }
        tokio::time::sleep(pause).await;
        waited += pause;
        pause = LONGEST_PAUSE.min(pause * 2);
    }
    (Outcome::Settled, Ended::OnRecord)
}

/// Writes decisions down, many in one commit; answers [`Stale`] for those whose job is somebody else's by
/// now, of which nothing is written.
pub(crate) fn settle_all(
    tx: &mut Tx<'_>,
    all: &[Arc<Settlement>],
) -> Result<Vec<std::result::Result<(), Stale>>> {
    let verdicts = leave_jobs(tx, all)?;
    let ours = all.iter().zip(&verdicts).filter(|(_, verdict)| verdict.is_ok());
    let ours: Vec<&Settlement> = ours.map(|(settlement, _)| &**settlement).collect();
    let (removed, kept): (Vec<_>, Vec<_>) =
        ours.iter().copied().partition(|settlement| matches!(settlement.decision.then, Then::Remove(_)));
    let ending = kept.iter().filter(|settlement| settlement.decision.then != Then::Another);
    let ends = ending.map(|settlement| settlement.end());
    let references = kept.iter().filter_map(|settlement| settlement.concluded.new_reference());
    apply(tx, ends.collect(), references.collect())?;
    for settlement in removed {
        if let Then::Remove(key) = &settlement.decision.then {
            let Concluded { taken, call, .. } = &settlement.concluded;
            orders::sql::remove_chain(tx, key, call.order)?;
            let creator = key.creator.as_str();
            audit::record(tx, &[audited::withdrawn(taken.id, creator, call, settlement.now)])?;
        }
    }
    close_attempts(tx, &ours)?;
    begin_others(tx, &ours)?;
    for settlement in &ours {
        settlement.follow.iter().try_for_each(|question| question.queue(tx, settlement.now))?;
    }
    Ok(verdicts)
}

/// Closes attempts in the ledger; whatever ended in doubt is noted for operators, too.
fn close_attempts(tx: &mut Tx<'_>, ours: &[&Settlement]) -> Result<()> {
    let Some(now) = ours.iter().map(|settlement| settlement.now).max() else {
        return Ok(());
    };
    let mut ends = Vec::with_capacity(ours.len());
    // Of two commits about the same orders, both write down what concerns the lower one first.
    let mut ours = ours.to_vec();
    ours.sort_unstable_by_key(|settlement| settlement.concluded.call.order.uuid());
    for Settlement { concluded, .. } in ours {
        match &concluded.fact {
            Fact::Doubt { cause, .. } => {
                close_attempt(tx, concluded, now)?;
                timeline::record(tx, concluded.call.order, "in doubt", Some(cause), now)?;
            }
            _ => ends.push((concluded.call.attempt, concluded.attempt_end())),
        }
    }
    ledger::end_all(tx, &ends, now)
}

/// Writes down the attempts by other routes, unless an earlier commit has done so whose answer was lost.
fn begin_others(tx: &mut Tx<'_>, ours: &[&Settlement]) -> Result<()> {
    for Settlement { concluded, now, .. } in ours {
        let Next::Call(next) = &concluded.next else { continue };
        let subject = next.notification.uuid();
        if ledger::unfinished(tx, subject)?.iter().any(|open| open.id == next.attempt) {
            continue;
        }
        let (owner, route) = (next.creator.as_str(), &*next.way.name);
        ledger::begin(tx, &ledger::Intent { id: next.attempt, owner, subject, route }, *now)?;
    }
    Ok(())
}

/// Takes the jobs off the queue, or puts them off; tells of each whether it was still ours. Of two results
/// of one job, the one of the worker that has it now counts.
fn leave_jobs(tx: &mut Tx<'_>, all: &[Arc<Settlement>]) -> Result<Vec<std::result::Result<(), Stale>>> {
    let mut verdicts = vec![Ok(()); all.len()];
    let (mut places, mut finished, mut staying) = (Vec::new(), Vec::new(), Vec::new());
    for (place, settlement) in all.iter().enumerate() {
        let taken = &settlement.concluded.taken;
        match &settlement.decision.then {
            Then::Finish | Then::Remove(_) => {
                places.push(place);
                finished.push(taken.clone());
            }
            then => staying.push((place, taken, then)),
        }
    }
    for (place, verdict) in places.into_iter().zip(jobs::finish_all(tx, &finished)?) {
        verdicts[place] = verdict;
    }
    staying.sort_unstable_by_key(|(_, taken, _)| taken.id);
    for (place, taken, then) in staying {
        let left = match then {
            Then::PutOff(at, reason) => taken.put_off::<RecordError>(tx, *at, reason),
            Then::PutBack(at, reason) => taken.put_back::<RecordError>(tx, *at, reason),
            Then::Another | Then::Finish | Then::Remove(_) => taken.check::<RecordError>(tx),
        };
        verdicts[place] = match left {
            Ok(()) => Ok(()),
            Err(RecordError::Stale(stale)) => Err(stale),
            Err(RecordError::Store(error)) => return Err(error),
        };
    }
    Ok(verdicts)
}

impl Settlement {
    fn end(&self) -> CallEnd {
        let Decision { standing, in_doubt, .. } = self.decision;
        self.concluded.end(standing, in_doubt, self.now)
    }
}

impl Concluded {
    fn decide(&self, policy: Policy, now: Timestamp) -> Decision {
        let decision = decide(&self.call, &self.fact, policy, now);
        let Decision { standing, in_doubt, then } = decision;
        let then = match (&self.next, then) {
            (Next::Call(_), _) => Then::Another,
            (Next::Nobody(again), Then::PutBack(at, words)) => Then::PutBack(at.min(*again), words),
            (_, then) => then,
        };
        Decision { standing, in_doubt, then }
    }

    fn end(&self, to: Standing, in_doubt: bool, at: Timestamp) -> CallEnd {
        let reference = self.fact.reference().map(str::to_owned);
        let Call { notification, order, .. } = self.call;
        CallEnd { notification, order, to, reference, route: Arc::clone(&self.call.way.name), in_doubt, at }
    }

    fn attempt_end(&self) -> ledger::End<'_> {
        let (outcome, detail) = self.fact.in_ledger();
        ledger::End { outcome, reference: self.fact.reference(), detail }
    }

    /// The reference by which reports will know the message.
    fn new_reference(&self) -> Option<NewReference<'_>> {
        let is_sms = self.call.channel == Channel::Sms;
        self.fact.reference().map(|reference| NewReference { reference, route: &self.call.way.name, is_sms })
    }
}

/// Changes notifications, applies reports that came before their references, and ends the orders that
/// waited for nothing else.
fn apply(tx: &mut Tx<'_>, mut ends: Vec<CallEnd>, mut references: Vec<NewReference<'_>>) -> Result<()> {
    references.sort_unstable();
    references.dedup();
    let mut names: Vec<&str> = references.iter().map(|new| new.reference).collect();
    names.dedup();
    lock::hold_all(tx, &names)?;
    ends.sort_unstable_by_key(|end| end.notification.uuid());
    let counted = sql::record_calls(tx, &ends)?;
    let Some(now) = ends.iter().map(|end| end.at).max() else {
        return Ok(());
    };
    let closed = ends.iter().zip(counted).filter(|(end, counted)| *counted && end.to.is_final());
    let mut orders: Vec<_> = closed.map(|(end, _)| end.order).collect();
    // A fast gateway reports before its answer is stored.
    orders.append(&mut reports::adopt(tx, &references, now)?);
    record::complete_all(tx, orders, now)
}

/// The lease had run out, or what was recorded already is recorded again: what the provider said is true
/// all the same.
async fn record_late(
    app: &Notify,
    concluded: &Concluded,
    follow: Option<Question>,
    now: Timestamp,
) -> Result<Ended> {
    let standing = match &concluded.fact {
        Fact::Taken { .. } => Some(Standing::taken(concluded.call.channel)),
        Fact::UnderWay { .. } => Some(Standing::sending(concluded.call.channel)),
        Fact::Refused { standing, .. } => Some(*standing),
        Fact::NotTaken { .. } | Fact::Doubt { .. } => None,
    };
    let concluded = concluded.clone();
    let work = move |tx: &mut Tx<'_>| {
        let ends = standing.map(|standing| concluded.end(standing, false, now)).into_iter().collect();
        apply(tx, ends, concluded.new_reference().into_iter().collect())?;
        close_attempt(tx, &concluded, now)?;
        follow.iter().try_for_each(|question| question.queue(tx, now))?;
        let on_record = orders::sql::exists(tx, concluded.call.order)?;
        Ok::<_, Error>(if on_record { Ended::OnRecord } else { Ended::NotSent })
    };
    app.store().write(work).await.inspect(|_| app.ring_feed())
}

fn close_attempt(tx: &mut Tx<'_>, concluded: &Concluded, now: Timestamp) -> Result<()> {
    let end = concluded.attempt_end();
    match &concluded.fact {
        Fact::Doubt { .. } => ledger::mark_unknown(tx, concluded.call.attempt, &end, now),
        _ => ledger::end(tx, concluded.call.attempt, &end, now),
    }
}

/// Tells operators of a hand-over: counts it, and warns where nobody knows how it ended.
fn tell(app: &Notify, Concluded { taken, call, fact, .. }: &Concluded) {
    let labels = [sql::channel_name(call.channel), &call.way.name, fact.in_one_word()];
    app.store().meter().count(&GATEWAY_CALLS, &labels);
    timing::handed_over(app, taken, call, fact);
    if let Fact::Doubt { cause, .. } = fact {
        tracing::warn!(%cause, "nobody knows whether a message was taken");
    }
}

#[cfg(test)]
mod tests {
    use jobs::{Claim, Due};
    use types::ids::{AttemptId, NotificationId, OrderId};
    use uuid::Uuid;

    use super::*;
    use crate::INSTANT;
    use crate::sending::SendSms;

    fn settlement(taken: Taken) -> Arc<Settlement> {
        let (id, now) = (Uuid::from_u128(7), Timestamp::UNIX_EPOCH);
        let call = Call {
            notification: NotificationId::new(id),
            order: OrderId::new(id),
            creator: crate::access::Creator::new("bym"),
            channel: Channel::Sms,
            attempt: AttemptId::new(id),
            way: crate::routes::Way::nowhere(),
            expires: now,
            was_in_doubt: false,
            key: None,
        };
        let fact = Fact::Taken { reference: None };
        let decision =
            Decision { standing: Standing::taken(Channel::Sms), in_doubt: false, then: Then::Finish };
        Arc::new(Settlement {
            concluded: Concluded { taken, call, fact, next: Next::None },
            decision,
            follow: None,
            now,
        })
    }

    /// A call that lasted longer than its lease may end in the same moment as the next worker's.
    #[tokio::test]
    async fn of_two_results_of_one_job_only_the_earlier_workers_is_late() {
        let store = testkit::stores::temporary();
        let work = |tx: &mut Tx<'_>| {
            let (id, now) = (Uuid::from_u128(7), Timestamp::UNIX_EPOCH);
            let claim = Claim { worker: "one".to_owned(), now, lease: Duration::from_secs(60) };
            let job = SendSms { notification: NotificationId::new(id) };
            let due = Due::now(INSTANT, "bym", now);
            let early = jobs::enqueue_taken::<Notify, _>(tx, id, &job, &due, &claim)?;
            tx.execute("UPDATE jobs SET fence = 2", store::params![])?;
            let late = Taken { fence: 2, ..early.clone() };
            leave_jobs(tx, &[settlement(early), settlement(late)])
        };
        let verdicts: Result<_, Error> = store.write(work).await;
        assert_eq!(verdicts.expect("an answer"), [Err(Stale), Ok(())]);
    }
}
