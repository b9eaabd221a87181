//! Which recipients bring about which outcome.

use serde::Serialize;

use crate::magic::{for_address, recipient as magic};

/// What becomes of mail to a magic recipient.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Outcome {
    /// Taken; a report of success follows if the sender asked for one.
    Delivered,
    /// Taken; nothing follows.
    Silent,
    /// Taken; a report of success goes out before the answer, if the sender asked for one.
    ReportedEarly,
    /// Taken; two reports of success follow, and one of failure, as far as the sender asked for them.
    ReportedTwice,
    /// Taken; a report of failure follows, with this enhanced code and diagnosis.
    Bounced(&'static str, &'static str),
    /// `RCPT` is answered with this.
    RefusedRecipient(&'static str),
    /// `RCPT` is answered with this twice, then taken.
    RefusedRecipientTwice(&'static str),
    /// `RCPT` is answered with this for a while, then taken.
    RefusedRecipientForAWhile(&'static str),
    /// `RCPT` is answered with 421 and the connection closed.
    Closing,
    /// The final dot is answered with this.
    RefusedData(&'static str),
    /// Taken; the answer to the final dot comes late.
    Slow,
    /// The connection is closed before the message is whole.
    DroppedDuringData,
    /// Taken, but the connection is closed instead of an answer to the final dot.
    ClosedTaken,
    /// Not taken, and the connection is closed instead of an answer to the final dot.
    ClosedUntaken,
    /// Taken, but the final dot is never answered.
    SwallowedTaken,
}

/// A local part and what it brings about.
pub type MagicRecipient = crate::magic::MagicRecipient<Outcome>;

/// Every magic recipient. Mail to anybody else is delivered.
pub const MAGIC_RECIPIENTS: &[MagicRecipient] = &[
    magic("delivered", Outcome::Delivered, "taken; success is reported when asked for"),
    magic("silent", Outcome::Silent, "taken, never reported"),
    magic("early", Outcome::ReportedEarly, "taken; success is reported before the answer"),
    magic("double", Outcome::ReportedTwice, "taken; success is reported twice, then failure"),
    magic(
        "bounced",
        Outcome::Bounced("5.1.1", "550 5.1.1 no such mailbox"),
        "taken, then returned: no such mailbox",
    ),
    magic(
        "expired",
        Outcome::Bounced("4.4.7", "delivery time expired"),
        "taken, then returned: time ran out",
    ),
    magic(
        "rejected",
        Outcome::RefusedRecipient("550 5.1.1 No such mailbox"),
        "refused as a recipient: no such mailbox",
    ),
    magic(
        "invalid",
        Outcome::RefusedRecipient("501 5.1.3 Bad recipient address syntax"),
        "refused as a recipient: not an address",
    ),
    magic(
        "full",
        Outcome::RefusedRecipient("552 5.2.2 Mailbox full"),
        "refused as a recipient: mailbox full",
    ),
    magic(
        "transient",
        Outcome::RefusedRecipientTwice("451 4.3.0 Try again later"),
        "refused for now, twice, then taken",
    ),
    magic(
        "limited",
        Outcome::RefusedRecipientForAWhile("450 4.7.1 Rate limit exceeded, try again later"),
        "refused for its rate for five seconds, then taken",
    ),
    magic("closing", Outcome::Closing, "421 as a recipient, and the connection is closed"),
    magic(
        "busy",
        Outcome::RefusedData("451 4.3.0 Could not store the message, try again later"),
        "refused for now after the message",
    ),
    magic(
        "spam",
        Outcome::RefusedData("550 5.7.1 Message refused as spam"),
        "refused after the message: spam",
    ),
    magic(
        "toolarge",
        Outcome::RefusedData("552 5.3.4 Message too big for the recipient"),
        "refused after the message: too large",
    ),
    magic("slow", Outcome::Slow, "taken, but answered after a long wait"),
    magic("dropped", Outcome::DroppedDuringData, "connection closed before the message is whole"),
    magic("doubt", Outcome::ClosedTaken, "taken, but the connection is closed without an answer"),
    magic("lost", Outcome::ClosedUntaken, "not taken, and the connection is closed without an answer"),
    magic("swallowed", Outcome::SwallowedTaken, "taken, but never answered"),
];

/// What becomes of mail to an address.
pub(super) fn outcome_for(address: &str) -> Outcome {
    for_address(MAGIC_RECIPIENTS, address).unwrap_or(Outcome::Delivered)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_follows_a_plus_does_not_count() {
        assert_eq!(outcome_for("Silent+case-7@fjord.example"), Outcome::Silent);
        assert_eq!(outcome_for("kari@fjord.example"), Outcome::Delivered);
    }
}
