//! Norwegian national identity numbers: fødselsnummer, D-numbers and synthetic ones.

use std::fmt;
use std::iter::zip;
use std::str::FromStr;

use crate::mask;

/// An eleven-digit national identity number. Prints itself masked.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NationalId(String);

/// A text that is no national identity number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a national identity number has eleven digits")]
pub struct NationalIdError;

impl NationalId {
    /// The digits. Only for the register or the wire.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Whether both check digits agree with the others (modulus 11, Skatteetaten's rule).
    pub fn adds_up(&self) -> bool {
        const FIRST: [u32; 10] = [3, 7, 6, 1, 8, 9, 4, 5, 2, 1];
        const SECOND: [u32; 11] = [5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1];
        let digits = || self.0.bytes().map(|byte| u32::from(byte - b'0'));
        let sum = |weights: &[u32]| -> u32 { zip(weights, digits()).map(|(w, d)| w * d).sum() };
        sum(&FIRST).is_multiple_of(11) && sum(&SECOND).is_multiple_of(11)
    }
}

impl FromStr for NationalId {
    type Err = NationalIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.len() != 11 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(NationalIdError);
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for NationalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&mask::middle(&self.0, 2, 0))
    }
}

impl fmt::Debug for NationalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NationalId({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_prints_masked() {
        let id: NationalId = "14817210075".parse().expect("eleven digits");
        assert_eq!(format!("{id} {id:?}"), "14********* NationalId(14*********)");
        assert_eq!(id.reveal(), "14817210075");
    }

    #[test]
    fn check_digits_can_be_asked_for() {
        let adds_up = |text: &str| text.parse::<NationalId>().expect("eleven digits").adds_up();
        assert!(adds_up("01010050053"));
        assert!(!adds_up("01010050054"));
        assert!(!adds_up("01010050063"));
    }

    #[test]
    fn anything_but_eleven_ascii_digits_is_refused() {
        for text in ["", "1481721007", "148172100750", "1481721007x", "1481721007５"] {
            assert_eq!(text.parse::<NationalId>(), Err(NationalIdError));
        }
    }
}
