//! Notifications in the store.

use std::sync::Arc;

use jiff::Timestamp;
use meter::families::NOTIFICATIONS;
use store::{Error, FromRow, Result, Row, ToValue as _, Tx, Value, params};
use types::ids::{NotificationId, OrderId};

use super::model::{Notification, Standing};
use crate::log;
use crate::orders::{Texts, kept};
use crate::recipients::Channel;
use crate::subscriptions::news;
use gateways::Text;

pub(crate) const fn channel_name(channel: Channel) -> &'static str {
    match channel {
        Channel::Sms => "sms",
        Channel::Email => "email",
    }
}

/// Reads what [`channel_name`] wrote.
pub(crate) fn channel_named(name: &str) -> Channel {
    if name == "sms" { Channel::Sms } else { Channel::Email }
}

/// Stores notifications.
pub(crate) fn insert_all(tx: &mut Tx<'_>, notifications: &[&Notification]) -> Result<()> {
    const SQL: &str = "INSERT INTO notify_notifications
            (id, order_id, creator, channel, result, final, destination, identity, subject, body, expires,
             reference, doubt, parts, created, changed)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)";
    let rows: Vec<_> = notifications.iter().map(|notification| row(notification)).collect();
    tx.each(SQL, &rows)?;
    for made in notifications {
        count(tx, made.standing);
    }
    let born = notifications.iter().map(|made| (made.id, made.standing, made.changed));
    news::changed(tx, born)
}

/// One more notification has this result, once that has been committed.
fn count(tx: &mut Tx<'_>, standing: Standing) {
    tx.count(&NOTIFICATIONS, &[channel_name(standing.channel()), standing.as_str()]);
}

fn row(notification: &Notification) -> Vec<Value<'_>> {
    let Notification { id, order, creator, standing, expires, reference, in_doubt, parts, .. } = notification;
    let Notification { created, changed, .. } = notification;
    let text = |text: &'_ Option<Text>| match text {
        Some(text) => Value::Text(text.reveal().to_owned().into()),
        None => Value::Null,
    };
    vec![
        id.to_value(),
        order.to_value(),
        creator.to_value(),
        channel_name(standing.channel()).to_value(),
        standing.as_str().to_value(),
        Value::Integer(standing.is_final().into()),
        notification.destination.reveal().to_value(),
        text(&notification.identity),
        text(&notification.subject),
        text(&notification.body),
        expires.to_value(),
        reference.to_value(),
        in_doubt.to_value(),
        parts.to_value(),
        created.to_value(),
        changed.to_value(),
    ]
}

impl FromRow for Notification {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        let text = |column: &str| Ok::<_, Error>(row.get::<Option<String>>(column)?.map(Text::from));
        Ok(Self {
            id: row.get("id")?,
            order: row.get("order_id")?,
            creator: row.get("creator")?,
            standing: standing(row)?,
            destination: row.get::<String>("destination")?.into(),
            identity: text("identity")?,
            subject: text("subject")?,
            body: text("body")?,
            expires: row.get("expires")?,
            reference: row.get("reference")?,
            in_doubt: row.get("doubt")?,
            parts: row.get("parts")?,
            created: row.get("created")?,
            changed: row.get("changed")?,
        })
    }
}

fn standing(row: &Row<'_>) -> Result<Standing> {
    let (channel, result): (String, String) = (row.get("channel")?, row.get("result")?);
    Standing::parse(channel_named(&channel), &result).ok_or_else(|| Error::Column {
        column: "result".to_owned(),
        wanted: "a result of the contract",
        found: "another word".to_owned(),
    })
}

/// A notification together with the texts of its order.
pub(crate) struct WithTexts(pub(crate) Notification, pub(crate) Texts);

impl FromRow for WithTexts {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        let texts = kept::read_texts(&row.get::<String>("texts")?).ok_or_else(|| Error::Column {
            column: "texts".to_owned(),
            wanted: "an order's texts",
            found: "something this version cannot read".to_owned(),
        })?;
        Ok(Self(Notification::from_row(row)?, texts))
    }
}

/// What is needed to send a notification, which is held until the commit.
pub(crate) fn hold_with_texts(tx: &mut Tx<'_>, id: NotificationId) -> Result<Option<WithTexts>> {
    const SQL: &str = "SELECT n.*, o.texts FROM notify_notifications n
        JOIN notify_orders o ON o.id = n.order_id WHERE n.id = $1 FOR UPDATE OF n";
    tx.optional(SQL, params![id])
}

