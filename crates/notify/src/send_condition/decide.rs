//! What follows from the answer to a send condition. Pure.

use std::time::Duration;

use super::Answer;

/// How long to wait before asking again.
pub const ASK_AGAIN_AFTER: Duration = Duration::from_secs(60);

/// Which try this is. A try that ended because a register did not answer counts as the first, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Try {
    /// Nobody has tried to process this order before.
    First,
    /// It has been put off once or more.
    Again,
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

/// Decides. An inconclusive answer is asked about once more, and then taken for a yes.
pub const fn decide(answer: &Answer, which: Try) -> Decision {
    match (answer, which) {
        (Answer::Met { .. }, _) | (Answer::Inconclusive(_), Try::Again) => Decision::Send,
        (Answer::NotMet { .. }, _) => Decision::DoNotSend,
        (Answer::Inconclusive(_), Try::First) => Decision::AskAgain(ASK_AGAIN_AFTER),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::send_condition::Doubt;

    /// Covers: NP-98
    #[test]
    fn only_a_clear_no_stops_a_notification() {
        let (met, not_met) = (Answer::Met { status: 200 }, Answer::NotMet { status: 200 });
        let doubt = Answer::Inconclusive(Doubt::Timeout);
        let table = [
            (&met, Try::First, Decision::Send),
            (&met, Try::Again, Decision::Send),
            (&not_met, Try::First, Decision::DoNotSend),
            (&not_met, Try::Again, Decision::DoNotSend),
            (&doubt, Try::First, Decision::AskAgain(Duration::from_secs(60))),
            (&doubt, Try::Again, Decision::Send),
        ];
        for (answer, which, expected) in table {
            assert_eq!(decide(answer, which), expected, "{answer:?} {which:?}");
        }
    }
}
