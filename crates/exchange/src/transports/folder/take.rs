//! Takes messages out of a folder that another system writes into.
//!
//! The other system makes a message's folder under a name of its own that begins with a dot or ends in
//! `.tmp` or `.part`, and renames it when all is there. Whatever has another name is whole. We claim it by
//! renaming it into a corner of our own (`.budstikke/taken`), so that of several nodes one has it, and take
//! it away when it is on disk here. One that will never do goes to `rejected`, with the reason beside it.
//!
//! Nothing in it is trusted: links, devices and files that somebody else can reach by another name are
//! refused ([`super::opened`]), and [`super::content`] reads the rest.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use uuid::Uuid;

use super::content::{Content, content, file_in};
use super::opened::{Opened, Stamp, corner, corner_there, is_anything, numbered, too_many};
use super::put::{OURS, sync_folder, write_file};

/// Where messages go that will never do.
pub(crate) const REJECTED: &str = "rejected";
/// Names that are no messages.
const SET_APART: [&str; 4] = [REJECTED, "receipts", "sent", "statuses"];
/// Messages on one page.
pub(crate) const AT_ONCE: usize = 100;
/// Where claimed messages are, in our corner.
const TAKEN: &str = "taken";
/// How the name of a message begins there that is about to be removed.
const DONE: &str = ".done.";

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
    /// What tells it from another message of this name.
    pub(crate) stamp: Stamp,
    /// The folder it was put into.
    root: PathBuf,
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

impl Inlet {
    /// The folder.
    pub(crate) fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// Where it is.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Our corner of it, made where it is not there.
    fn taken(&self) -> io::Result<PathBuf> {
        corner(&self.root, &[OURS, TAKEN])
    }

    /// Answers an error where the folder cannot be used; makes our corner of it.
    pub(crate) fn prepare(&self) -> io::Result<()> {
        fs::read_dir(&self.root)?;
        self.taken().map(drop)
    }

    /// Claims what is whole; answers that and what was claimed before, by name: a page. Blocks.
    pub(crate) fn claim(&self, this_try: Uuid) -> io::Result<Vec<Claim>> {
        self.prepare()?;
        let taken = self.taken()?;
        let (mut stuck, mut last) = (0, None);
        for entry in fs::read_dir(&self.root)? {
            let entry = entry?;
            let Some(name) = entry.file_name().to_str().map(str::to_owned) else { continue };
            if !is_whole(&name) || !entry.file_type()?.is_dir() {
                continue;
            }
            let free = taken.join(&name);
            let second = || taken.join(format!("{}-{this_try}", numbered(&name, 0)));
            let place = if is_anything(&free)? { second() } else { free };
            match fs::rename(entry.path(), place) {
                Ok(()) => {}
                // Another node has been faster, or it was taken back.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                // One that we may not move holds no other up.
                Err(error) => (stuck, last) = (stuck + 1, Some(error)),
            }
        }
        if let Some(error) = last {
            tracing::warn!(folder = %self.root.display(), stuck, %error, "messages cannot be claimed");
        }
        sync_folder(&taken)?;
        self.claimed(None)
    }

