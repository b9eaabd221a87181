//! News in the store: written inside the commit that makes it true.

use jiff::Timestamp;
use store::{Engine, FromRow, Result, Row, ToValue as _, Tx, Value, params};
use types::ids::{NotificationId, OrderId};
use uuid::Uuid;

use crate::access::Creator;
use crate::recipients::Channel;
use crate::sending::Standing;

/// A text for each engine. With one writer the next number is the largest and one; where several write
/// side by side the database's own clock, read after the rows are locked, follows the order of changes to
/// each row.
struct PerEngine {
    sqlite: &'static str,
    postgres: &'static str,
}

impl PerEngine {
    fn of(&self, tx: &Tx<'_>) -> &'static str {
        match tx.engine() {
            Engine::Sqlite => self.sqlite,
            Engine::Postgres => self.postgres,
        }
    }
}

const OF_NOTIFICATION: PerEngine = PerEngine {
    sqlite: "INSERT INTO notify_news (number, place, subject, result, creator, order_id, at)
        SELECT (SELECT coalesce(max(number), 0) + 1 FROM notify_news), $2, n.id, $3, n.creator, n.order_id, $4
        FROM notify_notifications n WHERE n.id = $1 AND EXISTS
            (SELECT 1 FROM webhooks_subscriptions s WHERE s.owner = 'notify:' || n.creator)",
    postgres: "INSERT INTO notify_news (number, place, subject, result, creator, order_id, at)
        SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT), CAST($2 AS BIGINT), n.id,
            CAST($3 AS TEXT), n.creator, n.order_id, CAST($4 AS BIGINT)
        FROM notify_notifications n WHERE n.id = $1 AND EXISTS
            (SELECT 1 FROM webhooks_subscriptions s WHERE s.owner = 'notify:' || n.creator)",
};

const OF_ORDER: PerEngine = PerEngine {
    sqlite: "INSERT INTO notify_news (number, place, subject, result, creator, order_id, at, entry)
        SELECT (SELECT coalesce(max(number), 0) + 1 FROM notify_news), 0, $1, $2, $3, $1, $4, $5
        WHERE EXISTS (SELECT 1 FROM webhooks_subscriptions s WHERE s.owner = $6)",
    postgres: "INSERT INTO notify_news (number, place, subject, result, creator, order_id, at, entry)
        SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT), 0, CAST($1 AS BYTEA),
            CAST($2 AS TEXT), CAST($3 AS TEXT), CAST($1 AS BYTEA), CAST($4 AS BIGINT), CAST($5 AS TEXT)
        WHERE EXISTS (SELECT 1 FROM webhooks_subscriptions s WHERE s.owner = CAST($6 AS TEXT))",
};

/// Whether any creator subscribes to anything.
fn anybody_listens(tx: &mut Tx<'_>) -> Result<bool> {
    const SQL: &str = "SELECT 1 FROM webhooks_subscriptions
        WHERE owner >= 'notify:' AND owner < 'notify;' ORDER BY owner LIMIT 1";
    Ok(tx.optional::<i64>(SQL, params![])?.is_some())
}

/// Whether a sender can see that a notification has come to stand so; being on its way is not told.
fn is_told(standing: Standing) -> bool {
    standing.is_final() || standing == Standing::taken(standing.channel())
}

/// Notifications have come to stand like this; they are held, or nobody else knows them yet.
pub(crate) fn changed(
    tx: &mut Tx<'_>,
    changes: impl Iterator<Item = (NotificationId, Standing, Timestamp)>,
) -> Result<()> {
    let told: Vec<_> = changes.filter(|(_, standing, _)| is_told(*standing)).collect();
    if told.is_empty() || !anybody_listens(tx)? {
        return Ok(());
    }
    let mut rows = Vec::with_capacity(told.len());
    for (place, (id, standing, at)) in (0..).zip(&told) {
        let result = Value::Text(standing.as_str().into());
        rows.push(vec![id.to_value(), Value::Integer(place), result, at.to_value()]);
    }
    tx.each(OF_NOTIFICATION.of(tx), &rows)?;
    Ok(())
}

/// An order has come to its end; `state` as the feed calls it, `entry` as the feed shows it.
pub(crate) fn ended(
    tx: &mut Tx<'_>,
    order: OrderId,
    creator: &Creator,
    (state, entry): (&str, &str),
    now: Timestamp,
) -> Result<()> {
    let sql = OF_ORDER.of(tx);
    tx.execute(sql, params![order, state, creator, now, entry, super::owner(creator).as_str()])?;
    Ok(())
}

/// One piece of news.
#[derive(Debug)]
pub(super) struct News {
    number: i64,
    place: i64,
    pub(super) subject: Uuid,
    /// A notification's result, or an order's state as the feed calls it.
    pub(super) result: String,
    pub(super) creator: Creator,
    pub(super) order: OrderId,
    pub(super) at: Timestamp,
    /// An order's entry in the feed.
    pub(super) entry: Option<String>,
}

impl FromRow for News {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self {
            number: row.get("number")?,
            place: row.get("place")?,
            subject: row.get("subject")?,
            result: row.get("result")?,
            creator: row.get("creator")?,
            order: row.get("order_id")?,
            at: row.get("at")?,
            entry: row.get("entry")?,
        })
    }
}

/// Whether there is none. Looking costs no commit.
pub(super) fn none(tx: &mut Tx<'_>) -> Result<bool> {
    const SQL: &str = "SELECT 1 FROM notify_news ORDER BY number, place LIMIT 1";
    Ok(tx.optional::<i64>(SQL, params![])?.is_none())
}

/// Up to `max` pieces of news, the oldest first, held until the commit.
pub(super) fn oldest(tx: &mut Tx<'_>, max: u32) -> Result<Vec<News>> {
    tx.all("SELECT * FROM notify_news ORDER BY number, place LIMIT $1 FOR UPDATE", params![max])
}

/// Takes news away that has become deliveries.
pub(super) fn remove(tx: &mut Tx<'_>, news: &[News]) -> Result<()> {
    const SQL: &str =
        "DELETE FROM notify_news WHERE number = $1 AND place = $2 AND subject = $3 AND result = $4";
    let row = |news: &News| {
        let subject = Value::Bytes(news.subject.as_bytes().to_vec().into());
        let result = Value::Text(news.result.clone().into());
        vec![Value::Integer(news.number), Value::Integer(news.place), subject, result]
    };
    let rows: Vec<_> = news.iter().map(row).collect();
    tx.each(SQL, &rows)?;
    Ok(())
}

/// What is told of a notification besides its result.
#[derive(Debug)]
pub(super) struct About {
    pub(super) channel: Channel,
    pub(super) destination: String,
    pub(super) senders_reference: Option<String>,
}

impl FromRow for About {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        let channel: String = row.get("channel")?;
        Ok(Self {
            channel: if channel == "sms" { Channel::Sms } else { Channel::Email },
            destination: row.get("destination")?,
            senders_reference: row.get("senders_reference")?,
        })
    }
}

/// A notification's part of its news. `None` when it was taken back since.
pub(super) fn about(tx: &mut Tx<'_>, notification: Uuid) -> Result<Option<About>> {
    const SQL: &str = "SELECT n.channel, n.destination, o.senders_reference FROM notify_notifications n
        JOIN notify_orders o ON o.id = n.order_id WHERE n.id = $1";
    tx.optional(SQL, params![notification])
}
