//! Norwegian organization numbers.

use std::fmt;
use std::iter::zip;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A nine-digit organization number.
///
/// Both published contracts accept any nine digits, synthetic numbers among them, so the check
/// digit is a question one may ask ([`OrgNumber::adds_up`]), not a condition of being one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct OrgNumber(u32);

/// A text that is no organization number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an organization number has nine digits")]
pub struct OrgNumberError;

impl OrgNumber {
    /// Whether the last digit agrees with the others (modulus 11, weights 3 2 7 6 5 4 3 2).
    pub fn adds_up(self) -> bool {
        // The check digit gets weight 1, which turns the special cases of the rule into one sum.
        const WEIGHTS: [u32; 9] = [3, 2, 7, 6, 5, 4, 3, 2, 1];
        let text = self.to_string();
        let digits = text.bytes().map(|byte| u32::from(byte - b'0'));
        zip(WEIGHTS, digits).map(|(weight, digit)| weight * digit).sum::<u32>().is_multiple_of(11)
    }
}

impl FromStr for OrgNumber {
    type Err = OrgNumberError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.len() != 9 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(OrgNumberError);
        }
        text.parse().map(Self).map_err(|_| OrgNumberError)
    }
}

impl fmt::Display for OrgNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:09}", self.0)
    }
}

impl TryFrom<String> for OrgNumber {
    type Error = OrgNumberError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<OrgNumber> for String {
    fn from(number: OrgNumber) -> Self {
        number.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nine_digits_are_read_and_written_back() {
        for text in ["991825827", "310000001", "000000000"] {
            assert_eq!(text.parse::<OrgNumber>().expect(text).to_string(), text);
        }
    }

    #[test]
    fn the_check_digit_can_be_asked_for() {
        assert!("991825827".parse::<OrgNumber>().expect("nine digits").adds_up());
        assert!(!"310000001".parse::<OrgNumber>().expect("nine digits").adds_up());
    }

    #[test]
    fn anything_but_nine_ascii_digits_is_refused() {
        for text in ["", "99182582", "9918258270", "9918258２7", "+91825827", "99182582a"] {
            assert_eq!(text.parse::<OrgNumber>(), Err(OrgNumberError), "{text}");
        }
    }
}
