//! `budstikke restore`: a data directory from a backup.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Args;
use indicatif::HumanBytes;
use store::copy;

use super::Settings;
use super::progress::Bars;

/// Builds a data directory from a backup: wholly, or not at all.
///
/// The directory must be new or empty. Every byte is checked against the backup's list of sums.
#[derive(Args)]
pub(crate) struct Restore {
    /// The folder that `budstikke backup` made
    #[arg(long, value_name = "FOLDER")]
    from: PathBuf,
    #[command(flatten)]
    settings: Settings,
}

pub(super) fn run(restore: &Restore) -> Result<ExitCode> {
    let data_dir = restore.settings.load()?.data_dir;
    let mut bars = Bars::default();
    let manifest = copy::restore(&restore.from, &data_dir, &mut |progress| bars.tell(progress))
        .context("nothing was restored")?;
    bars.finish();
    println!("restored {} files, {}, to {}", manifest.files, HumanBytes(manifest.bytes), data_dir.display());
    println!("  as they were at {}, saved by version {}", manifest.taken, manifest.version);
    println!("  what was still waiting then is sent when the server starts");
    Ok(ExitCode::SUCCESS)
}
