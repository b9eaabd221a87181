//! `budstikke config`: what may be set, for those who have no copy of the repository at hand.

use clap::{Args, Subcommand};

use crate::config::{EXAMPLE, reference};

/// Print every setting there is.
#[derive(Args)]
pub(crate) struct Configuration {
    #[command(subcommand)]
    what: What,
}

#[derive(Clone, Copy, Subcommand)]
enum What {
    #[command(after_help = "Examples:\n  budstikke config example > budstikke.toml")]
    /// A file with every setting and its default, ready to copy and change
    Example,
    #[command(after_help = "Examples:\n  budstikke config reference > configuration.md")]
    /// The page of the documentation, in Markdown
    Reference,
}

#[expect(clippy::print_stdout, reason = "this is what was asked for")]
pub(super) fn run(asked: &Configuration) {
    match asked.what {
        What::Example => print!("{EXAMPLE}"),
        What::Reference => print!("{}", reference()),
    }
}
