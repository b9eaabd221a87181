//! Takes messages out of a folder that another system writes into.
//!
//! The other system makes a message's folder under a name of its own that begins with a dot or ends in
//! `.tmp` or `.part`, and renames it when all is there. Whatever has another name is whole. We claim it by
//! renaming it into a corner of our own (`.budstikke/taken`), so that of several nodes one has it, and take
//! it away when it is on disk here. One that will never do goes to `rejected`, with the reason beside it.
//!
//! Nothing in it is trusted: links, devices and files that somebody else can reach by another name are
//! refused, and what is opened is looked at once more after it was opened.

use std::fs::{self, File, Metadata};
use std::io::{self, Read as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use uuid::Uuid;

use super::layout::{CONTAINER, ENVELOPE, FILES, LIST, Listed, PACKAGE, SEALED};
use super::put::{OURS, sync_folder};
use crate::transports::Source;

/// Where messages go that will never do.
pub(crate) const REJECTED: &str = "rejected";
/// Names that are no messages.
const SET_APART: [&str; 4] = [REJECTED, "receipts", "sent", "statuses"];
/// The largest envelope and list, in bytes.
const SMALL: u64 = 5 << 20;
/// Messages that are claimed in one look.
const AT_ONCE: usize = 100;
/// Files of one message.
const MOST_FILES: usize = 1_000;

/// A folder that another system writes into.
#[derive(Clone, Debug)]
pub(crate) struct Inlet {
    root: PathBuf,
}

/// A message that has been claimed.
#[derive(Clone, Debug)]
pub(crate) struct Claim {
    /// What its folder is called.
    pub(crate) name: String,
    /// Where it is.
    pub(crate) path: PathBuf,
}

/// Why a claimed message cannot be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DropError {
    /// It will never do.
    #[error("{0}")]
    Wrong(String),
    /// The disk.
    #[error(transparent)]
    Io(#[from] io::Error),
}

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

impl Inlet {
    /// The folder.
    pub(crate) fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// Where it is.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    fn taken(&self) -> PathBuf {
        self.root.join(OURS).join("taken")
    }

    /// Answers an error where the folder cannot be used; makes our corner of it.
    pub(crate) fn prepare(&self) -> io::Result<()> {
        fs::read_dir(&self.root)?;
        fs::create_dir_all(self.taken())
    }

    /// Claims what is whole; answers that and what was claimed before, by name. Blocks.
    pub(crate) fn claim(&self, this_try: Uuid) -> io::Result<Vec<Claim>> {
        self.prepare()?;
        for entry in fs::read_dir(&self.root)? {
            let entry = entry?;
            let Some(name) = entry.file_name().to_str().map(str::to_owned) else { continue };
            if !is_whole(&name) || !entry.file_type()?.is_dir() {
                continue;
            }
            let free = self.taken().join(&name);
            let place =
                if free.try_exists()? { self.taken().join(format!("{name}-{this_try}")) } else { free };
            match fs::rename(entry.path(), place) {
                Ok(()) => {}
                // Another node has been faster, or it was taken back.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        sync_folder(&self.taken())?;
        self.claimed()
    }

    fn claimed(&self) -> io::Result<Vec<Claim>> {
        let mut claims = Vec::new();
        for entry in fs::read_dir(self.taken())? {
            let entry = entry?;
            if let (Some(name), true) = (entry.file_name().to_str(), entry.file_type()?.is_dir()) {
                claims.push(Claim { name: name.to_owned(), path: entry.path() });
            }
        }
        claims.sort_by(|a, b| a.name.cmp(&b.name));
        claims.truncate(AT_ONCE);
        Ok(claims)
    }

    /// The claim of this name, if it is still there.
    pub(crate) fn find(&self, name: &str) -> Option<Claim> {
        let plain = !name.contains(['/', '\\']) && !matches!(name, "" | "." | "..");
        let path = self.taken().join(name);
        (plain && path.is_dir()).then(|| Claim { name: name.to_owned(), path })
    }

    /// Removes a message that is kept somewhere else. Blocks.
    pub(crate) fn done(&self, name: &str) -> io::Result<()> {
        let Some(claim) = self.find(name) else { return Ok(()) };
        match fs::remove_dir_all(&claim.path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => sync_folder(&self.taken()),
        }
    }

    /// Sets a message apart, with the reason in a file beside it. Blocks.
    pub(crate) fn reject(&self, name: &str, reason: &str) -> io::Result<()> {
        let Some(claim) = self.find(name) else { return Ok(()) };
        let rejected = self.root.join(REJECTED);
        fs::create_dir_all(&rejected)?;
        let place = (0..1_000)
            .map(|times| if times == 0 { name.to_owned() } else { format!("{name}-{times}") })
            .map(|name| rejected.join(name))
            .find(|place| !place.exists());
        let place = place.ok_or_else(|| io::Error::other("too many messages of one name are rejected"))?;
        let mut beside = place.clone().into_os_string();
        beside.push(".reason.txt");
        fs::write(beside, format!("{reason}\n"))?;
        fs::rename(&claim.path, place)?;
        sync_folder(&rejected)
    }

    /// How many messages are set apart.
    pub(crate) fn rejected(&self) -> usize {
        let entries = fs::read_dir(self.root.join(REJECTED)).into_iter().flatten().flatten();
        entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir())).count()
    }
}

