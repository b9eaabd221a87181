//! What somebody may have meant by what they typed. Pure.
//!
//! One text may mean several things, nine digits an organization and somebody's reference: all of them are
//! looked for. What a text cannot be is not.

use exchange::trace::Sought as Message;
use notify::trace::Sought as Shipment;
use types::phone_number::without_separators;
use types::{EmailAddress, NationalId, OrgNumber, PhoneNumber};
use uuid::Uuid;

/// Letters of a text at most.
pub(super) const LONGEST: usize = 320;

/// What a text can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Email,
    Phone,
    Person,
    Organization,
    Id,
    Number,
    Reference,
}

impl Kind {
    /// Whether it names a person: then the asking is written down.
    pub(super) const fn is_personal(self) -> bool {
        matches!(self, Self::Email | Self::Phone | Self::Person)
    }
}

/// What a text may mean.
#[derive(Debug, Default)]
pub(super) struct Asked {
    pub(super) kinds: Vec<Kind>,
    pub(super) shipments: Vec<Shipment>,
    pub(super) messages: Vec<Message>,
}

impl Asked {
    /// Reads what somebody typed; `None` where it is nothing, or too long to be anything.
    pub(super) fn read(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.is_empty() || text.chars().count() > LONGEST {
            return None;
        }
        let mut asked = Self::default();
        asked.email(text);
        asked.numbers(text);
        if let Ok(id) = text.parse::<Uuid>() {
            asked.kinds.push(Kind::Id);
            asked.shipments.push(Shipment::Id(id));
            asked.messages.push(Message::Id(id.to_string()));
        }
        // A reference may look like anything.
        asked.kinds.push(Kind::Reference);
        asked.shipments.push(Shipment::Reference(text.to_owned()));
        asked.messages.push(Message::Id(text.to_owned()));
        asked.messages.push(Message::Reference(text.to_owned()));
        Some(asked)
    }

    fn email(&mut self, text: &str) {
        let bare = text.trim_start_matches("mailto:").trim_matches(['<', '>']);
        if let Ok(address) = bare.parse::<EmailAddress>() {
            self.kinds.push(Kind::Email);
            self.shipments.push(Shipment::Email(address));
        }
    }

    fn numbers(&mut self, text: &str) {
        let bare = text.trim_start_matches("tel:").trim_start_matches("0192:");
        let digits = without_separators(bare);
        let plain = digits.strip_prefix('+').unwrap_or(&digits);
        if plain.is_empty() || !plain.bytes().all(|byte| byte.is_ascii_digit()) {
            return;
        }
        if let Some(number) = PhoneNumber::from_typed(&digits) {
            self.kinds.push(Kind::Phone);
            self.shipments.push(Shipment::Phone(number));
        }
        if let Ok(number) = digits.parse::<OrgNumber>() {
            self.kinds.push(Kind::Organization);
            self.shipments.push(Shipment::Organization(number));
            self.messages.push(Message::Organization(number));
        }
        if let Ok(id) = digits.parse::<NationalId>() {
            self.kinds.push(Kind::Person);
            self.shipments.push(Shipment::Person(id.clone()));
            self.messages.push(Message::Person(id));
        }
        if let Ok(number) = digits.parse::<i64>() {
            self.kinds.push(Kind::Number);
            self.messages.push(Message::Number(number));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<Kind> {
        Asked::read(text).map(|asked| asked.kinds).unwrap_or_default()
    }

    fn number(text: &str) -> String {
        let asked = Asked::read(text).expect("something");
        let found = asked.shipments.iter().find_map(|sought| match sought {
            Shipment::Phone(number) => Some(number.reveal().to_owned()),
            _ => None,
        });
        found.unwrap_or_default()
    }

    #[test]
    fn a_phone_number_is_read_in_any_spelling() {
        for spelling in [
            "+4799999999",
            "004799999999",
            "4799999999",
            "99999999",
            "99 99 99 99",
            "+47 999 99 999",
            "(+47) 99-99-99-99",
            "tel:+4799999999",
            " 999 99 999\u{a0}",
        ] {
            assert_eq!(number(spelling), "+4799999999", "{spelling}");
        }
        assert_eq!(number("+46 70 123 45 67"), "+46701234567");
    }

    #[test]
    fn everything_is_recognized_and_may_also_be_a_reference() {
        use Kind::{Email, Id, Number, Organization, Person, Phone, Reference};
        for (text, expected) in [
            ("kari@fjord.example", vec![Email, Reference]),
            ("<Kari@Fjord.example>", vec![Email, Reference]),
            ("310000001", vec![Organization, Number, Reference]),
            ("310 000 001", vec![Organization, Number, Reference]),
            ("0192:310000001", vec![Organization, Number, Reference]),
            ("13858130624", vec![Person, Number, Reference]),
            ("138581 30624", vec![Person, Number, Reference]),
            ("40000008", vec![Phone, Number, Reference]),
            ("a8d4b6a2-8a54-4b7a-b1cf-6f8e2a7b9c11", vec![Id, Reference]),
            ("sak-7781", vec![Reference]),
            ("4711", vec![Number, Reference]),
        ] {
            assert_eq!(kinds(text), expected, "{text}");
        }
        assert!(Asked::read("  ").is_none() && Asked::read(&"a".repeat(LONGEST + 1)).is_none());
    }

    #[test]
    fn what_was_typed_is_not_printed() {
        let printed = format!("{:?}", Asked::read("kari@fjord.example"));
        assert!(!printed.contains("fjord"), "{printed}");
    }
}
