//! The hash of a link. Pure.

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::digest::{Context, SHA256};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::model::Entry;

/// A SHA-256 hash (FIPS 180-4). Written in 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Digest([u8; 32]);

impl Digest {
    /// What stands before the first link.
    pub const ZERO: Self = Self([0; 32]);

    /// The bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The hash with these bytes, if there are 32.
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }
}

/// SHA-256 over the hash before, the number, and each part of the entry with its length in front, so that
/// no two entries are written alike. Numbers are 64 bits, the highest byte first.
pub(crate) fn digest(before: &Digest, number: i64, entry: &Entry) -> Digest {
    let mut hash = Context::new(&SHA256);
    hash.update(&before.0);
    hash.update(&number.to_be_bytes());
    hash.update(entry.id.as_bytes());
    hash.update(&entry.at.as_microsecond().to_be_bytes());
    for text in [&entry.actor, &entry.action, &entry.subject, &entry.detail] {
        hash.update(&u64::try_from(text.len()).unwrap_or(u64::MAX).to_be_bytes());
        hash.update(text.as_bytes());
    }
    let mut bytes = [0; 32];
    bytes.copy_from_slice(hash.finish().as_ref());
    Digest(bytes)
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A text that is no hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a hash is 64 hexadecimal digits")]
pub struct DigestError;

impl FromStr for Digest {
    type Err = DigestError;

    fn from_str(text: &str) -> Result<Self, DigestError> {
        let mut bytes = [0; 32];
        let pairs = text.as_bytes().chunks_exact(2);
        if text.len() != 64 || !text.is_ascii() || !pairs.remainder().is_empty() {
            return Err(DigestError);
        }
        for (byte, pair) in bytes.iter_mut().zip(pairs) {
            let digit = |digit: u8| char::from(digit).to_digit(16).ok_or(DigestError);
            let value = digit(pair[0])? * 16 + digit(pair[1])?;
            *byte = u8::try_from(value).map_err(|_| DigestError)?;
        }
        Ok(Self(bytes))
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

impl store::ToValue for Digest {
    fn to_value(&self) -> store::Value<'_> {
        self.0[..].to_value()
    }
}

impl store::Column for Digest {
    const WANTED: &'static str = "a hash of 32 bytes";

    fn from_value(value: store::Value<'_>) -> Option<Self> {
        Self::from_slice(&<Vec<u8> as store::Column>::from_value(value)?)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::Action;

    fn entry(actor: &str, subject: &str) -> Entry {
        let at = "2026-03-02T11:00:00.123456Z".parse().expect("a moment");
        Entry::new(Uuid::from_u128(7), at, actor, Action::InstantAccepted, &subject, "sms")
    }

    #[test]
    fn the_hash_is_the_one_that_another_implementation_makes() {
        // Made with Python's hashlib over the bytes that `digest` names.
        let known = "89ac9d0faf7d992a683518a453248f0414e187c74bf7ca04fce03cf1293704e6";
        let made = digest(&Digest::ZERO, 1, &entry("bym", "order"));
        assert_eq!(made.to_string(), known);
    }

    #[test]
    fn moving_a_sign_from_one_part_to_the_next_gives_another_hash() {
        let one = digest(&Digest::ZERO, 1, &entry("bym", "order"));
        let other = digest(&Digest::ZERO, 1, &entry("bymo", "rder"));
        assert_ne!(one, other);
        assert_ne!(one, digest(&Digest::ZERO, 2, &entry("bym", "order")));
        assert_ne!(one, digest(&one, 1, &entry("bym", "order")));
    }

    #[test]
    fn a_hash_reads_back_from_what_it_writes() {
        let made = digest(&Digest::ZERO, 1, &entry("bym", "order"));
        assert_eq!(made.to_string().parse(), Ok(made));
        let short = made.to_string()[1..].to_owned();
        for wrong in ["", "zz", &short, &"g".repeat(64), &"æ".repeat(32)] {
            assert_eq!(wrong.parse::<Digest>(), Err(DigestError), "{wrong}");
        }
    }
}
