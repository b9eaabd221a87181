//! What there is about a recipient, in the store. Everything is found by a key or an index.

use jiff::Timestamp;
use store::{FromRow, Result, Row, Tx, params, row};
use types::erasure::{ERASED, Whom};
use types::ids::{NotificationId, OrderId};
use uuid::Uuid;

use crate::access::Creator;
use crate::orders::State;
use crate::sending::Notification;
use crate::trace::recipient_is;

/// The questions about one kind of knowledge.
pub(super) struct By {
    /// A page of notifications, the latest first.
    page: &'static str,
    /// Some that are over, see [`is_over`](super::model::is_over).
    over: &'static str,
}

/// Notifications on a page.
pub(super) const PAGE: usize = 200;
/// Notifications erased in one commit at most.
pub(super) const BATCH: usize = 50;

macro_rules! by {
    ($kind:ident) => {
        By {
            page: concat!(
                "SELECT n.* FROM notify_notifications n WHERE ",
                recipient_is!($kind),
                " AND n.created <= $2 AND (n.created < $2 OR n.id < $3)
                ORDER BY n.created DESC, n.id DESC LIMIT 200"
            ),
            over: concat!(
                "SELECT n.id FROM notify_notifications n WHERE ",
                recipient_is!($kind),
                " AND (n.final = 1 OR n.result = 'Succeeded' AND n.expires < $2)
                ORDER BY n.created LIMIT 50"
            ),
        }
    };
}

const BY_NUMBER: By = by!(number);
const BY_ADDRESS: By = by!(address);
const BY_IDENTITY: By = by!(identity);

/// How notifications to somebody are looked for.
pub(super) const fn by(whom: &Whom) -> &'static By {
    match whom {
        Whom::Email(_) => &BY_ADDRESS,
        Whom::Phone(_) => &BY_NUMBER,
        Whom::Person(_) | Whom::Organization(_) => &BY_IDENTITY,
    }
}

/// Where a page begins.
pub(super) type Place = (Timestamp, Uuid);
/// Before the latest.
pub(super) const NEWEST: Place = (Timestamp::MAX, Uuid::max());

/// Notifications that went to a key, the latest first, older than a place.
pub(super) fn page(tx: &mut Tx<'_>, by: &By, key: &str, (at, id): Place) -> Result<Vec<Notification>> {
    tx.all(by.page, params![key, at, id])
}

/// Some that are over, in the order in which they are held.
pub(super) fn over(tx: &mut Tx<'_>, by: &By, key: &str, before: Timestamp) -> Result<Vec<NotificationId>> {
    let mut found: Vec<NotificationId> = tx.all(by.over, params![key, before])?;
    found.sort_unstable_by_key(|id| id.uuid());
    Ok(found)
}

/// How many lines of the log, attempts and reports there are about a notification.
pub(super) fn notes(tx: &mut Tx<'_>, id: NotificationId) -> Result<(i64, i64, i64)> {
    const SQL: &str = "SELECT (SELECT count(*) FROM notify_log WHERE notification = $1),
        (SELECT count(*) FROM attempts WHERE subject = $1),
        (SELECT count(*) FROM notify_reports WHERE notification = $1)";
    tx.one(SQL, params![id])
}

/// Removes the same, and answers how many there were.
pub(super) fn remove_notes(tx: &mut Tx<'_>, gone: &[Notification]) -> Result<(i64, i64, i64)> {
    let rows: Vec<_> = gone.iter().map(|notification| row![notification.id]).collect();
    let mut remove = |sql| Ok::<_, store::Error>(total(&tx.each(sql, &rows)?));
    Ok((
        remove("DELETE FROM notify_log WHERE notification = $1")?,
        remove("DELETE FROM attempts WHERE subject = $1")?,
        remove("DELETE FROM notify_reports WHERE notification = $1")?,
    ))
}

fn total(changed: &[u64]) -> i64 {
    i64::try_from(changed.iter().sum::<u64>()).unwrap_or(i64::MAX)
}

/// Overwrites what notifications say of somebody; `identity` is what each is still named by.
pub(super) fn erase(
    tx: &mut Tx<'_>,
    gone: &[Notification],
    identity: impl Fn(&Notification) -> Option<String>,
) -> Result<()> {
    const SQL: &str = "UPDATE notify_notifications
        SET destination = CASE WHEN destination = '' THEN '' ELSE $2 END, identity = $3,
            subject = NULL, body = NULL, reference = NULL
        WHERE id = $1";
    let left: Vec<_> = gone.iter().map(|notification| (notification.id, identity(notification))).collect();
    let rows: Vec<_> = left.iter().map(|(id, identity)| row![id, ERASED, identity]).collect();
    tx.each(SQL, &rows)?;
    Ok(())
}

/// An order, as far as it is needed here.
pub(super) struct OrderRow {
    pub(super) creator: Creator,
    pub(super) state: State,
    pub(super) content: String,
    pub(super) changed: Timestamp,
}

impl FromRow for OrderRow {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self {
            creator: row.get("creator")?,
            state: row.get("state")?,
            content: row.get("content")?,
            changed: row.get("changed")?,
        })
    }
}

