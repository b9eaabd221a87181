//! `budstikke openapi`: writes the OpenAPI document of an API.

use std::process::ExitCode;

use anyhow::Result;
use clap::Args;

use super::output::print;
use crate::openapi::Api;

/// The document of an API.
#[derive(Args)]
#[command(after_help = "Examples:\n  \
    budstikke openapi notify > notify.json\n  \
    budstikke openapi exchange > exchange.json")]
pub(crate) struct OpenApi {
    /// Which API
    api: Api,
}

/// Writes it to standard output.
pub(super) fn run(openapi: &OpenApi) -> Result<ExitCode> {
    print(&openapi.api.text())?;
    Ok(ExitCode::SUCCESS)
}
