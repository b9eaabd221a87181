//! Receivers that decide what becomes of their messages: how they are listed, and how one is found.

use serde::Serialize;

/// A number's last four digits and what they bring about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct MagicNumber<O> {
    /// The last four digits.
    pub ends_with: &'static str,
    /// What happens.
    pub outcome: O,
    /// The same in words, for people.
    pub means: &'static str,
}

/// A recipient's local part and what it brings about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MagicRecipient<O> {
    /// What stands before `@`; a `+` and what follows it do not count.
    pub local_part: &'static str,
    /// What happens.
    pub outcome: O,
    /// The same in words, for people.
    pub means: &'static str,
}

pub(crate) const fn number<O: Copy>(
    ends_with: &'static str,
    outcome: O,
    means: &'static str,
) -> MagicNumber<O> {
    MagicNumber { ends_with, outcome, means }
}

pub(crate) const fn recipient<O: Copy>(
    local_part: &'static str,
    outcome: O,
    means: &'static str,
) -> MagicRecipient<O> {
    MagicRecipient { local_part, outcome, means }
}

/// What a number brings about, where it is a magic one.
pub(crate) fn for_number<O: Copy>(table: &[MagicNumber<O>], receiver: &str) -> Option<O> {
    let found = table.iter().find(|magic| receiver.ends_with(magic.ends_with));
    found.map(|magic| magic.outcome)
}

/// What an address brings about, where it is a magic one.
pub(crate) fn for_address<O: Copy>(table: &[MagicRecipient<O>], address: &str) -> Option<O> {
    let (local, _) = address.split_once('@').unwrap_or((address, ""));
    let (local, _) = local.split_once('+').unwrap_or((local, ""));
    let found = table.iter().find(|magic| magic.local_part.eq_ignore_ascii_case(local));
    found.map(|magic| magic.outcome)
}

/// Whether each ending is four digits, and they are listed in order and once.
#[cfg(test)]
pub(crate) fn is_orderly<O>(table: &[MagicNumber<O>]) -> bool {
    let is_ending =
        |magic: &MagicNumber<O>| magic.ends_with.len() == 4 && magic.ends_with.parse::<u16>().is_ok();
    table.iter().all(is_ending) && table.is_sorted_by(|one, next| one.ends_with < next.ends_with)
}
