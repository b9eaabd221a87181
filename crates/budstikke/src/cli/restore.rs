//! `budstikke restore`: a data directory from a backup.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Args;
use indicatif::HumanBytes;
use serde_json::json;
use store::copy;

use super::Settings;
use super::output::Output;
use super::progress::Bars;

/// Builds a data directory from a backup: wholly, or not at all.
///
/// The directory must be new or empty. Every byte is checked against the backup's list of sums.
#[derive(Args)]
#[command(after_help = "Examples:\n  \
    budstikke restore --from /backup/2026-12-01 --data-dir /var/lib/budstikke")]
pub(crate) struct Restore {
    /// The folder that `budstikke backup` made
    #[arg(long, value_name = "FOLDER")]
    from: PathBuf,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    settings: Settings,
}

pub(super) fn run(restore: &Restore) -> Result<ExitCode> {
    let data_dir = restore.settings.load()?.data_dir;
    let mut bars = Bars::default();
    let manifest = copy::restore(&restore.from, &data_dir, &mut |progress| bars.tell(progress))
        .context("nothing was restored")?;
    bars.finish();
    let told = json!({ "dataDir": data_dir, "files": manifest.files, "bytes": manifest.bytes,
        "taken": manifest.taken.to_string(), "version": manifest.version });
    restore.output.show(&told, || {
        format!(
            "restored {} files, {}, to {}\n  as they were at {}, saved by version {}\n  \
             what was still waiting then is sent when the server starts\n",
            manifest.files,
            HumanBytes(manifest.bytes),
            data_dir.display(),
            manifest.taken,
            manifest.version
        )
    })?;
    Ok(ExitCode::SUCCESS)
}
