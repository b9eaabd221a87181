//! `budstikke move`: rows and files from one set-up to another.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, Error, Result, bail};
use clap::Args;
use exchange::numbers;
use indicatif::{HumanBytes, HumanCount};
use serde_json::{Value, json};
use store::PostgresConfig;
use store::blobs::{Blobs, FileBlobs, S3Blobs, S3Location};
use store::copy::moving::{BlobsMoved, Compared, Move, Place, move_blobs};

use super::Settings;
use super::output::Output;
use super::progress::RowBars;
use crate::app::shared_files;
use crate::catalogue::entries::{settings, stores};
use crate::config::{BlobPlace, Config, StorePlace};

/// Moves everything from SQLite to PostgreSQL, or back, and compares both sides.
///
/// Servers on both sides must be stopped. The source stays as it is. A move that was cut short goes on
/// where it was when the same command is given again; until it is finished, no server starts on the
/// target.
#[derive(Args)]
#[command(after_help = "Examples:\n  \
    budstikke move --to postgres://budstikke@db.example/budstikke --blobs-to s3://budstikke/files\n  \
    budstikke move --from postgres://budstikke@db.example/budstikke --to /var/lib/budstikke --without-blobs")]
pub(crate) struct Moving {
    /// Where the rows are: a data directory, or postgres://… [default: as configured]
    #[arg(long, value_name = "PLACE", required_unless_present = "to")]
    from: Option<String>,
    /// Where they shall be [default: as configured, so that a password need not be typed]
    #[arg(long, value_name = "PLACE")]
    to: Option<String>,
    /// Where the files are: a folder, or s3://bucket/prefix [default: `blobs` in a data directory, or as
    /// configured]
    #[arg(long, value_name = "PLACE")]
    blobs_from: Option<String>,
    /// Where they shall be [default: the same way]
    #[arg(long, value_name = "PLACE")]
    blobs_to: Option<String>,
    /// Move rows only, because both sides use the same place for files
    #[arg(long, conflicts_with_all = ["blobs_from", "blobs_to"])]
    without_blobs: bool,
    /// Move although other nodes are connected to a PostgreSQL source; what they do meanwhile is lost
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    settings: Settings,
}

pub(super) fn run(moving: &Moving) -> Result<ExitCode> {
    let config = moving.settings.load()?;
    let from = rows_place(moving.from.as_deref(), &config)?;
    let to = rows_place(moving.to.as_deref(), &config)?;
    let blobs = if moving.without_blobs { None } else { Some(blob_places(moving, &config, &from, &to)?) };

    let mut rows = Move::begin(&from, &to, moving.force).context("nothing was moved")?;
    if rows.resumed() {
        eprintln!("going on with a move that was cut short");
    }
    let mut bars = RowBars::default();
    rows.copy(&mut |progress| bars.tell(&progress)).context("not all rows were moved; run it again")?;
    let compared = rows.compare(&mut |progress| bars.tell(&progress)).context("the move is not good")?;
    bars.finish();
    let files = match blobs {
        Some((source, target)) => Some(move_files(&source, &target, &config)?),
        None => None,
    };
    finish(rows, &from, &to).context("the move could not be finished; run it again")?;
    let told =
        json!({ "tables": compared.iter().map(told).collect::<Vec<_>>(), "files": files.map(told_of_files) });
    moving.output.show(&told, || report(&compared, files))?;
    Ok(ExitCode::SUCCESS)
}

/// What is neither rows nor blobs: where numbers go on, and the keys and password that a directory has as
/// files and nodes have in common.
fn finish(mut rows: Move, from: &Place, to: &Place) -> Result<()> {
    let last = rows.ask_source(numbers::last)?;
    let files = match from {
        Place::DataDir(folder) => shared_files::in_directory(folder)?,
        Place::Postgres(_) => rows.ask_source(shared_files::all)?,
    };
    if let Place::DataDir(folder) = to {
        shared_files::put(folder, &files)?;
    }
    rows.finish(|tx| {
        numbers::continue_after(tx, last)?;
        shared_files::replace(tx, &files)
    })?;
    Ok(())
}

fn told(Compared { table, fingerprint }: &Compared) -> Value {
    json!({ "table": table, "rows": fingerprint.rows, "fingerprint": format!("{:032x}", fingerprint.sum) })
}

fn told_of_files(BlobsMoved { found, copied, bytes }: BlobsMoved) -> Value {
    json!({ "moved": copied, "bytes": bytes, "thereAlready": found - copied })
}

