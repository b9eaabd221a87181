//! A server in a process of its own, in a folder of its own.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};

use reqwest::{Method, RequestBuilder, StatusCode};
use rusqlite::{Connection, OpenFlags};
use serde_json::Value;
use tokio::process::{Child, Command};

use crate::eventually;

/// The organization whose server it is, unless a test says otherwise.
pub const ORG: &str = "310000001";
const SCOPE: &str = "altinn:serviceowner/notifications.create";

/// The program under test, away from anybody's settings.
pub fn budstikke(folder: &Path) -> Command {
    wrapped(folder, &[])
}

/// The same, started by another program that becomes it.
fn wrapped(folder: &Path, around: &[&str]) -> Command {
    let program = env!("CARGO_BIN_EXE_budstikke");
    let mut command = match around {
        [] => Command::new(program),
        [first, rest @ ..] => {
            let mut command = Command::new(first);
            command.args(rest).arg(program);
            command
        }
    };
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("BUDSTIKKE_")) {
        command.env_remove(name);
    }
    command.current_dir(folder).stdin(Stdio::null()).kill_on_drop(true);
    command
}

/// What a command said and how it ended.
pub struct Said {
    pub status: ExitStatus,
    pub out: String,
    pub err: String,
}

/// Runs a command to its end.
pub async fn run(folder: &Path, arguments: &[&str]) -> Said {
    let output = budstikke(folder).args(arguments).output();
    let output = tokio::time::timeout(crate::PATIENCE, output).await.expect("an end in time");
    let output = output.expect("a command that starts");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Said { status: output.status, out: text(&output.stdout), err: text(&output.stderr) }
}

/// A folder and the settings of the server that keeps its data there; outlives many processes.
pub struct Place {
    folder: tempfile::TempDir,
    settings: Vec<(String, String)>,
}

impl Place {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let place = Self { folder, settings: Vec::new() };
        place
            .with("listen.api", "127.0.0.1:0")
            .with("listen.services", "127.0.0.1:0")
            .with("listen.mail", "127.0.0.1:0")
            .with("exchange.receive_interval_ms", "200")
            .with("notify.poll_every_milliseconds", "100")
            .with("log.filter", "info")
    }

    /// Changes or adds a setting.
    pub fn with(mut self, key: &str, value: impl Into<String>) -> Self {
        self.set(key, value);
        self
    }

    pub fn set(&mut self, key: &str, value: impl Into<String>) {
        self.settings.retain(|(known, _)| known != key);
        self.settings.push((key.to_owned(), value.into()));
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

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

    async fn start_with(&self, around: &[&str], token: bool) -> Server {
        // What a killed process left behind names addresses that are no more.
        let _ = std::fs::remove_file(self.data().join("addresses.json"));
        let log = File::options().create(true).append(true).open(self.log_file());
        let mut command = wrapped(self.folder(), around);
        command.arg("serve").args(self.arguments());
        command.stdout(Stdio::null()).stderr(log.expect("a file for the log"));
        let mut process = command.spawn().expect("a server that starts");
        let id = process.id().expect("a running process");
        let data = match around {
            [] => self.data(),
            // A private mount is seen through the process that has it.
            _ => PathBuf::from(format!("/proc/{id}/root{}", self.data().display())),
        };
        let addresses = self.answering(&mut process, &data).await;
        let address = |name: &str| addresses[name].as_str().unwrap_or_default().to_owned();
        let password = std::fs::read_to_string(data.join("password")).expect("a password");
        let token = if token { self.token(&data, &address("services")).await } else { String::new() };
        Server {
            token,
            process,
            log: self.log_file(),
            data,
            api: address("api"),
            services: address("services"),
            password: password.trim().to_owned(),
            http: reqwest::Client::new(),
        }
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

    async fn token(&self, data: &Path, services: &str) -> String {
        let mut command = budstikke(self.folder());
        let own = self.settings.iter().find(|(key, _)| key == "organization.number");
        let org = own.map_or(ORG, |(_, number)| number.trim_matches('"'));
        command.args(["token", "--org", org, "--scope", SCOPE, "--services", services]);
        for (key, value) in self.settings.iter().filter(|(key, _)| key.starts_with("organization.")) {
            command.arg("--set").arg(format!("{key}={value}"));
        }
        let output = command.arg("--data-dir").arg(data).output().await.expect("a command that starts");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("text").trim().to_owned()
    }
}

/// A running server.
pub struct Server {
    process: Child,
    log: PathBuf,
    /// Its data directory, as we can reach it.
    pub data: PathBuf,
    pub api: String,
    pub services: String,
    pub token: String,
    pub password: String,
    http: reqwest::Client,
}

/// An answer, read to its end.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub media_type: String,
    pub text: String,
}