/// Whether a name says that everything is there.
pub(crate) fn is_whole(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let half =
        lower.starts_with('.') || [".tmp", ".part", ".filepart"].iter().any(|end| lower.ends_with(end));
    !half && !SET_APART.contains(&name)
}

impl Claim {
    /// Looks what is in it. Blocks.
    pub(crate) fn open(&self) -> Result<Content, DropError> {
        if let Some(package) = self.file(PACKAGE)? {
            return Ok(Content { envelope: None, load: Load::Package(package) });
        }
        let envelope = self.file(ENVELOPE)?;
        let envelope = envelope.ok_or_else(|| DropError::Wrong(format!("there is no {ENVELOPE}")))?;
        let envelope = Some(envelope.small()?);
        for (name, sealed) in [(CONTAINER, false), (SEALED, true)] {
            if let Some(file) = self.file(name)? {
                return Ok(Content { envelope, load: Load::Container { file, sealed } });
            }
        }
        Ok(Content { envelope, load: Load::Files(self.files()?) })
    }

    /// A file of this name, if there is one.
    fn file(&self, name: &str) -> Result<Option<FileSource>, DropError> {
        match fs::symlink_metadata(self.path.join(name)) {
            Ok(data) => FileSource::of(self.path.join(name), &data).map(Some),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// The files: those of the list in its order, and then the others by name.
    fn files(&self) -> Result<Vec<(Listed, FileSource)>, DropError> {
        let list = match self.file(LIST)? {
            Some(list) => serde_json::from_slice::<Vec<Listed>>(&list.small()?)
                .map_err(|error| DropError::Wrong(format!("{LIST}: {error}")))?,
            None => Vec::new(),
        };
        let mut there = self.everything()?;
        let mut files = Vec::with_capacity(there.len());
        for listed in list {
            let at = there.iter().position(|(name, _)| *name == listed.file);
            let missing =
                || DropError::Wrong(format!("{LIST} names a file that is not there: {}", listed.file));
            let (_, source) = there.swap_remove(at.ok_or_else(missing)?);
            files.push((listed, source));
        }
        there.sort_by(|a, b| a.0.cmp(&b.0));
        let unlisted = |name: String| Listed { file: name.clone(), filename: name, ..Listed::default() };
        files.extend(there.into_iter().map(|(name, source)| (unlisted(name), source)));
        Ok(files)
    }

    fn everything(&self) -> Result<Vec<(String, FileSource)>, DropError> {
        let entries = match fs::symlink_metadata(self.path.join(FILES)) {
            Ok(data) if data.is_dir() => fs::read_dir(self.path.join(FILES))?,
            Ok(_) => return Err(DropError::Wrong(format!("{FILES} is not a folder"))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error.into()),
        };
        let mut there = Vec::new();
        for entry in entries {
            let entry = entry?;
            let name = entry.file_name().into_string();
            let name = name.map_err(|_| DropError::Wrong("a file name is not UTF-8".to_owned()))?;
            let data = fs::symlink_metadata(entry.path())?;
            there.push((name, FileSource::of(entry.path(), &data)?));
            if there.len() > MOST_FILES {
                return Err(DropError::Wrong(format!("there are more than {MOST_FILES} files")));
            }
        }
        Ok(there)
    }
}

/// A file in a claimed folder, as it was when it was looked at.
#[derive(Clone, Debug)]
pub(crate) struct FileSource {
    path: PathBuf,
    identity: (u64, u64),
    /// Its size.
    pub(crate) bytes: u64,
}

impl FileSource {
    fn of(path: PathBuf, data: &Metadata) -> Result<Self, DropError> {
        let name = || path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if !data.is_file() {
            return Err(DropError::Wrong(format!("{} is a link or no plain file", name())));
        }
        if data.nlink() != 1 {
            return Err(DropError::Wrong(format!("{} is also reached by another name", name())));
        }
        Ok(Self { identity: (data.dev(), data.ino()), bytes: data.len(), path })
    }

    /// The file, if it is still the one that was looked at.
    pub(crate) fn file(&self) -> io::Result<File> {
        let file = File::open(&self.path)?;
        let data = file.metadata()?;
        if (data.dev(), data.ino()) != self.identity || data.len() != self.bytes {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "a file was changed while it was read"));
        }
        Ok(file)
    }

    fn small(&self) -> Result<Vec<u8>, DropError> {
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
