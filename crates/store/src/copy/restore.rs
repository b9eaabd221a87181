//! Taking a backup back.

use std::fs;
use std::path::{Path, PathBuf};

use super::files;
use super::manifest::{self, DATA, Manifest};
use super::{CopyError, Progress, Step, Tell};
use crate::data_dir::{DataDir, LOCK, RESTORING};
use crate::migrate;

/// Builds a data directory from a backup: wholly, or not at all.
///
/// The directory must be new or empty, and no server may work in it. What an earlier restore left when
/// it was cut short is replaced.
///
/// # Errors
/// [`CopyError`] names what is wrong with the backup or with the directory, which is then as it was.
pub fn restore(backup: &Path, data_dir: &Path, tell: Tell<'_>) -> Result<Manifest, CopyError> {
    let manifest = Manifest::read(backup)?;
    if let Some(unknown) = manifest.migrations.iter().find(|name| !migrate::is_known(name)) {
        let by = &manifest.version;
        return Err(CopyError::TooNew(format!(
            "version {by} made the backup, with {unknown} in its database"
        )));
    }
    let made = !data_dir.exists();
    let locked = DataDir::open_to_restore(data_dir)?;
    refuse_used(data_dir, backup)?;
    let result = build(backup, &manifest, data_dir, tell);
    if result.is_err() {
        clear(data_dir, backup, made);
    }
    drop(locked);
    result.map(|()| manifest)
}

fn build(backup: &Path, manifest: &Manifest, data_dir: &Path, tell: Tell<'_>) -> Result<(), CopyError> {
    let restoring = data_dir.join(RESTORING);
    remove_leftovers(data_dir, backup)?;
    files::make_folders_for(&restoring.join(LOCK))?;
    files::sync_folder(data_dir)?;
    let (mut done, mut count) = (0, 0);
    for listed in manifest::listed(backup, manifest)? {
        let listed = listed?;
        let source = backup.join(&listed.path);
        if !source.is_file() {
            return Err(CopyError::Missing(source));
        }
        let name = listed.path.strip_prefix(DATA).unwrap_or(&listed.path);
        let target = restoring.join(name);
        files::make_folders_for(&target)?;
        let mut read = |bytes| {
            done += bytes;
            tell(Progress { step: Step::Restore, done, of: manifest.bytes });
        };
        if files::copy(&source, &target, &mut read)?.hex != listed.hex {
            return Err(CopyError::Damaged(source));
        }
        count += 1;
    }
    if (count, done) != (manifest.files, manifest.bytes) {
        return Err(CopyError::Damaged(backup.join(manifest::SUMS)));
    }
    files::sync_folders(&restoring)?;
    move_up(&restoring, data_dir)
}

/// As long as `restoring` is there, no server begins to work here.
fn move_up(restoring: &Path, data_dir: &Path) -> Result<(), CopyError> {
    for entry in fs::read_dir(restoring).map_err(CopyError::at(restoring))? {
        let entry = entry.map_err(CopyError::at(restoring))?;
        let target = data_dir.join(entry.file_name());
        fs::rename(entry.path(), &target).map_err(CopyError::at(&target))?;
    }
    files::sync_folder(data_dir)?;
    fs::remove_dir(restoring).map_err(CopyError::at(restoring))?;
    files::sync_folder(data_dir)
}

/// Nothing may be here but the lock; or, after a restore that was cut short, what that has built.
fn refuse_used(data_dir: &Path, backup: &Path) -> Result<(), CopyError> {
    let cut_short = data_dir.join(RESTORING).exists();
    let ours =
        |name: &str| name == LOCK || cut_short && (name == RESTORING || in_backup(backup, name).exists());
    for entry in fs::read_dir(data_dir).map_err(CopyError::at(data_dir))? {
        let found = entry.map_err(CopyError::at(data_dir))?.file_name().to_string_lossy().into_owned();
        if !ours(&found) {
            return Err(CopyError::NotEmpty { folder: data_dir.to_owned(), found });
        }
    }
    Ok(())
}

fn in_backup(backup: &Path, name: &str) -> PathBuf {
    backup.join(DATA).join(name)
}

/// Removes what an earlier restore had moved up, and then what it had not.
fn remove_leftovers(data_dir: &Path, backup: &Path) -> Result<(), CopyError> {
    let restoring = data_dir.join(RESTORING);
    if !restoring.exists() {
        return Ok(());
    }
    for entry in fs::read_dir(data_dir).map_err(CopyError::at(data_dir))? {
        let path = entry.map_err(CopyError::at(data_dir))?.path();
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if name != LOCK && name != RESTORING && in_backup(backup, &name).exists() {
            remove(&path)?;
        }
    }
    remove(&restoring)
}

fn remove(path: &Path) -> Result<(), CopyError> {
    let removed = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    removed.map_err(CopyError::at(path))
}

/// Leaves the directory as it was before a restore that failed.
fn clear(data_dir: &Path, backup: &Path, made: bool) {
    let cleared = if made { remove(data_dir) } else { remove_leftovers(data_dir, backup) };
    if let Err(error) = cleared {
        tracing::warn!(%error, "could not clear what a failed restore had built; the next one will");
    }
}
