//! The process between us and a server, which outlives us just long enough to tidy up.

use std::ffi::OsString;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

const BEGINNING: &str = include_str!("watchdog.sh");

/// Runs servers, and ends with us: it holds the other end of a pipe that the kernel closes for us however
/// we die. Takes one command at a time.
pub struct Watchdog {
    process: Child,
    commands: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
    folder: PathBuf,
}

impl Watchdog {
    /// Makes `folder`, which must not be there yet, and waits for the commands of `script`.
    pub fn start(script: &str, folder: &Path, user: Option<&str>, arguments: Vec<OsString>) -> Self {
        let mut command = Command::new("sh");
        command.args(["-c", &format!("{BEGINNING}\n{script}"), "watchdog"]);
        command.arg(folder).arg(user.unwrap_or_default()).args(arguments);
        // What stops a terminal's group of processes must not stop this one.
        command.process_group(0).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut process = command.spawn().expect("`sh`");
        let commands = process.stdin.take();
        let answers = BufReader::new(process.stdout.take().expect("its standard output"));
        let mut watchdog = Self { process, commands, answers, folder: folder.to_owned() };
        assert!(watchdog.answer(), "{} cannot be made", folder.display());
        watchdog
    }

    /// Has a command carried out; whether it could be.
    pub fn tell(&mut self, command: &str) -> bool {
        let commands = self.commands.as_mut().expect("it listens until it is dropped");
        writeln!(commands, "{command}").expect("a watchdog that listens");
        self.answer()
    }

    fn answer(&mut self) -> bool {
        let mut line = String::new();
        self.answers.read_line(&mut line).expect("a watchdog that answers");
        line.trim() == "ok"
    }

    /// The last lines of a log in the folder; `log` has the watchdog's own words.
    pub fn log(&self, name: &str) -> String {
        let log = std::fs::read(self.folder.join(name)).unwrap_or_default();
        let log = String::from_utf8_lossy(&log);
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(40)..].join("\n")
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        self.commands = None;
        let _ = self.process.wait();
    }
}
