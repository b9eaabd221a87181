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
//! Two that put the same message at the same time make two drafts, since writing takes its time; what comes
//! after that one of them does at a time (`.budstikke/turn` is locked), and the other finds the marker.
//!
//! The marker is also what tells whether a message was taken: it lies on the same disk, so that an empty
//! folder without it is one that is not mounted.

use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use uuid::Uuid;

use super::opened::{Opened, corner, corner_there, is_anything};

/// The corner of a folder that is ours.
pub(crate) const OURS: &str = ".budstikke";
/// A marker is needed as long as somebody may try again, or ask whether the message was taken.
const KEEP_MARKERS: Duration = Duration::from_hours(60 * 24);
/// The marker of a message that still lies there after this time is made young again.
const RENEW_MARKERS: Duration = Duration::from_hours(30 * 24);
/// The corner with drafts.
const DRAFTS: [&str; 2] = [OURS, "new"];
/// The corner with markers.
const MARKERS: [&str; 2] = [OURS, "published"];
/// The file that is locked while a message is shown.
const TURN: &str = "turn";
/// How long one waits for its turn, and between two looks whether it has come.
const PATIENCE: (Duration, Duration) = (Duration::from_secs(30), Duration::from_millis(5));
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
        self.drafts()?;
        self.markers().map(drop)
    }

    /// Answers an error where the folder cannot be written into. Makes nothing, since a folder that is not
    /// mounted shall stay as empty as it is.
    pub(crate) fn is_usable(&self) -> io::Result<()> {
        use rustix::fs::Access;
        self.is_there()?;
        Ok(rustix::fs::access(&self.root, Access::READ_OK | Access::WRITE_OK | Access::EXEC_OK)?)
    }

    /// Answers an error where the folder cannot be looked into.
    pub(crate) fn is_there(&self) -> io::Result<()> {
        fs::read_dir(&self.root).map(drop)
    }

    /// Where it is.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    fn drafts(&self) -> io::Result<PathBuf> {
        corner(&self.root, &DRAFTS)
    }

    fn markers(&self) -> io::Result<PathBuf> {
        corner(&self.root, &MARKERS)
    }

    /// Whether something was put here before, as far as this disk knows.
    pub(crate) fn is_ours(&self) -> bool {
        corner_there(&self.root, &MARKERS).is_ok()
    }

    /// Whether the message of this id was put here under this name and is not here any more. Asks one
    /// opened folder for both, since another may be mounted at any moment.
    pub(crate) fn was_taken(&self, id: Uuid, name: &str) -> io::Result<bool> {
        let root = Opened::root(&self.root)?;
        if root.has(name)? {
            return Ok(false);
        }
        match root.folder(OURS).and_then(|ours| ours.folder(MARKERS[1])) {
            Ok(markers) => markers.has(&id.to_string()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
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
        let drafts = self.drafts()?;
        let (ready, marker) = (drafts.join(id.to_string()), self.markers()?.join(id.to_string()));
        if is_anything(&marker)? && !is_anything(&ready)? {
            return Ok(());
        }
        let draft = drafts.join(format!("{id}.{this_try}"));
        if !is_anything(&ready)? {
            fs::create_dir(&draft)?;
            write(&draft).and_then(|()| sync_folder(&draft)).inspect_err(|_| clear(&draft))?;
        }
        let shown = self.turn().and_then(|_turn| self.show(&draft, &ready, &marker, name, id));
        clear(&draft);
        shown
    }

    /// From the draft to the message that others see. Only whose turn it is may do this.
    fn show(&self, draft: &Path, ready: &Path, marker: &Path, name: &str, id: Uuid) -> io::Result<()> {
        if !is_anything(ready)? {
            if is_anything(marker)? {
                return Ok(());
            }
            fs::rename(draft, ready)?;
            sync_folder(&self.drafts()?)?;
        }
        match write_file(marker, &mut name.as_bytes()) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            written => drop(written?),
        }
        sync_folder(&self.markers()?)?;
        let short = id.simple().to_string();
        for name in [name.to_owned(), format!("{name}-{}", &short[short.len() - 8..])] {
            match fs::rename(ready, self.root.join(name)) {
                Ok(()) => return sync_folder(&self.root),
                // A plain file of that name would be an error of another kind.
                Err(error) if is_taken(&error) => {}
                Err(error) => return Err(error),
            }
        }
        Err(io::Error::new(io::ErrorKind::AlreadyExists, "two folders of this message's name are there"))
    }

    /// Waits until no other try shows anything here; until the answer is dropped none does.
    fn turn(&self) -> io::Result<File> {
        let turn = Opened::root(&self.root)?.folder(OURS)?.lockable(TURN)?;
        let (patience, pause) = PATIENCE;
        let began = Instant::now();
        loop {
            match turn.try_lock() {
                Ok(()) => return Ok(turn),
                // Whoever may write into the folder may also keep the lock.
                Err(TryLockError::WouldBlock) if began.elapsed() < patience => std::thread::sleep(pause),
                Err(TryLockError::WouldBlock) => return Err(io::ErrorKind::WouldBlock.into()),
                // A disk that knows no locks is one that a single node uses.
                Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => {
                    return Ok(turn);
                }
                Err(TryLockError::Error(error)) => return Err(error),
            }
        }
    }

    /// Lets a file appear under this name in a corner, over what is there. Blocks.
    pub(crate) fn put_file(
        &self,
        way: &[&str],
        name: &str,
        this_try: Uuid,
        content: &[u8],
    ) -> io::Result<()> {
        self.prepare()?;
        let place = corner(&self.root, way)?;
        let draft = self.drafts()?.join(format!("file.{this_try}"));
        let written = write_file(&draft, &mut &content[..])
            .and_then(|_| fs::rename(&draft, place.join(name)).and_then(|()| sync_folder(&place)));
        if written.is_err() {
            let _ = fs::remove_file(&draft);
        }
        written
    }

    /// Clears away markers and drafts that nobody needs any more. Blocks.
    pub(crate) fn tidy(&self, now: SystemTime) {
        for (way, keep) in [(MARKERS, KEEP_MARKERS), (DRAFTS, KEEP_DRAFTS)] {
            let entries = corner_there(&self.root, &way).and_then(fs::read_dir);
            let Ok(entries) = entries else { continue };
            for entry in entries.flatten() {
                let whole = entry.file_name().to_str().is_some_and(|name| name.parse::<Uuid>().is_ok());
                let Ok(data) = entry.metadata() else { continue };
                let age = data.modified().ok().and_then(|at| now.duration_since(at).ok());
                if age.is_none_or(|age| age < keep.min(RENEW_MARKERS)) || (whole && data.is_dir()) {
                    continue;
                }
                let renewed = whole && self.renew(&entry.file_name(), now).unwrap_or(false);
                if renewed || age.is_none_or(|age| age < keep) {
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

    /// Makes a marker young again whose message still lies here; answers whether it does.
    fn renew(&self, id: &OsStr, now: SystemTime) -> io::Result<bool> {
        let root = Opened::root(&self.root)?;
        let markers = root.folder(OURS)?.folder(MARKERS[1])?;
        let (marker, mut name) = (markers.file(&id.to_string_lossy())?, String::new());
        marker.try_clone()?.take(1_000).read_to_string(&mut name)?;
        let shown = !name.is_empty() && root.has(&name)?;
        if shown {
            marker.set_modified(now)?;
        }
        Ok(shown)
    }
}

/// Removes a draft, if it is still there.
fn clear(draft: &Path) {
    let _ = fs::remove_dir_all(draft);
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

#[cfg(test)]
mod tests {
    use super::*;

    const ID: Uuid = Uuid::from_u128(7);

    fn fill(folder: &Path) -> io::Result<()> {
        write_file(&folder.join("sbd.json"), &mut &b"{}"[..]).map(drop)
    }

    #[test]
    fn only_what_was_put_on_this_very_disk_can_have_been_taken() {
        let place = tempfile::tempdir().expect("a folder");
        let outlet = Outlet::new(place.path());
        assert!(!outlet.was_taken(ID, "m").expect("a look"), "an empty folder is not mounted");
        outlet.put(ID, "m", Uuid::from_u128(1), fill).expect("room");
        assert!(!outlet.was_taken(ID, "m").expect("a look"), "it lies there");
        fs::remove_dir_all(place.path().join("m")).expect("it can be taken");
        assert!(outlet.was_taken(ID, "m").expect("a look"));
        assert!(!outlet.was_taken(Uuid::from_u128(8), "n").expect("a look"));
    }

    #[test]
    fn a_message_that_is_taken_while_another_try_still_writes_it_is_not_shown_again() {
        let place = tempfile::tempdir().expect("a folder");
        let outlet = Outlet::new(place.path());
        let slow = |folder: &Path| {
            outlet.put(ID, "m", Uuid::from_u128(2), fill)?;
            fs::remove_dir_all(place.path().join("m"))?;
            fill(folder)
        };
        outlet.put(ID, "m", Uuid::from_u128(1), slow).expect("room");
        assert!(!place.path().join("m").exists());
        let drafts = fs::read_dir(outlet.drafts().expect("a corner")).expect("a folder");
        assert_eq!(drafts.count(), 0, "no draft is left");
    }

    #[test]
    fn tries_at_once_show_a_message_once() {
        let place = tempfile::tempdir().expect("a folder");
        let taken = place.path().join("taken-away");
        fs::create_dir(&taken).expect("a folder");
        let outlet = Outlet::new(place.path());
        std::thread::scope(|scope| {
            for this_try in 0..8 {
                let (outlet, place, taken) = (&outlet, place.path(), &taken);
                scope.spawn(move || {
                    outlet.put(ID, "m", Uuid::from_u128(this_try), fill).expect("room");
                    let _ = fs::rename(place.join("m"), taken.join(this_try.to_string()));
                });
            }
        });
        assert_eq!(fs::read_dir(taken).expect("a folder").count(), 1);
    }

    #[test]
    fn a_link_in_the_place_of_our_corner_is_not_followed() {
        let place = tempfile::tempdir().expect("a folder");
        let (root, elsewhere) = (place.path().join("out"), place.path().join("elsewhere"));
        fs::create_dir_all(&root).expect("a folder");
        fs::create_dir_all(elsewhere.join("published")).expect("a folder");
        let old = elsewhere.join("published").join(ID.to_string());
        fs::write(&old, "").expect("room");
        std::os::unix::fs::symlink(&elsewhere, root.join(OURS)).expect("a link");
        let outlet = Outlet::new(&root);
        outlet.put(ID, "m", Uuid::from_u128(1), fill).expect_err("a link");
        outlet.tidy(SystemTime::now() + KEEP_MARKERS * 2);
        assert!(old.exists());
    }

    #[test]
    fn the_marker_of_a_message_that_waits_is_kept() {
        let place = tempfile::tempdir().expect("a folder");
        let outlet = Outlet::new(place.path());
        outlet.put(ID, "m", Uuid::from_u128(1), fill).expect("room");
        outlet.tidy(SystemTime::now() + KEEP_MARKERS * 2);
        fs::remove_dir_all(place.path().join("m")).expect("it can be taken");
        assert!(outlet.was_taken(ID, "m").expect("a look"));
        outlet.tidy(SystemTime::now() + KEEP_MARKERS * 5);
        assert!(!outlet.was_taken(ID, "m").expect("a look"), "some day it is cleared away");
    }
}
