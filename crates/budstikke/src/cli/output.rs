//! What commands print: tables and colours for people at a terminal, JSON for machines.

use std::fmt;
use std::io::{self, IsTerminal, Write};

use anyhow::{Context, Result};
use clap::Args;
use serde::Serialize;

use crate::catalogue::entries::files;

/// For whom a command prints.
#[derive(Args, Clone, Copy, Debug, Default)]
pub(crate) struct Output {
    /// JSON for machines instead of text for people; errors, too
    #[arg(long)]
    json: bool,
}

impl Output {
    /// Whether machines read.
    pub(super) const fn is_json(self) -> bool {
        self.json
    }

    /// Prints what was found: as JSON, or in these words.
    pub(super) fn show(self, value: &impl Serialize, words: impl FnOnce() -> String) -> Result<()> {
        if self.json {
            print(&format!("{}\n", serde_json::to_string_pretty(value)?))
        } else {
            print(&words())
        }
    }

    /// Prints one of many: as a line of JSON, or in these words.
    pub(super) fn line(self, value: &impl Serialize, words: impl FnOnce() -> String) -> Result<()> {
        if self.json { print(&format!("{}\n", serde_json::to_string(value)?)) } else { print(&words()) }
    }
}

/// Nobody reads our output any more, as behind `| head`.
#[derive(Debug)]
pub(crate) struct Closed;

impl fmt::Display for Closed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("nobody reads the output any more")
    }
}

impl std::error::Error for Closed {}

/// Writes to standard output, at once.
pub(super) fn print(text: &str) -> Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Err(Closed.into()),
        Err(error) => Err(error).context(files::FILE_UNWRITABLE.says("the output cannot be written")),
    }
}

/// How a word looks where there are colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Paint {
    /// As it should be.
    Good,
    /// Worth a look.
    Warning,
    /// Not as it should be.
    Bad,
    /// Beside the point.
    Faint,
    /// A heading.
    Heading,
}

impl Paint {
    /// A text in this colour.
    pub(crate) fn on(self, text: &str) -> String {
        let code = match self {
            Self::Good => "32",
            Self::Warning => "33",
            Self::Bad => "1;31",
            Self::Faint => "2",
            Self::Heading => "1",
        };
        format!("\u{1b}[{code}m{text}\u{1b}[0m")
    }
}

/// Whether standard output shows colours: a terminal, and nobody has asked for none (no-color.org).
pub(super) fn paints() -> bool {
    io::stdout().is_terminal() && wanted()
}

/// The same of standard error.
pub(crate) fn paints_errors() -> bool {
    io::stderr().is_terminal() && wanted()
}

fn wanted() -> bool {
    let none = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    !none && std::env::var_os("TERM").is_none_or(|terminal| terminal != "dumb")
}

/// A text from elsewhere without the signs that a terminal obeys.
pub(super) fn harmless(text: &str) -> String {
    text.chars().map(|sign| if sign.is_control() { '\u{fffd}' } else { sign }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_have_written_cannot_command_the_terminal() {
        assert_eq!(harmless("a\u{1b}[2Jb\nc\u{9b}d"), "a\u{fffd}[2Jb\u{fffd}c\u{fffd}d");
        assert_eq!(harmless("Ærlig talt"), "Ærlig talt");
    }
}
