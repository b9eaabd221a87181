//! `budstikke send message`: an envelope, files streamed from disk, and the way to the receiver.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};
use futures_util::TryStreamExt;
use indicatif::ProgressBar;
use reqwest::{Body, Method};
use serde_json::{Value, json};
use tokio_util::io::ReaderStream;

use super::{Letter, new_id, wait};
use crate::catalogue::entries::{files, server, settings};
use crate::cli::output::{Output, harmless, print};
use crate::cli::progress::bytes_bar;
use crate::cli::remote::{Reach, Remote, segment};
use crate::cli::table::Table;

/// The metadata that an arkivmelding needs beside its documents.
const CASE_DOCUMENT: &str = "arkivmelding.xml";

/// Sends a message with files to another organization. Files are streamed, whatever their size.
///
/// Process and kind are what the receiver takes; where it takes an arkivmelding in one process only, both may be
/// left out. An arkivmelding needs its arkivmelding.xml among the files.
#[derive(Args)]
#[command(after_help = "Examples:\n  \
    budstikke send message --to 310000002 --list\n  \
    budstikke send message --to 310000002 --file arkivmelding.xml --file vedtak.pdf --wait\n  \
    budstikke send message --to 310000002 --process urn:no:difi:profile:arkivmelding:planByggOgGeodata:ver1.0 \\\n      \
        --file arkivmelding.xml --file film.mp4 --wait levert --timeout 3600")]
pub(super) struct Message {
    /// The receiver: an organization number, or an identifier with its scheme
    #[arg(long, value_name = "NUMBER")]
    to: String,
    /// List what the receiver takes, and send nothing
    #[arg(long, conflicts_with_all = ["files", "wait"])]
    list: bool,
    /// A file; may be repeated. The first that is no arkivmelding.xml is the main document
    #[arg(long = "file", value_name = "FILE", required_unless_present = "list")]
    files: Vec<PathBuf>,
    /// The process
    #[arg(long, value_name = "URN")]
    process: Option<String>,
    /// The kind of document
    #[arg(long, default_value = "arkivmelding", value_name = "KIND")]
    kind: String,
    /// What the business message says (JSON) [default: main document and security level]
    #[arg(long, value_name = "FILE")]
    content: Option<PathBuf>,
    /// The security level of the content
    #[arg(long, default_value_t = 3, value_name = "LEVEL")]
    level: u8,
    /// The message's id; repeated with the same id, it is not sent twice [default: a new one]
    #[arg(long, value_name = "UUID")]
    id: Option<String>,
    /// The conversation that it goes on with [default: a new one]
    #[arg(long, value_name = "UUID")]
    conversation: Option<String>,
    /// Wait until the channel has it (sendt), or until the receiver has taken it (levert)
    #[arg(long, value_enum, num_args = 0..=1, default_missing_value = "levert", value_name = "STATUS")]
    wait: Option<Goal>,
    /// How long to wait at most, in seconds
    #[arg(long, default_value_t = 120, value_name = "SECONDS", requires = "wait")]
    timeout: u64,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    reach: Reach,
}

/// What is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Goal {
    Sendt,
    Levert,
}

impl Message {
    pub(super) async fn send(&self) -> Result<ExitCode> {
        let remote = self.reach.open()?;
        let capabilities = self.capabilities(&remote).await?;
        if self.list {
            self.output.show(&capabilities, || listed(&capabilities))?;
            return Ok(ExitCode::SUCCESS);
        }
        let names = self.names()?;
        let (process, standard) = self.way(&capabilities)?;
        let id = self.id.clone().unwrap_or_else(new_id);
        let conversation = self.conversation.clone().unwrap_or_else(new_id);
        let letter = Letter {
            from: &format!("0192:{}", remote.own),
            to: &receiver(&self.to),
            message_id: &id,
            conversation_id: &conversation,
            process: &process,
            kind: &self.kind,
            standard: &standard,
            content: self.content(&names)?,
        };
        remote.json(remote.exchange(Method::POST, "messages/out")?.json(&letter.envelope())).await?;
        let sent = self.hand_over(&remote, &id, &names).await;
        if sent.is_err() && self.id.is_none() {
            self.take_back(&remote, &id).await;
        }
        sent?;
        self.tell(&remote, &id, &conversation).await
    }