fn report(compared: &[Compared], files: Option<BlobsMoved>) -> String {
    let rows: u64 = compared.iter().map(|one| one.fingerprint.rows).sum();
    let mut text =
        format!("moved {} rows in {} tables, equal on both sides:\n", HumanCount(rows), compared.len());
    for Compared { table, fingerprint } in compared.iter().filter(|one| one.fingerprint.rows > 0) {
        let count = HumanCount(fingerprint.rows).to_string();
        text.push_str(&format!("  {table:32} {count:>12} rows  {:032x}\n", fingerprint.sum));
    }
    text.push_str(&match files {
        None => "files were left where they are\n".to_owned(),
        Some(BlobsMoved { found, copied, bytes }) => format!(
            "moved {} files, {}; {} were there already\n",
            HumanCount(copied),
            HumanBytes(bytes),
            HumanCount(found - copied)
        ),
    });
    text + "the source is as it was; a server on it would send again what the new one sends\n"
}

/// A place for rows as it is written, or the configured one.
fn rows_place(text: Option<&str>, config: &Config) -> Result<Place> {
    let place = match text {
        None => config.store.clone(),
        Some(url) if url.contains("://") => {
            url.parse().map_err(Error::msg).context(stores::DATABASE_ADDRESS.says("a place for rows"))?
        }
        Some(folder) => return Ok(Place::DataDir(folder.into())),
    };
    Ok(match place {
        StorePlace::Shared(url) => Place::Postgres(PostgresConfig { url, ..config.postgres.clone() }),
        StorePlace::Embedded => Place::DataDir(config.data_dir.clone()),
    })
}

/// A place for files.
enum Files {
    Folder(PathBuf),
    Bucket(S3Location),
}

fn blob_places(moving: &Moving, config: &Config, from: &Place, to: &Place) -> Result<(Files, Files)> {
    let source = files_place(moving.blobs_from.as_deref(), moving.from.is_none(), from, config)?;
    let target = files_place(moving.blobs_to.as_deref(), moving.to.is_none(), to, config)?;
    match (source, target) {
        (Some(source), Some(target)) => Ok((source, target)),
        (None, _) => bail!(
            settings::COMMAND_LINE.says("say where the files are with --blobs-from, or --without-blobs")
        ),
        (_, None) => bail!(
            settings::COMMAND_LINE.says("say where the files shall be with --blobs-to, or --without-blobs")
        ),
    }
}

fn files_place(text: Option<&str>, configured: bool, rows: &Place, config: &Config) -> Result<Option<Files>> {
    if let Some(text) = text {
        let bucket = text.starts_with("s3://");
        return Ok(Some(if bucket { Files::Bucket(text.parse()?) } else { Files::Folder(text.into()) }));
    }
    Ok(match (configured, &config.blobs, rows) {
        (true, BlobPlace::Bucket(location), _) => Some(Files::Bucket(location.clone())),
        (true, BlobPlace::Folder, _) => Some(Files::Folder(config.data_dir.join(store::copy::BLOBS))),
        (false, _, Place::DataDir(folder)) => Some(Files::Folder(folder.join(store::copy::BLOBS))),
        (false, _, Place::Postgres(_)) => None,
    })
}

fn move_files(from: &Files, to: &Files, config: &Config) -> Result<BlobsMoved> {
    let runtime = super::runtime()?;
    runtime.block_on(async {
        let Some(source) = open_files(from, config, false).await? else { return Ok(BlobsMoved::default()) };
        let target = open_files(to, config, true).await?.context("the place for files cannot be made")?;
        let bar = super::progress::files_bar();
        let mut tell = |moved: BlobsMoved| {
            bar.set_length(moved.found);
            bar.set_position(moved.copied);
        };
        let moved = move_blobs(&*source, &*target, &exchange::blob_kinds(), &mut tell).await;
        let moved = moved.context("not all files were moved; run it again")?;
        bar.abandon();
        Ok(moved)
    })
}

/// Nothing when a source folder is not there, because no file was ever kept.
async fn open_files(files: &Files, config: &Config, to_write: bool) -> Result<Option<Arc<dyn Blobs>>> {
    Ok(match files {
        Files::Folder(folder) if to_write => Some(Arc::new(open_folder(folder, FileBlobs::open)?)),
        Files::Folder(folder) if !folder.is_dir() => None,
        Files::Folder(folder) => Some(Arc::new(open_folder(folder, FileBlobs::open_to_read)?)),
        Files::Bucket(location) => {
            let bucket = S3Blobs::connect(location, &config.s3).context("the bucket for files")?;
            if to_write {
                bucket.check().await?;
            }
            Some(Arc::new(bucket))
        }
    })
}

fn open_folder(folder: &Path, open: fn(&Path) -> std::io::Result<FileBlobs>) -> Result<FileBlobs> {
    open(folder).with_context(|| format!("the folder for files {}", folder.display()))
}
