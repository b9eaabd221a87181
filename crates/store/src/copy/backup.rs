//! Making a backup beside a running server, and reading it again.

use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::files::{self, Found, Scaffold};
use super::manifest::{self, DATA, Manifest, SumsWriter};
use super::snapshot::{self, Snapshot};
use super::{BLOBS, CopyError, DATABASE, Progress, Step, Tell};
use crate::blobs::{HOLD_FILE, Hold};
use crate::data_dir::{LOCK, RESTORING};

/// What belongs to a running process and not to what it keeps.
const PASSING: [&str; 4] = [LOCK, RESTORING, "addresses.json", "addresses.json.new"];

/// Who makes a backup, and when.
#[derive(Clone, Debug)]
pub struct Made<'a> {
    /// The version of budstikke.
    pub version: &'a str,
    /// Now.
    pub at: Timestamp,
}

/// Backs up a data directory into a new folder. A server may work in the directory meanwhile.
///
/// # Errors
/// [`CopyError`] says what; nothing is left of a backup that failed.
pub fn back_up(data_dir: &Path, to: &Path, made: &Made<'_>, tell: Tell<'_>) -> Result<Manifest, CopyError> {
    let database = data_dir.join(DATABASE);
    if !database.is_file() {
        return Err(CopyError::NoDatabase(data_dir.to_owned()));
    }
    refuse_inside(data_dir, to)?;
    refuse_used(to)?;
    files::make_folders_for(&to.join(DATA).join(DATABASE))?;
    let scaffold = Scaffold::new(to);

    let hold = hold(data_dir)?;
    let snapshot = Snapshot::take(&database)?;
    let manifest = Manifest::new(made.version, made.at, snapshot.migrations()?);
    let blobs = blobs(data_dir)?;
    let others = files::list(data_dir, &|name| is_passing(name) || name == BLOBS)?;
    let mut sums = SumsWriter::create(to)?;
    snapshot.copy(&manifest::database(to), tell)?;
    sums.add(&format!("{DATA}/{DATABASE}"), &files::sum(&manifest::database(to), &mut |_| {})?)?;

    let of = blobs.iter().chain(&others).map(|found| found.bytes).sum();
    let mut copying = Copying { data_dir, to, sums, done: 0, of, tell };
    for found in &blobs {
        // Written once and never changed.
        copying.take(found, files::link_or_copy)?;
    }
    drop(hold);
    for found in &others {
        copying.take(found, files::copy)?;
    }

    let manifest = seal(to, manifest, copying.sums)?;
    scaffold.keep();
    Ok(manifest)
}

/// Writes the list of sums and, when all else is on disk, the manifest.
fn seal(to: &Path, mut manifest: Manifest, sums: SumsWriter) -> Result<Manifest, CopyError> {
    (manifest.files, manifest.bytes) = (sums.files, sums.bytes);
    manifest.sums = sums.finish()?;
    files::sync_folders(to)?;
    manifest.write(to)?;
    Ok(manifest)
}

/// Reads a backup again: every sum, and SQLite's own opinion of the database.
///
/// # Errors
/// [`CopyError::Damaged`], [`CopyError::Missing`] and [`CopyError::Fault`] name the file.
pub fn verify(folder: &Path, tell: Tell<'_>) -> Result<Manifest, CopyError> {
    let manifest = Manifest::read(folder)?;
    let mut done = 0;
    for listed in manifest::listed(folder, &manifest)? {
        let listed = listed?;
        let path = folder.join(&listed.path);
        if !path.is_file() {
            return Err(CopyError::Missing(path));
        }
        let mut read = |bytes| {
            done += bytes;
            tell(Progress { step: Step::Verify, done, of: manifest.bytes });
        };
        if files::sum(&path, &mut read)?.hex != listed.hex {
            return Err(CopyError::Damaged(path));
        }
    }
    snapshot::check(&manifest::database(folder))?;
    Ok(manifest)
}

/// Files on their way into a backup.
struct Copying<'a, 't> {
    data_dir: &'a Path,
    to: &'a Path,
    sums: SumsWriter,
    done: u64,
    of: u64,
    tell: Tell<'t>,
}

type Way = fn(&Path, &Path, &mut dyn FnMut(u64)) -> Result<files::Sum, CopyError>;

impl Copying<'_, '_> {
    fn take(&mut self, found: &Found, way: Way) -> Result<(), CopyError> {
        let name = format!("{DATA}/{}", found.name);
        let (from, target) = (self.data_dir.join(&found.name), self.to.join(&name));
        files::make_folders_for(&target)?;
        let (done, of, tell) = (&mut self.done, self.of, &mut self.tell);
        let mut read = |bytes| {
            *done += bytes;
            tell(Progress { step: Step::Files, done: *done, of });
        };
        let sum = way(&from, &target, &mut read)?;
        self.sums.add(&name, &sum)
    }
}

fn is_passing(name: &str) -> bool {
    // The database and its log are copied by SQLite.
    PASSING.contains(&name)
        || name.strip_prefix(DATABASE).is_some_and(|end| end.is_empty() || end.starts_with('-'))
}

fn hold(data_dir: &Path) -> Result<Option<Hold>, CopyError> {
    let folder = data_dir.join(BLOBS);
    if !folder.is_dir() {
        return Ok(None);
    }
    Hold::take(&folder).map(Some).map_err(|error| match error.kind() {
        io::ErrorKind::WouldBlock => CopyError::Held(data_dir.to_owned()),
        _ => CopyError::at(&folder)(error),
    })
}

fn blobs(data_dir: &Path) -> Result<Vec<Found>, CopyError> {
    let folder = data_dir.join(BLOBS);
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let mut found = files::list(&folder, &|name| name == HOLD_FILE || name == "incoming")?;
    for blob in &mut found {
        blob.name.insert_str(0, "blobs/");
    }
    Ok(found)
}

/// The target must be a new folder or an empty one.
fn refuse_used(folder: &Path) -> Result<(), CopyError> {
    if !folder.exists() {
        return Ok(());
    }
    match std::fs::read_dir(folder).map_err(CopyError::at(folder))?.next() {
        None => Ok(()),
        Some(entry) => {
            let found = entry.map_err(CopyError::at(folder))?.file_name().to_string_lossy().into_owned();
            Err(CopyError::NotEmpty { folder: folder.to_owned(), found })
        }
    }
}

fn refuse_inside(data_dir: &Path, to: &Path) -> Result<(), CopyError> {
    let data_dir = data_dir.canonicalize().map_err(CopyError::at(data_dir))?;
    let absolute = std::path::absolute(to).map_err(CopyError::at(to))?;
    let existing = absolute.ancestors().find_map(|above| above.canonicalize().ok());
    if existing.unwrap_or_else(|| PathBuf::from("/")).starts_with(&data_dir) {
        return Err(CopyError::Inside(to.to_owned()));
    }
    Ok(())
}
