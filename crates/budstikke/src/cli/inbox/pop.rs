//! `budstikke inbox pop`: the files of a message, as the container or unpacked.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;
use futures_util::TryStreamExt;
use reqwest::{Method, StatusCode};
use serde_json::json;
use tokio::io::AsyncWriteExt;

use super::unpack;
use crate::catalogue::entries::{files, server};
use crate::cli::output::{Output, harmless};
use crate::cli::progress::bytes_bar;
use crate::cli::remote::{Reach, segment};

/// Brings the files of a message that you have peeked. May be repeated; changes nothing on the server.
///
/// The server has verified who signed; here every file is held once more against the signature, so that nothing
/// was altered on the way.
#[derive(Args)]
#[command(after_help = "Examples:\n  \
    budstikke inbox pop 0198a7c2-… --to melding.asice\n  \
    budstikke inbox pop 0198a7c2-… --unpack inn/0198a7c2")]
#[group(id = "place", required = true, multiple = false, args = ["to", "unpack"])]
pub(super) struct Pop {
    /// The message id
    #[arg(value_name = "ID")]
    id: String,
    /// Write the container (ASiC-E) to this file, which must not be there yet
    #[arg(long, value_name = "FILE")]
    to: Option<PathBuf>,
    /// Unpack the files into this folder, which must be new or empty
    #[arg(long, value_name = "FOLDER")]
    unpack: Option<PathBuf>,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    reach: Reach,
}

impl Pop {
    pub(super) async fn pop(&self) -> Result<()> {
        if let Some(file) = &self.to {
            let bytes = self.download(file).await?;
            let told = json!({ "messageId": self.id, "file": file, "bytes": bytes });
            return self.output.show(&told, || format!("wrote {bytes} bytes to {}\n", file.display()));
        }
        let folder = self.unpack.clone().unwrap_or_default();
        unpack::prepare(&folder)?;
        let container = folder.join(".container.asice");
        let unpacked = match self.download(&container).await {
            Ok(_) => {
                let (container, folder) = (container.clone(), folder.clone());
                tokio::task::spawn_blocking(move || unpack::into_folder(&container, &folder)).await?
            }
            Err(error) => Err(error),
        };
        let removed = tokio::fs::remove_file(&container).await;
        if unpacked.is_err() {
            // Nothing half-unpacked may be taken for a whole message.
            unpack::clear(&folder);
        }
        let unpacked = unpacked?;
        removed.with_context(|| unwritable(&container))?;
        self.output.show(&json!({ "messageId": self.id, "folder": folder, "files": unpacked }), || {
            unpacked.iter().map(|file| format!("{:>12}  {}\n", file.bytes, harmless(&file.name))).collect()
        })
    }

    /// Streams the container into a file of ours; one that was cut short is removed.
    async fn download(&self, file: &Path) -> Result<u64> {
        let remote = self.reach.open()?;
        let path = format!("messages/in/pop/{}", segment(&self.id));
        let answer = remote.send(remote.exchange(Method::GET, &path)?).await?;
        if answer.status() == StatusCode::NO_CONTENT {
            bail!(server::NOT_FOUND.says("the message has no files"));
        }
        let bar = bytes_bar("container");
        let length = answer.content_length();
        bar.set_length(length.unwrap_or_default());
        let written = write(file, answer, &bar).await;
        bar.finish_and_clear();
        let whole = written.and_then(|bytes| {
            let whole = length.is_none_or(|length| length == bytes);
            whole.then_some(bytes).context(server::INTERRUPTED.says("the container broke off"))
        });
        // Somebody else's file is not ours to remove.
        if whole.as_ref().is_err_and(|error| crate::catalogue::entry_of(error) != files::FILE_EXISTS) {
            let _ = tokio::fs::remove_file(file).await;
        }
        whole
    }
}

async fn write(file: &Path, answer: reqwest::Response, bar: &indicatif::ProgressBar) -> Result<u64> {
    let opened = tokio::fs::File::options().write(true).create_new(true).open(file).await;
    let mut out = opened.map_err(|error| {
        let is_there = error.kind() == std::io::ErrorKind::AlreadyExists;
        let words = format!("{} cannot be written", file.display());
        let entry = if is_there { files::FILE_EXISTS } else { files::FILE_UNWRITABLE };
        anyhow::Error::new(error).context(entry.says(words))
    })?;
    let (mut pieces, mut size) = (answer.bytes_stream(), 0);
    while let Some(piece) = pieces.try_next().await.map_err(reqwest::Error::without_url)? {
        out.write_all(&piece).await.with_context(|| unwritable(file))?;
        size += piece.len() as u64;
        bar.set_position(size);
    }
    out.sync_all().await.with_context(|| unwritable(file))?;
    Ok(size)
}

fn unwritable(file: &Path) -> crate::catalogue::Told {
    files::FILE_UNWRITABLE.says(format!("{} cannot be written", file.display()))
}
