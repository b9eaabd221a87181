//! Puts messages into a folder that another system reads: whole or not at all, and once.
//!
//! A message is written in a corner of our own (`.budstikke/new`), synced, and renamed to where the other
//! system looks, which is one step for whoever looks. A marker tells that it has been put there, since the
//! other system may have taken it away again before we had time to remember. What happens when the process
//! dies after each step:
//!
//! | died after | what is there | the next try |
//! |---|---|---|
//! | writing | a draft `new/<id>.<try>` | writes anew; the draft is cleared away by and by |
//! | draft → `new/<id>` | the whole message | goes on from there |
//! | marker `published/<id>` | both | renames it |
//! | `new/<id>` → its name | the marker | does nothing: it was put there |
//!
//! Two nodes that put the same message at the same time make two drafts, of which one becomes `new/<id>`.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use uuid::Uuid;

/// The corner of a folder that is ours.
pub(crate) const OURS: &str = ".budstikke";
/// A marker is needed as long as somebody may try again.
const KEEP_MARKERS: Duration = Duration::from_hours(60 * 24);
/// A draft of this age is nobody's any more.
const KEEP_DRAFTS: Duration = Duration::from_hours(48);

/// A folder that another system reads.
#[derive(Clone, Debug)]
pub(crate) struct Outlet {
    root: PathBuf,
}

impl Outlet {
    /// The folder; it need not be there yet.
    pub(crate) fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// Makes our corner of it. The folder itself must be there: one that is not mounted must not be
    /// mistaken for an empty one.
    pub(crate) fn prepare(&self) -> io::Result<()> {
        self.is_there()?;
        fs::create_dir_all(self.drafts())?;
        fs::create_dir_all(self.markers())
    }

    /// Answers an error where the folder cannot be looked into.
    pub(crate) fn is_there(&self) -> io::Result<()> {
        fs::read_dir(&self.root).map(drop)
    }

    /// Where it is.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    fn drafts(&self) -> PathBuf {
        self.root.join(OURS).join("new")
    }

    fn markers(&self) -> PathBuf {
        self.root.join(OURS).join("published")
    }

    /// Lets a folder called `name` appear, filled by `write`, unless one of this id has appeared before.
    /// Where the name is taken, a part of the id is added. Blocks.
    pub(crate) fn put(
        &self,
        id: Uuid,
        name: &str,
        this_try: Uuid,
        write: impl FnOnce(&Path) -> io::Result<()>,
    ) -> io::Result<()> {
        self.prepare()?;
        let (ready, marker) = (self.drafts().join(id.to_string()), self.markers().join(id.to_string()));
        if !ready.try_exists()? {
            if marker.try_exists()? {
                return Ok(());
            }
            let draft = self.drafts().join(format!("{id}.{this_try}"));
            fs::create_dir(&draft)?;
            let written = write(&draft).and_then(|()| sync_folder(&draft));
            if let Err(error) = written {
                let _ = fs::remove_dir_all(&draft);
                return Err(error);
            }
            match fs::rename(&draft, &ready) {
                Ok(()) => {}
                Err(error) if is_taken(&error) => fs::remove_dir_all(&draft)?,
                Err(error) => return Err(error),
            }
            sync_folder(&self.drafts())?;
        }
        match OpenOptions::new().write(true).create_new(true).open(&marker) {
            Ok(file) => file.sync_all()?,
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
        sync_folder(&self.markers())?;
        self.show(&ready, name, id)
    }

    fn show(&self, ready: &Path, name: &str, id: Uuid) -> io::Result<()> {
        let short = id.simple().to_string();
        for name in [name.to_owned(), format!("{name}-{}", &short[short.len() - 8..])] {
            let place = self.root.join(name);
            // A plain file of that name would be an error of another kind.
            match fs::rename(ready, &place) {
                Ok(()) => return sync_folder(&self.root),
                // Another node has been faster.
                Err(error) if error.kind() == io::ErrorKind::NotFound => return self.is_there(),
                Err(error) if is_taken(&error) => {}
                Err(error) => return Err(error),
            }
        }
        Err(io::Error::new(io::ErrorKind::AlreadyExists, "two folders of this message's name are there"))
    }

    /// Lets a file appear under this name, over what is there. Blocks.
    pub(crate) fn put_file(&self, name: &str, this_try: Uuid, content: &[u8]) -> io::Result<()> {
        self.prepare()?;
        let draft = self.drafts().join(format!("file.{this_try}"));
        let written = write_file(&draft, &mut &content[..])
            .and_then(|_| fs::rename(&draft, self.root.join(name)).and_then(|()| sync_folder(&self.root)));
        if written.is_err() {
            let _ = fs::remove_file(&draft);
        }
        written
    }

    /// Clears away markers and drafts that nobody needs any more. Blocks.
    pub(crate) fn tidy(&self, now: SystemTime) {
        for (folder, keep) in [(self.markers(), KEEP_MARKERS), (self.drafts(), KEEP_DRAFTS)] {
            let Ok(entries) = fs::read_dir(folder) else { continue };
            for entry in entries.flatten() {
                let whole = entry.file_name().to_str().is_some_and(|name| name.parse::<Uuid>().is_ok());
                let Ok(data) = entry.metadata() else { continue };
                let age = data.modified().ok().and_then(|at| now.duration_since(at).ok());
                if age.is_none_or(|age| age < keep) || (whole && data.is_dir()) {
                    continue;
                }
                let _ = if data.is_dir() {
                    fs::remove_dir_all(entry.path())
                } else {
                    fs::remove_file(entry.path())
                };
            }
        }
    }
}

/// Writes a new file to the disk; answers its size.
pub(crate) fn write_file(path: &Path, from: &mut impl io::Read) -> io::Result<u64> {
    let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
    let bytes = io::copy(from, &mut file)?;
    file.flush()?;
    file.sync_all()?;
    Ok(bytes)
}

/// Makes the names in a folder durable.
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

fn is_taken(error: &io::Error) -> bool {
    use io::ErrorKind as Kind;
    matches!(error.kind(), Kind::AlreadyExists | Kind::DirectoryNotEmpty | Kind::NotADirectory)
}
