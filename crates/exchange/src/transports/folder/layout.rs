//! What a message's folder holds: names of files, and the list of them.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::put::{sync_folder, write_file};

/// The envelope.
pub(crate) const ENVELOPE: &str = "sbd.json";
/// The folder with the files.
pub(crate) const FILES: &str = "files";
/// The list of the files.
pub(crate) const LIST: &str = "files.json";
/// The signed container.
pub(crate) const CONTAINER: &str = "message.asice";
/// The encrypted container.
pub(crate) const SEALED: &str = "asic.zip";
/// The package that DPO carries.
pub(crate) const PACKAGE: &str = "sbd.zip";
/// The longest name of a file on the disk, in bytes; 255 is what most disks take.
const LONGEST: usize = 200;

/// One line of the list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Listed {
    /// What it is called in the folder `files`.
    pub(crate) file: String,
    /// What it is called in the message.
    pub(crate) filename: String,
    /// Its title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) title: Option<String>,
    /// Its media type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) mimetype: Option<String>,
    /// Its size in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) size: Option<u64>,
}

/// Writes envelope and files into a new folder. Blocks.
pub(crate) struct FilesWriter {
    folder: PathBuf,
    taken: HashSet<String>,
    list: Vec<Listed>,
}

impl FilesWriter {
    /// Begins with the envelope.
    pub(crate) fn begin(folder: &Path, envelope: &[u8]) -> io::Result<Self> {
        write_file(&folder.join(ENVELOPE), &mut &envelope[..])?;
        Ok(Self { folder: folder.to_owned(), taken: HashSet::new(), list: Vec::new() })
    }

    /// Adds a file; `listed` says what it is called in the message.
    pub(crate) fn add(&mut self, listed: Listed, from: &mut impl io::Read) -> io::Result<()> {
        let inside = self.folder.join(FILES);
        if self.list.is_empty() {
            fs::create_dir(&inside)?;
        }
        let file = name_on_disk(&listed.filename, self.list.len() + 1, &mut self.taken);
        let size = write_file(&inside.join(&file), from)?;
        self.list.push(Listed { file, size: Some(size), ..listed });
        Ok(())
    }

    /// Ends with the list.
    pub(crate) fn finish(self) -> io::Result<()> {
        if self.list.is_empty() {
            return Ok(());
        }
        sync_folder(&self.folder.join(FILES))?;
        let list = serde_json::to_vec_pretty(&self.list).map_err(io::Error::other)?;
        write_file(&self.folder.join(LIST), &mut &list[..])?;
        Ok(())
    }
}

/// A name that any disk and any system can hold: the file's own where that will do, and otherwise as much
/// of it as will do behind its number.
fn name_on_disk(name: &str, number: usize, taken: &mut HashSet<String>) -> String {
    let plain: String = name.chars().map(|sign| if is_awkward(sign) { '_' } else { sign }).collect();
    let stem = plain.split('.').next().unwrap_or_default().to_ascii_uppercase();
    let device = matches!(stem.as_str(), "CON" | "PRN" | "AUX" | "NUL")
        || (stem.len() == 4 && (stem.starts_with("COM") || stem.starts_with("LPT")));
    let fits = plain == name && plain.len() <= LONGEST && !device;
    let fits = fits && !plain.starts_with(['.', ' ']) && !plain.ends_with(['.', ' ']) && !plain.is_empty();
    // Letter case does not tell files apart everywhere.
    if fits && taken.insert(plain.to_lowercase()) {
        return plain;
    }
    let mut beginning = plain.trim_start_matches(['.', ' ']).to_owned();
    let extension = beginning.rsplit_once('.').map(|(_, extension)| extension.to_owned());
    let extension = extension.filter(|end| !end.is_empty() && end.len() <= 16 && !end.ends_with(' '));
    while beginning.len() > LONGEST {
        beginning.pop();
    }
    let beginning = beginning.trim_end_matches(['.', ' ']);
    let numbered = match extension {
        Some(end) if !beginning.ends_with(&format!(".{end}")) => format!("{number:04}-{beginning}.{end}"),
        _ => format!("{number:04}-{beginning}"),
    };
    taken.insert(numbered.to_lowercase());
    numbered
}

/// Signs that some system cannot have in a name.
fn is_awkward(sign: char) -> bool {
    sign.is_control() || matches!(sign, '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_some_disk_cannot_hold_are_numbered() {
        let mut taken = HashSet::new();
        let mut name = |name: &str| name_on_disk(name, 3, &mut taken);
        assert_eq!(name("svar på høring.pdf"), "svar på høring.pdf");
        assert_eq!(name("SVAR PÅ HØRING.PDF"), "0003-SVAR PÅ HØRING.PDF");
        assert_eq!(name("a:b?.pdf"), "0003-a_b_.pdf");
        assert_eq!(name("con.txt"), "0003-con.txt");
        assert_eq!(name(".profile"), "0003-profile");
        assert_eq!(name("../../etc/passwd"), "0003-_.._etc_passwd");
        let long = name(&format!("{}.pdf", "å".repeat(250)));
        assert!(long.len() < 255 && long.contains(".pdf"), "{long}");
    }
}
