//! The entries, a file for each thousand of their codes.

/// Entries, and the list of them: name, code, exit, whose move; what, cause, remedy.
macro_rules! entries {
    ($($name:ident = $code:literal, $exit:ident, $whose:ident: $what:literal, $cause:literal, $remedy:literal;)*) => {
        use crate::catalogue::{Entry, Exit, Whose};

        $(
            pub(crate) const $name: &Entry = &Entry {
                code: $code,
                what: $what,
                cause: $cause,
                remedy: $remedy,
                whose: Whose::$whose,
                exit: Exit::$exit,
            };
        )*

        /// All of this family, in the order of their codes.
        pub(super) const ALL: &[&Entry] = &[$($name),*];

        /// Their names in the code, for the test that each is used.
        #[cfg(test)]
        pub(super) const NAMES: &[&str] = &[$(stringify!($name)),*];
    };
}

pub(crate) mod files;
pub(crate) mod found;
pub(crate) mod other;
pub(crate) mod server;
pub(crate) mod settings;
pub(crate) mod start;
pub(crate) mod stores;

use super::Entry;

/// A family of entries: the beginning of their codes, and what they have in common.
pub(crate) struct Family {
    /// Its title.
    pub title: &'static str,
    /// Its entries.
    pub entries: &'static [&'static Entry],
}

/// All of them.
pub(crate) const FAMILIES: [Family; 7] = [
    Family { title: "Command line and configuration", entries: settings::ALL },
    Family { title: "Start and data directory", entries: start::ALL },
    Family { title: "Database and files", entries: stores::ALL },
    Family { title: "Calling a server", entries: server::ALL },
    Family { title: "Files that commands read and write", entries: files::ALL },
    Family { title: "Examined and found wrong", entries: found::ALL },
    Family { title: "Everything else", entries: other::ALL },
];

/// Every entry, in the order of their codes.
pub(crate) fn all() -> impl Iterator<Item = &'static Entry> {
    FAMILIES.iter().flat_map(|family| family.entries.iter().copied())
}

/// The entry with this code, which may be written in any letter case and without its beginning.
pub(crate) fn find(code: &str) -> Option<&'static Entry> {
    let digits = code.trim().rsplit('-').next().unwrap_or_default();
    all().find(|entry| entry.code.ends_with(digits) && digits.len() == 4)
}

/// Names in the code of all entries.
#[cfg(test)]
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    let families = [
        settings::NAMES,
        start::NAMES,
        stores::NAMES,
        server::NAMES,
        files::NAMES,
        found::NAMES,
        other::NAMES,
    ];
    families.into_iter().flatten().copied()
}