impl Answer {
    pub async fn of(request: RequestBuilder) -> Result<Self, reqwest::Error> {
        let answer = request.send().await?;
        let media_type = answer.headers().get("content-type").and_then(|value| value.to_str().ok());
        let (status, media_type) = (answer.status().as_u16(), media_type.unwrap_or_default().to_owned());
        Ok(Self { status, media_type, text: answer.text().await? })
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or(Value::Null)
    }

    /// The shipment that a receipt names.
    pub fn shipment(&self) -> String {
        let json = self.json();
        let id = json["notification"]["shipmentId"].as_str();
        id.unwrap_or_else(|| panic!("no shipment in {self:?}")).to_owned()
    }

    /// Asserts the shape of the Notify API's errors.
    pub fn assert_problem(&self, status: u16) {
        assert_eq!((self.status, self.media_type.as_str()), (status, "application/problem+json"), "{self:?}");
        assert_eq!(self.json()["status"], status, "{self:?}");
        assert!(self.json()["title"].is_string(), "{self:?}");
    }

    /// Asserts the shape of the Exchange API's errors.
    pub fn assert_exchange_error(&self, status: u16) {
        assert_eq!((self.status, self.media_type.as_str()), (status, "application/json"), "{self:?}");
        let json = self.json();
        assert_eq!(json["status"], status, "{self:?}");
        for member in ["timestamp", "error", "message", "path"] {
            assert!(json[member].is_string(), "{member} in {self:?}");
        }
    }
}

impl Server {
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.api)
    }

    fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    pub fn id(&self) -> u32 {
        self.process.id().expect("a running process")
    }

    /// A request to the Notify API.
    pub fn notify(&self, method: Method, path: &str) -> RequestBuilder {
        self.notify_as(&self.token, method, path)
    }

    /// The same with somebody's token.
    pub fn notify_as(&self, token: &str, method: Method, path: &str) -> RequestBuilder {
        let url = self.url(&format!("/notifications/api/v1{path}"));
        self.http.request(method, url).bearer_auth(token)
    }

    /// A request to the Exchange API.
    pub fn exchange(&self, method: Method, path: &str) -> RequestBuilder {
        self.exchange_as(&self.password, method, path)
    }

    /// The same with somebody's password.
    pub fn exchange_as(&self, password: &str, method: Method, path: &str) -> RequestBuilder {
        let url = self.url(&format!("/api{path}"));
        self.http.request(method, url).basic_auth("budstikke", Some(password))
    }

    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        let answer = Answer::of(self.notify(Method::POST, path).json(body)).await;
        answer.unwrap_or_else(|error| panic!("no answer ({error:?}); the log:\n{}", self.log()))
    }

    pub async fn get(&self, path: &str) -> Answer {
        Answer::of(self.notify(Method::GET, path)).await.expect("an answer")
    }

    /// The status of a shipment's only recipient, once it has one.
    pub async fn recipient_status(&self, shipment: &str) -> Option<String> {
        let answer = self.get(&format!("/future/shipment/{shipment}")).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json()["recipients"][0]["status"].as_str().map(str::to_owned)
    }

    /// Ends it as a power cut would: no chance to say goodbye.
    pub async fn kill(mut self) {
        self.process.kill().await.expect("a process to kill");
    }

    /// Sends a signal by name and leaves it at that.
    pub async fn signal(&self, name: &str) {
        let told = Command::new("kill").args(["-s", name, &self.id().to_string()]).status().await;
        assert!(told.expect("kill").success());
    }

    /// Waits until it has ended.
    pub async fn ended(&mut self) -> ExitStatus {
        let ended = tokio::time::timeout(crate::PATIENCE, self.process.wait()).await;
        ended.expect("an end in time").expect("its state")
    }

    /// Asks it to stop and waits until it has.
    pub async fn stop(mut self) {
        self.signal("TERM").await;
        assert!(self.ended().await.success());
    }

    pub fn is_running(&mut self) -> bool {
        self.process.try_wait().expect("its state").is_none()
    }
}
