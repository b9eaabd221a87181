//! `budstikke import`: fills the embedded contact register.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::Args;
use notify::recipients::registers::EmbeddedRegister;
use reqwest::{Method, RequestBuilder, Response};
use serde_json::json;
use store::DataDir;

use super::Settings;
use super::output::Output;
use super::remote::{entry_for, local};
use crate::app::{Addresses, open_store, password_file};
use crate::catalogue::entries::{files, server};
use crate::config::Config;

/// Fills the embedded contact register from a JSON or CSV file, whether the server runs or not.
///
/// A JSON file holds lists `persons`, `organizations`, `accounts`, `users` and `grants`; each list that is
/// there replaces what the register knew of its kind. A CSV file holds one of them, which its first line
/// tells.
#[derive(Args)]
#[command(after_help = "Examples:\n  \
    budstikke import contacts.json\n  \
    budstikke import persons.csv --data-dir /var/lib/budstikke")]
pub(crate) struct Import {
    /// The file; CSV when its name ends with .csv
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    settings: Settings,
}

pub(super) fn run(import: &Import) -> Result<ExitCode> {
    let config = import.settings.load()?;
    let unreadable = || files::FILE_UNREADABLE.says(format!("{} cannot be read", import.file.display()));
    let content = std::fs::read(&import.file).with_context(unreadable)?;
    let is_csv = import.file.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("csv"));
    let file = File { content, is_csv };
    let imported = super::runtime()?.block_on(async {
        match Addresses::of_running(&config.data_dir) {
            Some(addresses) => through_the_server(&config, &addresses, file).await,
            None => directly(&config, &file).await,
        }
    })?;
    import.output.show(&json!({ "imported": imported }), || format!("{imported}\n"))?;
    Ok(ExitCode::SUCCESS)
}

struct File {
    content: Vec<u8>,
    is_csv: bool,
}

async fn through_the_server(config: &Config, addresses: &Addresses, file: File) -> Result<String> {
    let media_type = if file.is_csv { "text/csv" } else { "application/json" };
    let request = console(config, addresses, Method::POST, "/console/contacts")?;
    let answer = request.header("Content-Type", media_type).body(file.content).send().await;
    let text = accepted(answer).await?.text().await?;
    Ok(text.trim().to_owned())
}

/// A request to the running server's console, as its user.
pub(super) fn console(
    config: &Config,
    addresses: &Addresses,
    method: Method,
    path: &str,
) -> Result<RequestBuilder> {
    let password = match &config.exchange.user_password {
        Some(configured) => configured.reveal().clone(),
        None => std::fs::read_to_string(password_file(config))
            .context(server::NO_PASSWORD.says("the server's password"))?,
    };
    let (base, http) = local(config, addresses)?;
    let request = http.request(method, base.join(path).context("a path of the console")?);
    Ok(request.basic_auth(&config.exchange.user_name, Some(password.trim())))
}

/// The answer, when it is a good one.
pub(super) async fn accepted(answer: reqwest::Result<Response>) -> Result<Response> {
    let answer = answer.context(server::UNREACHABLE.says("the running server could not be reached"))?;
    let status = answer.status();
    if !status.is_success() {
        let words = format!("the server refused it ({status}): {}", answer.text().await?.trim());
        bail!(entry_for(status).says(words));
    }
    Ok(answer)
}

async fn directly(config: &Config, file: &File) -> Result<String> {
    let (register, _data_dir) = embedded_register(config)?;
    let imported = if file.is_csv {
        register.import_csv(&file.content).await
    } else {
        register.import(&file.content).await
    };
    Ok(imported.context(files::FILE_CONTENT.says("nothing was imported"))?.to_string())
}

/// The register of a server that does not run. Hold on to the data directory meanwhile.
pub(super) fn embedded_register(config: &Config) -> Result<(EmbeddedRegister, DataDir)> {
    let data_dir = DataDir::open(&config.data_dir)?;
    let store = open_store(config, &data_dir)?;
    let clock = store.clock();
    Ok((EmbeddedRegister::new(store, clock), data_dir))
}
