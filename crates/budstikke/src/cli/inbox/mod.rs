//! `budstikke inbox`: messages that came in, from the first look to the end.

mod pop;
mod unpack;

use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::{Args, Subcommand};
use reqwest::Method;
use serde_json::Value;

use super::output::{Output, harmless};
use super::remote::{Reach, Remote, segment};
use super::table::Table;
use crate::catalogue::entries::server;

/// Looks at, takes and removes messages that came in.
///
/// The way is peek, pop, delete: peek locks a message for some minutes so that nobody else gets it, pop brings its
/// files and may be repeated, delete says that you have it and tells its sender LEVERT. unlock gives it back.
#[derive(Args)]
#[command(after_help = "Examples:\n  \
    budstikke inbox list\n  \
    ID=$(budstikke inbox peek --quiet) && budstikke inbox pop \"$ID\" --unpack \"inn/$ID\" && budstikke inbox delete \"$ID\"")]
pub(crate) struct Inbox {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    #[command(about = "List what waits, locked or not; locks nothing")]
    List(List),
    #[command(about = "Lock the next message and show its envelope; exit code 4 when none waits")]
    Peek(Peek),
    #[command(about = "Bring the files of a peeked message, as the container or unpacked")]
    Pop(pop::Pop),
    #[command(about = "Say that a peeked message has been taken care of")]
    #[command(after_help = "Examples:\n  budstikke inbox delete 0198a7c2-…")]
    Delete(One),
    #[command(about = "Give a peeked message back")]
    #[command(after_help = "Examples:\n  budstikke inbox unlock 0198a7c2-…")]
    Unlock(One),
}

#[derive(Args)]
#[command(after_help = "Examples:\n  \
    budstikke inbox list\n  \
    budstikke inbox list --service DPO --json")]
struct List {
    /// Messages at most
    #[arg(long, default_value_t = 100, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
    limit: u32,
    #[command(flatten)]
    filter: Filter,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    reach: Reach,
}

#[derive(Args)]
#[command(after_help = "Examples:\n  \
    budstikke inbox peek\n  \
    budstikke inbox peek --quiet --process urn:no:difi:profile:avtalt:avtalt:ver1.0")]
struct Peek {
    /// Print the message id alone
    #[arg(long, short, conflicts_with = "json")]
    quiet: bool,
    #[command(flatten)]
    filter: Filter,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    reach: Reach,
}

#[derive(Args)]
struct One {
    /// The message id
    #[arg(value_name = "ID")]
    id: String,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    reach: Reach,
}

/// Which messages.
#[derive(Args)]
struct Filter {
    /// Only over this channel: DPO, DPV, DPI, DPF, DPE or DPH
    #[arg(long, value_name = "CHANNEL")]
    service: Option<String>,
    /// Only of this process
    #[arg(long, value_name = "URN")]
    process: Option<String>,
    /// Only from this sender, with its scheme
    #[arg(long, value_name = "ID")]
    from: Option<String>,
    /// Only of this conversation
    #[arg(long, value_name = "UUID")]
    conversation: Option<String>,
}

impl Filter {
    fn query(&self) -> String {
        let all = [
            ("serviceIdentifier", &self.service),
            ("process", &self.process),
            ("senderIdentifier", &self.from),
            ("conversationId", &self.conversation),
        ];
        let given = all.into_iter().filter_map(|(name, value)| Some((name, value.as_ref()?)));
        given.map(|(name, value)| format!("&{name}={}", segment(value))).collect()
    }
}

pub(super) fn run(inbox: &Inbox) -> Result<ExitCode> {
    super::runtime()?.block_on(async {
        match &inbox.what {
            What::List(wanted) => list(wanted).await?,
            What::Peek(wanted) => peek(wanted).await?,
            What::Pop(wanted) => wanted.pop().await?,
            What::Delete(one) => {
                let path = format!("messages/in/{}", segment(&one.id));
                change(one, Method::DELETE, &path, "taken; its sender is told LEVERT").await?;
            }
            What::Unlock(one) => {
                let path = format!("messages/in/{}/lock", segment(&one.id));
                change(one, Method::DELETE, &path, "given back").await?;
            }
        }
        Ok(ExitCode::SUCCESS)
    })
}

async fn list(wanted: &List) -> Result<()> {
    let remote = wanted.reach.open()?;
    let path = format!("messages/in?size={}{}", wanted.limit, wanted.filter.query());
    let page = remote.json(remote.exchange(Method::GET, &path)?).await?;
    wanted.output.show(&page["content"], || {
        let mut table = Table::headed(["MESSAGE", "FROM", "KIND", "PROCESS"]);
        for sbd in page["content"].as_array().into_iter().flatten() {
            let told = Told::of(sbd);
            table.row([told.id.into(), told.from.into(), told.kind.into(), told.process.into()]);
        }
        if table.is_empty() { "no message waits\n".to_owned() } else { table.take() }
    })
}

async fn peek(wanted: &Peek) -> Result<()> {
    let remote = wanted.reach.open()?;
    let query = wanted.filter.query();
    let path = format!("messages/in/peek?{}", query.trim_start_matches('&'));
    let sbd = remote.json(remote.exchange(Method::GET, &path)?).await?;
    if sbd.is_null() {
        bail!(server::INBOX_EMPTY.says("no message waits"));
    }
    wanted.output.show(&sbd, || {
        let told = Told::of(&sbd);
        if wanted.quiet {
            return format!("{}\n", harmless(told.id));
        }
        let mut table = Table::plain();
        for (name, value) in [
            ("message", told.id),
            ("conversation", told.conversation),
            ("from", told.from),
            ("kind", told.kind),
            ("process", told.process),
        ] {
            table.row([name.into(), value.into()]);
        }
        table.take()
    })
}

async fn change(one: &One, method: Method, path: &str, done: &str) -> Result<()> {
    let remote: Remote = one.reach.open()?;
    remote.send(remote.exchange(method, path)?).await?;
    let told = serde_json::json!({ "messageId": one.id, "done": done });
    one.output.show(&told, || format!("{done}\n"))
}

/// What an envelope says.
struct Told<'s> {
    id: &'s str,
    conversation: &'s str,
    from: &'s str,
    kind: &'s str,
    process: &'s str,
}

impl<'s> Told<'s> {
    fn of(sbd: &'s Value) -> Self {
        let header = &sbd["standardBusinessDocumentHeader"];
        let text = |value: &'s Value| value.as_str().unwrap_or_default();
        let document = &header["documentIdentification"];
        let scopes = header["businessScope"]["scope"].as_array().into_iter().flatten();
        let mut conversations = scopes.filter(|scope| scope["type"] == "ConversationId");
        let scope = conversations.next().unwrap_or(&Value::Null);
        Self {
            id: text(&document["instanceIdentifier"]),
            conversation: text(&scope["instanceIdentifier"]),
            from: text(&header["sender"][0]["identifier"]["value"]),
            kind: text(&document["type"]),
            process: text(&scope["identifier"]),
        }
    }
}
