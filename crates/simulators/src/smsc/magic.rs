//! Which numbers bring about which outcome.

use serde::Serialize;

use crate::magic::{for_number, number as magic};

/// What becomes of a message to a magic number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Outcome {
    /// Taken; then these receipts, in order.
    Taken(&'static [State]),
    /// Taken after the message centre's slow time; then delivered.
    Slow,
    /// The receipt comes before the answer.
    ReceiptBeforeAnswer,
    /// Taken, but the answer has no id; no receipt.
    TakenWithoutId,
    /// Every part is delivered but the last.
    LastPartFails,
    /// Answered with this status.
    Refused(u32),
    /// Answered with this status twice, then delivered.
    RefusedTwice(u32),
    /// Answered with this status for a while, then delivered.
    RefusedForAWhile(u32),
    /// Never taken: the connection is cut.
    CutUntaken,
    /// Taken and delivered, but the connection is cut.
    CutTaken,
    /// Taken and delivered, but the answer never comes.
    SwallowedTaken,
}

/// What a receipt says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum State {
    /// Under way; another follows.
    #[serde(rename = "ENROUTE")]
    EnRoute,
    /// On the handset.
    #[serde(rename = "DELIVRD")]
    Delivered,
    /// Its lifetime ran out.
    #[serde(rename = "EXPIRED")]
    Expired,
    /// Removed by the operator.
    #[serde(rename = "DELETED")]
    Deleted,
    /// Cannot be delivered.
    #[serde(rename = "UNDELIV")]
    Undeliverable,
    /// No information.
    #[serde(rename = "UNKNOWN")]
    Unknown,
    /// Refused by the operator.
    #[serde(rename = "REJECTD")]
    Rejected,
}

impl State {
    /// As it is written in a receipt.
    pub const fn wire(self) -> &'static str {
        match self {
            Self::EnRoute => "ENROUTE",
            Self::Delivered => "DELIVRD",
            Self::Expired => "EXPIRED",
            Self::Deleted => "DELETED",
            Self::Undeliverable => "UNDELIV",
            Self::Unknown => "UNKNOWN",
            Self::Rejected => "REJECTD",
        }
    }
}

/// A number's last four digits and what they bring about.
pub type MagicNumber = crate::magic::MagicNumber<Outcome>;

/// Every magic number. A message to any other number is taken and delivered. Where the gateway that
/// speaks XML has the same number, it means the same.
pub const MAGIC_NUMBERS: &[MagicNumber] = {
    use Outcome::{Refused, RefusedForAWhile, RefusedTwice, Taken};
    use State as S;
    &[
        magic("0001", Taken(&[S::Delivered]), "taken, then delivered"),
        magic("0002", Taken(&[S::Undeliverable]), "taken, then found undeliverable"),
        magic("0003", Taken(&[S::Expired]), "taken, then expired at the operator"),
        magic("0004", Refused(0x65), "refused at once (0x65)"),
        magic("0005", RefusedTwice(0x08), "a system error twice (0x08), then delivered"),
        magic("0006", RefusedForAWhile(0x58), "asked to slow down for five seconds (0x58), then delivered"),
        magic("0007", Outcome::SwallowedTaken, "taken and delivered, but the answer never comes"),
        magic("0008", Taken(&[]), "taken, never reported"),
        magic("0009", Outcome::ReceiptBeforeAnswer, "delivered; the receipt comes before the answer"),
        magic(
            "0010",
            Taken(&[S::Delivered, S::Delivered, S::Undeliverable]),
            "delivered, reported twice, then contradicted",
        ),
        magic("0011", Refused(0x0B), "refused as an invalid number (0x0b)"),
        magic("0012", Outcome::CutUntaken, "connection cut without an answer, not taken"),
        magic("0013", Refused(0x08), "a system error (0x08), not taken"),
        magic("0014", Refused(0x14), "the queue is full (0x14), not taken"),
        magic("0015", Outcome::Slow, "taken after a long wait, then delivered"),
        magic("0016", Taken(&[S::EnRoute, S::Delivered]), "taken, reported as under way, then delivered"),
        magic("0017", Taken(&[S::Deleted]), "taken, then deleted by the operator"),
        magic("0018", Taken(&[S::Rejected]), "taken, then rejected by the operator"),
        magic("0020", Taken(&[S::Unknown]), "taken, then nothing is known"),
        magic("0024", Taken(&[S::Unknown, S::Delivered]), "receipts out of order: unknown, then delivered"),
        magic("0025", Refused(0x0D), "the bind is said to be wrong (0x0d)"),
        magic("0026", Outcome::TakenWithoutId, "taken without an id, never reported"),
        magic("0029", Outcome::CutTaken, "taken and delivered, connection cut without an answer"),
        magic("0030", Refused(0x45), "the submission fails (0x45)"),
        magic("0031", Refused(0x0400), "refused for a reason of this message centre's own (0x0400)"),
        magic("0032", Outcome::LastPartFails, "every part is delivered but the last, which is undeliverable"),
    ]
};

/// What becomes of a message to a number.
pub(super) fn outcome_for(receiver: &str) -> Outcome {
    for_number(MAGIC_NUMBERS, receiver).unwrap_or(Outcome::Taken(&[State::Delivered]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endings_are_four_digits_and_listed_once() {
        assert!(crate::magic::is_orderly(MAGIC_NUMBERS));
    }

    #[test]
    fn other_numbers_are_delivered() {
        assert_eq!(outcome_for("4799999999"), Outcome::Taken(&[State::Delivered]));
        assert_eq!(outcome_for("4799990004"), Outcome::Refused(0x65));
    }
}
