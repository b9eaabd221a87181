//! Files on their way: listed, copied, linked, summed.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use aws_lc_rs::digest::{Context, SHA256};

use super::CopyError;
use crate::data_dir::for_owner_only;

/// Bytes read at a time.
const PIECE: usize = 256 << 10;
/// Folders in folders; more means that a link leads back up.
const DEEPEST: usize = 16;

/// What a file has in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sum {
    /// SHA-256 in hexadecimal.
    pub(super) hex: String,
    /// Length in bytes.
    pub(super) bytes: u64,
}

/// Sums a file; tells how many bytes each piece had.
pub(super) fn sum(path: &Path, read: &mut dyn FnMut(u64)) -> Result<Sum, CopyError> {
    let mut file = File::open(path).map_err(CopyError::at(path))?;
    pass(&mut file, &mut io::sink(), read).map_err(CopyError::at(path))
}

/// Copies a file to a new one that only its owner may read, and to the disk.
pub(super) fn copy(from: &Path, to: &Path, read: &mut dyn FnMut(u64)) -> Result<Sum, CopyError> {
    let mut source = File::open(from).map_err(CopyError::at(from))?;
    let mut target = for_owner_only().create_new(true).open(to).map_err(CopyError::at(to))?;
    let sum = pass(&mut source, &mut target, read).map_err(CopyError::at(to))?;
    target.sync_all().map_err(CopyError::at(to))?;
    Ok(sum)
}

/// A file that is never changed may share its bytes with its copy, if one disk has both.
pub(super) fn link_or_copy(from: &Path, to: &Path, read: &mut dyn FnMut(u64)) -> Result<Sum, CopyError> {
    match fs::hard_link(from, to) {
        Ok(()) => sum(to, read),
        Err(_) => copy(from, to, read),
    }
}

fn pass(from: &mut File, to: &mut dyn Write, read: &mut dyn FnMut(u64)) -> io::Result<Sum> {
    let (mut context, mut bytes, mut piece) = (Context::new(&SHA256), 0, vec![0; PIECE]);
    loop {
        let length = match from.read(&mut piece) {
            Ok(0) => break,
            Ok(length) => length,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        context.update(&piece[..length]);
        to.write_all(&piece[..length])?;
        bytes += length as u64;
        read(length as u64);
    }
    Ok(Sum { hex: hexadecimal(context.finish().as_ref()), bytes })
}

fn hexadecimal(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// A file in a folder, or in a folder in it.
#[derive(Clone, Debug)]
pub(super) struct Found {
    /// Its path from the folder, with `/` between the parts.
    pub(super) name: String,
    pub(super) bytes: u64,
}

/// Every file in a folder, except what `skip` names at the top. What vanishes meanwhile is left out;
/// what is neither file nor folder, too.
pub(super) fn list(folder: &Path, skip: &dyn Fn(&str) -> bool) -> Result<Vec<Found>, CopyError> {
    let mut found = Vec::new();
    let mut folders = vec![(folder.to_owned(), String::new(), 0)];
    while let Some((folder, prefix, depth)) = folders.pop() {
        for entry in fs::read_dir(&folder).map_err(CopyError::at(&folder))? {
            let path = entry.map_err(CopyError::at(&folder))?.path();
            let name = plain_name(&path)?;
            if depth == 0 && skip(name) {
                continue;
            }
            let name = format!("{prefix}{name}");
            match fs::metadata(&path) {
                Ok(data) if data.is_file() => found.push(Found { name, bytes: data.len() }),
                Ok(data) if data.is_dir() && depth < DEEPEST => {
                    folders.push((path, format!("{name}/"), depth + 1));
                }
                Ok(data) if data.is_dir() => {
                    return Err(CopyError::at(&path)(io::Error::other("folders lie in folders without end")));
                }
                Ok(_) => tracing::warn!("{} is neither file nor folder, and is not copied", path.display()),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(CopyError::at(&path)(error)),
            }
        }
    }
    Ok(found)
}

fn plain_name(path: &Path) -> Result<&str, CopyError> {
    let name = path.file_name().and_then(|name| name.to_str());
    name.filter(|name| !name.contains(['\n', '\r', '\\'])).ok_or_else(|| CopyError::Name(path.to_owned()))
}

/// Makes the folders that `file` lies in, readable by their owner only.
pub(super) fn make_folders_for(file: &Path) -> Result<(), CopyError> {
    let folder = file.parent().unwrap_or(file);
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(CopyError::at(folder))
}

/// Writes the names in a folder to the disk.
pub(super) fn sync_folder(folder: &Path) -> Result<(), CopyError> {
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(CopyError::at(folder))
}

/// Writes the names in a folder and in every folder in it to the disk.
pub(super) fn sync_folders(folder: &Path) -> Result<(), CopyError> {
    for entry in fs::read_dir(folder).map_err(CopyError::at(folder))? {
        let path = entry.map_err(CopyError::at(folder))?.path();
        if path.is_dir() {
            sync_folders(&path)?;
        }
    }
    sync_folder(folder)
}

/// Removes a half-made folder unless it is kept.
pub(super) struct Scaffold(Option<PathBuf>);

impl Scaffold {
    pub(super) fn new(folder: &Path) -> Self {
        Self(Some(folder.to_owned()))
    }

    pub(super) fn keep(mut self) {
        self.0 = None;
    }
}

impl Drop for Scaffold {
    fn drop(&mut self) {
        if let Some(folder) = &self.0
            && let Err(error) = fs::remove_dir_all(folder)
        {
            tracing::warn!(%error, "could not remove the half-made {}", folder.display());
        }
    }
}
