//! What lies in a server's folder of blobs.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// Longer than blobs that no row names are kept.
const LONG_AGO: Duration = Duration::from_secs(2 * 24 * 3_600);

fn below(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() { below(&path, found) } else { found.push(path) }
    }
}

/// Every blob of a server with this data directory; what holds copies and removals apart is none.
pub fn of(data: &Path) -> Vec<PathBuf> {
    let (mut found, folder) = (Vec::new(), data.join("blobs"));
    below(&folder, &mut found);
    found.retain(|path| path.parent() != Some(&folder));
    found
}

/// Lets every blob look as if it had been written days ago.
pub fn grow_old(data: &Path) {
    for path in of(data) {
        let file = File::options().append(true).open(&path).expect("a blob");
        file.set_modified(SystemTime::now() - LONG_AGO).expect("a new date");
    }
}
