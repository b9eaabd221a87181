//! A throw-away Postfix from Debian's package, in a folder and on a port of its own: a real mail server to
//! submit to, which delivers, bounces and reports.
//!
//! It knows one domain with a few mailboxes, sends mail for another one to an address of the test's choice,
//! and bounces everything else. Nothing on the machine is touched, and nothing is left behind, also when the
//! process is killed. Postfix wants to be started by root.

mod config;

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use uuid::Uuid;

use crate::ports;
use crate::watchdog::Watchdog;

/// The domain whose mail is delivered here.
pub const LOCAL_DOMAIN: &str = "local.example";
/// Who has a mailbox in it.
pub const MAILBOXES: [&str; 2] = ["kari", "ola"];

const HOW_TO_INSTALL: &str = "this test needs Postfix; on Debian: \
    `apt-get install -y --no-install-recommends postfix` (no configuration of its own is needed)";
const WANTS_ROOT: &str = "this test needs Postfix, which only root can start; run the tests as root, or leave this \
    one out with `-- --skip postfix`";
const PROGRAMS: &str = "/usr/lib/postfix/sbin";
/// How long something that is bound to happen may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// Certificate chain and private key, PEM.
#[derive(Clone, Debug)]
pub struct Certificate {
    /// The chain, its own certificate first.
    pub chain: String,
    /// The private key.
    pub key: String,
}

/// How it is set up.
#[derive(Clone, Debug)]
pub struct Options {
    /// A domain, and where mail for it goes.
    pub route: (String, SocketAddr),
    /// What it shows when asked for encryption; without it, it offers none.
    pub certificate: Option<Certificate>,
}

/// A running mail server; dropping it stops it and removes its folder.
pub struct Postfix {
    watchdog: Mutex<Watchdog>,
    folder: PathBuf,
    port: u16,
}

impl Postfix {
    /// Starts it; it answers when this returns.
    ///
    /// # Panics
    /// When it is not installed, when we are not root, or when it does not start; the text says why, and what
    /// to do.
    pub fn start(options: &Options) -> Self {
        assert!(Path::new(PROGRAMS).join("master").is_file(), "{HOW_TO_INSTALL}");
        assert!(is_root(), "{WANTS_ROOT}");
        let folder = std::env::temp_dir().join(format!("budstikke-postfix-{}", Uuid::new_v4().simple()));
        let script = include_str!("server.sh");
        let watchdog = Mutex::new(Watchdog::start(script, &folder, None, vec![PROGRAMS.into()]));
        let port = ports::free(&["127.0.0.1"]);
        config::write(&folder, port, options);
        let postfix = Self { watchdog, folder, port };
        let started = postfix.watchdog().tell("start");
        assert!(started && postfix.greets(), "Postfix does not start:\n{}", postfix.log());
        postfix
    }

    /// Where it takes mail.
    pub fn addr(&self) -> SocketAddr {
        ([127, 0, 0, 1], self.port).into()
    }

    /// Where everything of it is.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Messages in a mailbox, as they were delivered, in no order.
    pub fn mailbox(&self, name: &str) -> Vec<String> {
        let files = fs::read_dir(self.folder.join("mail").join(name).join("new")).into_iter().flatten();
        files.flatten().filter_map(|file| fs::read_to_string(file.path()).ok()).collect()
    }

    /// The ends of its logs.
    pub fn log(&self) -> String {
        let watchdog = self.watchdog();
        format!("{}\n{}", watchdog.log("log"), watchdog.log("mail.log"))
    }

    /// SIGKILL to every process of it.
    pub fn kill(&self) {
        assert!(self.watchdog().tell("kill"), "it cannot be killed");
    }

    fn greets(&self) -> bool {
        let until = Instant::now() + PATIENCE;
        while Instant::now() < until {
            if let Ok(stream) = TcpStream::connect(self.addr()) {
                let mut greeting = String::new();
                let _ = stream.set_read_timeout(Some(PATIENCE));
                if BufReader::new(stream).read_line(&mut greeting).is_ok() && greeting.starts_with("220 ") {
                    return true;
                }
            }
            thread::sleep(Duration::from_millis(20));
        }
        false
    }

    fn watchdog(&self) -> std::sync::MutexGuard<'_, Watchdog> {
        self.watchdog.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_root() -> bool {
    let output = Command::new("id").arg("-u").output();
    output.is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}
