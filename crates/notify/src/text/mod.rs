//! From what a sender wrote to what a recipient reads.

pub mod html;
pub mod keywords;
pub mod sms_parts;

pub use keywords::{Party, mentions_keyword, mentions_name};
pub use sms_parts::{Encoding, SmsParts};

/// Text from outside with U+0000, which not every database can keep, made visible.
pub(crate) fn without_nul(text: String) -> String {
    if text.contains('\0') { text.replace('\0', "\u{FFFD}") } else { text }
}

/// What an e-mail's body is written in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum BodyFormat {
    /// Plain text.
    #[default]
    Plain,
    /// HTML.
    Html,
}
