//! Files that only we may read, written whole or not at all.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

/// Writes a file that only its owner can read (mode 0600) and that is on disk when this returns.
///
/// Refuses with [`io::ErrorKind::AlreadyExists`] when somebody was faster, so that two processes
/// that start together end up with the same key.
pub(crate) fn create(path: &Path, content: &[u8]) -> io::Result<()> {
    let folder = folder_of(path);
    fs::create_dir_all(folder)?;
    // Temporary files are made with mode 0600 from the first moment on.
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(content)?;
    file.as_file().sync_all()?;
    file.persist_noclobber(path).map_err(|failed| failed.error)?;
    File::open(folder)?.sync_all()
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// Reads the file, or makes it from `new` when there is none. The second value tells whether it is
/// new.
pub(crate) fn load_or_create<E: From<io::Error>>(
    path: &Path,
    new: impl FnOnce() -> Result<Vec<u8>, E>,
) -> Result<(Vec<u8>, bool), E> {
    match fs::read(path) {
        Ok(content) => return Ok((content, false)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error.into()),
    }
    let content = new()?;
    match create(path, &content) {
        Ok(()) => Ok((content, true)),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok((fs::read(path)?, false)),
        Err(error) => Err(error.into()),
    }
}
