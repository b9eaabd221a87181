//! Where PostgreSQL's programs are, and as whom they may run.

use std::path::{Path, PathBuf};
use std::process::Command;

const HOW_TO_INSTALL: &str = "tests on PostgreSQL need its server programs; on Debian: \
    `apt-get install -y postgresql` (or name their directory in BUDSTIKKE_POSTGRES_BIN)";

/// The directory with `initdb` and `postgres`: the one named in `BUDSTIKKE_POSTGRES_BIN`, else Debian's
/// newest, else the one on the path.
///
/// # Panics
/// When there is none; the text says how to install them.
pub fn directory() -> PathBuf {
    let named = std::env::var_os("BUDSTIKKE_POSTGRES_BIN").map(PathBuf::from);
    if let Some(named) = named {
        assert!(complete(&named), "no `initdb` and `postgres` in {}; {HOW_TO_INSTALL}", named.display());
        return named;
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut on_path = std::env::split_paths(&path);
    debians()
        .or_else(|| on_path.find(|folder| complete(folder)))
        .unwrap_or_else(|| panic!("{HOW_TO_INSTALL}"))
}

fn complete(directory: &Path) -> bool {
    directory.join("initdb").is_file() && directory.join("postgres").is_file()
}

fn debians() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?.flatten();
    let numbered = versions.filter_map(|entry| {
        let version: u32 = entry.file_name().to_str()?.parse().ok()?;
        Some((version, entry.path().join("bin")))
    });
    numbered.filter(|(_, bin)| complete(bin)).max().map(|(_, bin)| bin)
}

/// The user to run as: nobody else when we are not root, and somebody when we are, for the server
/// refuses to be root.
///
/// # Panics
/// When we are root and there is neither a user `postgres` nor `nobody`.
pub fn user() -> Option<&'static str> {
    if number_of(None).as_deref() != Some("0") {
        return None;
    }
    let user = ["postgres", "nobody"].into_iter().find(|name| number_of(Some(name)).is_some());
    Some(user.expect("PostgreSQL does not run as root, and there is no user `postgres` or `nobody` to be"))
}

fn number_of(user: Option<&str>) -> Option<String> {
    let output = Command::new("id").arg("-u").args(user).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    output.status.success().then_some(text)
}
