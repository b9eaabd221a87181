//! Files that nobody can write, not even who has them open: a disk that has gone read-only.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A folder that can be frozen and thawed. Thawed when this is dropped.
pub struct Frozen(PathBuf);

impl Drop for Frozen {
    fn drop(&mut self) {
        self.thaw();
    }
}

impl Frozen {
    /// Tries it on a file of its own; nothing when this machine, file system or user cannot do it.
    pub fn try_in(folder: &Path) -> Option<Self> {
        let file = folder.join("try-to-freeze");
        std::fs::write(&file, "a").expect("a file");
        let can = attribute("+i", &file) && std::fs::write(&file, "b").is_err();
        attribute("-i", &file);
        std::fs::remove_file(&file).expect("a file");
        can.then(|| Self(folder.to_owned()))
    }

    /// Nothing in the folder can be written, made or removed from now on. Linux ends programs that have
    /// a frozen file mapped into their memory and write there, as SQLite has the file that ends in
    /// `-shm`; `even_mapped` says whether that is frozen too.
    pub fn freeze(&self, even_mapped: bool) {
        for file in std::fs::read_dir(&self.0).expect("the folder") {
            let file = file.expect("a file").path();
            if even_mapped || !file.to_string_lossy().ends_with("-shm") {
                attribute("+i", &file);
            }
        }
        let told = Command::new("chattr").arg("+i").arg(&self.0).status();
        assert!(told.is_ok_and(|status| status.success()), "{} cannot be made immutable", self.0.display());
    }

    /// Everything can be written again.
    pub fn thaw(&self) {
        attribute("-i", &self.0);
    }
}

/// Sets or clears the attribute that Linux calls immutable, of a folder and all that is in it.
fn attribute(which: &str, path: &Path) -> bool {
    let told = Command::new("chattr").arg("-R").arg(which).arg(path).stderr(Stdio::null()).status();
    told.is_ok_and(|status| status.success())
}