/// An order, held until the commit.
pub(super) fn hold_order(tx: &mut Tx<'_>, id: OrderId) -> Result<Option<OrderRow>> {
    const SQL: &str = "SELECT creator, state, content, changed FROM notify_orders WHERE id = $1 FOR UPDATE";
    tx.optional(SQL, params![id])
}

/// The same, only read.
pub(super) fn order(tx: &mut Tx<'_>, id: OrderId) -> Result<Option<OrderRow>> {
    tx.optional("SELECT creator, state, content, changed FROM notify_orders WHERE id = $1", params![id])
}

/// Writes an order's content over.
pub(super) fn set_content(tx: &mut Tx<'_>, id: OrderId, content: &str) -> Result<()> {
    tx.execute("UPDATE notify_orders SET content = $2 WHERE id = $1", params![id, content])?;
    Ok(())
}

/// Removes what an order said to nobody else: texts, files, and what was noted about it. Answers how many notes.
pub(super) fn empty_order(tx: &mut Tx<'_>, id: OrderId, no_texts: &str) -> Result<i64> {
    tx.execute("UPDATE notify_orders SET texts = $2 WHERE id = $1", params![id, no_texts])?;
    tx.execute("DELETE FROM notify_attachments WHERE order_id = $1", params![id])?;
    let notes = tx.execute("DELETE FROM notify_timeline WHERE order_id = $1", params![id])?;
    Ok(i64::try_from(notes).unwrap_or(i64::MAX))
}

/// How much is noted about an order.
pub(super) fn timeline(tx: &mut Tx<'_>, id: OrderId) -> Result<i64> {
    tx.one("SELECT count(*) FROM notify_timeline WHERE order_id = $1", params![id])
}

/// Whether an order has a notification that has not been erased, or may still be sent.
pub(super) fn any_left(tx: &mut Tx<'_>, id: OrderId) -> Result<bool> {
    const SQL: &str = "SELECT 1 FROM notify_notifications
        WHERE order_id = $1 AND destination <> $2 AND (final = 0 OR destination <> '') LIMIT 1";
    Ok(tx.optional::<i64>(SQL, params![id, ERASED])?.is_some())
}

/// What the feed says of an order.
pub(super) fn feed_entry(tx: &mut Tx<'_>, id: OrderId) -> Result<Option<String>> {
    tx.optional("SELECT entry FROM notify_feed WHERE order_id = $1", params![id])
}

/// Writes over what is told of an order: in the feed, among what waits for its number there, and in the news for
/// webhooks. Answers how many entries of the feed it were.
pub(super) fn rewrite_entries(
    tx: &mut Tx<'_>,
    id: OrderId,
    changed: Timestamp,
    rewrite: impl Fn(&str) -> Option<String>,
) -> Result<i64> {
    const WAITING: &str =
        "SELECT entry FROM notify_feed_waiting WHERE created = $1 AND order_id = $2 FOR UPDATE";
    const SET_WAITING: &str =
        "UPDATE notify_feed_waiting SET entry = $3 WHERE created = $1 AND order_id = $2";
    const NEWS: &str = "SELECT entry FROM notify_news WHERE order_id = $1 AND entry IS NOT NULL LIMIT 1";
    const SET_NEWS: &str = "UPDATE notify_news SET entry = $2 WHERE order_id = $1 AND entry IS NOT NULL";
    let mut count = 0;
    // Whoever gives numbers may be moving it just now: then it is in the feed when we look there.
    let waiting: Option<String> = tx.optional(WAITING, params![changed, id])?;
    if let Some(entry) = waiting.as_deref().and_then(&rewrite) {
        tx.execute(SET_WAITING, params![changed, id, entry])?;
        count += 1;
    }
    if let Some(entry) = feed_entry(tx, id)?.as_deref().and_then(&rewrite) {
        tx.execute("UPDATE notify_feed SET entry = $2 WHERE order_id = $1", params![id, entry])?;
        count += 1;
    }
    let news: Option<String> = tx.optional(NEWS, params![id])?;
    if let Some(entry) = news.as_deref().and_then(&rewrite) {
        tx.execute(SET_NEWS, params![id, entry])?;
    }
    Ok(count)
}

#[cfg(test)]
mod tests {
    use testkit::{on_every_store, plan};

    use super::*;

    on_every_store! {
        async fn nothing_about_a_recipient_is_looked_for_without_an_index(store: Store) {
            let look = |tx: &mut Tx<'_>| {
                let id = Uuid::from_u128(7);
                for (by, index) in [
                    (&BY_NUMBER, "notify_notifications_number"),
                    (&BY_ADDRESS, "notify_notifications_address"),
                    (&BY_IDENTITY, "notify_notifications_identity"),
                ] {
                    plan::of_an_index(tx, by.page, params!["a", Timestamp::UNIX_EPOCH, id], index)?;
                    plan::of_an_index(tx, by.over, params!["a", Timestamp::UNIX_EPOCH], index)?;
                }
                let news = "SELECT entry FROM notify_news WHERE order_id = $1 AND entry IS NOT NULL LIMIT 1";
                plan::of_an_index(tx, news, params![id], "notify_news_order")
            };
            store.write(look).await.expect("plans");
        }
    }
}
