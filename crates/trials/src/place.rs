//! A folder and the settings of the server that keeps its data there.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};

use reqwest::StatusCode;
use rusqlite::{Connection, OpenFlags};
use serde_json::Value;
use tokio::process::{Child, Command};

use crate::server::Server;
use crate::{ORG, PATIENCE, eventually};

const SCOPE: &str = "altinn:serviceowner/notifications.create";
/// Every setting that a test gives by way of the environment begins so.
const SETTINGS: &str = "BUDSTIKKE_";

/// The program under test: what Cargo has built for these tests, or what lies beside them.
fn program() -> PathBuf {
    if let Some(built) = std::env::var_os("CARGO_BIN_EXE_budstikke") {
        return PathBuf::from(built);
    }
    let ours = std::env::current_exe().expect("where this program is");
    let profile = ours.ancestors().nth(2).expect("a folder of programs, and one of tests in it");
    profile.join("budstikke")
}

/// The program under test, away from anybody's settings, in a folder.
pub fn budstikke(folder: &Path) -> Command {
    wrapped(program(), folder, &[])
}

/// A program, away from anybody's settings, started by another that becomes it.
fn wrapped(program: PathBuf, folder: &Path, around: &[&str]) -> Command {
    let mut command = match around {
        [] => Command::new(program),
        [first, rest @ ..] => {
            let mut command = Command::new(first);
            command.args(rest).arg(program);
            command
        }
    };
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with(SETTINGS)) {
        command.env_remove(name);
    }
    command.current_dir(folder).stdin(Stdio::null()).kill_on_drop(true);
    command
}

/// What a command said and how it ended.
pub struct Said {
    /// How it ended.
    pub status: ExitStatus,
    /// Its standard output.
    pub out: String,
    /// Its standard error.
    pub err: String,
}

/// Runs a command of the program to its end.
pub async fn run(folder: &Path, arguments: &[&str]) -> Said {
    said(budstikke(folder).args(arguments).output()).await
}

/// The same with something to read from standard input.
pub async fn run_with_input(folder: &Path, arguments: &[&str], input: &str) -> Said {
    let file = folder.join("standard-input");
    std::fs::write(&file, input).expect("a file");
    let file = File::open(&file).expect("a file");
    said(budstikke(folder).args(arguments).stdin(file).output()).await
}

async fn said(running: impl Future<Output = std::io::Result<std::process::Output>>) -> Said {
    let output = tokio::time::timeout(PATIENCE, running).await.expect("an end in time");
    let output = output.expect("a command that starts");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Said { status: output.status, out: text(&output.stdout), err: text(&output.stderr) }
}

/// A folder and the settings of the server that keeps its data there; outlives many processes.
pub struct Place {
    folder: tempfile::TempDir,
    settings: Vec<(String, String)>,
    program: Option<PathBuf>,
}

