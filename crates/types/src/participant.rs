//! The addresses of message exchange: organizations, on behalf of others, and persons.

use std::fmt;
use std::str::FromStr;

use crate::{NationalId, OrgNumber};

/// Who sends or receives a message, in authority `iso6523-actorid-upis`.
///
/// Forms: `0192:310000001`, the bare nine digits, `0192:own:other` for an organization that acts
/// for another (optionally followed by a one-digit source), and a person's eleven digits.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Participant {
    /// An organization, perhaps on behalf of another.
    Organization {
        /// Whoever operates the sending or receiving system.
        own: OrgNumber,
        /// Whom it acts for.
        on_behalf_of: Option<OrgNumber>,
        /// Where that relation is known from.
        source: Option<u8>,
    },
    /// A person.
    Person(NationalId),
}

/// Why a text is no participant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParticipantError {
    /// Neither of the known forms.
    #[error("expected 0192:<nine digits>, 0192:<own>:<other>, nine digits, or a person's eleven digits")]
    UnknownForm,
    /// Eleven digits whose check digits do not add up.
    #[error("the check digits of the national identity number do not add up")]
    WrongCheckDigits,
}

impl Participant {
    /// The organization itself, acting for nobody else.
    pub const fn organization(own: OrgNumber) -> Self {
        Self::Organization { own, on_behalf_of: None, source: None }
    }

    /// The organization or person that the message concerns, without scheme: what filters,
    /// look-ups and columns use.
    pub fn primary(&self) -> String {
        match self {
            Self::Organization { own, on_behalf_of, .. } => on_behalf_of.unwrap_or(*own).to_string(),
            Self::Person(id) => id.reveal().to_owned(),
        }
    }

    /// The full wire form (`0192:…`, or a person's digits).
    pub fn wire(&self) -> String {
        match self {
            Self::Organization { own, on_behalf_of, source } => {
                let mut text = format!("0192:{own}");
                if let Some(other) = on_behalf_of {
                    text = format!("{text}:{other}");
                }
                if let Some(source) = source {
                    text = format!("{text}:{source}");
                }
                text
            }
            Self::Person(id) => id.reveal().to_owned(),
        }
    }
}

impl FromStr for Participant {
    type Err = ParticipantError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Ok(own) = text.parse() {
            return Ok(Self::organization(own));
        }
        if let Ok(id) = text.parse::<NationalId>() {
            return if id.adds_up() { Ok(Self::Person(id)) } else { Err(ParticipantError::WrongCheckDigits) };
        }
        let rest = text.strip_prefix("0192:").ok_or(ParticipantError::UnknownForm)?;
        parse_organization(rest).ok_or(ParticipantError::UnknownForm)
    }
}

fn parse_organization(rest: &str) -> Option<Participant> {
    let mut parts = rest.split(':');
    let own = parts.next()?.parse().ok()?;
    let on_behalf_of = parts.next().map(str::parse).transpose().ok()?;
    let source = match parts.next() {
        Some(text) => Some(parse_source(text)?),
        None => None,
    };
    parts.next().is_none().then_some(Participant::Organization { own, on_behalf_of, source })
}

fn parse_source(text: &str) -> Option<u8> {
    match text.as_bytes() {
        [digit @ b'0'..=b'9'] => Some(digit - b'0'),
        _ => None,
    }
}

impl fmt::Display for Participant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Organization { .. } => f.write_str(&self.wire()),
            Self::Person(id) => id.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wire_form_is_read_and_written() {
        for text in
            ["0192:310000001", "0192:310123455:312555778", "0192:310123455:312555778:1", "01010050053"]
        {
            assert_eq!(text.parse::<Participant>().expect(text).wire(), text);
        }
        assert_eq!("310000001".parse::<Participant>().expect("bare").wire(), "0192:310000001");
    }

    #[test]
    fn the_primary_identifier_is_whom_the_message_concerns() {
        let participant: Participant = "0192:310123455:312555778".parse().expect("on behalf of");
        assert_eq!(participant.primary(), "312555778");
    }

    #[test]
    fn unknown_forms_and_wrong_check_digits_are_told_apart() {
        for text in
            ["", "9908:310000001", "0192:", "0192:31000000", " 0192:310000001", "0192:310123455:312555778:12"]
        {
            assert_eq!(text.parse::<Participant>(), Err(ParticipantError::UnknownForm), "{text}");
        }
        assert_eq!("01010050054".parse::<Participant>(), Err(ParticipantError::WrongCheckDigits));
    }

    #[test]
    fn a_person_prints_masked() {
        assert_eq!("01010050053".parse::<Participant>().expect("person").to_string(), "01*********");
    }
}
