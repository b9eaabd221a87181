//! What a mail server's reply means for the message. Pure.
//!
//! The enhanced status code (RFC 3463) says more than the plain one and goes first. Trouble before
//! the final dot means that nothing was taken; silence after it means that nobody knows.

use crate::{EmailResult, HandOver, Holdup};

/// How far a conversation came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// Name, connection, greeting, TLS.
    Connect,
    /// Credentials.
    Auth,
    /// `MAIL FROM`: is the sender welcome?
    Mail,
    /// `RCPT TO`: is the recipient?
    Rcpt,
    /// `DATA` and the message, up to the final dot.
    Data,
    /// The final dot has been sent.
    Dot,
}

/// A reply that is not a yes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reply {
    /// Three digits.
    pub(super) code: u16,
    /// What follows them, lines joined.
    pub(super) text: String,
}

/// What stopped a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    /// The server said no.
    Reply(Reply),
    /// The connection broke, or fell silent.
    Lost(String),
    /// The server cannot do what we demand.
    Unfit(String),
    /// The address cannot be carried by this server.
    AddressUnfit,
}

/// What follows for the message.
pub(super) fn judge(phase: Phase, stop: &Stop) -> HandOver<EmailResult> {
    let reply = match stop {
        Stop::Reply(reply) => reply,
        Stop::Lost(why) if phase == Phase::Dot => {
            return HandOver::unknown(format!("no answer after the message: {why}"));
        }
        Stop::Lost(why) => return HandOver::passing(why.clone()),
        Stop::Unfit(why) => return HandOver::misconfigured(why.clone()),
        Stop::AddressUnfit => {
            let detail = "the mail server does not carry such addresses (SMTPUTF8)".to_owned();
            return HandOver::Refused { result: EmailResult::FailedInvalidEmailFormat, detail };
        }
    };
    let detail = reply.shown();
    match (phase, reply.code) {
        (_, 400..500) if reply.is_about_rate() => {
            HandOver::TryLater { after: None, cause: Holdup::RateLimited(detail) }
        }
        (_, 400..500) => HandOver::passing(detail),
        (Phase::Mail, 552) => HandOver::Refused { result: EmailResult::FailedPayloadTooLarge, detail },
        // What is wanted of us is credentials, or better ones, at whatever point it is said.
        (_, 530 | 534 | 535) | (Phase::Connect | Phase::Auth | Phase::Mail, _) => {
            HandOver::misconfigured(detail)
        }
        (Phase::Rcpt | Phase::Data | Phase::Dot, _) => {
            HandOver::Refused { result: result_of(phase, reply), detail }
        }
    }
}

/// The contract's result of a refusal for good.
fn result_of(phase: Phase, reply: &Reply) -> EmailResult {
    let Some(enhanced) = reply.enhanced() else {
        return match (phase, reply.code) {
            (Phase::Rcpt, 501 | 553) => EmailResult::FailedInvalidEmailFormat,
            (Phase::Data | Phase::Dot, 552) => EmailResult::FailedPayloadTooLarge,
            _ => EmailResult::Failed,
        };
    };
    match by_enhanced_code(enhanced, &reply.text) {
        Some(result) => result,
        None if phase == Phase::Rcpt && matches!(reply.code, 501 | 553) => {
            EmailResult::FailedInvalidEmailFormat
        }
        None => EmailResult::Failed,
    }
}

/// The contract's result of an enhanced code of class 5, given as subject and detail, and of the words with
/// it; the same in answers and in reports. Nothing where the code says nothing in particular.
pub(super) fn by_enhanced_code(code: (u16, u16), words: &str) -> Option<EmailResult> {
    match code {
        (1, 3) => Some(EmailResult::FailedInvalidEmailFormat),
        (1, 1 | 2 | 6 | 10) | (2, 1 | 2) => Some(EmailResult::FailedBounced),
        (2, 3) | (3, 4) => Some(EmailResult::FailedPayloadTooLarge),
        (7, 20..=26 | 29) => Some(EmailResult::FailedFilteredSpam),
        (7, 1) if is_about_spam(words) => Some(EmailResult::FailedFilteredSpam),
        _ => None,
    }
}

fn is_about_spam(words: &str) -> bool {
    let words = words.to_ascii_lowercase();
    ["spam", "junk", "bulk", "unsolicited", "blocked", "reputation"].iter().any(|word| words.contains(word))
}

/// Why a conversation stopped, for operators.
pub(super) fn in_words(stop: &Stop) -> String {
    match stop {
        Stop::Reply(reply) => reply.shown(),
        Stop::Lost(why) | Stop::Unfit(why) => why.clone(),
        Stop::AddressUnfit => "the mail server does not carry such addresses (SMTPUTF8)".to_owned(),
    }
}

/// Whether a refusal says that our domain's own papers (SPF, DKIM, DMARC) are not in order, which
/// somebody must be told.
pub(super) fn is_about_our_domain(stop: &Stop) -> bool {
    let Stop::Reply(reply) = stop else {
        return false;
    };
    matches!(reply.enhanced(), Some((7, 20..=26 | 29)))
}

impl Reply {
    /// Subject and detail of the enhanced code, where the reply begins with one.
    fn enhanced(&self) -> Option<(u16, u16)> {
        let mut numbers = self.text.split_whitespace().next()?.split('.');
        let class: u16 = numbers.next()?.parse().ok()?;
        let (subject, detail) = (numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?);
        (numbers.next().is_none() && class == self.code / 100).then_some((subject, detail))
    }

