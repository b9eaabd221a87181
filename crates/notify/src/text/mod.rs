//! From what a sender wrote to what a recipient reads.

pub mod keywords;

pub use keywords::{Party, mentions_keyword, mentions_name};

/// Text from outside with U+0000, which not every database can keep, made visible.
pub(crate) fn without_nul(text: String) -> String {
    if text.contains('\0') { text.replace('\0', "\u{FFFD}") } else { text }
}