impl Place {
    /// A new folder, and settings that suit tests.
    #[expect(clippy::new_without_default, reason = "no place is like another")]
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let place = Self { folder, settings: Vec::new(), program: None };
        place
            .with("listen.api", "127.0.0.1:0")
            .with("listen.services", "127.0.0.1:0")
            .with("listen.operators", "127.0.0.1:0")
            .with("listen.mail", "127.0.0.1:0")
            .with("exchange.receive_interval_ms", "200")
            .with("notify.poll_every_milliseconds", "100")
            .with("log.filter", "info")
    }

    /// Changes or adds a setting.
    #[must_use]
    pub fn with(mut self, key: &str, value: impl Into<String>) -> Self {
        self.set(key, value);
        self
    }

    /// Changes or adds a setting, for servers that start from now on.
    pub fn set(&mut self, key: &str, value: impl Into<String>) {
        self.settings.retain(|(known, _)| known != key);
        self.settings.push((key.to_owned(), value.into()));
    }

    /// Servers that start from now on are this program, a version of ours, or the one under test.
    pub fn set_program(&mut self, program: Option<&Path>) {
        self.program = program.map(Path::to_path_buf);
    }

    /// What a setting was set to.
    pub fn setting(&self, key: &str) -> Option<&str> {
        self.settings.iter().find(|(known, _)| known == key).map(|(_, value)| value.as_str())
    }

    /// The folder, in which there is room beside the data.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The data directory.
    pub fn data(&self) -> PathBuf {
        self.folder().join("data")
    }

    /// A look into the database, beside the server.
    pub fn database(&self) -> Connection {
        let file = self.data().join("budstikke.db");
        Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY).expect("the database")
    }

    fn log_file(&self) -> PathBuf {
        self.folder().join("stderr.log")
    }

    /// Everything that any process said on standard error here.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.log_file()).unwrap_or_default()
    }

    /// Arguments that name the data directory and every setting.
    pub fn arguments(&self) -> Vec<String> {
        let mut arguments = vec!["--data-dir".to_owned(), self.data().display().to_string()];
        for (key, value) in &self.settings {
            arguments.extend(["--set".to_owned(), format!("{key}={value}")]);
        }
        arguments
    }

    /// Starts a server and a token for its organization, from its own issuer.
    pub async fn start(&self) -> Server {
        self.start_inside(&[]).await
    }

    /// Starts a server that has no issuer of its own.
    pub async fn start_without_token(&self) -> Server {
        self.start_with(&[], false).await
    }

    /// Starts the server by way of another program, which may give it mounts of its own.
    pub async fn start_inside(&self, around: &[&str]) -> Server {
        self.start_with(around, true).await
    }

    /// The same for a server that has no issuer of its own.
    pub async fn start_inside_without_token(&self, around: &[&str]) -> Server {
        self.start_with(around, false).await
    }

    /// Starts a process and does not wait until it answers.
    pub fn launch(&self, around: &[&str]) -> Child {
        // What a killed process left behind names addresses that are no more.
        let _ = std::fs::remove_file(self.data().join("addresses.json"));
        let log = File::options().create(true).append(true).open(self.log_file());
        let program = self.program.clone().unwrap_or_else(program);
        let mut command = wrapped(program, self.folder(), around);
        command.arg("serve").args(self.arguments());
        command.stdout(Stdio::null()).stderr(log.expect("a file for the log"));
        command.spawn().expect("a server that starts")
    }

    async fn start_with(&self, around: &[&str], token: bool) -> Server {
        let mut process = self.launch(around);
        let id = process.id().expect("a running process");
        let data = match around {
            [] => self.data(),
            // A private mount is seen through the process that has it.
            _ => PathBuf::from(format!("/proc/{id}/root{}", self.data().display())),
        };
        let addresses = self.answering(&mut process, &data).await;
        let address = |name: &str| addresses[name].as_str().unwrap_or_default().to_owned();
        let password = match self.setting("exchange.user_password") {
            Some(configured) => configured.trim_matches('"').to_owned(),
            None => std::fs::read_to_string(data.join("password")).expect("a password").trim().to_owned(),
        };
        let token = if token {
            self.token_from(&data, &address("services"), self.own_organization(), SCOPE).await
        } else {
            String::new()
        };
        let log = self.log_file();
        let (api, services) = (address("api"), address("services"));
        Server { token, process, log, data, api, services, password, http: reqwest::Client::new() }
    }

    async fn answering(&self, process: &mut Child, data: &Path) -> Value {
        let process = std::cell::RefCell::new(process);
        eventually("the server to answer", || async {
            let ended = process.borrow_mut().try_wait().expect("its state");
            assert!(ended.is_none(), "the server ended at once ({ended:?}):\n{}", self.log());
            let addresses: Value =
                serde_json::from_slice(&std::fs::read(data.join("addresses.json")).ok()?).ok()?;
            let health = format!("http://{}/health", addresses["api"].as_str()?);
            let answer = reqwest::get(health).await.ok()?;
            (answer.status() == StatusCode::OK).then_some(addresses)
        })
        .await
    }

    fn own_organization(&self) -> &str {
        self.setting("organization.number").map_or(ORG, |number| number.trim_matches('"'))
    }

    /// A token for an organization, from the issuer of the running server with these services.
    pub async fn token(&self, services: &str, org: &str) -> String {
        self.token_from(&self.data(), services, org, SCOPE).await
    }

    /// The same with another scope.
    pub async fn token_with(&self, services: &str, org: &str, scope: &str) -> String {
        self.token_from(&self.data(), services, org, scope).await
    }

    async fn token_from(&self, data: &Path, services: &str, org: &str, scope: &str) -> String {
        let mut command = budstikke(self.folder());
        command.args(["token", "--org", org, "--scope", scope, "--services", services]);
        let of_organizations = |key: &str| key.starts_with("organization");
        for (key, value) in self.settings.iter().filter(|(key, _)| of_organizations(key)) {
            command.arg("--set").arg(format!("{key}={value}"));
        }
        let output = command.arg("--data-dir").arg(data).output().await.expect("a command that starts");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("text").trim().to_owned()
    }
}
