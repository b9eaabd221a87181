//! Which recipients bring about which outcome.

use serde::Serialize;

use crate::magic::{for_address, recipient as magic};

/// What becomes of an e-mail to a magic recipient.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Outcome {
    /// Taken; the operation succeeds, and then these reports come, in order.
    Taken(&'static [&'static str]),
    /// The report is pushed, and only then the request answered.
    ReportBeforeAnswer,
    /// Taken; the operation fails with this code.
    OperationFails(&'static str),
    /// Taken; the operation is canceled.
    OperationCanceled,
    /// Taken; the operation never ends, and nothing is reported.
    NeverEnds,
    /// Taken; the first question is answered with HTTP 429, the second with 500. Then as delivered.
    QuestionsRefused,
    /// Never taken: this status, code and message.
    TurnedAway(u16, &'static str, &'static str),
    /// Not taken twice (HTTP 500), then delivered.
    TransientTwice,
    /// Not taken for a while (HTTP 429 with `Retry-After`), then delivered.
    Limited,
    /// Taken and delivered, but answered with HTTP 500.
    FailedTaken,
    /// Taken and delivered, but the connection is closed without an answer.
    ClosedTaken,
    /// Taken and delivered, but the answer never comes.
    SwallowedTaken,
    /// Never taken: the connection is closed without an answer.
    ClosedUntaken,
    /// The same once, then delivered.
    ClosedUntakenOnce,
}

/// A local part and what it brings about.
pub type MagicRecipient = crate::magic::MagicRecipient<Outcome>;

/// The reports of an e-mail like any other.
pub(super) const DELIVERED: &[&str] = &["Delivered"];

/// Every magic recipient. E-mail to anybody else is taken and delivered.
pub const MAGIC_RECIPIENTS: &[MagicRecipient] = {
    use Outcome::{OperationFails, Taken, TurnedAway};
    &[
        magic("delivered", Taken(DELIVERED), "taken, then delivered"),
        magic("bounced", Taken(&["Bounced"]), "taken, then a permanent failure"),
        magic("expired", Taken(&["Failed"]), "taken, then given up"),
        magic("rejected", TurnedAway(400, "BadRequest", "The message is not allowed."), "refused"),
        magic("transient", Outcome::TransientTwice, "not taken twice (HTTP 500), then delivered"),
        magic("limited", Outcome::Limited, "not taken for a while (HTTP 429), then delivered"),
        magic("doubt", Outcome::SwallowedTaken, "taken, but no answer ever comes"),
        magic("silent", Taken(&[]), "taken, no report ever"),
        magic("early", Outcome::ReportBeforeAnswer, "the report comes before the answer"),
        magic(
            "double",
            Taken(&["Delivered", "Delivered", "Bounced"]),
            "two equal reports, then one that contradicts them",
        ),
        magic("failed", Taken(&["Failed"]), "taken, then failed"),
        magic("expanded", Taken(&["Expanded"]), "taken, then a distribution list was expanded"),
        magic("spam", Taken(&["FilteredSpam"]), "taken, then called spam"),
        magic("quarantined", Taken(&["Quarantined"]), "taken, then held back"),
        magic("suppressed", Taken(&["Suppressed"]), "taken, then found on the list of those not sent to"),
        magic("greylisted", Taken(&["Greylisted"]), "taken, then a report that the contract does not know"),
        magic(
            "dropped",
            OperationFails("EmailDroppedAllRecipientsSuppressed"),
            "taken, but the operation ends because nobody on the list is sent to",
        ),
        magic("failing", OperationFails("InternalServerError"), "taken, but the operation fails"),
        magic("canceled", Outcome::OperationCanceled, "taken, but the operation is canceled"),
        magic("stuck", Outcome::NeverEnds, "taken, and never decided"),
        magic("busy", Outcome::QuestionsRefused, "taken, and two questions about it refused"),
        magic(
            "invalid",
            TurnedAway(400, "BadRequest", "Invalid format for email address of the recipient."),
            "refused as not being an address",
        ),
        magic("large", TurnedAway(413, "RequestEntityTooLarge", ""), "refused as too large"),
        magic("denied", TurnedAway(401, "Denied", "Denied by the resource provider."), "our key is refused"),
        magic("forbidden", TurnedAway(403, "Forbidden", ""), "our key may not send"),
        magic(
            "unlinked",
            TurnedAway(404, "DomainNotLinked", "The specified sender domain has not been linked."),
            "our domain is refused",
        ),
        magic("broken", Outcome::FailedTaken, "taken and delivered, but answered with HTTP 500"),
        magic("lost", Outcome::ClosedTaken, "taken and delivered, but the connection closed"),
        magic("closed", Outcome::ClosedUntaken, "never taken: the connection is closed"),
        magic(
            "cutoff",
            Outcome::ClosedUntakenOnce,
            "not taken at first: the connection is closed; then delivered",
        ),
    ]
};

/// What becomes of an e-mail to this address.
pub(super) fn outcome_for(address: &str) -> Outcome {
    for_address(MAGIC_RECIPIENTS, address).unwrap_or(Outcome::Taken(DELIVERED))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_local_part_decides() {
        assert_eq!(outcome_for("kari@fjord.example"), Outcome::Taken(DELIVERED));
        assert_eq!(outcome_for("Doubt@fjord.example"), Outcome::SwallowedTaken);
        assert_eq!(outcome_for("doubt+2@fjord.example"), Outcome::SwallowedTaken);
        assert_eq!(outcome_for("doubtful@fjord.example"), Outcome::Taken(DELIVERED));
    }
}
