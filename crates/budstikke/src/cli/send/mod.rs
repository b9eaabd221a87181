//! `budstikke send`: an SMS, an e-mail, or a message with files, through a server's APIs.

mod envelope;
mod message;
mod notification;
mod wait;

use std::io::Read;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::{Args, Subcommand};

use crate::catalogue::entries::files;

pub(super) use envelope::{Letter, new_id};

/// Sends an SMS, an e-mail, or a message with files to another organization.
///
/// What is printed first is an id, which `budstikke status` takes. A command that is repeated with the same
/// --id sends nothing twice.
#[derive(Args)]
pub(crate) struct Send {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    #[command(about = "Send an SMS, at once or as an order")]
    Sms(notification::Sms),
    #[command(about = "Send an e-mail, at once or as an order")]
    Email(notification::Email),
    #[command(about = "Send a message with files of any size to another organization")]
    Message(message::Message),
}

pub(super) fn run(send: &Send) -> Result<ExitCode> {
    super::runtime()?.block_on(async {
        match &send.what {
            What::Sms(sms) => sms.send().await,
            What::Email(email) => email.send().await,
            What::Message(message) => message.send().await,
        }
    })
}

/// A text as it was given, or from a file; `-` is standard input.
fn text(given: Option<&str>, file: Option<&Path>) -> Result<String> {
    let Some(file) = file else { return Ok(given.unwrap_or_default().to_owned()) };
    if file.as_os_str() == "-" {
        let mut text = String::new();
        let read = std::io::stdin().read_to_string(&mut text);
        read.context(files::FILE_UNREADABLE.says("standard input cannot be read"))?;
        return Ok(text);
    }
    let read = std::fs::read_to_string(file);
    read.with_context(|| files::FILE_UNREADABLE.says(format!("{} cannot be read", file.display())))
}
