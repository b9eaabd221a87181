//! A container's files in a folder of their own.
//!
//! Names in a container are relative and without `..` (the reader refuses all others); the folder is new or
//! empty, and every file is made anew, so that nothing that stood somewhere before is written over or followed.

use std::fs::{self, File};
use std::io::{BufReader, ErrorKind};
use std::path::Path;

use anyhow::{Context, Result, bail};
use asic::{Container, Limits, Trust, UnixTime};
use serde::Serialize;
use types::time::Clock;

use crate::catalogue::entries::files;

/// A file that was unpacked.
#[derive(Debug, Serialize)]
pub(super) struct Unpacked {
    pub name: String,
    pub bytes: u64,
}

/// Makes the folder; one that has anything in it is refused.
pub(super) fn prepare(folder: &Path) -> Result<()> {
    let unwritable = || files::FILE_UNWRITABLE.says(format!("{} cannot be made", folder.display()));
    match fs::read_dir(folder) {
        Ok(mut there) => {
            if there.next().is_some() {
                bail!(files::FILE_EXISTS.says(format!("{} is not empty", folder.display())));
            }
            Ok(())
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {
            fs::create_dir_all(folder).with_context(unwritable)
        }
        Err(error) => Err(error).with_context(unwritable),
    }
}

/// Verifies the container and writes its files.
pub(super) fn into_folder(container: &Path, folder: &Path) -> Result<Vec<Unpacked>> {
    let opened = File::open(container).context(files::FILE_UNREADABLE.says("the container"))?;
    let now = UnixTime(u64::try_from(Clock::system().now().as_second()).unwrap_or(0));
    let wrong = || files::CONTAINER.says("the container cannot be unpacked");
    let found = Container::open_lenient(BufReader::new(opened), &Limits::default()).with_context(wrong)?;
    let mut verified = found.verify(Trust::AnySigner, now).with_context(wrong)?;
    let names: Vec<String> = verified.documents().iter().map(|document| document.name.clone()).collect();
    names
        .into_iter()
        .map(|name| {
            let target = folder.join(&name);
            let unwritable =
                || files::FILE_UNWRITABLE.says(format!("{} cannot be written", target.display()));
            if let Some(above) = target.parent() {
                fs::create_dir_all(above).with_context(unwritable)?;
            }
            let mut reader = verified.read(&name).with_context(wrong)?;
            let mut out =
                File::options().write(true).create_new(true).open(&target).with_context(unwritable)?;
            let bytes = std::io::copy(&mut reader, &mut out).with_context(wrong)?;
            out.sync_all().with_context(unwritable)?;
            Ok(Unpacked { name, bytes })
        })
        .collect()
}

/// Takes away what was unpacked into a folder that was ours alone.
pub(super) fn clear(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        // What cannot be removed is told of by the error that brought us here.
        let _ = if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            fs::remove_dir_all(path)
        } else {
            fs::remove_file(path)
        };
    }
}
