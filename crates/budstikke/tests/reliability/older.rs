//! An older version of our program, built from this repository's history.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;

use crate::asked::Asked;

/// Which one.
const NAMED: &str = include_str!("older-version.toml");

#[derive(Deserialize)]
struct Named {
    commit: String,
    goes_back: bool,
}

/// An older version, built.
pub struct Older {
    /// The commit it was built from.
    pub commit: String,
    /// Whether it starts on a database that this version has brought further.
    pub goes_back: bool,
    /// The program.
    pub program: PathBuf,
}

impl Older {
    /// Builds it below Cargo's own folder, unless that has been done. It shares what has been compiled of
    /// the crates that we depend on, so this takes the time of compiling our own.
    pub fn build(asked: &Asked) -> Self {
        let Named { commit, goes_back } = toml::from_str(NAMED).expect("a commit, and whether it goes back");
        // What is tried by hand is tried to the end.
        let goes_back = goes_back || asked.from.is_some();
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let commit = resolved(&root, asked.from.as_ref().unwrap_or(&commit));
        let folder = crate::target().join("older").join(&commit[..12]);
        let program = folder.join("debug/budstikke");
        if !program.exists() {
            println!("  building {} in {} …", &commit[..12], folder.display());
            unpack(&root, &commit, &folder);
            compile(&folder);
        }
        assert!(program.exists(), "{} was built and is not there", program.display());
        Self { commit, goes_back, program }
    }
}

/// The whole name of a commit.
fn resolved(root: &Path, commit: &str) -> String {
    let wanted = format!("{commit}^{{commit}}");
    let asked = git(root).args(["rev-parse", "--quiet", "--verify", &wanted]).output().expect("git");
    assert!(
        asked.status.success(),
        "the history here does not reach back to {commit}, the version to upgrade from: this is no clone, or a \
         shallow one (`git fetch --unshallow` gets the rest)"
    );
    String::from_utf8(asked.stdout).expect("a name").trim().to_owned()
}

fn git(root: &Path) -> Command {
    let mut git = Command::new("git");
    git.arg("-C").arg(root);
    git
}

/// Puts its source into `source` in a folder.
fn unpack(root: &Path, commit: &str, folder: &Path) {
    let source = folder.join("source");
    // What an earlier run left half done.
    let _ = std::fs::remove_dir_all(&source);
    std::fs::create_dir_all(&source).expect("a folder");
    let archive = folder.join("source.tar");
    let written = git(root).args(["archive", "--output"]).arg(&archive).arg(commit).status();
    assert!(written.expect("git").success(), "the source of {commit} could not be read");
    let unpacked = Command::new("tar").arg("-xf").arg(&archive).arg("-C").arg(&source).status();
    assert!(unpacked.expect("tar").success(), "the source of {commit} could not be unpacked");
    std::fs::remove_file(archive).expect("an archive to remove");
}

/// Compiles it: the program goes into the folder, all else to what Cargo has compiled for us.
fn compile(folder: &Path) {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    // What Cargo tells the programs that it starts is about this version.
    let ours = |name: &str| name.starts_with("CARGO_") && name != "CARGO_HOME";
    for (name, _) in std::env::vars().filter(|(name, _)| ours(name)) {
        cargo.env_remove(name);
    }
    cargo.args(["build", "--quiet", "--locked", "--package", "budstikke", "--bin", "budstikke"]);
    cargo.current_dir(folder.join("source"));
    cargo.env("CARGO_TARGET_DIR", folder).env("CARGO_BUILD_BUILD_DIR", crate::target());
    assert!(cargo.status().expect("cargo").success(), "the older version could not be built");
}
