//! `budstikke feed`: what has come to its end, read on from where one left off.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::Args;
use reqwest::Method;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::output::Output;
use super::remote::{Reach, Remote};
use super::status::{moment, painted};
use super::table::Table;
use crate::catalogue::entries::{files, server};
use crate::catalogue::entry_of;
use crate::lifecycle;

/// Entries on a page; the server gives no more.
const PAGE: i64 = 500;
/// Seconds that the server may wait for an entry.
const PATIENCE: u64 = 30;
/// Seconds between tries while a server that is followed does not answer: ten minutes in all.
const PAUSES: [u64; 24] =
    [1, 2, 5, 10, 15, 20, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30];

/// Prints the status feed: every shipment that has come to its end, oldest first.
///
/// With --cursor the number of the last entry is kept in a file after each page that was printed, so that the
/// next call goes on behind it: after a kill, entries may come twice, but none is left out.
#[derive(Args)]
#[command(after_help = "Examples:\n  \
    budstikke feed --follow\n  \
    budstikke feed --follow --json --cursor /var/lib/arkiv/feed.cursor | my-archive\n  \
    budstikke feed --from 4711 --limit 100")]
pub(crate) struct Feed {
    /// Only entries behind this number
    #[arg(long, value_name = "NUMBER", conflicts_with = "cursor")]
    from: Option<i64>,
    /// A file that holds the number of the last entry; made if it is not there
    #[arg(long, value_name = "FILE")]
    cursor: Option<PathBuf>,
    /// Go on when the end is reached, until interrupted
    #[arg(long, short)]
    follow: bool,
    /// Stop after so many entries
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    limit: Option<u64>,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    reach: Reach,
}

pub(super) fn run(feed: &Feed) -> Result<ExitCode> {
    let stop = CancellationToken::new();
    super::runtime()?.block_on(lifecycle::until_told(stop.clone(), async {
        let remote = feed.reach.open()?;
        let reading = Reading::begin(feed)?;
        tokio::select! {
            read = reading.read(&remote) => read,
            () = stop.cancelled() => Ok(()),
        }
    }))
}

/// How far the feed has been read.
struct Reading<'f> {
    feed: &'f Feed,
    last: i64,
    left: u64,
    /// Whether the server has answered once.
    seen: bool,
    table: Table<5>,
}

impl<'f> Reading<'f> {
    fn begin(feed: &'f Feed) -> Result<Self> {
        let last = match (&feed.cursor, feed.from) {
            (Some(file), _) => kept(file)?,
            (None, from) => from.unwrap_or(0),
        };
        let table = Table::headed(["NUMBER", "WHEN", "SHIPMENT", "STATUS", "RECIPIENTS"])
            .at_least([6, 19, 36, 24, 0]);
        Ok(Self { feed, last, left: feed.limit.unwrap_or(u64::MAX), seen: false, table })
    }

    /// Page by page: each is printed before the cursor moves.
    async fn read(mut self, remote: &Remote) -> Result<()> {
        while self.left > 0 {
            let entries = self.page(remote).await?;
            if entries.is_empty() && !self.feed.follow {
                break;
            }
            for entry in &entries {
                self.show(entry)?;
            }
            if let Some(file) = self.feed.cursor.as_ref().filter(|_| !entries.is_empty()) {
                keep(file, self.last)?;
            }
        }
        Ok(())
    }

    /// The next page. A follower that has seen the server once outlives its restarts.
    async fn page(&mut self, remote: &Remote) -> Result<Vec<Value>> {
        let mut pause = PAUSES.into_iter();
        loop {
            let error = match self.ask(remote).await {
                Ok(entries) => {
                    self.seen = true;
                    return Ok(entries);
                }
                Err(error) => error,
            };
            let entry = entry_of(&error);
            let passing = [server::UNREACHABLE, server::INTERRUPTED, server::SERVER_FAILED, server::TOO_MANY];
            let Some(seconds) =
                pause.next().filter(|_| self.feed.follow && self.seen && passing.contains(&entry))
            else {
                return Err(error);
            };
            eprintln!("budstikke: {error} ({}); asking again in {seconds} s", entry.code);
            tokio::time::sleep(Duration::from_secs(seconds)).await;
        }
    }

    async fn ask(&self, remote: &Remote) -> Result<Vec<Value>> {
        let page = PAGE.min(i64::try_from(self.left).unwrap_or(PAGE));
        let wait = if self.feed.follow { PATIENCE } else { 0 };
        let path = format!("future/shipment/feed?seq={}&pageSize={page}&wait={wait}", self.last);
        match remote.json(remote.notify(Method::GET, &path).await?).await? {
            Value::Array(entries) => Ok(entries),
            _ => bail!(server::NOT_UNDERSTOOD.says("the feed is no list")),
        }
    }

    fn show(&mut self, entry: &Value) -> Result<()> {
        let number = entry["sequenceNumber"].as_i64().filter(|number| *number > self.last);
        let number =
            number.context(server::NOT_UNDERSTOOD.says("an entry of the feed has no number of its own"))?;
        let table = &mut self.table;
        self.feed.output.line(entry, || {
            table.row(row(number, entry));
            table.take()
        })?;
        (self.last, self.left) = (number, self.left.saturating_sub(1));
        Ok(())
    }
}

fn row(number: i64, entry: &Value) -> [super::table::Cell; 5] {
    let text = |name: &str| entry[name].as_str().unwrap_or_default();
    let recipients = entry["recipients"].as_array().into_iter().flatten();
    let recipients: Vec<String> = recipients
        .map(|one| {
            format!(
                "{} {}",
                one["destination"].as_str().unwrap_or_default(),
                one["status"].as_str().unwrap_or_default()
            )
        })
        .collect();
    let at = text("lastUpdate").parse().map_or_else(|_| text("lastUpdate").to_owned(), moment);
    [
        number.to_string().into(),
        at.into(),
        text("shipmentId").into(),
        painted(text("status")),
        recipients.join(", ").into(),
    ]
}

/// The number in a cursor file; none is there before the first time.
fn kept(file: &Path) -> Result<i64> {
    let text = match std::fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(0),
        Err(error) => {
            let words = files::FILE_UNREADABLE.says(format!("{} cannot be read", file.display()));
            return Err(error).context(words);
        }
    };
    let number = text.trim().parse().ok().filter(|number| *number >= 0);
    number.with_context(|| files::CURSOR.says(format!("{} holds no number of the feed", file.display())))
}

/// Written whole or not at all.
fn keep(file: &Path, number: i64) -> Result<()> {
    let mut half = file.as_os_str().to_owned();
    half.push(".new");
    let kept = std::fs::write(&half, format!("{number}\n")).and_then(|()| std::fs::rename(&half, file));
    kept.with_context(|| files::FILE_UNWRITABLE.says(format!("{} cannot be written", file.display())))
}
