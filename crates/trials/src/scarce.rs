//! Disks that fill up, and that can be made free again.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::{Place, Server};

/// A small file system of the server's own, which goes away with it.
const SMALL_DISK: &str = "mkdir -p \"$0\" && mount -t tmpfs -o size=96m tmpfs \"$0\" && exec \"$@\"";
/// Where no mounting is allowed: files that cannot grow, and writes that fail instead of killing.
const NO_SIGNAL: &str = "trap '' XFSZ; exec \"$@\"";

/// How the disk is made scarce on this machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scarce {
    /// A small disk of the server's own.
    Mount,
    /// Files that cannot grow.
    FileSize,
}

impl Scarce {
    /// What this machine allows.
    pub fn here(folder: &Path) -> Self {
        let target = folder.join("try").display().to_string();
        let tried = Command::new("unshare")
            .args(["-rm", "sh", "-c", SMALL_DISK, &target, "true"])
            .stderr(Stdio::null())
            .status();
        if tried.is_ok_and(|status| status.success()) { Self::Mount } else { Self::FileSize }
    }

    /// Starts a server whose disk can be filled.
    pub async fn start(self, place: &Place) -> Server {
        self.start_with(place, true).await
    }

    /// The same for a server that has no issuer of its own.
    pub async fn start_without_token(self, place: &Place) -> Server {
        self.start_with(place, false).await
    }

    async fn start_with(self, place: &Place, token: bool) -> Server {
        let target = place.data().display().to_string();
        let around: &[&str] = match self {
            Self::Mount => &["unshare", "-rm", "sh", "-c", SMALL_DISK, &target],
            Self::FileSize => &["sh", "-c", NO_SIGNAL, "sh"],
        };
        if token { place.start_inside(around).await } else { place.start_inside_without_token(around).await }
    }

    /// Leaves no room.
    pub fn fill(self, server: &Server) {
        match self {
            Self::Mount => {
                let mut file = File::create(ballast(server)).expect("a file");
                let mut piece = vec![0; 1 << 20];
                while !piece.is_empty() {
                    if file.write_all(&piece).is_err() {
                        piece.truncate(piece.len() / 2);
                    }
                }
            }
            Self::FileSize => limit(server, "4096"),
        }
    }

    /// Makes room again.
    pub fn free(self, server: &Server) {
        match self {
            Self::Mount => std::fs::remove_file(ballast(server)).expect("the ballast"),
            Self::FileSize => limit(server, "unlimited"),
        }
    }
}

fn ballast(server: &Server) -> PathBuf {
    server.data.join("ballast")
}

/// Sets how large a file the server may write.
fn limit(server: &Server, bytes: &str) {
    let (process, limit) = (server.id().to_string(), format!("--fsize={bytes}:unlimited"));
    let set = Command::new("prlimit").args(["--pid", &process, &limit]).status();
    assert!(set.expect("prlimit (util-linux)").success());
}
