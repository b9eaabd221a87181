//! Whom a registry can be asked about.

use std::fmt;
use std::str::FromStr;

use types::{NationalId, OrgNumber, Participant};

/// An organization, a citizen or an actor in health.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Identifier {
    /// An organization.
    Organization(OrgNumber),
    /// A citizen.
    Person(NationalId),
    /// An actor in health (`her-id:<number>`).
    HerId(u64),
    /// The general practitioner of a citizen (`fastlege-for:<number>`).
    PractitionerOf(NationalId),
}

/// A text that no registry can be asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "expected nine digits, 0192:<nine digits>, a person's eleven digits, her-id:<number> or fastlege-for:<eleven digits>"
)]
pub struct IdentifierError;

impl Identifier {
    /// The form in which it stands in a registry's paths; may hold a person's number.
    pub fn wire(&self) -> String {
        match self {
            Self::Organization(number) => number.to_string(),
            Self::Person(id) => id.reveal().to_owned(),
            Self::HerId(number) => format!("her-id:{number}"),
            Self::PractitionerOf(id) => format!("fastlege-for:{}", id.reveal()),
        }
    }

    /// The organization, if it is one.
    pub const fn organization(&self) -> Option<OrgNumber> {
        match self {
            Self::Organization(number) => Some(*number),
            _ => None,
        }
    }
}

impl FromStr for Identifier {
    type Err = IdentifierError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Some(number) = text.strip_prefix("her-id:") {
            return number.parse().map(Self::HerId).map_err(|_| IdentifierError);
        }
        if let Some(person) = text.strip_prefix("fastlege-for:") {
            return person.parse().map(Self::PractitionerOf).map_err(|_| IdentifierError);
        }
        let bare = text.strip_prefix("0192:").unwrap_or(text);
        if let Ok(number) = bare.parse() {
            return Ok(Self::Organization(number));
        }
        text.parse().map(Self::Person).map_err(|_| IdentifierError)
    }
}

impl From<OrgNumber> for Identifier {
    fn from(number: OrgNumber) -> Self {
        Self::Organization(number)
    }
}

impl From<&Participant> for Identifier {
    /// The organization or person that a message concerns.
    fn from(participant: &Participant) -> Self {
        match participant {
            Participant::Organization { own, on_behalf_of, .. } => {
                Self::Organization(on_behalf_of.unwrap_or(*own))
            }
            Participant::Person(id) => Self::Person(id.clone()),
        }
    }
}

impl fmt::Display for Identifier {
    /// Persons are masked.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Organization(number) => number.fmt(f),
            Self::Person(id) => id.fmt(f),
            Self::HerId(number) => write!(f, "her-id:{number}"),
            Self::PractitionerOf(id) => write!(f, "fastlege-for:{id}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_is_read_and_written() {
        for text in ["310000001", "01010050053", "her-id:8094866", "fastlege-for:01010050053"] {
            assert_eq!(text.parse::<Identifier>().expect(text).wire(), text);
        }
        let with_scheme: Identifier = "0192:310000001".parse().expect("an organization");
        assert_eq!(with_scheme.wire(), "310000001");
    }

    #[test]
    fn other_texts_are_refused() {
        for text in ["", "12345678", "0192:", "her-id:x", "fastlege-for:1", "9908:310000001"] {
            assert_eq!(text.parse::<Identifier>(), Err(IdentifierError), "{text}");
        }
    }

    #[test]
    fn persons_print_masked() {
        let person: Identifier = "01010050053".parse().expect("a person");
        assert!(!person.to_string().contains("50053"));
        assert!(!format!("{person:?}").contains("50053"));
    }
}
