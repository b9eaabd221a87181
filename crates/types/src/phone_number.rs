//! Phone numbers, by the rule of the published notification contract.

use std::fmt;
use std::str::FromStr;

use phonenumber::Mode;

use crate::mask;

/// A valid international phone number. Prints itself masked.
///
/// Any type of number passes, not only mobiles; the numbering plan decides what is valid. What the
/// caller wrote is kept for showing ([`PhoneNumber::as_given`]); what is sent to is the E.164 form
/// ([`PhoneNumber::reveal`]).
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct PhoneNumber {
    given: String,
    e164: String,
}

/// Why a text is no phone number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PhoneNumberError {
    /// Neither `+` nor `00` in front.
    #[error("a phone number begins with its country code, written +47… or 0047…")]
    NoCountryCode,
    /// Not valid in the numbering plan of its country.
    #[error("not a valid number in its country")]
    NotValid,
}

impl PhoneNumber {
    /// The number to send to, in E.164 form (`+4799999999`).
    pub fn reveal(&self) -> &str {
        &self.e164
    }

    /// The number as the caller wrote it.
    pub fn as_given(&self) -> &str {
        &self.given
    }

    /// Reads a number as registers write it: eight digits that begin with 4 or 9 are Norwegian.
    pub fn from_register(text: &str) -> Result<Self, PhoneNumberError> {
        let short = text.len() == 8 && text.starts_with(['4', '9']);
        if short { format!("+47{text}").parse() } else { text.parse() }
    }

    /// Reads a number as people type it, [without separators](without_separators): without its country it is
    /// Norwegian.
    pub fn from_typed(digits: &str) -> Option<Self> {
        let spelled = match digits.len() {
            8 => format!("+47{digits}"),
            // As register and gateways write it.
            10 if digits.starts_with("47") => format!("+{digits}"),
            _ => digits.to_owned(),
        };
        spelled.parse().ok()
    }
}

impl FromStr for PhoneNumber {
    type Err = PhoneNumberError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let international = match (text.strip_prefix("00"), text.starts_with('+')) {
            (Some(rest), _) => format!("+{rest}"),
            (None, true) => text.to_owned(),
            (None, false) => return Err(PhoneNumberError::NoCountryCode),
        };
        if international.starts_with("++") {
            return Err(PhoneNumberError::NoCountryCode);
        }
        let international = ascii_digits(&international);
        let number = phonenumber::parse(None, without_punctuation(without_extension(&international)))
            .map_err(|_| PhoneNumberError::NotValid)?;
        if !number.is_valid() {
            return Err(PhoneNumberError::NotValid);
        }
        let e164 = number.format().mode(Mode::E164).to_string();
        Ok(Self { given: text.to_owned(), e164 })
    }
}

/// A number without what people put between its digits.
pub fn without_separators(typed: &str) -> String {
    let is_separator = |sign| matches!(sign, ' ' | '\u{a0}' | '-' | '.' | '/' | '(' | ')');
    typed.chars().filter(|sign| !is_separator(*sign)).collect()
}

/// The reference's library reads full-width digits, ours does not.
fn ascii_digits(text: &str) -> String {
    let ascii = |c: char| match c {
        '０'..='９' => char::from_digit(c as u32 - '０' as u32, 10).unwrap_or(c),
        other => other,
    };
    text.chars().map(ascii).collect()
}

/// The reference's library steps over what people put between digits; ours does not everywhere.
fn without_punctuation(text: &str) -> String {
    let is_punctuation = |c: char| matches!(c, ' ' | '-' | '.' | '(' | ')' | '[' | ']' | '/');
    if text.chars().all(|c| c == '+' || c.is_ascii_digit() || is_punctuation(c)) {
        return text.chars().filter(|c| !is_punctuation(*c)).collect();
    }
    text.to_owned()
}

/// The reference's library accepts an RFC 3966 extension; nothing can be sent to one.
fn without_extension(text: &str) -> &str {
    text.split_once(";ext=").map_or(text, |(number, _)| number)
}

impl fmt::Display for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&mask::middle(&self.e164, 5, 2))
    }
}

impl fmt::Debug for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PhoneNumber({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn valid_numbers_of_any_type_pass_and_become_e164() {
        let valid = [
            ("+4740000001", "+4740000001"),
            ("004740000000", "+4740000000"),
            ("+47 99 99 99 99", "+4799999999"),
            ("+47 99-99-99-99 ", "+4799999999"),
            ("+4799-999999", "+4799999999"),
            ("+479999999-9", "+4799999999"),
            ("+20100-1234567", "+201001234567"),
            ("+1(201)555.0123", "+12015550123"),
            ("+４７99999999", "+4799999999"),
            ("+4799999999;ext=12", "+4799999999"),
            ("+233242426224", "+233242426224"),
            ("+4722222222", "+4722222222"),
            ("+4702345", "+4702345"),
            ("+4781549300", "+4781549300"),
        ];
        for (given, e164) in valid {
            let number: PhoneNumber = given.parse().expect(given);
            assert_eq!((number.as_given(), number.reveal()), (given, e164));
        }
    }

    #[test]
    fn what_the_contract_lists_as_wrong_is_refused() {
        let wrong = [
            "40000001",
            "+4750000004",
            "+47900000001",
            "+14790000000",
            "+47",
            "",
            "++4740000000",
            "+4712345678",
            "+4759000000",
            "+479999999",
            " +4740000001",
            "00",
            "+",
            "0000",
        ];
        for text in wrong {
            assert!(text.parse::<PhoneNumber>().is_err(), "{text}");
        }
    }

    #[test]
    fn registers_write_norwegian_numbers_short() {
        let number = PhoneNumber::from_register("99999999").expect("a Norwegian mobile");
        assert_eq!(number.reveal(), "+4799999999");
        assert!(PhoneNumber::from_register("22222222").is_err());
    }

    #[test]
    fn it_prints_masked() {
        let number: PhoneNumber = "+4799999999".parse().expect("a number");
        assert_eq!(format!("{number:?}"), "PhoneNumber(+4799****99)");
    }
}
