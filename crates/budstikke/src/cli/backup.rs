//! `budstikke backup`: a copy of everything, while the server runs.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::Args;
use indicatif::HumanBytes;
use serde_json::json;
use store::copy::{self, Made};
use types::time::Clock;

use super::Settings;
use super::output::Output;
use super::progress::Bars;
use crate::catalogue::entries::settings;
use crate::config::{BlobPlace, Config, StorePlace};

/// Backs up the data directory into a new folder, also while the server runs.
///
/// Database, files, keys and the password are in it, so keep it as safe as the original. A backup that
/// was cut short has no manifest.json, and `budstikke restore` refuses it.
#[derive(Args)]
#[command(after_help = "Examples:\n  \
    budstikke backup --to /backup/2026-12-01 --verify")]
pub(crate) struct Backup {
    /// The folder to make
    #[arg(long, value_name = "FOLDER")]
    to: PathBuf,
    /// Read everything again afterwards and let SQLite check the database
    #[arg(long)]
    verify: bool,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    settings: Settings,
}

pub(super) fn run(backup: &Backup) -> Result<ExitCode> {
    let config = backup.settings.load()?;
    if let StorePlace::Shared(_) = config.store {
        bail!(settings::NOT_POSSIBLE_SO.says(
            "the rows are in PostgreSQL; back them up there, and then the files: docs/backup.md says how"
        ));
    }
    let made = Made { version: env!("CARGO_PKG_VERSION"), at: Clock::system().now() };
    let mut bars = Bars::default();
    let manifest = copy::back_up(&config.data_dir, &backup.to, &made, &mut |progress| bars.tell(progress))
        .context("nothing was backed up")?;
    if backup.verify {
        copy::verify(&backup.to, &mut |progress| bars.tell(progress)).context("the backup is not good")?;
    }
    bars.finish();
    let checked = if backup.verify { ", read again and found whole" } else { "" };
    let mut words = format!(
        "backed up {} files, {}, to {}{checked}\n",
        manifest.files,
        HumanBytes(manifest.bytes),
        backup.to.display()
    );
    let mut left_out = Vec::new();
    if let BlobPlace::Bucket(bucket) = &config.blobs {
        let bucket = format!("s3://{}", bucket.bucket());
        words.push_str(&format!("  not in it, because they are in {bucket}: attachments and packages\n"));
        left_out.push(bucket);
    }
    for file in elsewhere(&config, backup.settings.config_file()) {
        let file = file.display().to_string();
        words.push_str(&format!("  not in it, because it lies outside the data directory: {file}\n"));
        left_out.push(file);
    }
    let told = json!({ "folder": backup.to, "files": manifest.files, "bytes": manifest.bytes,
        "verified": backup.verify, "leftOut": left_out });
    backup.output.show(&told, || words)?;
    Ok(ExitCode::SUCCESS)
}

/// Files that the configuration names and that the data directory does not hold.
fn elsewhere(config: &Config, file: Option<PathBuf>) -> Vec<PathBuf> {
    let named = [file, config.embedded.authority_dir.clone()];
    let others = config.organizations.iter().map(|known| known.certificate.clone());
    let ours = config.certificate_files().into_iter().cloned().map(Some);
    let data_dir = absolute(&config.data_dir);
    let mut found: Vec<_> = named.into_iter().chain(others).chain(ours).flatten().collect();
    found.retain(|path| !absolute(path).starts_with(&data_dir));
    found
}

fn absolute(path: &Path) -> PathBuf {
    path.canonicalize().or_else(|_| std::path::absolute(path)).unwrap_or_else(|_| path.to_owned())
}