    async fn capabilities(&self, remote: &Remote) -> Result<Value> {
        let path = format!("capabilities/{}", segment(&receiver(&self.to)));
        let asked = remote.json(remote.exchange(Method::GET, &path)?).await;
        asked.with_context(|| format!("what {} takes", harmless(&self.to)))
    }

    /// The process and the standard of the document: as asked for, or the only one there is.
    fn way(&self, capabilities: &Value) -> Result<(String, String)> {
        let mut ways: Vec<(String, String)> = ways(capabilities)
            .filter(|(_, kind, _)| *kind == self.kind)
            .map(|(process, _, standard)| (process.to_owned(), standard.to_owned()))
            .filter(|(process, _)| self.process.as_ref().is_none_or(|wanted| wanted == process))
            .collect();
        ways.sort();
        ways.dedup();
        let what = format!("{} of the kind {}", harmless(&self.to), harmless(&self.kind));
        if ways.is_empty() {
            bail!(server::CANNOT_SEND_SO.says(format!("nothing can be sent to {what} so")));
        }
        if ways.len() > 1 {
            let processes: Vec<&str> = ways.iter().map(|(process, _)| process.as_str()).collect();
            let words =
                format!("{what} takes several processes; name one with --process: {}", processes.join(", "));
            bail!(settings::COMMAND_LINE.says(words));
        }
        Ok(ways.remove(0))
    }

    /// The files' names; two of one name would hide each other.
    fn names(&self) -> Result<Vec<String>> {
        let mut names: Vec<String> = Vec::new();
        for file in &self.files {
            let about = std::fs::metadata(file);
            let about = about.with_context(|| unreadable(file))?;
            let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            if !about.is_file() || name.contains('"') || names.contains(&name) {
                let words = format!(
                    "{} is no file, has quotation marks in its name, or is there twice",
                    file.display()
                );
                bail!(settings::COMMAND_LINE.says(words));
            }
            names.push(name);
        }
        Ok(names)
    }

    fn content(&self, names: &[String]) -> Result<Value> {
        if let Some(file) = &self.content {
            let text = std::fs::read_to_string(file).with_context(|| unreadable(file))?;
            let wrong = || files::FILE_CONTENT.says(format!("{} is no JSON", file.display()));
            return serde_json::from_str(&text).with_context(wrong);
        }
        let main = names.iter().find(|name| *name != CASE_DOCUMENT).or(names.first());
        Ok(json!({ "hoveddokument": main, "sikkerhetsnivaa": self.level }))
    }

    /// Uploads the files one by one, and sends the message off.
    async fn hand_over(&self, remote: &Remote, id: &str, names: &[String]) -> Result<()> {
        let path = format!("messages/out/{}", segment(id));
        for (file, name) in self.files.iter().zip(names) {
            let (body, bytes, bar) = body_of(file, name).await?;
            let disposition = format!("attachment; name=\"{name}\"; filename=\"{name}\"");
            let request = remote
                .exchange(Method::PUT, &path)?
                .header("Content-Disposition", disposition)
                .header("Content-Type", asic::media_type(name, None))
                .header("Content-Length", bytes);
            let put = remote.send(request.body(body)).await;
            bar.finish_and_clear();
            put.with_context(|| format!("the upload of {}", harmless(name)))?;
        }
        remote.send(remote.exchange(Method::POST, &path)?).await?;
        Ok(())
    }

    /// A draft that was not sent off is of no use to anybody.
    async fn take_back(&self, remote: &Remote, id: &str) {
        if let Ok(request) = remote.exchange(Method::DELETE, &format!("messages/out/{}", segment(id))) {
            // What is left is removed by the server's own rules.
            let _ = remote.send(request.timeout(Duration::from_secs(10))).await;
        }
    }

