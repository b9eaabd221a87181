//! What comes next of an order or a notification, and what can be done about it now. Pure.

use jiff::{SignedDuration, Timestamp};

use super::model::{Act, Next};
use crate::orders::State;
use crate::recipients::Channel;
use crate::sending::{Notification, Standing, WAITS_FOR_DAYTIME};

/// The job that works on something, as far as it can be seen.
#[derive(Clone, Debug, Default)]
pub(super) struct Work {
    /// It has been put off at least once.
    pub(super) put_off: Option<jobs::PutOff>,
    /// It was given up.
    pub(super) buried: Option<jobs::Buried>,
}

impl Work {
    /// What the job says, if it says anything.
    fn next(&self, now: Timestamp) -> Option<Next> {
        if let Some(jobs::PutOff { due, in_hand, tries, reason, .. }) = &self.put_off {
            return Some(match (in_hand, *due <= now) {
                (true, _) => Next::InHand,
                (false, true) => Next::Queued,
                (false, false) => Next::TriedAgain { at: *due, reason: reason.clone(), tries: *tries },
            });
        }
        self.buried.as_ref().map(|buried| Next::GivenUp(buried.reason.clone()))
    }
}

/// Of an order.
pub(super) fn of_order(state: State, requested: Timestamp, work: &Work, now: Timestamp) -> (Next, Vec<Act>) {
    let next = match state {
        State::Registered if requested > now => Next::StartsAt(requested),
        State::Registered | State::Processing => work.next(now).unwrap_or(Next::Queued),
        State::Processed => Next::Recipients,
        State::Completed | State::SendConditionNotMet | State::Cancelled => Next::Nothing,
    };
    let mut acts = acts(&next);
    if state == State::Registered {
        acts.push(Act::Cancel);
    }
    (next, acts)
}

/// What is needed to say what comes next of a notification.
pub(super) struct Surroundings<'a> {
    pub(super) work: &'a Work,
    /// Whether an attempt is under way.
    pub(super) in_flight: bool,
    /// When the hours in which it may be sent begin, if they have not.
    pub(super) window: Option<Timestamp>,
    /// How long after its time a report is waited for.
    pub(super) grace: SignedDuration,
    /// Whether mail servers report what became of what they took.
    pub(super) mail_reports: bool,
    pub(super) now: Timestamp,
}

/// Of a notification.
pub(super) fn of_notification(notification: &Notification, around: &Surroundings<'_>) -> (Next, Vec<Act>) {
    let Notification { standing, expires, in_doubt, .. } = *notification;
    let channel = standing.channel();
    let until = expires.checked_add(around.grace).unwrap_or(Timestamp::MAX);
    let said = around.work.next(around.now);
    let next = if standing.is_final() {
        Next::Nothing
    } else if standing == Standing::taken(channel) {
        let reported = channel == Channel::Sms || around.mail_reports;
        if reported { Next::Report(until) } else { Next::ReportMayCome }
    } else if let Some(next) = said {
        window(next)
    } else if around.in_flight {
        Next::InHand
    } else if notification.reference.is_some() {
        Next::Report(until)
    } else if in_doubt {
        Next::Doubt(until)
    } else {
        around.window.map_or(Next::Queued, Next::Window)
    };
    let mut acts = acts(&next);
    let resends = in_doubt && !standing.is_final() && notification.reference.is_none();
    if resends && expires > around.now && next != Next::InHand {
        acts.retain(|act| *act != Act::TryNow);
        acts.push(Act::SendAgain);
    }
    (next, acts)
}

/// What waits for its hours is not sent before them by trying.
fn window(next: Next) -> Next {
    match next {
        Next::TriedAgain { at, reason, .. } if reason == WAITS_FOR_DAYTIME => Next::Window(at),
        other => other,
    }
}

fn acts(next: &Next) -> Vec<Act> {
    match next {
        Next::TriedAgain { .. } => vec![Act::TryNow],
        Next::GivenUp(_) => vec![Act::DigUp],
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use gateways::SmsResult;
    use types::ids::{NotificationId, OrderId};
    use uuid::Uuid;

    use super::*;
    use crate::access::Creator;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).expect("a moment")
    }

    fn put_off(due: i64, in_hand: bool, reason: &str) -> Work {
        let (id, lane, reason) = (Uuid::from_u128(1), "notify.sms".to_owned(), reason.to_owned());
        let put_off = jobs::PutOff { id, lane, due: at(due), in_hand, tries: 2, reason };
        Work { put_off: Some(put_off), buried: None }
    }

    fn sms(result: SmsResult, in_doubt: bool) -> Notification {
        Notification {
            id: NotificationId::new(Uuid::from_u128(1)),
            order: OrderId::new(Uuid::from_u128(2)),
            creator: Creator::new("bym"),
            standing: Standing::Sms(result),
            destination: "+4799999999".into(),
            identity: None,
            subject: None,
            body: None,
            expires: at(1_000),
            reference: None,
            in_doubt,
            parts: Some(1),
            created: at(0),
            changed: at(0),
        }
    }

    fn next(notification: &Notification, work: &Work, now: i64) -> (Next, Vec<Act>) {
        let around = Surroundings {
            work,
            in_flight: false,
            window: None,
            grace: SignedDuration::from_secs(60),
            mail_reports: false,
            now: at(now),
        };
        of_notification(notification, &around)
    }

    #[test]
    fn an_order_can_be_cancelled_until_somebody_has_taken_it_in_hand() {
        let idle = Work::default();
        let waits = of_order(State::Registered, at(100), &idle, at(50));
        assert_eq!(waits, (Next::StartsAt(at(100)), vec![Act::Cancel]));
        assert_eq!(of_order(State::Registered, at(100), &idle, at(100)), (Next::Queued, vec![Act::Cancel]));
        let again = Next::TriedAgain { at: at(120), reason: "busy".to_owned(), tries: 2 };
        let register = of_order(State::Processing, at(100), &put_off(120, false, "busy"), at(110));
        assert_eq!(register, (again, vec![Act::TryNow]));
        assert_eq!(of_order(State::Completed, at(100), &idle, at(110)), (Next::Nothing, vec![]));
    }

    #[test]
    fn a_message_waits_for_its_next_try_its_hours_or_its_report() {
        let idle = Work::default();
        assert_eq!(next(&sms(SmsResult::New, false), &idle, 10).0, Next::Queued);
        let daytime = next(&sms(SmsResult::New, false), &put_off(90, false, WAITS_FOR_DAYTIME), 10);
        assert_eq!(daytime, (Next::Window(at(90)), vec![]));
        assert_eq!(next(&sms(SmsResult::New, false), &put_off(90, true, "busy"), 10).0, Next::InHand);
        assert_eq!(next(&sms(SmsResult::Accepted, false), &idle, 10), (Next::Report(at(1_060)), vec![]));
        assert_eq!(next(&sms(SmsResult::Delivered, false), &idle, 10), (Next::Nothing, vec![]));
    }

    #[test]
    fn what_may_have_been_sent_is_sent_again_only_when_somebody_says_so() {
        let idle = Work::default();
        let doubtful = sms(SmsResult::Sending, true);
        assert_eq!(next(&doubtful, &idle, 10), (Next::Doubt(at(1_060)), vec![Act::SendAgain]));
        assert_eq!(next(&doubtful, &put_off(90, false, "in doubt"), 10).1, [Act::SendAgain]);
        assert_eq!(next(&doubtful, &idle, 1_000).1, [], "its time is up");
        assert_eq!(next(&sms(SmsResult::Failed, true), &idle, 10).1, [], "its sender has been told");
    }
}