    fn is_about_rate(&self) -> bool {
        let text = self.text.to_ascii_lowercase();
        matches!(self.enhanced(), Some((7, _)))
            && ["rate", "throttl", "too many"].iter().any(|w| text.contains(w))
    }

    /// For the record: without addresses, which servers like to quote.
    fn shown(&self) -> String {
        let words = self.text.split_whitespace().map(|word| if word.contains('@') { "***" } else { word });
        let text: String = words.collect::<Vec<_>>().join(" ").chars().take(200).collect();
        format!("{} {text}", self.code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(text: &str) -> Stop {
        let (code, text) = text.split_once(' ').expect("a code and a text");
        Stop::Reply(Reply { code: code.parse().expect("a code"), text: text.to_owned() })
    }

    fn result(phase: Phase, text: &str) -> String {
        match judge(phase, &reply(text)) {
            HandOver::Accepted { .. } | HandOver::UnderWay { .. } => "accepted".to_owned(),
            HandOver::Refused { result, .. } => result.to_string(),
            HandOver::TryLater { cause: Holdup::Passing(_), .. } => "later".to_owned(),
            HandOver::TryLater { cause: Holdup::RateLimited(_), .. } => "limited".to_owned(),
            HandOver::TryLater { cause: Holdup::Misconfigured(_), .. } => "misconfigured".to_owned(),
            HandOver::TryLater { cause: Holdup::TooLate, .. } => "too late".to_owned(),
            HandOver::Unknown { .. } => "unknown".to_owned(),
        }
    }

    /// Covers: NP-68
    #[test]
    fn replies_mean_what_the_contract_says() {
        use Phase::{Auth, Connect, Data, Dot, Mail, Rcpt};
        let table = [
            (Connect, "421 4.3.2 Shutting down", "later"),
            (Connect, "554 5.7.1 You are not welcome", "misconfigured"),
            (Auth, "535 5.7.8 Wrong password", "misconfigured"),
            (Auth, "534 5.7.9 Too weak", "misconfigured"),
            (Auth, "530 5.7.0 Authentication required", "misconfigured"),
            (Auth, "454 4.7.0 Temporary failure", "later"),
            (Mail, "550 5.7.1 Sender refused", "misconfigured"),
            (Mail, "552 5.3.4 Too big", "Failed_PayloadTooLarge"),
            (Mail, "452 4.3.1 Full", "later"),
            (Rcpt, "550 5.1.1 No such mailbox", "Failed_Bounced"),
            (Rcpt, "550 5.1.10 Null MX", "Failed_Bounced"),
            (Rcpt, "552 5.2.2 Mailbox full", "Failed_Bounced"),
            (Rcpt, "552 5.2.3 Too long", "Failed_PayloadTooLarge"),
            (Rcpt, "501 5.1.3 Bad address", "Failed_InvalidEmailFormat"),
            (Rcpt, "501 Bad address", "Failed_InvalidEmailFormat"),
            (Rcpt, "553 5.6.7 Needs SMTPUTF8", "Failed_InvalidEmailFormat"),
            (Rcpt, "530 5.7.0 Authentication required", "misconfigured"),
            (Rcpt, "450 4.7.1 Rate limit exceeded", "limited"),
            (Rcpt, "450 4.7.1 Greylisted", "later"),
            (Rcpt, "421 4.3.2 Shutting down", "later"),
            (Rcpt, "550 No", "Failed"),
            (Data, "554 5.5.1 No", "Failed"),
            (Dot, "451 4.3.0 Try later", "later"),
            (Dot, "550 5.7.1 Refused as spam", "Failed_FilteredSpam"),
            (Dot, "550 5.7.1 Policy", "Failed"),
            (Dot, "550 5.7.26 DMARC", "Failed_FilteredSpam"),
            (Dot, "550 5.7.28 Too much", "Failed"),
            (Dot, "552 5.3.4 Too big", "Failed_PayloadTooLarge"),
            (Dot, "552 Too big", "Failed_PayloadTooLarge"),
            (Dot, "554 5.6.0 Content", "Failed"),
            (Dot, "550 4.1.1 the classes disagree", "Failed"),
        ];
        for (phase, text, expected) in table {
            assert_eq!(result(phase, text), expected, "{phase:?} {text}");
        }
    }

    /// Covers: NP-68
    #[test]
    fn silence_is_doubt_only_after_the_final_dot() {
        let lost = Stop::Lost("closed".to_owned());
        for phase in [Phase::Connect, Phase::Auth, Phase::Mail, Phase::Rcpt, Phase::Data] {
            assert_eq!(judge(phase, &lost), HandOver::passing("closed"), "{phase:?}");
        }
        assert!(matches!(judge(Phase::Dot, &lost), HandOver::Unknown { .. }));
    }

    #[test]
    fn addresses_in_replies_are_not_repeated() {
        let said = judge(Phase::Rcpt, &reply("550 5.1.1 <kari@fjord.example>: no such user"));
        let detail = "550 5.1.1 *** no such user".to_owned();
        assert_eq!(said, HandOver::Refused { result: EmailResult::FailedBounced, detail });
        assert!(
            is_about_our_domain(&reply("550 5.7.26 DMARC")) && !is_about_our_domain(&reply("550 5.7.1 No"))
        );
    }
}
