//! Folders and files that another system may change at any moment.
//!
//! Whoever may write into a folder can put a link, a pipe or a second name of another file there, also
//! between a look and the use of what was seen. Therefore what is read is opened step by step from the
//! configured folder, following no link and waiting for nobody, and is judged after it was opened.

use std::ffi::OsString;
use std::fmt;
use std::fs::{self, File, Metadata};
use std::io;
use std::os::unix::ffi::OsStringExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, FileType, Mode, OFlags};
use rustix::io::Errno;

/// An opened folder. Names are looked up in this very folder, whatever is done with its own name.
#[derive(Debug)]
pub(crate) struct Opened(File);

impl Opened {
    /// A folder of the configuration, which may be reached by links.
    pub(crate) fn root(path: &Path) -> io::Result<Self> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        Ok(Self(File::from(rustix::fs::open(path, flags, Mode::empty())?)))
    }

    /// A folder in it that is no link.
    pub(crate) fn folder(&self, name: &str) -> io::Result<Self> {
        match self.open(name, OFlags::RDONLY | OFlags::DIRECTORY) {
            Ok(file) => Ok(Self(file)),
            Err(Errno::LOOP | Errno::NOTDIR) => Err(unfit(name, "is a link or no folder")),
            Err(error) => Err(error.into()),
        }
    }

    /// A plain file in it that has no other name. What is there and something else is `InvalidData`.
    pub(crate) fn file(&self, name: &str) -> io::Result<File> {
        let file = match self.open(name, OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY) {
            Ok(file) => file,
            Err(Errno::LOOP | Errno::NXIO) => return Err(unfit(name, "is a link or no plain file")),
            Err(error) => return Err(error.into()),
        };
        let data = file.metadata()?;
        if !data.is_file() {
            return Err(unfit(name, "is a link or no plain file"));
        }
        if data.nlink() != 1 {
            return Err(unfit(name, "is also reached by another name"));
        }
        Ok(file)
    }

    /// A new file in it, for writing.
    pub(crate) fn create(&self, name: &str) -> io::Result<File> {
        Ok(self.open(name, OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL)?)
    }

    /// A file in it that is made when it is not there, to be locked.
    pub(crate) fn lockable(&self, name: &str) -> io::Result<File> {
        Ok(self.open(name, OFlags::RDWR | OFlags::CREATE | OFlags::NONBLOCK)?)
    }

    fn open(&self, name: &str, flags: OFlags) -> rustix::io::Result<File> {
        if name.contains('/') || matches!(name, "" | "." | "..") {
            return Err(Errno::INVAL);
        }
        let mode = Mode::RUSR | Mode::WUSR | Mode::RGRP | Mode::WGRP | Mode::ROTH | Mode::WOTH;
        let flags = flags | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        rustix::fs::openat(&self.0, name, flags, mode).map(File::from)
    }

    /// Whether anything has this name.
    pub(crate) fn has(&self, name: &str) -> io::Result<bool> {
        match rustix::fs::statat(&self.0, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(_) => Ok(true),
            Err(Errno::NOENT) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// When something that is no folder was last written: seconds and nanoseconds; none for a folder.
    pub(crate) fn age_of(&self, name: &str) -> io::Result<Option<(i64, u64)>> {
        let data = rustix::fs::statat(&self.0, name, AtFlags::SYMLINK_NOFOLLOW)?;
        let is_folder = FileType::from_raw_mode(data.st_mode) == FileType::Directory;
        Ok((!is_folder).then_some((data.st_mtime, data.st_mtime_nsec)))
    }

    /// The names in it, in no order, and not more than so many.
    pub(crate) fn names(&self, most: usize) -> io::Result<Vec<OsString>> {
        let mut names = Vec::new();
        for entry in rustix::fs::Dir::read_from(&self.0)? {
            let name = entry?.file_name().to_bytes().to_vec();
            if name != b"." && name != b".." {
                names.push(OsString::from_vec(name));
            }
            if names.len() == most {
                break;
            }
        }
        Ok(names)
    }

    /// Removes a file.
    pub(crate) fn remove(&self, name: &str) -> io::Result<()> {
        Ok(rustix::fs::unlinkat(&self.0, name, AtFlags::empty())?)
    }

    /// Moves something into another folder, under a name that is free there.
    pub(crate) fn set_apart(&self, name: &str, into: &Self) -> io::Result<()> {
        for times in 0..1_000 {
            let free = numbered(name, times);
            if !into.has(&free)? {
                return Ok(rustix::fs::renameat(&self.0, name, &into.0, free)?);
            }
        }
        Err(too_many())
    }

    /// What tells it from others.
    pub(crate) fn stamp(&self) -> io::Result<Stamp> {
        Ok(Stamp::of(&self.0.metadata()?))
    }
}

fn unfit(name: &str, what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("{name} {what}"))
}

