//! What follows from the answer to a send condition. Pure.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Answer;
use crate::binding::Choice;

/// What becomes of an order whose condition gave no answer however often it was asked. The sender chooses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum FailurePolicy {
    /// It is sent: better a needless reminder than a missing one.
    #[default]
    Send,
    /// It waits, and the condition is asked again and again; when the time of its messages is up, nothing
    /// is sent.
    Hold,
    /// Nothing is sent.
    Drop,
}

impl FailurePolicy {
    /// Whether it is what holds where the sender says nothing.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// As the sender writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Send => "Send",
            Self::Hold => "Hold",
            Self::Drop => "Drop",
        }
    }
}

impl Choice for FailurePolicy {
    const ALL: &[(Self, &'static str, i64)] =
        &[(Self::Send, "Send", 0), (Self::Hold, "Hold", 1), (Self::Drop, "Drop", 2)];
}

/// How often a condition has been asked, and what is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked<'a> {
    /// Tries at the order that were put off before this one. Those put off because a register did not
    /// answer count, too.
    pub tries: u32,
    /// Pauses between the tries, in seconds. There is one try more than there are pauses.
    pub pauses: &'a [u64],
    /// What the sender wants when no try brings an answer.
    pub policy: FailurePolicy,
    /// Whether the time of the order's messages is up.
    pub is_over: bool,
}

/// What becomes of the order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Decision {
    /// Go on and send.
    Send,
    /// End with `SendConditionNotMet`; nothing is sent.
    DoNotSend,
    /// Ask again after this long.
    AskAgain(Duration),
}

/// A pause where none is configured.
const PAUSE: u64 = 60;

/// Decides. An inconclusive answer is asked about again, and in the end what the sender wants is done.
pub fn decide(answer: &Answer, asked: Asked<'_>) -> Decision {
    match answer {
        Answer::Met { .. } => Decision::Send,
        Answer::NotMet { .. } => Decision::DoNotSend,
        Answer::Inconclusive(_) => without_answer(asked),
    }
}

fn without_answer(asked: Asked<'_>) -> Decision {
    let Asked { tries, pauses, policy, is_over } = asked;
    let next = usize::try_from(tries).ok().and_then(|tries| pauses.get(tries)).copied();
    let last = pauses.last().copied().unwrap_or(PAUSE).max(1);
    match (policy, next) {
        (FailurePolicy::Hold | FailurePolicy::Drop, _) if is_over => Decision::DoNotSend,
        (_, Some(pause)) if !is_over => Decision::AskAgain(Duration::from_secs(pause)),
        (FailurePolicy::Send, _) => Decision::Send,
        (FailurePolicy::Hold, _) => Decision::AskAgain(Duration::from_secs(last)),
        (FailurePolicy::Drop, _) => Decision::DoNotSend,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::send_condition::Doubt;

    const AGAIN: Decision = Decision::AskAgain(Duration::from_secs(60));
    const DOUBT: Answer = Answer::Inconclusive(Doubt::Timeout);

    fn asked(tries: u32, policy: FailurePolicy) -> Asked<'static> {
        Asked { tries, pauses: &[60], policy, is_over: false }
    }

    /// Covers: NP-98
    #[test]
    fn only_a_clear_no_stops_a_notification_unless_the_sender_wants_otherwise() {
        use FailurePolicy::{Drop, Hold, Send};
        let (met, not_met) = (Answer::Met { status: 200 }, Answer::NotMet { status: 200 });
        for (tries, policy) in [(0, Send), (1, Send), (0, Hold), (7, Hold), (0, Drop), (1, Drop)] {
            assert_eq!(decide(&met, asked(tries, policy)), Decision::Send);
            assert_eq!(decide(&not_met, asked(tries, policy)), Decision::DoNotSend);
        }
        let table = [
            (0, Send, AGAIN),
            (1, Send, Decision::Send),
            (0, Hold, AGAIN),
            (1, Hold, AGAIN),
            (2000, Hold, AGAIN),
            (0, Drop, AGAIN),
            (1, Drop, Decision::DoNotSend),
        ];
        for (tries, policy, expected) in table {
            assert_eq!(decide(&DOUBT, asked(tries, policy)), expected, "{tries} {policy:?}");
        }
    }

    #[test]
    fn there_are_as_many_tries_as_configured() {
        let pauses = |pauses, tries| decide(&DOUBT, Asked { pauses, ..asked(tries, FailurePolicy::Send) });
        let wait = |seconds| Decision::AskAgain(Duration::from_secs(seconds));
        assert_eq!([0, 1, 2].map(|tries| pauses(&[5, 30], tries)), [wait(5), wait(30), Decision::Send]);
        assert_eq!(pauses(&[], 0), Decision::Send);
    }

    #[test]
    fn nothing_waits_longer_than_its_messages_would_live() {
        let over = |tries, policy| decide(&DOUBT, Asked { is_over: true, ..asked(tries, policy) });
        assert_eq!(over(0, FailurePolicy::Send), Decision::Send);
        assert_eq!(over(0, FailurePolicy::Hold), Decision::DoNotSend);
        assert_eq!(over(0, FailurePolicy::Drop), Decision::DoNotSend);
    }
}
