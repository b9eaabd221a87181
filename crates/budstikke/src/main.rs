//! Budstikke: carries messages for public bodies, in one binary.

mod alone;
mod app;
mod catalogue;
mod cli;
mod config;
mod embedded;
mod lifecycle;
mod manage;
mod openapi;
mod private_file;
mod supervisor;
mod telemetry;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::run()
}