/// More than anybody rejects under one name.
pub(crate) fn too_many() -> io::Error {
    io::Error::other("too many of one name are rejected")
}

/// A name, shortened so that something can be added to it, and numbered where it is taken.
pub(crate) fn numbered(name: &str, times: usize) -> String {
    let short = &name[..name.floor_char_boundary(200)];
    if times == 0 { short.to_owned() } else { format!("{short}-{times}") }
}

/// Tells a folder or file from every other that had its name before or has it later: its inode, and when
/// that was last changed or renamed, which nobody can choose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    inode: u64,
    seconds: i64,
    nanos: i64,
}

impl Stamp {
    /// Of a folder or file that has been looked at.
    pub(crate) fn of(data: &Metadata) -> Self {
        Self { inode: data.ino(), seconds: data.ctime(), nanos: data.ctime_nsec() }
    }

    /// When it was last changed or renamed: a message, when it was claimed. Unix seconds.
    pub(crate) const fn seconds(self) -> i64 {
        self.seconds
    }

    /// The name and the stamp of `<name>@<stamp>`.
    pub(crate) fn split(text: &str) -> Option<(&str, Self)> {
        let (name, stamp) = text.rsplit_once('@')?;
        let mut parts = stamp.split('.');
        let inode = parts.next()?.parse().ok()?;
        let (seconds, nanos) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
        parts.next().is_none().then_some((name, Self { inode, seconds, nanos }))
    }
}

impl fmt::Display for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.inode, self.seconds, self.nanos)
    }
}

/// The corner of this way below a folder, made where it is not there. A link in it is an error.
pub(crate) fn corner(root: &Path, way: &[&str]) -> io::Result<PathBuf> {
    let mut place = root.to_owned();
    for name in way {
        place.push(name);
        match fs::create_dir(&place) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            _ => plain(&place, name)?,
        }
    }
    Ok(place)
}

/// The corner of this way below a folder, if it is there and no link.
pub(crate) fn corner_there(root: &Path, way: &[&str]) -> io::Result<PathBuf> {
    let mut place = root.to_owned();
    for name in way {
        place.push(name);
        plain(&place, name)?;
    }
    Ok(place)
}

fn plain(place: &Path, name: &str) -> io::Result<()> {
    if fs::symlink_metadata(place)?.is_dir() { Ok(()) } else { Err(unfit(name, "is a link or no folder")) }
}

/// Whether anything is there, be it a link that leads nowhere.
pub(crate) fn is_anything(place: &Path) -> io::Result<bool> {
    match fs::symlink_metadata(place) {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_is_read_again_behind_any_name() {
        let place = tempfile::tempdir().expect("a folder");
        let stamp = Opened::root(place.path()).and_then(|it| it.stamp()).expect("a stamp");
        assert_eq!(Stamp::split(&format!("case@2.1@{stamp}")), Some(("case@2.1", stamp)));
        assert_eq!(Stamp::split("case"), None);
        assert_eq!(Stamp::split("case@1.2"), None);
    }

    #[test]
    fn links_pipes_and_second_names_are_refused_and_nobody_waits() {
        let place = tempfile::tempdir().expect("a folder");
        let inside = place.path().join("inside");
        fs::create_dir(&inside).expect("a folder");
        fs::write(inside.join("plain"), "1").expect("room");
        fs::write(place.path().join("secret"), "2").expect("room");
        fs::hard_link(place.path().join("secret"), inside.join("second")).expect("a link");
        std::os::unix::fs::symlink(place.path().join("secret"), inside.join("link")).expect("a link");
        std::os::unix::fs::symlink(&inside, place.path().join("detour")).expect("a link");
        let pipe = rustix::fs::mknodat(
            rustix::fs::CWD,
            inside.join("pipe"),
            FileType::Fifo,
            Mode::RUSR | Mode::WUSR,
            0,
        );
        pipe.expect("a pipe");

        let root = Opened::root(place.path()).expect("a folder");
        let folder = root.folder("inside").expect("a folder");
        assert!(folder.file("plain").is_ok());
        for name in ["second", "link", "pipe"] {
            let error = folder.file(name).expect_err(name);
            assert_eq!(error.kind(), io::ErrorKind::InvalidData, "{name}");
        }
        assert_eq!(folder.file("../secret").expect_err("a way out").kind(), io::ErrorKind::InvalidInput);
        assert_eq!(root.folder("detour").expect_err("a link").kind(), io::ErrorKind::InvalidData);
        assert!(corner(place.path(), &["detour", "taken"]).is_err());
    }
}