    /// A page of what has been claimed, by name, behind this name. Blocks.
    pub(crate) fn claimed(&self, behind: Option<&str>) -> io::Result<Vec<Claim>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(corner_there(&self.root, &[OURS, TAKEN])?)? {
            let entry = entry?;
            let Some(name) = entry.file_name().to_str().map(str::to_owned) else { continue };
            if name.starts_with(DONE) {
                let _ = fs::remove_dir_all(entry.path());
            } else if entry.file_type()?.is_dir() && behind.is_none_or(|behind| name.as_str() > behind) {
                names.push(name);
            }
        }
        names.sort();
        names.truncate(AT_ONCE);
        Ok(names.iter().filter_map(|name| self.find(name)).collect())
    }

    /// What is claimed by this name now.
    pub(crate) fn find(&self, name: &str) -> Option<Claim> {
        let (root, name) = (self.root.clone(), name.to_owned());
        let stamp = claimed_folder(&root, &name).and_then(|folder| folder.stamp()).ok()?;
        Some(Claim { name, stamp, root })
    }

    /// Where a claim lies, if that very message is still there.
    fn place_of(&self, claim: &Claim) -> io::Result<Option<PathBuf>> {
        let there = self.find(&claim.name).is_some_and(|there| there.stamp == claim.stamp);
        let place = || corner_there(&self.root, &[OURS, TAKEN]).map(|taken| taken.join(&claim.name));
        there.then(place).transpose()
    }

    /// Removes a message that is kept somewhere else. Blocks.
    pub(crate) fn done(&self, claim: &Claim) -> io::Result<()> {
        let Some(place) = self.place_of(claim)? else { return Ok(()) };
        // Half removed it would be taken for a message that lacks something.
        let last = place.with_file_name(format!("{DONE}{}", claim.stamp));
        fs::rename(&place, &last)?;
        match fs::remove_dir_all(&last) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => sync_folder(&self.taken()?),
        }
    }

    /// Sets a message apart, with the reason in a file beside it. Blocks.
    pub(crate) fn reject(&self, claim: &Claim, reason: &str) -> io::Result<()> {
        let Some(from) = self.place_of(claim)? else { return Ok(()) };
        let rejected = corner(&self.root, &[REJECTED])?;
        let reason = format!("{}\n", reason.replace(char::is_control, " "));
        for name in (0..1_000).map(|times| numbered(&claim.name, times)) {
            let (place, beside) = (rejected.join(&name), rejected.join(format!("{name}.reason.txt")));
            if is_anything(&place)? {
                continue;
            }
            match write_file(&beside, &mut reason.as_bytes()) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
                written => written?,
            };
            return fs::rename(&from, place)
                .inspect_err(|_| drop(fs::remove_file(&beside)))
                .and_then(|()| sync_folder(&rejected));
        }
        Err(too_many())
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

/// A claimed message's folder, opened.
fn claimed_folder(root: &Path, name: &str) -> io::Result<Opened> {
    Opened::root(root)?.folder(OURS)?.folder(TAKEN)?.folder(name)
}

impl Claim {
    /// Its folder.
    fn folder(&self) -> io::Result<Arc<Opened>> {
        claimed_folder(&self.root, &self.name).map(Arc::new)
    }

    /// Looks what is in it. Blocks.
    pub(crate) fn open(&self) -> Result<Content, DropError> {
        let folder = self.folder()?;
        if folder.stamp()? != self.stamp {
            return Err(io::Error::from(io::ErrorKind::NotFound).into());
        }
        content(&folder)
    }

