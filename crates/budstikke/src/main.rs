//! Budstikke: carries messages for public bodies, in one binary.

mod alone;
mod app;
mod cli;
mod config;
mod embedded;
mod lifecycle;
mod manage;
mod private_file;
mod supervisor;
mod telemetry;

use std::process::ExitCode;

fn main() -> ExitCode {
    match cli::run() {
        Ok(code) => code,
        Err(error) => {
            // The whole chain on one line each: the first says what, the last says why.
            eprintln!("budstikke: {error}");
            for cause in error.chain().skip(1) {
                eprintln!("  because: {cause}");
            }
            ExitCode::FAILURE
        }
    }
}
