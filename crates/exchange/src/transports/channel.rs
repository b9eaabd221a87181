//! Message channels: several installations of one organization, told apart by a name.

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;

/// The longest name, in characters.
const LONGEST: usize = 25;

/// The name of one of several installations of an organization: 1 to 25 letters, digits, `-` and `_`.
///
/// In the broker it stands in `sendersFileTransferReference`, which otherwise holds a UUID; the
/// length keeps the two apart.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(try_from = "String")]
pub struct MessageChannel(String);

/// A text that names no message channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a message channel is 1 to 25 letters, digits, hyphens and underscores")]
pub struct MessageChannelError;

impl MessageChannel {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for MessageChannel {
    type Err = MessageChannelError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.is_empty() || !could_be_channel(text) {
            return Err(MessageChannelError);
        }
        Ok(Self(text.to_owned()))
    }
}

impl TryFrom<String> for MessageChannel {
    type Error = MessageChannelError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl fmt::Display for MessageChannel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether receivers take a reference for the name of a channel (`^[a-zA-Z0-9-_]{0,25}$`).
fn could_be_channel(reference: &str) -> bool {
    let sign = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    reference.len() <= LONGEST && reference.bytes().all(sign)
}

/// Whether a transfer with this reference is meant for an installation of this channel.
pub(crate) fn is_for(reference: Option<&str>, own: Option<&MessageChannel>) -> bool {
    match (reference, own) {
        (None, own) => own.is_none(),
        (Some(reference), None) => !could_be_channel(reference),
        (Some(reference), Some(own)) => reference == own.as_str(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn channel(name: &str) -> MessageChannel {
        name.parse().expect("a channel")
    }

    #[test]
    fn a_name_has_1_to_25_plain_signs() {
        for name in ["a", "sak-1_B", &"x".repeat(25)] {
            assert_eq!(name.parse::<MessageChannel>().expect(name).as_str(), name);
        }
        for text in ["", &"x".repeat(26), "with space", "blå", "a.b"] {
            assert_eq!(text.parse::<MessageChannel>(), Err(MessageChannelError), "{text}");
        }
    }

    /// Covers: ET-40
    #[test]
    fn without_a_channel_we_take_what_cannot_be_one() {
        let uuid = "8d2d5b52-3a3e-4c0d-9a37-9c2f5b3c7c11";

        assert!(is_for(None, None));
        assert!(is_for(Some(uuid), None));
        assert!(is_for(Some("has space"), None));
        assert!(!is_for(Some("ref-1"), None));
        assert!(!is_for(Some(""), None));
    }

    /// Covers: ET-40
    #[test]
    fn with_a_channel_we_take_exactly_that() {
        let own = channel("sak");

        assert!(is_for(Some("sak"), Some(&own)));
        assert!(!is_for(Some("SAK"), Some(&own)));
        assert!(!is_for(Some("8d2d5b52-3a3e-4c0d-9a37-9c2f5b3c7c11"), Some(&own)));
        assert!(!is_for(None, Some(&own)));
    }
}
