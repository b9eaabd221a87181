//! A running server, in a process of its own.

use std::path::PathBuf;
use std::process::ExitStatus;

use reqwest::{Method, RequestBuilder};
use serde_json::Value;
use tokio::process::{Child, Command};

use crate::{Answer, PATIENCE};

/// A running server. It is killed when this is dropped.
pub struct Server {
    pub(crate) process: Child,
    pub(crate) log: PathBuf,
    /// Its data directory, as we can reach it.
    pub data: PathBuf,
    /// Address of both APIs.
    pub api: String,
    /// Address of its embedded services.
    pub services: String,
    /// Opens the Notify API; empty when the server has no issuer.
    pub token: String,
    /// Opens the Exchange API.
    pub password: String,
    pub(crate) http: reqwest::Client,
}

impl Server {
    /// A URL of the server.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.api)
    }

    fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// The process.
    pub fn id(&self) -> u32 {
        self.process.id().expect("a running process")
    }

    /// The most memory that was ever resident, in megabytes.
    pub fn peak_mb(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.id())).expect("Linux's /proc");
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a figure");
        let kib: u64 = line.trim().trim_end_matches(" kB").parse().expect("a number");
        kib >> 10
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

    /// Posts to the Notify API; an answer must come.
    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        let answer = Answer::of(self.notify(Method::POST, path).json(body)).await;
        answer.unwrap_or_else(|error| panic!("no answer ({error:?}); the log:\n{}", self.log()))
    }

    /// Gets from the Notify API; an answer must come.
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
        let ended = tokio::time::timeout(PATIENCE, self.process.wait()).await;
        ended.expect("an end in time").expect("its state")
    }

    /// Asks it to stop and waits until it has.
    pub async fn stop(mut self) {
        self.signal("TERM").await;
        assert!(self.ended().await.success());
    }

    /// Whether the process is there.
    pub fn is_running(&mut self) -> bool {
        self.process.try_wait().expect("its state").is_none()
    }
}
