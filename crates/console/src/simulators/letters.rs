//! Captured e-mails as an inbox would show them, whichever simulator they came to.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use ::simulators::{MailCloud, SmtpSink, mail_cloud, smtp_sink};
use jiff::Timestamp;

use crate::language::Language;
use crate::moment::when;
use crate::plot::bytes;

/// E-mails in the list, at most.
const LISTED: usize = 100;
/// Letters of a text that the list shows.
const BEGINNING: usize = 120;

/// Where an e-mail came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// The mail server.
    Server,
    /// The cloud mail service.
    Cloud,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Server => "server",
            Self::Cloud => "cloud",
        })
    }
}

impl FromStr for Source {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        [Self::Server, Self::Cloud].into_iter().find(|source| source.to_string() == text).ok_or(())
    }
}

/// An e-mail.
#[derive(Clone, Debug)]
pub(super) struct Letter {
    pub source: Source,
    pub number: u64,
    pub at: Timestamp,
    pub from: String,
    pub to: Vec<String>,
    pub subject: String,
    pub text: Option<String>,
    pub html: Option<String>,
    pub attachments: Vec<File>,
    pub headers: Vec<(String, String)>,
    /// Whether the service took it.
    pub taken: bool,
    /// Bytes as it came, where those are kept.
    pub raw_bytes: Option<usize>,
}

/// A file that came along.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct File {
    pub name: String,
    pub kind: String,
    pub bytes: usize,
}

impl Letter {
    /// How the text begins, in one line.
    pub(super) fn beginning(&self) -> String {
        let text = self.text.as_deref().unwrap_or_default();
        let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let mut letters = words.chars();
        let begin: String = letters.by_ref().take(BEGINNING).collect();
        if letters.next().is_some() { begin + "…" } else { begin }
    }

    /// When it came, for people.
    pub(super) fn when(&self) -> String {
        when(self.at)
    }

    /// How large its files are, and the whole where that is kept.
    pub(super) fn sizes(&self, lang: Language) -> (Vec<String>, Option<String>) {
        #[expect(clippy::cast_precision_loss, reason = "simulated e-mails are small")]
        let size = |size: usize| bytes(size as f64, lang);
        (self.attachments.iter().map(|file| size(file.bytes)).collect(), self.raw_bytes.map(size))
    }

    /// Everybody it is for.
    pub(super) fn everybody(&self) -> String {
        self.to.join(", ")
    }

    fn is_for(&self, sought: &str) -> bool {
        let sought = sought.to_lowercase();
        self.to.iter().any(|to| to.to_lowercase().contains(&sought))
    }

    fn of_server(number: u64, mail: &smtp_sink::Email) -> Self {
        let smtp_sink::Content { subject, from, text, html, attachments, .. } = &mail.content;
        let file = |file: &smtp_sink::Attachment| File {
            name: file.name.clone().unwrap_or_default(),
            kind: file.content_type.clone(),
            bytes: file.bytes,
        };
        Self {
            source: Source::Server,
            number,
            at: mail.at,
            from: from.clone().unwrap_or_else(|| mail.from.clone()),
            to: mail.recipients.iter().map(|to| to.address.clone()).collect(),
            subject: subject.clone().unwrap_or_default(),
            text: text.clone(),
            html: html.clone(),
            attachments: attachments.iter().map(file).collect(),
            headers: mail.headers(),
            taken: true,
            raw_bytes: Some(mail.raw.len()),
        }
    }

    fn of_cloud(number: u64, mail: &mail_cloud::Mail) -> Self {
        let file = |file: &mail_cloud::File| File {
            name: file.name.clone(),
            kind: file.content_type.clone(),
            bytes: file.size,
        };
        let mut headers: Vec<_> = mail.headers.clone().into_iter().collect();
        headers.sort();
        Self {
            source: Source::Cloud,
            number,
            at: mail.at,
            from: mail.sender.clone(),
            to: vec![mail.recipient.clone()],
            subject: mail.subject.clone(),
            text: mail.plain_text.clone(),
            html: mail.html.clone(),
            attachments: mail.attachments.iter().map(file).collect(),
            headers,
            taken: mail.taken,
            raw_bytes: None,
        }
    }
}

/// The inbox: both simulators' e-mails to whom the search fits, the latest first.
pub(super) fn inbox(server: Option<&SmtpSink>, cloud: Option<&MailCloud>, sought: &str) -> Vec<Letter> {
    let numbered = |(number, mail): (u64, Arc<smtp_sink::Email>)| Letter::of_server(number, &mail);
    let here = server.map(|server| server.captured().since(0)).unwrap_or_default();
    let mut all: Vec<Letter> = latest(here).map(numbered).collect();
    let numbered = |(number, mail): (u64, Arc<mail_cloud::Mail>)| Letter::of_cloud(number, &mail);
    let there = cloud.map(|cloud| cloud.captured().since(0)).unwrap_or_default();
    all.extend(latest(there).map(numbered));
    all.retain(|letter| letter.is_for(sought));
    all.sort_by_key(|letter| std::cmp::Reverse(letter.at));
    all.truncate(LISTED);
    all
}

/// Only so many are taken apart, or a full inbox would be slow.
fn latest<T>(all: Vec<T>) -> impl Iterator<Item = T> {
    all.into_iter().rev().take(LISTED * 10)
}

/// One e-mail, while it is kept.
pub(super) fn letter(
    server: Option<&SmtpSink>,
    cloud: Option<&MailCloud>,
    source: Source,
    number: u64,
) -> Option<Letter> {
    match source {
        Source::Server => Some(Letter::of_server(number, &*server?.captured().get(number)?)),
        Source::Cloud => Some(Letter::of_cloud(number, &*cloud?.captured().get(number)?)),
    }
}

/// A file of an e-mail: its name and its bytes.
pub(super) fn attachment(
    server: Option<&SmtpSink>,
    cloud: Option<&MailCloud>,
    source: Source,
    number: u64,
    index: usize,
) -> Option<(String, Vec<u8>)> {
    match source {
        Source::Server => {
            let mail = server?.captured().get(number)?;
            let name = mail.content.attachments.get(index)?.name.clone().unwrap_or_default();
            Some((name, mail.attachment(index)?))
        }
        Source::Cloud => {
            let mail = cloud?.captured().get(number)?;
            let file = mail.attachments.get(index)?;
            Some((file.name.clone(), file.content.clone()))
        }
    }
}
