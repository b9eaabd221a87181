//! What a first start makes (password, keys, test certificates) is made once for all nodes of a store.
//!
//! The first node keeps what it made in the database; the others take it from there into their own data
//! directories. So nodes with the same configuration are equal without anybody copying files. Where
//! certificate, key and password are configured, there is nothing to share.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use auth::SigningKey;
use store::{Store, Tx, params};
use types::time::Clock;

use super::password;
use crate::catalogue::entries::start;
use crate::config::Config;
use crate::{embedded, private_file};

/// The files and folders of a data directory that are alike on every node.
const SHARED: [&str; 4] = ["password", "issuer-key.pem", "identity", "authority"];

/// A path below the data directory and what the file says.
pub(crate) type Kept = (String, String);

/// Makes this node's files those of all nodes.
pub(super) async fn agree(config: &Config, store: &Store, clock: &Clock) -> Result<()> {
    if config.is_alone() {
        return Ok(());
    }
    let mut kept = store.read(all).await.context(start::SHARED_FILES.says("the files that nodes share"))?;
    if kept.is_empty() {
        let own = own_files(config, clock)?;
        kept = store
            .write(move |tx| keep(tx, &own))
            .await
            .context(start::SHARED_FILES.says("the files that nodes share"))?;
    }
    put(&config.data_dir, &kept)
}

/// What nodes share.
pub(crate) fn all(tx: &mut Tx<'_>) -> store::Result<Vec<Kept>> {
    tx.all("SELECT path, content FROM shared_files ORDER BY path", params![])
}

/// Keeps our files unless another node was first; answers what is kept.
fn keep(tx: &mut Tx<'_>, own: &[Kept]) -> store::Result<Vec<Kept>> {
    // Whoever has inserted the mark inserts the rest; others wait here until that is done.
    let mark = "INSERT INTO shared_files_mark (one) VALUES (1) ON CONFLICT DO NOTHING";
    if tx.execute(mark, params![])? == 1 {
        let rows: Vec<_> = own.iter().map(|(path, text)| store::row![path, text]).collect();
        tx.each("INSERT INTO shared_files (path, content) VALUES ($1, $2)", &rows)?;
    }
    all(tx)
}

/// Makes what is not there yet, and reads it.
fn own_files(config: &Config, clock: &Clock) -> Result<Vec<Kept>> {
    password::read_or_make(config)?;
    embedded::identity(config, clock)?;
    if config.embedded.issuer {
        SigningKey::load_or_create(&config.data_dir.join("issuer-key.pem")).context("the issuer's key")?;
    }
    in_directory(&config.data_dir)
}

/// The files in a data directory that nodes would share.
pub(crate) fn in_directory(data_dir: &Path) -> Result<Vec<Kept>> {
    let mut found = Vec::new();
    for name in SHARED {
        gather(data_dir, &PathBuf::from(name), &mut found)?;
    }
    Ok(found)
}

/// Lets nodes share these files and no others, when a process that was alone gets company.
pub(crate) fn replace(tx: &mut Tx<'_>, files: &[Kept]) -> store::Result<()> {
    for table in ["shared_files", "shared_files_mark"] {
        tx.execute(&format!("DELETE FROM {table}"), params![])?;
    }
    if files.is_empty() { Ok(()) } else { keep(tx, files).map(drop) }
}

/// Puts shared files into a data directory, whatever it had before.
pub(crate) fn put(data_dir: &Path, files: &[Kept]) -> Result<()> {
    files.iter().try_for_each(|(path, text)| take_over(&data_dir.join(path), text))
}

fn gather(data_dir: &Path, path: &Path, found: &mut Vec<Kept>) -> Result<()> {
    let full = data_dir.join(path);
    if full.is_dir() {
        for entry in std::fs::read_dir(&full).with_context(|| full.display().to_string())? {
            gather(data_dir, &path.join(entry?.file_name()), found)?;
        }
    } else if full.is_file() {
        let text = std::fs::read_to_string(&full).with_context(|| full.display().to_string())?;
        found.push((path.to_string_lossy().into_owned(), text));
    }
    Ok(())
}

fn take_over(path: &Path, text: &str) -> Result<()> {
    if std::fs::read_to_string(path).is_ok_and(|own| own == text) {
        return Ok(());
    }
    let folder = path.parent().context("a file lies in a folder")?;
    store::DataDir::make(folder)?;
    private_file::write(path, text).with_context(|| format!("{} cannot be written", path.display()))
}
