//! The keywords that stand for the recipient: `$recipientName$` and `$recipientNumber$`.
//!
//! They are filled in when an order is processed, in e-mail subjects, e-mail bodies and SMS texts, and
//! only for recipients given by identity or organization number. For everybody else they are left as
//! written.

use std::borrow::Cow;

use types::OrgNumber;

/// Stands for the recipient's name.
const NAME: &str = "$recipientName$";
/// Stands for the recipient's organization number.
const NUMBER: &str = "$recipientNumber$";

/// What the keywords mean for one recipient.
#[derive(Clone, PartialEq, Eq)]
pub struct Party {
    /// The name: `None` when the register has no record of the recipient, `Some(None)` when it has a
    /// record without a name.
    pub name: Option<Option<String>>,
    /// The number, for organizations. Persons' numbers are never written out.
    pub number: Option<OrgNumber>,
}

impl std::fmt::Debug for Party {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Party").field("number", &self.number).finish_non_exhaustive()
    }
}

/// Whether a text mentions any keyword. (Case matters.)
pub fn mentions_keyword(text: &str) -> bool {
    text.contains(NAME) || text.contains(NUMBER)
}

/// Whether a text needs the recipient's name, so that the register must be asked.
pub fn mentions_name(text: &str) -> bool {
    text.contains(NAME)
}

impl Party {
    /// The text with its keywords filled in. A name is never searched for keywords itself.
    pub fn fill<'t>(&self, text: &'t str) -> Cow<'t, str> {
        if !mentions_keyword(text) {
            return Cow::Borrowed(text);
        }
        let number = self.number.map(|number| number.to_string()).unwrap_or_default();
        let name = self.name.as_ref().map(|name| name.as_deref().unwrap_or_default());
        let mut filled = String::with_capacity(text.len() + 32);
        let mut rest = text;
        while let Some(at) = rest.find("$recipient") {
            filled.push_str(&rest[..at]);
            rest = &rest[at..];
            let (word, meaning) = if rest.starts_with(NAME) {
                (NAME, name)
            } else if rest.starts_with(NUMBER) {
                (NUMBER, Some(number.as_str()))
            } else {
                ("$recipient", None)
            };
            filled.push_str(meaning.unwrap_or(word));
            rest = &rest[word.len()..];
        }
        filled.push_str(rest);
        Cow::Owned(filled)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn organization() -> Party {
        let number = Some("310000019".parse().expect("a number"));
        Party { name: Some(Some("Blåbær AS".to_owned())), number }
    }

    #[test]
    fn keywords_are_filled_in_wherever_they_stand() {
        let text = "$recipientName$ ($recipientNumber$): hei, $recipientName$";
        assert_eq!(organization().fill(text), "Blåbær AS (310000019): hei, Blåbær AS");
        assert_eq!(organization().fill("$$recipientName$$"), "$Blåbær AS$");
    }

    #[test]
    fn case_matters_and_other_words_stay() {
        let text = "$recipientname$ $RECIPIENTNUMBER$ $recipientMail$ $recipient";
        assert_eq!(organization().fill(text), text);
        assert!(!mentions_keyword(text));
    }

    #[test]
    fn a_person_has_no_number_to_show() {
        let person = Party { name: Some(Some("Kari Nordmann".to_owned())), number: None };
        assert_eq!(person.fill("[$recipientNumber$] $recipientName$"), "[] Kari Nordmann");
    }

    #[test]
    fn a_record_without_a_name_gives_nothing_and_no_record_leaves_the_keyword() {
        let nameless = Party { name: Some(None), number: None };
        assert_eq!(nameless.fill("Hei $recipientName$!"), "Hei !");
        let unknown = Party { name: None, number: None };
        assert_eq!(unknown.fill("Hei $recipientName$!"), "Hei $recipientName$!");
    }

    #[test]
    fn a_name_that_looks_like_a_keyword_is_only_a_name() {
        let odd = Party { name: Some(Some("$recipientNumber$".to_owned())), ..organization() };
        assert_eq!(odd.fill("$recipientName$"), "$recipientNumber$");
    }

    #[test]
    fn only_a_name_needs_the_register() {
        assert!(mentions_name("Hei $recipientName$"));
        assert!(mentions_keyword("Nr $recipientNumber$") && !mentions_name("Nr $recipientNumber$"));
    }
}