/// Where a notification goes.
pub(crate) fn destination(tx: &mut Tx<'_>, id: NotificationId) -> Result<Option<Text>> {
    let found: Option<String> =
        tx.optional("SELECT destination FROM notify_notifications WHERE id = $1", params![id])?;
    Ok(found.map(Text::from))
}

/// No attempt is in doubt any more: none was taken.
pub(crate) fn clear_doubt(tx: &mut Tx<'_>, id: NotificationId) -> Result<()> {
    tx.execute("UPDATE notify_notifications SET doubt = 0 WHERE id = $1 AND final = 0", params![id])?;
    Ok(())
}

/// The notifications of an order, in the order they were made.
pub(crate) fn of_order(tx: &mut Tx<'_>, order: OrderId) -> Result<Vec<Notification>> {
    tx.all("SELECT * FROM notify_notifications WHERE order_id = $1 ORDER BY id LIMIT 100000", params![order])
}

/// A notification, held until the commit.
pub(crate) fn hold(tx: &mut Tx<'_>, id: NotificationId) -> Result<Option<Notification>> {
    tx.optional("SELECT * FROM notify_notifications WHERE id = $1 FOR UPDATE", params![id])
}

/// The notification that a route's provider knows by this reference, held until the commit. Without a
/// route, the latest that any provider knows by it.
pub(crate) fn hold_by_reference(
    tx: &mut Tx<'_>,
    channel: Channel,
    route: Option<&str>,
    reference: &str,
) -> Result<Option<Notification>> {
    const SQL: &str = "SELECT * FROM notify_notifications
        WHERE reference = $1 AND channel = $2 AND (route IS NULL OR route = coalesce($3, route))
        ORDER BY id DESC LIMIT 1 FOR UPDATE";
    tx.optional(SQL, params![reference, channel_name(channel), route])
}

/// Whether an order waits for a result that nobody else is just writing.
///
/// What is found is held: whoever closes it waits for our commit, looks after that, and sees what we have
/// done. So when several close an order's last notifications side by side, at least one finds nothing
/// here and goes on to hold the order itself.
pub(crate) fn any_open(tx: &mut Tx<'_>, order: OrderId) -> Result<bool> {
    const SQL: &str = "SELECT 1 FROM notify_notifications WHERE order_id = $1 AND final = 0
        LIMIT 1 FOR UPDATE SKIP LOCKED";
    let found: Option<i64> = tx.optional(SQL, params![order])?;
    Ok(found.is_some())
}

/// Changes the standing of a notification that is held.
pub(crate) fn change(tx: &mut Tx<'_>, held: &Notification, to: Standing, now: Timestamp) -> Result<()> {
    change_all(tx, &[(held, to)], now)
}

/// Changes the standings of notifications that are held.
pub(crate) fn change_all(
    tx: &mut Tx<'_>,
    changes: &[(&Notification, Standing)],
    now: Timestamp,
) -> Result<()> {
    const SQL: &str = "UPDATE notify_notifications SET result = $2, final = $3, changed = $4 WHERE id = $1";
    let rows: Vec<_> = changes
        .iter()
        .map(|(held, to)| {
            let is_final = Value::Integer(to.is_final().into());
            vec![held.id.to_value(), to.as_str().to_value(), is_final, now.to_value()]
        })
        .collect();
    tx.each(SQL, &rows)?;
    for (_, to) in changes {
        count(tx, *to);
    }
    news::changed(tx, changes.iter().map(|(held, to)| (held.id, *to, now)))?;
    let ended = changes.iter().filter(|(held, _)| held.standing.is_final());
    let ended: Vec<_> = ended.map(|(held, to)| (held.id, *to)).collect();
    if ended.is_empty() { Ok(()) } else { log::sql::follow(tx, &ended, now) }
}

/// How a call ended, as it is written to its notification.
#[derive(Clone, Debug)]
pub(crate) struct CallEnd {
    pub(crate) notification: NotificationId,
    pub(crate) order: OrderId,
    pub(crate) to: Standing,
    pub(crate) reference: Option<String>,
    /// Whose reference it is.
    pub(crate) route: Arc<str>,
    pub(crate) in_doubt: bool,
    pub(crate) at: Timestamp,
}

impl CallEnd {
    fn row(&self) -> Vec<Value<'_>> {
        let Self { notification, to, reference, route, in_doubt, at, .. } = self;
        let route = reference.as_ref().map_or(Value::Null, |_| route.as_ref().to_value());
        vec![
            notification.to_value(),
            to.as_str().to_value(),
            Value::Integer(to.is_final().into()),
            reference.to_value(),
            in_doubt.to_value(),
            at.to_value(),
            route,
        ]
    }
}

