//! Looking for entries: the newest first, a bounded stretch of the chain at a time, so that a search for what is
//! not there costs no more than one for what is.

use jiff::Timestamp;
use store::{Result, Tx, params};

use crate::model::Link;
use crate::sql::head;

/// Links that are looked at for one answer.
const STRETCH: i64 = 20_000;

/// What is looked for. What is empty counts for nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// A part of the actor, in any case.
    pub actor: String,
    /// The action, see [`crate::Action::as_str`].
    pub action: String,
    /// A part of the subject, in any case.
    pub subject: String,
    /// Not before this moment.
    pub from: Option<Timestamp>,
    /// Before this moment.
    pub until: Option<Timestamp>,
}

/// What was found, the newest first.
#[derive(Clone, Debug)]
pub struct Found {
    /// The links.
    pub links: Vec<Link>,
    /// Where to look on: links up to this number; none when the beginning has been reached.
    pub older: Option<i64>,
}

/// Looks at links up to number `up_to` (the last one for none), for up to `max` that fit.
pub fn find(tx: &mut Tx<'_>, wanted: &Wanted, up_to: Option<i64>, max: u32) -> Result<Found> {
    const SQL: &str = "SELECT number, id, at, actor, action, subject, detail, hash FROM audit_log
        WHERE number > $1 AND number <= $2
            AND ($3 = '' OR LOWER(actor) LIKE $3 ESCAPE '!')
            AND ($4 = '' OR action = $4)
            AND ($5 = '' OR LOWER(subject) LIKE $5 ESCAPE '!')
            AND at >= $6 AND at < $7
        ORDER BY number DESC LIMIT $8";
    let mut top = up_to.unwrap_or(i64::MAX).min(head(tx)?.number);
    if let Some(until) = wanted.until {
        top = top.min(number_at(tx, top, until)?);
    }
    let bottom = (top - STRETCH).max(0);
    let (from, until) = (wanted.from.unwrap_or(Timestamp::MIN), wanted.until.unwrap_or(Timestamp::MAX));
    let (actor, subject) = (pattern(&wanted.actor), pattern(&wanted.subject));
    let links: Vec<Link> =
        tx.all(SQL, params![bottom, top, actor, wanted.action, subject, from, until, max])?;
    let full = links.len() == usize::try_from(max).unwrap_or(usize::MAX);
    let reached = if full { links.last().map_or(bottom, |last| last.number - 1) } else { bottom };
    let before_all = match wanted.from {
        Some(from) => reached > 0 && at(tx, reached)?.is_some_and(|at| at < from),
        None => false,
    };
    Ok(Found { links, older: Some(reached).filter(|reached| *reached > 0 && !before_all) })
}

/// A number with everything that happened before the moment at or below it. Links stand in the order in which
/// they were added, which is that of their moments but for a few seconds: those are let through on top.
fn number_at(tx: &mut Tx<'_>, top: i64, moment: Timestamp) -> Result<i64> {
    const SLACK: i64 = 1_000;
    let (mut low, mut high) = (0, top);
    while low < high {
        let middle = low + (high - low + 1) / 2;
        if at(tx, middle)?.is_some_and(|at| at < moment) { low = middle } else { high = middle - 1 }
    }
    Ok((low + SLACK).min(top))
}

/// When the link of this number happened.
fn at(tx: &mut Tx<'_>, number: i64) -> Result<Option<Timestamp>> {
    tx.optional("SELECT at FROM audit_log WHERE number = $1", params![number])
}

/// Somewhere in the text; nothing for nothing.
fn pattern(text: &str) -> String {
    let text = text.trim().to_lowercase();
    if text.is_empty() {
        return text;
    }
    let plain = text.replace('!', "!!").replace('%', "!%").replace('_', "!_");
    format!("%{plain}%")
}

#[cfg(test)]
mod tests {
    use store::{Options, Store};
    use uuid::Uuid;

    use super::*;
    use crate::{Action, Entry, link_all, record};

    async fn log(count: u32) -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(&folder.path().join("db"), Options::default()).expect("a store");
        let begin: Timestamp = "2026-03-02T10:00:00Z".parse().expect("a moment");
        let entries: Vec<Entry> = (0..count)
            .map(|n| {
                let at = begin + std::time::Duration::from_secs(u64::from(n) * 60);
                let (actor, action) = if n % 10 == 0 {
                    ("operator Kari_1", Action::SignedIn)
                } else {
                    ("fjord", Action::Operated)
                };
                Entry::new(Uuid::from_u128(u128::from(n)), at, actor, action, &format!("subject {n}"), "")
            })
            .collect();
        let written: Result<()> = store.write(move |tx| record(tx, &entries)).await;
        written.expect("entries");
        link_all(&store).await.expect("a chain");
        (folder, store)
    }

    async fn found(store: &Store, wanted: Wanted, up_to: Option<i64>, max: u32) -> (Vec<i64>, Option<i64>) {
        let found: Result<Found> = store.read(move |tx| find(tx, &wanted, up_to, max)).await;
        let found = found.expect("an answer");
        (found.links.iter().map(|link| link.number).collect(), found.older)
    }

    #[tokio::test]
    async fn the_newest_come_first_and_pages_follow_without_holes() {
        let (_folder, store) = log(25).await;
        let all = Wanted::default();
        assert_eq!(found(&store, all.clone(), None, 10).await, ((16..=25).rev().collect(), Some(15)));
        assert_eq!(found(&store, all.clone(), Some(15), 10).await, ((6..=15).rev().collect(), Some(5)));
        assert_eq!(found(&store, all, Some(5), 10).await, ((1..=5).rev().collect(), None));
    }

    #[tokio::test]
    async fn actor_action_subject_and_time_narrow_it_down() {
        let (_folder, store) = log(25).await;
        let kari = Wanted { actor: "kari_".to_owned(), ..Wanted::default() };
        assert_eq!(found(&store, kari.clone(), None, 10).await.0, [21, 11, 1]);
        let percent = Wanted { actor: "k%i".to_owned(), ..Wanted::default() };
        assert!(found(&store, percent, None, 10).await.0.is_empty(), "a sign is a sign");
        let signed_in = Wanted { action: "signed_in".to_owned(), ..Wanted::default() };
        assert_eq!(found(&store, signed_in, None, 2).await, (vec![21, 11], Some(10)));
        let subject = Wanted { subject: "SUBJECT 7".to_owned(), ..Wanted::default() };
        assert_eq!(found(&store, subject, None, 10).await.0, [8]);
        let at = |text: &str| text.parse().ok();
        let (from, until) = (at("2026-03-02T10:05:00Z"), at("2026-03-02T10:11:00Z"));
        let between = Wanted { from, until, ..kari };
        assert_eq!(found(&store, between, None, 10).await.0, [11]);
        let minutes = Wanted { from, until, ..Wanted::default() };
        assert_eq!(found(&store, minutes, None, 10).await.0, [11, 10, 9, 8, 7, 6]);
    }
}
