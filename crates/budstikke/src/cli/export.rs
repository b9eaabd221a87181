//! `budstikke export`: writes the embedded contact register to a file that can be imported again.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Args;
use reqwest::Method;
use serde_json::json;

use super::Settings;
use super::import::{accepted, console, embedded_register};
use super::output::Output;
use crate::app::Addresses;
use crate::catalogue::entries::files;
use crate::config::Config;
use crate::private_file;

/// Writes the embedded contact register to a JSON file, whether the server runs or not.
///
/// The file holds everybody's contact details; only its owner may read it.
#[derive(Args)]
#[command(after_help = "Examples:\n  \
    budstikke export contacts.json")]
pub(crate) struct Export {
    /// The file; it must not be there yet
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    settings: Settings,
}

pub(super) fn run(export: &Export) -> Result<ExitCode> {
    let config = export.settings.load()?;
    let json = super::runtime()?.block_on(async {
        match Addresses::of_running(&config.data_dir) {
            Some(addresses) => through_the_server(&config, &addresses).await,
            None => directly(&config).await,
        }
    })?;
    private_file::write_new(&export.file, &json).with_context(|| {
        files::FILE_UNWRITABLE.says(format!("{} cannot be written", export.file.display()))
    })?;
    let told = json!({ "file": export.file, "bytes": json.len() });
    let words = || format!("wrote the contact register to {}\n", export.file.display());
    export.output.show(&told, words)?;
    Ok(ExitCode::SUCCESS)
}

async fn through_the_server(config: &Config, addresses: &Addresses) -> Result<Vec<u8>> {
    let request = console(config, addresses, Method::GET, "/console/contacts/export")?;
    Ok(accepted(request.send().await).await?.bytes().await?.to_vec())
}

async fn directly(config: &Config) -> Result<Vec<u8>> {
    let (register, _data_dir) = embedded_register(config)?;
    Ok(register.export().await?)
}
