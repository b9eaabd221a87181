//! What stands beside a backup's files: the manifest and the list of sums.

use std::fs;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::{Component, Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::files::{self, Sum};
use super::{CopyError, DATABASE};
use crate::data_dir::for_owner_only;

const FORMAT: u32 = 1;
const MANIFEST: &str = "manifest.json";
pub(super) const SUMS: &str = "SHA256SUMS";
/// The data directory's place in a backup.
pub(super) const DATA: &str = "data";

/// What a backup is. It is written last, so that a backup with one is whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Form of the backup.
    pub format: u32,
    /// The version of budstikke that made it.
    pub version: String,
    /// When the snapshot of the database was taken, by the clock of the machine.
    pub taken: Timestamp,
    /// Names of the migrations that made the database's schema, in order.
    pub migrations: Vec<String>,
    /// How many files it holds.
    pub files: u64,
    /// How many bytes these have.
    pub bytes: u64,
    /// The sum of the list of sums, SHA-256 in hexadecimal.
    pub sums: String,
}

impl Manifest {
    pub(super) fn new(version: &str, taken: Timestamp, migrations: Vec<String>) -> Self {
        let (files, bytes, sums) = (0, 0, String::new());
        Self { format: FORMAT, version: version.to_owned(), taken, migrations, files, bytes, sums }
    }

    /// Makes the backup in this folder a whole one.
    pub(super) fn write(&self, folder: &Path) -> Result<(), CopyError> {
        let (half, whole) = (folder.join("manifest.json.new"), folder.join(MANIFEST));
        let mut file =
            for_owner_only().create(true).truncate(true).open(&half).map_err(CopyError::at(&half))?;
        let json = serde_json::to_vec_pretty(self).map_err(std::io::Error::from);
        json.and_then(|json| file.write_all(&json))
            .and_then(|()| file.write_all(b"\n"))
            .and_then(|()| file.sync_all())
            .map_err(CopyError::at(&half))?;
        fs::rename(&half, &whole).map_err(CopyError::at(&whole))?;
        files::sync_folder(folder)
    }

    /// Reads the manifest of the backup in this folder.
    pub(super) fn read(folder: &Path) -> Result<Self, CopyError> {
        let file = folder.join(MANIFEST);
        if !file.is_file() {
            return Err(CopyError::Unfinished(folder.to_owned()));
        }
        let bytes = fs::read(&file).map_err(CopyError::at(&file))?;
        let broken = |error: serde_json::Error| CopyError::Unreadable { file, cause: error.to_string() };
        let manifest: Self = serde_json::from_slice(&bytes).map_err(broken)?;
        if manifest.format > FORMAT {
            let (found, known) = (manifest.format, FORMAT);
            return Err(CopyError::TooNew(format!("the backup has form {found}, and we know up to {known}")));
        }
        Ok(manifest)
    }
}

/// The list of sums while it is being written.
pub(super) struct SumsWriter {
    path: PathBuf,
    file: BufWriter<fs::File>,
    pub(super) files: u64,
    pub(super) bytes: u64,
}

impl SumsWriter {
    pub(super) fn create(folder: &Path) -> Result<Self, CopyError> {
        let path = folder.join(SUMS);
        let file = for_owner_only().create_new(true).open(&path).map_err(CopyError::at(&path))?;
        Ok(Self { path, file: BufWriter::new(file), files: 0, bytes: 0 })
    }

    /// Adds a file, named from the backup's folder.
    pub(super) fn add(&mut self, name: &str, sum: &Sum) -> Result<(), CopyError> {
        (self.files, self.bytes) = (self.files + 1, self.bytes + sum.bytes);
        writeln!(self.file, "{}  {name}", sum.hex).map_err(CopyError::at(&self.path))
    }

    /// Writes it to the disk and answers its own sum.
    pub(super) fn finish(mut self) -> Result<String, CopyError> {
        let written = self.file.flush().and_then(|()| self.file.get_ref().sync_all());
        written.map_err(CopyError::at(&self.path))?;
        Ok(files::sum(&self.path, &mut |_| {})?.hex)
    }
}

/// One file of a backup, as the list names it.
#[derive(Debug)]
pub(super) struct Listed {
    /// Its path from the backup's folder.
    pub(super) path: PathBuf,
    /// Its sum, in hexadecimal.
    pub(super) hex: String,
}

/// Reads the list of a backup line by line, after its own sum has been checked.
pub(super) fn listed(
    folder: &Path,
    manifest: &Manifest,
) -> Result<impl Iterator<Item = Result<Listed, CopyError>>, CopyError> {
    let path = folder.join(SUMS);
    if files::sum(&path, &mut |_| {})?.hex != manifest.sums {
        return Err(CopyError::Damaged(path));
    }
    let file = fs::File::open(&path).map_err(CopyError::at(&path))?;
    Ok(BufReader::new(file).lines().map(move |line| {
        let line = line.map_err(CopyError::at(&path))?;
        parse(&line).ok_or_else(|| CopyError::Unreadable { file: path.clone(), cause: line })
    }))
}

/// `<64 hexadecimal digits>  <path>`, and the path leads nowhere but into the backup's data.
fn parse(line: &str) -> Option<Listed> {
    let (hex, name) = line.split_once("  ")?;
    let path = PathBuf::from(name);
    let plain = path.components().all(|part| matches!(part, Component::Normal(_)));
    let good = hex.len() == 64 && plain && path.starts_with(DATA) && path.components().count() > 1;
    good.then(|| Listed { path, hex: hex.to_owned() })
}

/// The copied database in a backup's folder.
pub(super) fn database(folder: &Path) -> PathBuf {
    folder.join(DATA).join(DATABASE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_leads_out_of_the_backup_is_none() {
        let sum = "0".repeat(64);
        let is_listed = |path: &str| parse(&format!("{sum}  {path}")).is_some();

        assert!(is_listed("data/blobs/message-file/ab/c"));
        for path in ["data/../../etc/passwd", "/etc/passwd", "manifest.json", "data", ""] {
            assert!(!is_listed(path), "{path}");
        }
        assert!(parse("abc  data/password").is_none());
    }
}
