//! Reads a claimed message. What is opened is looked at once more whenever it is opened again.

use std::fs::File;
use std::io::{self, Read as _};
use std::os::unix::fs::MetadataExt as _;
use std::sync::Arc;

use super::layout::{CONTAINER, ENVELOPE, FILES, LIST, Listed, PACKAGE, SEALED};
use super::opened::Opened;
use super::take::DropError;
use crate::transports::Source;

/// The largest envelope and list, in bytes.
const SMALL: u64 = 5 << 20;
/// Files of one message.
const MOST_FILES: usize = 1_000;

/// What a message's folder holds.
pub(crate) struct Content {
    /// The envelope; a package has it inside.
    pub(crate) envelope: Option<Vec<u8>>,
    /// What comes with it.
    pub(crate) load: Load,
}

/// What comes with an envelope.
pub(crate) enum Load {
    /// The package that DPO carries.
    Package(FileSource),
    /// A container, encrypted or not.
    Container { file: FileSource, sealed: bool },
    /// Files, and what is said about them.
    Files(Vec<(Listed, FileSource)>),
}

/// What is in a message's folder. Blocks.
pub(super) fn content(folder: &Arc<Opened>) -> Result<Content, DropError> {
    if let Some(package) = file_in(folder, PACKAGE)? {
        return Ok(Content { envelope: None, load: Load::Package(package) });
    }
    let envelope = file_in(folder, ENVELOPE)?;
    let envelope = envelope.ok_or_else(|| DropError::Wrong(format!("there is no {ENVELOPE}")))?;
    let envelope = Some(envelope.small()?);
    for (name, sealed) in [(CONTAINER, false), (SEALED, true)] {
        if let Some(file) = file_in(folder, name)? {
            return Ok(Content { envelope, load: Load::Container { file, sealed } });
        }
    }
    Ok(Content { envelope, load: Load::Files(files(folder)?) })
}

/// A file of this name, if there is one.
pub(super) fn file_in(folder: &Arc<Opened>, name: &str) -> Result<Option<FileSource>, DropError> {
    match FileSource::of(folder, name) {
        Ok(source) => Ok(Some(source)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(unfit(error)),
    }
}

/// What is there and no plain file will never do.
fn unfit(error: io::Error) -> DropError {
    match error.kind() {
        io::ErrorKind::InvalidData => DropError::Wrong(error.to_string()),
        _ => DropError::Io(error),
    }
}

/// The files: those of the list in its order, and then the others by name.
fn files(folder: &Arc<Opened>) -> Result<Vec<(Listed, FileSource)>, DropError> {
    let list = match file_in(folder, LIST)? {
        Some(list) => serde_json::from_slice::<Vec<Listed>>(&list.small()?)
            .map_err(|error| DropError::Wrong(format!("{LIST}: {error}")))?,
        None => Vec::new(),
    };
    let mut there = everything(folder)?;
    let mut files = Vec::with_capacity(there.len());
    for listed in list {
        let at = there.iter().position(|(name, _)| *name == listed.file);
        let missing = || DropError::Wrong(format!("{LIST} names a file that is not there: {}", listed.file));
        let (_, source) = there.swap_remove(at.ok_or_else(missing)?);
        files.push((listed, source));
    }
    there.sort_by(|a, b| a.0.cmp(&b.0));
    let unlisted = |name: String| Listed { file: name.clone(), filename: name, ..Listed::default() };
    files.extend(there.into_iter().map(|(name, source)| (unlisted(name), source)));
    Ok(files)
}

fn everything(folder: &Opened) -> Result<Vec<(String, FileSource)>, DropError> {
    let inside = match folder.folder(FILES) {
        Ok(inside) => Arc::new(inside),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(unfit(error)),
    };
    let names = inside.names(MOST_FILES + 1)?;
    if names.len() > MOST_FILES {
        return Err(DropError::Wrong(format!("there are more than {MOST_FILES} files")));
    }
    let mut there = Vec::with_capacity(names.len());
    for name in names {
        let name = name.into_string();
        let name = name.map_err(|_| DropError::Wrong("a file name is not UTF-8".to_owned()))?;
        let source = FileSource::of(&inside, &name).map_err(unfit)?;
        there.push((name, source));
    }
    Ok(there)
}

/// A file in a claimed folder, as it was when it was looked at.
#[derive(Clone, Debug)]
pub(crate) struct FileSource {
    folder: Arc<Opened>,
    name: String,
    identity: (u64, u64),
    /// Its size.
    pub(crate) bytes: u64,
}

impl FileSource {
    fn of(folder: &Arc<Opened>, name: &str) -> io::Result<Self> {
        let data = folder.file(name)?.metadata()?;
        let (folder, name) = (Arc::clone(folder), name.to_owned());
        Ok(Self { folder, name, identity: (data.dev(), data.ino()), bytes: data.len() })
    }

    /// The file, if it is still the one that was looked at.
    pub(crate) fn file(&self) -> io::Result<File> {
        let file = self.folder.file(&self.name)?;
        let data = file.metadata()?;
        if (data.dev(), data.ino()) != self.identity || data.len() != self.bytes {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "a file was changed while it was read"));
        }
        Ok(file)
    }

    /// All of a small file.
    pub(super) fn small(&self) -> Result<Vec<u8>, DropError> {
        if self.bytes > SMALL {
            return Err(DropError::Wrong(format!("a description has more than {SMALL} bytes")));
        }
        let mut bytes = Vec::new();
        self.file()?.take(SMALL).read_to_end(&mut bytes)?;
        Ok(bytes)
    }
}

impl Source for FileSource {
    fn open(&self) -> io::Result<Box<dyn io::Read + Send>> {
        Ok(Box::new(self.file()?))
    }
}
