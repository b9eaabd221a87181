//! Which numbers bring about which outcome.

use serde::Serialize;

use crate::magic::{for_number, number as magic};

/// What becomes of a message to a magic number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Outcome {
    /// Accepted; then these reports, in order.
    Accepted(&'static [ReportState]),
    /// Accepted after the gateway's slow time; then delivered.
    Slow,
    /// The report is pushed, and only then the request answered.
    ReportBeforeAnswer,
    /// Accepted, but the answer has no reference; no report.
    AcceptedWithoutReference,
    /// Refused for this reason.
    Refused(&'static str),
    /// Refused as not being a number.
    InvalidReceiver,
    /// The logon fails, whatever the credentials.
    LogonFails,
    /// Not taken twice (HTTP 408), then delivered.
    TransientTwice,
    /// Not taken for five seconds (HTTP 429 with `Retry-After`), then delivered.
    RateLimited,
    /// Never taken: HTTP 500.
    ServerError,
    /// Never taken: HTTP 503 with `Retry-After`.
    Unavailable,
    /// Never taken: the connection is closed without an answer.
    ClosedUntaken,
    /// Taken and delivered, but the connection is closed without an answer.
    ClosedTaken,
    /// Taken and delivered, but the answer never comes.
    SwallowedTaken,
    /// Taken, but the answer is not the protocol's XML.
    AnswerNotXml,
    /// Taken, but the answer does not mention it.
    AnswerWithoutMessage,
}

/// What a delivery report says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum ReportState {
    /// On the handset.
    #[serde(rename = "DELIVRD")]
    Delivered,
    /// Its lifetime ran out at the operator.
    #[serde(rename = "EXPIRED")]
    Expired,
    /// Removed by the operator.
    #[serde(rename = "DELETED")]
    Deleted,
    /// Cannot be delivered.
    #[serde(rename = "UNDELIV")]
    Undeliverable,
    /// Refused by the operator.
    #[serde(rename = "REJECTD")]
    Rejected,
    /// The recipient is barred.
    #[serde(rename = "BARRED")]
    Barred,
    /// The recipient is barred from premium content.
    #[serde(rename = "BARREDA")]
    BarredPremium,
    /// The recipient cannot pay for premium content.
    #[serde(rename = "ZEROBAL")]
    ZeroBalance,
    /// No information.
    #[serde(rename = "UNKNOWN")]
    Unknown,
    /// No operator took it.
    #[serde(rename = "FAILED")]
    Failed,
    /// The operator gave no report.
    #[serde(rename = "NULL")]
    Null,
}

impl ReportState {
    /// As it is written in a report.
    pub const fn wire(self) -> &'static str {
        match self {
            Self::Delivered => "DELIVRD",
            Self::Expired => "EXPIRED",
            Self::Deleted => "DELETED",
            Self::Undeliverable => "UNDELIV",
            Self::Rejected => "REJECTD",
            Self::Barred => "BARRED",
            Self::BarredPremium => "BARREDA",
            Self::ZeroBalance => "ZEROBAL",
            Self::Unknown => "UNKNOWN",
            Self::Failed => "FAILED",
            Self::Null => "NULL",
        }
    }
}

/// A number's last four digits and what they bring about.
pub type MagicNumber = crate::magic::MagicNumber<Outcome>;

/// Every magic number. A message to any other number is accepted and delivered.
pub const MAGIC_NUMBERS: &[MagicNumber] = {
    use Outcome::{Accepted, Refused};
    use ReportState as S;
    &[
        magic("0001", Accepted(&[S::Delivered]), "accepted, then delivered"),
        magic("0002", Accepted(&[S::Undeliverable]), "accepted, then found undeliverable"),
        magic("0003", Accepted(&[S::Expired]), "accepted, then expired at the operator"),
        magic("0004", Refused("Message refused."), "refused at once"),
        magic("0005", Outcome::TransientTwice, "not taken twice (HTTP 408), then delivered"),
        magic("0006", Outcome::RateLimited, "HTTP 429 for five seconds, then delivered"),
        magic("0007", Outcome::SwallowedTaken, "taken and delivered, but the answer never comes"),
        magic("0008", Accepted(&[]), "accepted, never reported"),
        magic("0009", Outcome::ReportBeforeAnswer, "delivered; the report comes before the answer"),
        magic(
            "0010",
            Accepted(&[S::Delivered, S::Delivered, S::Undeliverable]),
            "delivered, reported twice, then contradicted",
        ),
        magic("0011", Outcome::InvalidReceiver, "refused as an invalid number"),
        magic("0012", Outcome::ClosedUntaken, "connection closed without an answer, not taken"),
        magic("0013", Outcome::ServerError, "HTTP 500, not taken"),
        magic("0014", Outcome::Unavailable, "HTTP 503 with Retry-After, not taken"),
        magic("0015", Outcome::Slow, "accepted after a long wait, then delivered"),
        magic("0016", Accepted(&[S::Failed]), "accepted, then failed without a reason"),
        magic("0017", Accepted(&[S::Deleted]), "accepted, then deleted by the operator"),
        magic("0018", Accepted(&[S::Rejected]), "accepted, then rejected by the operator"),
        magic("0019", Accepted(&[S::Barred]), "accepted, then found barred"),
        magic("0020", Accepted(&[S::Unknown]), "accepted, then nothing is known"),
        magic("0021", Accepted(&[S::Null]), "accepted, the operator gave no report"),
        magic("0022", Accepted(&[S::BarredPremium]), "accepted, then found barred from premium content"),
        magic("0023", Accepted(&[S::ZeroBalance]), "accepted, then found unable to pay"),
        magic("0024", Accepted(&[S::Failed, S::Delivered]), "reports out of order: failed, then delivered"),
        magic("0025", Outcome::LogonFails, "the logon fails, whatever the credentials"),
        magic("0026", Outcome::AcceptedWithoutReference, "accepted without a reference, never reported"),
        magic("0027", Outcome::AnswerNotXml, "taken, but the answer is not XML"),
        magic("0028", Outcome::AnswerWithoutMessage, "taken, but the answer leaves it out"),
        magic("0029", Outcome::ClosedTaken, "taken and delivered, connection closed without an answer"),
    ]
};

/// What becomes of a message to a number.
pub(super) fn outcome_for(receiver: &str) -> Outcome {
    for_number(MAGIC_NUMBERS, receiver).unwrap_or(Outcome::Accepted(&[ReportState::Delivered]))
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
        assert_eq!(outcome_for("4799999999"), Outcome::Accepted(&[ReportState::Delivered]));
        assert_eq!(outcome_for("4799990004"), Outcome::Refused("Message refused."));
    }
}
