//! Types what a page says.

use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use super::page::Block;
use super::shown;

/// How long anything on a page may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(90);
/// Between two looks.
const PAUSE: Duration = Duration::from_millis(200);

/// `bash` in a folder, with our program where a reader has put it, and nobody's settings.
fn bash(folder: &Path, environment: &[(String, String)]) -> Command {
    let ours = PathBuf::from(env!("CARGO_BIN_EXE_budstikke"));
    let ours = ours.parent().expect("the program's folder").display().to_string();
    let path = std::env::var("PATH").unwrap_or_default();
    let mut command = Command::new("bash");
    command.args(["--noprofile", "--norc", "-e", "-o", "pipefail"]).current_dir(folder).process_group(0);
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("BUDSTIKKE_")) {
        command.env_remove(name);
    }
    command
        .env("PATH", format!("{ours}:{path}"))
        .env("HOME", folder)
        .env("LC_ALL", "C.UTF-8")
        .env("NO_COLOR", "1");
    command.envs(environment.iter().map(|(name, value)| (name, value)));
    command
}

/// Sends a signal to everything that a shell has started.
fn signal(shell: &Child, name: &str) {
    let group = format!("-{}", shell.id());
    let _ = Command::new("kill").args(["-s", name, "--", &group]).stderr(Stdio::null()).status();
}

/// The reader's shell.
pub(super) struct Shell {
    process: Child,
    typed: ChildStdin,
    done: Receiver<String>,
    folder: PathBuf,
}

impl Shell {
    pub(super) fn start(folder: &Path, environment: &[(String, String)]) -> Self {
        let hidden = folder.join(".typed");
        std::fs::create_dir(&hidden).expect("a folder");
        let mut command = bash(folder, environment);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut process = command.spawn().expect("bash");
        let typed = process.stdin.take().expect("its standard input");
        let answers = BufReader::new(process.stdout.take().expect("its standard output"));
        let (tell, done) = channel();
        std::thread::spawn(move || {
            answers.lines().map_while(Result::ok).try_for_each(|line| tell.send(line))
        });
        Self { process, typed, done, folder: hidden }
    }

    /// Types a block; it must succeed and print what is shown.
    pub(super) fn run(&mut self, block: &Block) -> Result<(), String> {
        self.type_in(block, "{ . $FILE; } >$OUT 2>$ERR </dev/null")?;
        self.compare(block)
    }

    /// Types a block until it prints what is shown. Variables that it sets are forgotten.
    pub(super) fn run_again(&mut self, block: &Block) -> Result<(), String> {
        let started = Instant::now();
        loop {
            self.type_in(block, "( set +e; . $FILE ) >$OUT 2>$ERR </dev/null || true")?;
            match self.compare(block) {
                Ok(()) => return Ok(()),
                Err(why) if started.elapsed() > PATIENCE => return Err(why),
                Err(_) => std::thread::sleep(PAUSE),
            }
        }
    }

    fn file(&self, block: &Block, ending: &str) -> PathBuf {
        self.folder.join(format!("{}.{ending}", block.line))
    }

    fn type_in(&mut self, block: &Block, how: &str) -> Result<(), String> {
        std::fs::write(self.file(block, "sh"), &block.text).expect("a block");
        let quoted = |ending| format!("'{}'", self.file(block, ending).display());
        let how = how
            .replace("$FILE", &quoted("sh"))
            .replace("$OUT", &quoted("out"))
            .replace("$ERR", &quoted("err"));
        writeln!(self.typed, "{how}\necho done {}", block.line)
            .map_err(|_| "the shell has ended".to_owned())?;
        let answer = self.done.recv_timeout(PATIENCE);
        if answer.is_ok_and(|line| line == format!("done {}", block.line)) {
            return Ok(());
        }
        Err(format!(
            "a command failed or did not end\n--- printed:\n{}\n--- errors:\n{}",
            self.read(block, "out"),
            self.read(block, "err")
        ))
    }

    fn compare(&self, block: &Block) -> Result<(), String> {
        let (out, wanted) = (self.read(block, "out"), block.shown.as_deref().unwrap_or_default());
        if shown::is(wanted, &out) {
            return Ok(());
        }
        Err(format!(
            "something else comes out\n--- shown:\n{wanted}--- printed:\n{out}\n--- errors:\n{}",
            self.read(block, "err")
        ))
    }

    fn read(&self, block: &Block, ending: &str) -> String {
        let bytes = std::fs::read(self.file(block, ending)).unwrap_or_default();
        String::from_utf8_lossy(&bytes).replace('\r', "")
    }
}

impl Drop for Shell {
    fn drop(&mut self) {
        signal(&self.process, "KILL");
        let _ = self.process.wait();
    }
}

/// Another terminal, in which something goes on.
pub(super) struct Terminal {
    process: Child,
    log: PathBuf,
}

impl Terminal {
    /// Types a block there, and waits for what is shown.
    pub(super) fn open(
        folder: &Path,
        environment: &[(String, String)],
        block: &Block,
    ) -> Result<Self, String> {
        let file = |ending| folder.join(".typed").join(format!("{}.{ending}", block.line));
        std::fs::write(file("sh"), &block.text).expect("a block");
        let log = File::create(file("log")).expect("a log");
        let errors = log.try_clone().expect("the same log");
        let mut command = bash(folder, environment);
        let process =
            command.arg(file("sh")).stdin(Stdio::null()).stdout(log).stderr(errors).spawn().expect("bash");
        let mut terminal = Self { process, log: file("log") };
        terminal.wait_for(block, false)?;
        Ok(terminal)
    }

    /// Everything that it printed.
    pub(super) fn said(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(&self.log).unwrap_or_default()).into_owned()
    }

    /// Presses Ctrl-C, and waits for the end and what is shown.
    pub(super) fn interrupt(mut self, block: &Block) -> Result<(), String> {
        signal(&self.process, "INT");
        self.wait_for(block, true)
    }

    fn wait_for(&mut self, block: &Block, to_its_end: bool) -> Result<(), String> {
        let started = Instant::now();
        let wanted = block.shown.as_deref().unwrap_or_default();
        loop {
            let has_ended = self.process.try_wait().expect("a process").is_some();
            let said = self.said();
            if shown::is_among(wanted, &said) && has_ended == to_its_end {
                return Ok(());
            }
            if has_ended || started.elapsed() > PATIENCE {
                return Err(format!(
                    "something else comes in the terminal\n--- shown:\n{wanted}--- printed:\n{said}"
                ));
            }
            std::thread::sleep(PAUSE);
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        signal(&self.process, "KILL");
        let _ = self.process.wait();
    }
}
