//! `budstikke import`: fills the embedded contact register.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::Args;
use notify::recipients::registers::EmbeddedRegister;
use store::DataDir;

use super::Settings;
use crate::app::{Addresses, open_store, password_file};
use crate::config::Config;

/// Fills the embedded contact register from a JSON file, whether the server runs or not.
///
/// The file holds lists `persons`, `organizations` and `accounts`; each list that is there replaces
/// what the register knew of its kind.
#[derive(Args)]
pub(crate) struct Import {
    /// The JSON file
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    settings: Settings,
}

pub(super) fn run(import: &Import) -> Result<ExitCode> {
    let config = import.settings.load()?;
    let json =
        std::fs::read(&import.file).with_context(|| format!("{} cannot be read", import.file.display()))?;
    let imported = super::runtime()?.block_on(async {
        match Addresses::of_running(&config.data_dir) {
            Some(addresses) => through_the_server(&config, &addresses, json).await,
            None => directly(&config, &json).await,
        }
    })?;
    println!("{imported}");
    Ok(ExitCode::SUCCESS)
}

async fn through_the_server(config: &Config, addresses: &Addresses, json: Vec<u8>) -> Result<String> {
    let password = match &config.exchange.user_password {
        Some(configured) => configured.reveal().clone(),
        None => std::fs::read_to_string(password_file(config)).context("the server's password")?,
    };
    let answer = web::plain_client()?
        .post(format!("http://{}/console/contacts", addresses.api))
        .basic_auth(&config.exchange.user_name, Some(password.trim()))
        .header("Content-Type", "application/json")
        .body(json)
        .send()
        .await
        .context("the running server could not be reached")?;
    let (status, text) = (answer.status(), answer.text().await?);
    if !status.is_success() {
        bail!("the server refused it ({status}): {}", text.trim());
    }
    Ok(text.trim().to_owned())
}

async fn directly(config: &Config, json: &[u8]) -> Result<String> {
    let data_dir = DataDir::open(&config.data_dir)?;
    let store = open_store(config, &data_dir)?;
    let clock = store.clock();
    let register = EmbeddedRegister::new(store, clock);
    Ok(register.import(json).await?.to_string())
}