/// Records how calls ended, given in the order of their notifications; tells of each whether it counted.
///
/// What is final stays, and what a provider has taken cannot become untaken: of two attempts at one
/// message, the one that succeeded counts.
pub(crate) fn record_calls(tx: &mut Tx<'_>, ends: &[CallEnd]) -> Result<Vec<bool>> {
    const SQL: &str = "UPDATE notify_notifications
        SET result = $2, final = $3, reference = coalesce($4, reference), doubt = $5, changed = $6,
            route = coalesce($7, route)
        WHERE id = $1 AND final = 0 AND result NOT IN ('Accepted', 'Succeeded')";
    debug_assert!(ends.is_sorted_by_key(|end| end.notification.uuid()), "rows are held in one order");
    let rows: Vec<_> = ends.iter().map(CallEnd::row).collect();
    let counted: Vec<bool> = tx.each(SQL, &rows)?.into_iter().map(|changed| changed == 1).collect();
    let changed = ends.iter().zip(&counted).filter(|(_, counted)| **counted);
    for (end, _) in changed.clone() {
        count(tx, end.to);
    }
    news::changed(tx, changed.map(|(end, _)| (end.notification, end.to, end.at)))?;
    Ok(counted)
}

/// Up to `max` notifications whose time was up at `before` and that still wait for a result, but for
/// e-mail that was taken. (`Succeeded` is said of e-mail only, and stands here as the index has it.)
///
/// They are held until the commit; what somebody else is just changing is left for the next time.
pub(crate) fn overdue(tx: &mut Tx<'_>, before: Timestamp, max: u32) -> Result<Vec<Notification>> {
    tx.all(OVERDUE, params![before, max])
}

/// The same for e-mail that was taken.
pub(crate) fn overdue_mail(tx: &mut Tx<'_>, before: Timestamp, max: u32) -> Result<Vec<Notification>> {
    tx.all(OVERDUE_MAIL, params![before, max])
}

/// Up to `max` e-mails that were taken before a moment, and of which nothing has been heard since.
pub(crate) fn silent_mail(tx: &mut Tx<'_>, before: Timestamp, max: u32) -> Result<Vec<Notification>> {
    tx.all(SILENT_MAIL, params![before, max])
}

const OVERDUE: &str = "SELECT * FROM notify_notifications
    WHERE final = 0 AND result <> 'Succeeded' AND expires < $1 ORDER BY expires LIMIT $2
    FOR UPDATE SKIP LOCKED";
const OVERDUE_MAIL: &str = "SELECT * FROM notify_notifications
    WHERE final = 0 AND result = 'Succeeded' AND expires < $1 ORDER BY expires LIMIT $2
    FOR UPDATE SKIP LOCKED";
const SILENT_MAIL: &str = "SELECT * FROM notify_notifications
    WHERE final = 0 AND result = 'Succeeded' AND changed <= $1 ORDER BY changed LIMIT $2
    FOR UPDATE SKIP LOCKED";

#[cfg(test)]
mod tests {
    use store::Engine;

    use super::*;

    /// What is looked for every few seconds must not be looked for among everything there is.
    #[tokio::test]
    async fn the_sweeps_look_in_indexes_of_what_they_close() {
        let store = testkit::stores::temporary();
        let indexes = [
            (OVERDUE, "notify_notifications_open"),
            (OVERDUE_MAIL, "notify_notifications_mail"),
            (SILENT_MAIL, "notify_notifications_silent"),
        ];
        for (sql, index) in indexes {
            let plan = store.read(move |tx| plan(tx, sql)).await.expect("a plan");
            assert!(
                plan.contains(&format!("ndex Scan using {index} "))
                    || plan.contains(&format!("INDEX {index} (")),
                "{plan}"
            );
            assert!(!plan.contains("SCAN") && !plan.contains("Seq Scan"), "{plan}");
        }
    }

    fn plan(tx: &mut Tx<'_>, sql: &str) -> Result<String> {
        let params = params![Timestamp::UNIX_EPOCH, 1];
        let steps: Vec<String> = match tx.engine() {
            Engine::Sqlite => {
                let steps =
                    tx.all::<(i64, i64, i64, String)>(&format!("EXPLAIN QUERY PLAN {sql}"), params)?;
                steps.into_iter().map(|(.., step)| step).collect()
            }
            Engine::Postgres => tx.all(&format!("EXPLAIN {sql}"), params)?,
        };
        Ok(steps.join("\n"))
    }
}
