//! Chromium without a window, and the driver that leads it.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};
use thirtyfour::prelude::*;
use thirtyfour::{BrowserLogEntry, LoggingPrefsLogLevel};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use trials::{PATIENCE, Server, eventually};

const CHROMIUM: &str = "/usr/bin/chromium";
const DRIVER: &str = "/usr/bin/chromedriver";
/// No window, no processor for graphics, nothing that calls home; and an end with its driver, by the pipe.
const ARGUMENTS: [&str; 10] = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--remote-debugging-pipe",
];

/// A browser that looks at one server.
pub struct Browser {
    pub driver: WebDriver,
    base: String,
    _driving: Child,
    _profile: tempfile::TempDir,
}

impl Browser {
    /// Starts one with a profile of its own.
    pub async fn at(server: &Server) -> Self {
        for program in [CHROMIUM, DRIVER] {
            let there = Path::new(program).exists();
            assert!(there, "{program} is missing: apt-get install chromium chromium-driver");
        }
        let profile = tempfile::tempdir().expect("a folder");
        let (driving, port) = drive().await;
        let mut wanted = DesiredCapabilities::chrome();
        wanted.set_binary(CHROMIUM).expect("an option");
        for argument in ARGUMENTS {
            wanted.add_arg(argument).expect("an option");
        }
        wanted.add_arg(&format!("--user-data-dir={}", profile.path().display())).expect("an option");
        wanted.set_browser_log_level(LoggingPrefsLogLevel::All).expect("an option");
        let driver = WebDriver::new(format!("http://127.0.0.1:{port}"), wanted).await.expect("Chromium");
        driver.set_page_load_timeout(PATIENCE).await.expect("a limit");
        Self { driver, base: server.url(""), _driving: driving, _profile: profile }
    }

    /// The same, signed in by the form.
    pub async fn signed_in(server: &Server) -> Self {
        let browser = Self::at(server).await;
        browser.go("/console").await;
        browser.sign_in("admin", &server.console_password()).await;
        browser
    }

    /// Fills in the form of the sign-in page and waits for what comes after.
    pub async fn sign_in(&self, name: &str, password: &str) {
        self.fill("name", name).await;
        self.fill("password", password).await;
        self.press("main form button").await;
        self.until("somebody is signed in", "!document.querySelector('input[name=password]')").await;
    }

    /// Clicks on something as soon as it is there; what is live may be exchanged under one's finger.
    pub async fn press(&self, what: &str) {
        eventually(what, async || self.driver.find(By::Css(what)).await.ok()?.click().await.ok()).await;
    }

    /// Writes into a field.
    pub async fn fill(&self, name: &str, text: &str) {
        let field = self.driver.find(By::Css(format!("main [name={name}]"))).await;
        let field = field.unwrap_or_else(|error| panic!("no field {name}: {error}"));
        field.clear().await.expect("an empty field");
        field.send_keys(text).await.expect("a field to write in");
    }

    /// Goes to a path of the server.
    pub async fn go(&self, path: &str) {
        let url = format!("{}{path}", self.base);
        self.driver.goto(&url).await.unwrap_or_else(|error| panic!("{path}: {error}"));
    }

    /// Where the browser is: path and query.
    pub async fn here(&self) -> String {
        let url = self.driver.current_url().await.expect("an address");
        url.as_str().strip_prefix(self.base.as_str()).unwrap_or(url.as_str()).to_owned()
    }

    /// What a script answers.
    pub async fn ask(&self, script: &str) -> Value {
        let answer = self.driver.execute(script, Vec::new()).await;
        answer.unwrap_or_else(|error| panic!("{error}: {script}")).json().clone()
    }

    /// Waits until an expression of the page's is true.
    pub async fn until(&self, what: &str, expression: &str) {
        let script = format!("return !!({expression})");
        eventually(what, async || {
            let answer = self.driver.execute(script.as_str(), Vec::new()).await.ok()?;
            (answer.json() == &Value::Bool(true)).then_some(())
        })
        .await;
    }

    /// The words of the page's content.
    pub async fn words(&self) -> String {
        let words = self.ask("return document.querySelector('main').innerText").await;
        words.as_str().unwrap_or_default().to_owned()
    }

    /// A command of the browser's own protocol.
    pub async fn tell(&self, command: &str, with: Value) {
        let told = self.driver.cdp().send_raw(command, with).await;
        told.unwrap_or_else(|error| panic!("{command}: {error}"));
    }

    /// Switches scripts on and off, for pages that are opened from now on.
    pub async fn scripts(&self, on: bool) {
        self.tell("Emulation.setScriptExecutionDisabled", json!({ "value": !on })).await;
    }

    /// What the console has had to say since it was last asked: errors of scripts, files that did not come, and
    /// whatever the pages' policy forbade.
    pub async fn complaints(&self) -> Vec<String> {
        let log = self.driver.browser_log().await.expect("the browser's log");
        let bad = |entry: &BrowserLogEntry| !matches!(entry.level.as_str(), "INFO" | "DEBUG" | "FINE");
        log.into_iter().filter(bad).map(|entry| entry.message).collect()
    }

    /// Ends it.
    pub async fn quit(self) {
        self.driver.quit().await.expect("an end");
    }
}

/// Starts a driver; answers its port.
async fn drive() -> (Child, u16) {
    let mut command = Command::new(DRIVER);
    command.arg("--port=0").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut driving = command.kill_on_drop(true).spawn().expect("a driver that starts");
    let mut lines = BufReader::new(driving.stdout.take().expect("its output")).lines();
    let port = async {
        while let Ok(Some(line)) = lines.next_line().await {
            let port = line.split_once("started successfully on port ");
            if let Some(port) = port.and_then(|(_, port)| port.trim_end_matches('.').parse().ok()) {
                return Some(port);
            }
        }
        None
    };
    let port = tokio::time::timeout(Duration::from_secs(60), port).await;
    let port = port.ok().flatten().expect("a driver that says its port");
    // Whatever else it says nobody needs, but it must be able to say it.
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    (driving, port)
}
