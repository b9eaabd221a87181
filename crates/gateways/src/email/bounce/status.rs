//! What a report on delivery says about one recipient. Pure.

use crate::EmailResult;
use crate::email::outcome::by_enhanced_code;

use super::Says;
use super::fields::Fields;

/// What is said about the message to one recipient: the verdict, and a few words without addresses.
pub(super) fn verdict(recipient: &Fields) -> Option<(Says, String)> {
    let action = recipient.get("Action")?.split_whitespace().next()?.to_ascii_lowercase();
    let code = Code::of(recipient);
    let says = match action.as_str() {
        "failed" => failed(code, recipient.get("Diagnostic-Code").unwrap_or_default()),
        "delivered" => Says::Delivered,
        "delayed" | "relayed" | "expanded" => Says::Noted,
        _ => return None,
    };
    let state = code.map_or_else(
        || action.clone(),
        |Code { class, subject, detail }| format!("{action} {class}.{subject}.{detail}"),
    );
    Some((says, state))
}

/// Of several that a list became: one that arrived says that the address works.
pub(super) fn combined(verdicts: Vec<(Says, String)>) -> Option<(Says, String)> {
    let weight = |says: &Says| match says {
        Says::Delivered => 3,
        Says::Failed { .. } => 2,
        _ => 1,
    };
    // The first of equals.
    verdicts.into_iter().rev().max_by_key(|(says, _)| weight(says))
}

fn failed(code: Option<Code>, words: &str) -> Says {
    let Some(Code { class: 5, subject, detail }) = code else {
        // Such as 4.4.7: it was tried for days.
        return Says::Failed { result: EmailResult::FailedBounced, is_hard: false };
    };
    let result = by_enhanced_code((subject, detail), words).unwrap_or(EmailResult::FailedBounced);
    Says::Failed { result, is_hard: is_hard(subject, detail) }
}

/// Whether a code of class 5 says that there is no such mailbox or no such domain. A full mailbox may be
/// emptied.
const fn is_hard(subject: u16, detail: u16) -> bool {
    matches!((subject, detail), (1, 1 | 2 | 6 | 10) | (2, 1))
}

/// Whether a mail server's words, such as `550 5.1.1 no such mailbox`, say so.
pub fn names_dead_address(words: &str) -> bool {
    let code = words.split([' ', ';', '-', '#']).find_map(Code::first_in);
    code.is_some_and(|Code { class, subject, detail }| class == 5 && is_hard(subject, detail))
}

/// An enhanced status code (RFC 3463).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Code {
    class: u16,
    subject: u16,
    detail: u16,
}

impl Code {
    /// The field `Status`; where that says nothing in particular, what the other server had said.
    fn of(recipient: &Fields) -> Option<Self> {
        let status = recipient.get("Status").and_then(Self::first_in);
        let diagnosis = || {
            let words = recipient.get("Diagnostic-Code")?;
            words.split([' ', ';', '-', '#']).find_map(Self::first_in)
        };
        match status {
            Some(Self { class, subject: 0, detail: 0 }) => {
                diagnosis().filter(|other| other.class == class).or(status)
            }
            Some(_) => status,
            None => diagnosis(),
        }
    }

    fn first_in(text: &str) -> Option<Self> {
        let word = text.split_whitespace().next()?;
        let mut numbers = word.split('.').map(|number| {
            let is_short = number.len() <= 3 && number.bytes().all(|byte| byte.is_ascii_digit());
            number.parse::<u16>().ok().filter(|_| is_short)
        });
        let mut next = || numbers.next().flatten();
        let code = Self { class: next()?, subject: next()?, detail: next()? };
        (numbers.next().is_none() && matches!(code.class, 2 | 4 | 5)).then_some(code)
    }
}

#[cfg(test)]
mod tests {
    use super::super::fields::head;
    use super::*;

    fn said(text: &str) -> Option<(Says, String)> {
        verdict(&head(text.as_bytes()))
    }

    fn failure(status: &str, diagnosis: &str) -> (&'static str, bool) {
        let text = format!("Action: failed\nStatus: {status}\nDiagnostic-Code: smtp; {diagnosis}");
        match said(&text) {
            Some((Says::Failed { result, is_hard }, _)) => (result.as_str(), is_hard),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn codes_have_the_results_of_the_contract() {
        let table = [
            ("5.1.1", "550 no such mailbox", ("Failed_Bounced", true)),
            ("5.1.2", "", ("Failed_Bounced", true)),
            ("5.1.3", "", ("Failed_InvalidEmailFormat", false)),
            ("5.1.10", "", ("Failed_Bounced", true)),
            ("5.2.1", "", ("Failed_Bounced", true)),
            ("5.2.2", "552 full", ("Failed_Bounced", false)),
            ("5.2.3", "", ("Failed_PayloadTooLarge", false)),
            ("5.3.4", "", ("Failed_PayloadTooLarge", false)),
            ("5.7.1", "550 5.7.1 refused as spam", ("Failed_FilteredSpam", false)),
            ("5.7.1", "550 5.7.1 no relaying", ("Failed_Bounced", false)),
            ("5.7.26", "", ("Failed_FilteredSpam", false)),
            ("5.4.4", "", ("Failed_Bounced", false)),
            ("4.4.7", "delivery time expired", ("Failed_Bounced", false)),
            ("5.0.0", "550 5.1.1 <kari@fjord.example>: gone", ("Failed_Bounced", true)),
            ("5.0.0", "550-5.2.3 too large", ("Failed_PayloadTooLarge", false)),
            ("5.0.0", "552 4.2.2 not of this class", ("Failed_Bounced", false)),
            ("gone", "550 5.1.3 that is no address", ("Failed_InvalidEmailFormat", false)),
            ("", "", ("Failed_Bounced", false)),
        ];
        for (status, diagnosis, expected) in table {
            assert_eq!(failure(status, diagnosis), expected, "{status} {diagnosis}");
        }
    }

    #[test]
    fn a_refusal_names_a_dead_address_by_its_code() {
        for (words, expected) in [
            ("550 5.1.1 no such mailbox", true),
            ("550-5.1.10 null MX", true),
            ("552 5.2.2 mailbox full", false),
            ("451 4.1.1 later", false),
            ("550 gone", false),
        ] {
            assert_eq!(names_dead_address(words), expected, "{words}");
        }
    }

    #[test]
    fn only_failures_and_deliveries_change_anything() {
        assert_eq!(
            said("Action: delivered\nStatus: 2.0.0"),
            Some((Says::Delivered, "delivered 2.0.0".into()))
        );
        for action in ["delayed", "relayed", "Expanded"] {
            let (says, state) = said(&format!("Action: {action}\nStatus: 4.0.0")).expect("a verdict");
            assert_eq!((says, state), (Says::Noted, format!("{} 4.0.0", action.to_lowercase())));
        }
        assert_eq!(said("Action: danced\nStatus: 5.0.0"), None);
        assert_eq!(said("Status: 5.0.0"), None);
    }

    #[test]
    fn one_that_arrived_outweighs_the_others() {
        let failed = || said("Action: failed\nStatus: 5.1.1").expect("a verdict");
        let delivered = || said("Action: delivered").expect("a verdict");
        let late = || said("Action: delayed").expect("a verdict");
        assert_eq!(combined(vec![late(), failed(), delivered()]), Some(delivered()));
        assert_eq!(combined(vec![late(), failed()]), Some(failed()));
        assert_eq!(combined(Vec::new()), None);
    }
}