    async fn tell(&self, remote: &Remote, id: &str, conversation: &str) -> Result<ExitCode> {
        let Some(goal) = self.wait else {
            let receipt = json!({ "messageId": id, "conversationId": conversation });
            self.output.show(&receipt, || format!("{id}\n"))?;
            return Ok(ExitCode::SUCCESS);
        };
        if !self.output.is_json() {
            print(&format!("{id}\n"))?;
        }
        let limit = Duration::from_secs(self.timeout);
        let (story, status) = wait::until(limit, id, async || look(remote, id, goal).await).await?;
        self.output.show(&story, || format!("{status}\n"))?;
        if is_bad(&status) {
            bail!(server::NOT_DELIVERED.says(format!("it was not delivered: {}", harmless(&status))));
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// What is known of the message and the status that ends the wait, or how far it has come.
async fn look(remote: &Remote, id: &str, goal: Goal) -> Result<Result<(Value, String), String>> {
    let path = format!("conversations/messageId/{}", segment(id));
    let story = remote.json(remote.exchange(Method::GET, &path)?).await?;
    let statuses = story["messageStatuses"].as_array().into_iter().flatten();
    let names: Vec<String> =
        statuses.filter_map(|status| status["status"].as_str().map(str::to_owned)).collect();
    let is_goal = |name: &&String| match goal {
        Goal::Sendt => matches!(name.as_str(), "SENDT" | "MOTTATT" | "LEVERT" | "LEST"),
        Goal::Levert => matches!(name.as_str(), "LEVERT" | "LEST"),
    };
    let end = names.iter().find(|name| is_bad(name)).or_else(|| names.iter().find(is_goal)).cloned();
    Ok(match end {
        Some(end) => Ok((story, end)),
        None => Err(names.last().cloned().unwrap_or_else(|| "nothing".to_owned())),
    })
}

fn is_bad(status: &str) -> bool {
    matches!(status, "FEIL" | "LEVETID_UTLOPT")
}

fn receiver(text: &str) -> String {
    let is_number = text.len() == 9 && text.bytes().all(|digit| digit.is_ascii_digit());
    if is_number { format!("0192:{text}") } else { text.to_owned() }
}

fn unreadable(file: &Path) -> crate::catalogue::Told {
    files::FILE_UNREADABLE.says(format!("{} cannot be read", file.display()))
}

/// A file piece by piece, its size, and how far it has come.
async fn body_of(file: &Path, name: &str) -> Result<(Body, u64, ProgressBar)> {
    let opened = tokio::fs::File::open(file).await.with_context(|| unreadable(file))?;
    let bytes = opened.metadata().await.with_context(|| unreadable(file))?.len();
    let bar = bytes_bar(harmless(name)).with_position(0);
    bar.set_length(bytes);
    let told = bar.clone();
    let pieces = ReaderStream::with_capacity(opened, 256 << 10);
    let pieces = pieces.inspect_ok(move |piece| told.inc(piece.len() as u64));
    Ok((Body::wrap_stream(pieces), bytes, bar))
}

/// Process, kind and standard of everything that can be sent.
fn ways(capabilities: &Value) -> impl Iterator<Item = (&str, &str, &str)> {
    let all = capabilities["capabilities"].as_array().into_iter().flatten();
    all.flat_map(|capability| {
        let process = capability["process"].as_str().unwrap_or_default();
        let types = capability["documentTypes"].as_array().into_iter().flatten();
        types.map(move |kind| {
            let text = |name: &str| kind[name].as_str().unwrap_or_default();
            (process, text("type"), text("standard"))
        })
    })
}

fn listed(capabilities: &Value) -> String {
    let mut table = Table::headed(["CHANNEL", "PROCESS", "KIND"]);
    for capability in capabilities["capabilities"].as_array().into_iter().flatten() {
        let service = capability["serviceIdentifier"].as_str().unwrap_or_default();
        let one = json!({ "capabilities": [capability] });
        for (process, kind, _) in ways(&one) {
            table.row([service.into(), process.into(), kind.into()]);
        }
    }
    if table.is_empty() { "nothing\n".to_owned() } else { table.take() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_an_organizations_unless_it_says_otherwise() {
        assert_eq!(receiver("310000002"), "0192:310000002");
        assert_eq!(receiver("0192:310000002"), "0192:310000002");
        assert_eq!(receiver("01010050053"), "01010050053");
    }

    #[test]
    fn ways_are_read_from_capabilities() {
        let told = json!({ "capabilities": [{ "process": "p", "serviceIdentifier": "DPO", "documentTypes": [
            { "type": "arkivmelding", "standard": "s" }, { "standard": "unknown" } ] }] });
        assert_eq!(ways(&told).collect::<Vec<_>>(), [("p", "arkivmelding", "s"), ("p", "", "unknown")]);
    }
}
