//! `budstikke completions`: what a shell needs to complete our commands.

use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, Command};
use clap_complete::Shell;

use super::output::print;

/// Prints completions for a shell.
#[derive(Args)]
#[command(after_help = "Examples:\n  \
    budstikke completions bash > /etc/bash_completion.d/budstikke\n  \
    budstikke completions zsh > ~/.zfunc/_budstikke\n  \
    budstikke completions fish > ~/.config/fish/completions/budstikke.fish")]
pub(crate) struct Completions {
    /// Which shell
    #[arg(value_enum)]
    shell: Kind,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Kind {
    Bash,
    Zsh,
    Fish,
}

pub(super) fn run(completions: &Completions, mut command: Command) -> Result<ExitCode> {
    let shell = match completions.shell {
        Kind::Bash => Shell::Bash,
        Kind::Zsh => Shell::Zsh,
        Kind::Fish => Shell::Fish,
    };
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command, "budstikke", &mut script);
    print(&String::from_utf8_lossy(&script))?;
    Ok(ExitCode::SUCCESS)
}
