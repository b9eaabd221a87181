//! Enums as the contract writes them.

/// An enum whose values have a name and a number on the wire.
pub trait Choice: Copy + 'static {
    /// Every value with its exact name and its ordinal.
    const ALL: &[(Self, &'static str, i64)];

    /// The value with this name, in any letter case.
    fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known, _)| known.eq_ignore_ascii_case(name)).map(|(value, ..)| *value)
    }

    /// The value with this ordinal.
    fn from_ordinal(ordinal: i64) -> Option<Self> {
        Self::ALL.iter().find(|(.., known)| *known == ordinal).map(|(value, ..)| *value)
    }

    /// The names, for messages.
    fn names() -> String {
        let names: Vec<_> = Self::ALL.iter().map(|(_, name, _)| *name).collect();
        names.join(", ")
    }
}