    /// What a file of ours in it says, which is written when it is not there; answers whether it was. Blocks.
    pub(crate) fn keep(&mut self, name: &str, fresh: &str) -> Result<(String, bool), DropError> {
        let folder = self.folder()?;
        if let Some(kept) = file_in(&folder, name)? {
            return Ok((String::from_utf8_lossy(&kept.small()?).into_owned(), true));
        }
        let mut file = folder.create(name)?;
        file.write_all(fresh.as_bytes())?;
        file.sync_all()?;
        // It was changed, and is the same message.
        self.stamp = folder.stamp()?;
        Ok((fresh.to_owned(), false))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRY: Uuid = Uuid::from_u128(1);

    /// Puts a message's folder there as the other system does.
    fn drop_in(root: &Path, name: &str, envelope: &str) {
        let half = root.join(format!(".{name}"));
        fs::create_dir(&half).expect("a folder");
        fs::write(half.join("sbd.json"), envelope).expect("room");
        fs::rename(half, root.join(name)).expect("a name");
    }

    fn envelope(claim: &Claim) -> Vec<u8> {
        claim.open().expect("a message").envelope.expect("an envelope")
    }

    #[test]
    fn what_is_done_with_a_message_is_not_done_with_a_later_one_of_its_name() {
        let place = tempfile::tempdir().expect("a folder");
        let inlet = Inlet::new(place.path());
        drop_in(place.path(), "case", "first");
        let first = inlet.claim(TRY).expect("a look").remove(0);
        assert_eq!(inlet.claim(TRY).expect("a look")[0].stamp, first.stamp, "it is the same at every look");
        inlet.done(&first).expect("it goes");

        drop_in(place.path(), "case", "second");
        let second = inlet.claim(TRY).expect("a look").remove(0);
        assert_eq!(second.name, first.name);
        assert_ne!(second.stamp, first.stamp);
        assert!(first.open().is_err());
        inlet.done(&first).expect("nothing is done");
        inlet.reject(&first, "late").expect("nothing is done");
        assert_eq!(envelope(&second), b"second");
        inlet.done(&second).expect("it goes");
        assert_eq!(inlet.claimed(None).expect("a look").len(), 0);
    }

    #[test]
    fn what_was_written_down_in_a_message_is_found_again_and_it_is_the_same() {
        let place = tempfile::tempdir().expect("a folder");
        let inlet = Inlet::new(place.path());
        drop_in(place.path(), "case", "{}");
        let mut claim = inlet.claim(TRY).expect("a look").remove(0);
        assert_eq!(claim.keep(".id", "one").expect("room"), ("one".to_owned(), false));
        assert_eq!(claim.keep(".id", "two").expect("a look"), ("one".to_owned(), true));
        inlet.done(&claim).expect("it goes");
        assert_eq!(inlet.claimed(None).expect("a look").len(), 0);
    }

    #[test]
    fn pages_go_on_behind_the_last_name() {
        let place = tempfile::tempdir().expect("a folder");
        let inlet = Inlet::new(place.path());
        for number in 0..=AT_ONCE {
            drop_in(place.path(), &format!("m-{number:03}"), "{}");
        }
        let page = inlet.claim(TRY).expect("a look");
        assert_eq!(page.len(), AT_ONCE);
        let rest = inlet.claimed(Some(&page[AT_ONCE - 1].name)).expect("a look");
        assert_eq!(rest.iter().map(|claim| claim.name.as_str()).collect::<Vec<_>>(), ["m-100"]);
    }

    #[test]
    fn no_link_is_followed_when_a_message_is_rejected() {
        let place = tempfile::tempdir().expect("a folder");
        let (root, ours) = (place.path().join("in"), place.path().join("ours"));
        fs::create_dir_all(root.join(REJECTED)).expect("a folder");
        fs::write(&ours, "our own").expect("room");
        let inlet = Inlet::new(&root);
        drop_in(&root, "case", "{}");
        std::os::unix::fs::symlink(&ours, root.join("rejected/case.reason.txt")).expect("a link");
        let claim = inlet.claim(TRY).expect("a look").remove(0);

        inlet.reject(&claim, "line one\nline two").expect("it goes");

        assert_eq!(fs::read(&ours).expect("a file"), b"our own");
        let reason = fs::read_to_string(root.join("rejected/case-1.reason.txt")).expect("a reason");
        assert_eq!(reason, "line one line two\n");
        assert!(root.join("rejected/case-1/sbd.json").exists());

        fs::remove_dir_all(root.join(REJECTED)).expect("it goes");
        fs::create_dir(place.path().join("elsewhere")).expect("a folder");
        std::os::unix::fs::symlink(place.path().join("elsewhere"), root.join(REJECTED)).expect("a link");
        drop_in(&root, "case", "{}");
        let claim = inlet.claim(TRY).expect("a look").remove(0);
        inlet.reject(&claim, "no").expect_err("a link");
        assert_eq!(fs::read_dir(place.path().join("elsewhere")).expect("a folder").count(), 0);
    }

    #[test]
    fn files_that_are_swapped_after_the_look_are_not_read() {
        let place = tempfile::tempdir().expect("a folder");
        let (root, secret) = (place.path().join("in"), place.path().join("secret"));
        fs::create_dir_all(root.join("case/files")).expect("a folder");
        fs::create_dir(&secret).expect("a folder");
        fs::write(secret.join("a.txt"), "key").expect("room");
        fs::write(root.join("case/sbd.json"), "{}").expect("room");
        fs::write(root.join("case/files/a.txt"), "own").expect("room");
        let inlet = Inlet::new(&root);
        let claim = inlet.claim(TRY).expect("a look").remove(0);
        let Content { load: crate::transports::folder::content::Load::Files(files), .. } =
            claim.open().expect("a message")
        else {
            panic!("files");
        };

        let inside = root.join(OURS).join(TAKEN).join("case/files");
        fs::rename(&inside, place.path().join("aside")).expect("a name");
        std::os::unix::fs::symlink(&secret, &inside).expect("a link");
        let own = io::read_to_string(files[0].1.file().expect("the file")).expect("bytes");
        assert_eq!(own, "own", "the folder that was looked at is read");
        fs::remove_file(place.path().join("aside/a.txt")).expect("it goes");
        std::os::unix::fs::symlink(secret.join("a.txt"), place.path().join("aside/a.txt")).expect("a link");
        assert!(files[0].1.file().is_err());
    }
}
