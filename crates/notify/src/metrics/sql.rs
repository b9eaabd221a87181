//! Figures and yesterday's rows in the store.

use std::collections::BTreeMap;

use jiff::Timestamp;
use store::{FromRow, Result, Row, Tx, params};
use types::ids::NotificationId;

use super::day::{ByCreator, Day, Figures};
use crate::access::Creator;
use crate::orders::kept;

/// Adds up orders whose time lies in a stretch, and their notifications.
pub(super) fn count(tx: &mut Tx<'_>, from: Timestamp, to: Timestamp) -> Result<ByCreator> {
    const ORDERS: &str = "SELECT creator, count(*) FROM notify_orders
        WHERE requested >= $1 AND requested < $2 GROUP BY creator";
    const NOTIFICATIONS: &str = "SELECT n.creator, n.channel, n.result, count(*),
            CAST(sum(coalesce(n.parts, 1)) AS BIGINT)
        FROM notify_orders o JOIN notify_notifications n ON n.order_id = o.id
        WHERE o.requested >= $1 AND o.requested < $2 GROUP BY n.creator, n.channel, n.result";
    let mut all = ByCreator::new();
    for (creator, orders) in tx.all::<(Creator, i64)>(ORDERS, params![from, to])? {
        all.entry(creator).or_default().orders += orders;
    }
    let counted = tx.all::<(Creator, String, String, i64, i64)>(NOTIFICATIONS, params![from, to])?;
    for (creator, channel, result, count, parts) in counted {
        let figures = all.entry(creator).or_default();
        if channel == "sms" {
            figures.sms_parts += parts;
            figures.sms_succeeded += if matches!(&*result, "Accepted" | "Delivered") { count } else { 0 };
        } else {
            figures.emails += count;
            figures.emails_succeeded += if matches!(&*result, "Succeeded" | "Delivered") { count } else { 0 };
        }
    }
    Ok(all)
}

/// The time of the earliest order.
pub(super) fn earliest(tx: &mut Tx<'_>) -> Result<Option<Timestamp>> {
    tx.optional("SELECT requested FROM notify_orders ORDER BY requested LIMIT 1", params![])
}

/// When each of these days was last counted, by the day's first moment.
pub(super) fn counted(tx: &mut Tx<'_>, first: Day, last: Day) -> Result<BTreeMap<Timestamp, Timestamp>> {
    const SQL: &str = "SELECT day, counted FROM notify_days_counted WHERE day >= $1 AND day <= $2";
    let rows: Vec<(Timestamp, Timestamp)> = tx.all(SQL, params![first.begins(), last.begins()])?;
    Ok(rows.into_iter().collect())
}

/// Keeps the figures of a day. Creators do not vanish, so there is nothing to remove.
pub(super) fn keep(tx: &mut Tx<'_>, day: Day, all: &ByCreator, now: Timestamp) -> Result<()> {
    const FIGURES: &str = "INSERT INTO notify_days
            (day, creator, orders, emails, emails_succeeded, sms_parts, sms_succeeded)
        VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (day, creator) DO UPDATE SET
            orders = excluded.orders, emails = excluded.emails,
            emails_succeeded = excluded.emails_succeeded, sms_parts = excluded.sms_parts,
            sms_succeeded = excluded.sms_succeeded";
    const COUNTED: &str = "INSERT INTO notify_days_counted (day, counted) VALUES ($1, $2)
        ON CONFLICT (day) DO UPDATE SET counted = excluded.counted";
    let day = day.begins();
    for (creator, figures) in all {
        let Figures { orders, emails, emails_succeeded, sms_parts, sms_succeeded } = figures;
        let values = params![day, creator, orders, emails, emails_succeeded, sms_parts, sms_succeeded];
        tx.execute(FIGURES, values)?;
    }
    tx.execute(COUNTED, params![day, now])?;
    Ok(())
}

struct Kept(Creator, Figures);

impl FromRow for Kept {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        let figures = Figures {
            orders: row.get("orders")?,
            emails: row.get("emails")?,
            emails_succeeded: row.get("emails_succeeded")?,
            sms_parts: row.get("sms_parts")?,
            sms_succeeded: row.get("sms_succeeded")?,
        };
        Ok(Self(row.get("creator")?, figures))
    }
}

/// Adds up the figures that are kept of days.
pub(super) fn add_kept(tx: &mut Tx<'_>, first: Day, last: Day, all: &mut ByCreator) -> Result<()> {
    const SQL: &str = "SELECT * FROM notify_days WHERE day >= $1 AND day <= $2";
    let rows: Vec<Kept> = tx.all(SQL, params![first.begins(), last.begins()])?;
    for Kept(creator, figures) in rows {
        *all.entry(creator).or_default() += figures;
    }
    Ok(())
}

/// A notification that has ended, and what exports say of its order.
pub(super) struct Ended {
    pub(super) id: NotificationId,
    pub(super) creator: Creator,
    pub(super) result: String,
    pub(super) reference: Option<String>,
    pub(super) destination: String,
    pub(super) parts: Option<i32>,
    pub(super) own_body: Option<String>,
    pub(super) changed: Timestamp,
    pub(super) senders_reference: Option<String>,
    pub(super) requested: Timestamp,
    pub(super) resource: Option<String>,
    /// The order's texts, as they are kept.
    pub(super) texts: String,
}

impl FromRow for Ended {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        let older: Option<String> = row.get("older_content")?;
        let resource = match older {
            Some(content) => kept::read_asked(&content).and_then(|asked| asked.resource),
            None => row.get("resource")?,
        };
        let parts: Option<i64> = row.get("parts")?;
        Ok(Self {
            id: row.get("id")?,
            creator: row.get("creator")?,
            result: row.get("result")?,
            reference: row.get("reference")?,
            destination: row.get("destination")?,
            parts: parts.map(|parts| i32::try_from(parts).unwrap_or(i32::MAX)),
            own_body: row.get("body")?,
            changed: row.get("changed")?,
            senders_reference: row.get("senders_reference")?,
            requested: row.get("requested")?,
            resource,
            texts: row.get("texts")?,
        })
    }
}

/// Notifications read at once.
pub(super) const AT_ONCE: usize = 5000;

/// Notifications of a channel that ended on a day, in the order of their ends, from behind one on.
pub(super) fn ended_on(
    tx: &mut Tx<'_>,
    channel: &'static str,
    day: Day,
    behind: (Timestamp, NotificationId),
) -> Result<Vec<Ended>> {
    // The limit stands in the text, so that planners know how little is wanted.
    const SQL: &str =
        "SELECT n.id, n.creator, n.result, n.reference, n.destination, n.parts, n.body, n.changed,
            o.senders_reference, o.requested, o.resource, o.texts,
            CASE WHEN o.channels IS NULL THEN o.content END AS older_content
        FROM notify_notifications n JOIN notify_orders o ON o.id = n.order_id
        WHERE n.final = 1 AND n.channel = $1 AND n.changed < $2 AND (n.changed, n.id) > ($3, $4)
        ORDER BY n.changed, n.id LIMIT 5000";
    let ((changed, id), ends) = (behind, day.ends());
    tx.all(SQL, params![channel, ends, changed, id])
}
