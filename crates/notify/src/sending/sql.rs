//! Notifications in the store.

use jiff::Timestamp;
use store::{Error, FromRow, Result, Row, Tx, params};
use types::ids::{NotificationId, OrderId};

use super::model::{Notification, Standing};
use crate::orders::{Texts, kept};
use crate::providers::Text;
use crate::recipients::Channel;

const fn channel_name(channel: Channel) -> &'static str {
    match channel {
        Channel::Sms => "sms",
        Channel::Email => "email",
    }
}

/// Stores a notification.
pub(crate) fn insert(tx: &mut Tx<'_>, notification: &Notification) -> Result<()> {
    const SQL: &str = "INSERT INTO notify_notifications
            (id, order_id, creator, channel, result, final, destination, identity, subject, body, expires,
             reference, doubt, parts, created, changed)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)";
    let Notification { id, order, creator, standing, expires, reference, in_doubt, parts, .. } = notification;
    let Notification { created, changed, .. } = notification;
    let text = |text: &Option<Text>| text.as_ref().map(|text| text.reveal().to_owned());
    let destination = notification.destination.reveal();
    let (identity, subject, body) =
        (text(&notification.identity), text(&notification.subject), text(&notification.body));
    let channel = channel_name(standing.channel());
    let (result, is_final) = (standing.as_str(), standing.is_final());
    tx.execute(
        SQL,
        params![
            id,
            order,
            creator,
            channel,
            result,
            is_final,
            destination,
            identity,
            subject,
            body,
            expires,
            reference,
            in_doubt,
            parts,
            created,
            changed
        ],
    )?;
    Ok(())
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
    let channel = if channel == "sms" { Channel::Sms } else { Channel::Email };
    Standing::parse(channel, &result).ok_or_else(|| Error::Column {
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

/// What is needed to send a notification.
pub(crate) fn with_texts(tx: &mut Tx<'_>, id: NotificationId) -> Result<Option<WithTexts>> {
    const SQL: &str = "SELECT n.*, o.texts FROM notify_notifications n
        JOIN notify_orders o ON o.id = n.order_id WHERE n.id = $1";
    tx.optional(SQL, params![id])
}

/// The notifications of an order, in the order they were made.
pub(crate) fn of_order(tx: &mut Tx<'_>, order: OrderId) -> Result<Vec<Notification>> {
    tx.all("SELECT * FROM notify_notifications WHERE order_id = $1 ORDER BY id LIMIT 100000", params![order])
}

/// The notification that a provider knows by this reference.
pub(crate) fn by_reference(
    tx: &mut Tx<'_>,
    channel: Channel,
    reference: &str,
) -> Result<Option<Notification>> {
    const SQL: &str = "SELECT * FROM notify_notifications WHERE reference = $1 AND channel = $2
        ORDER BY id DESC LIMIT 1";
    tx.optional(SQL, params![reference, channel_name(channel)])
}

/// Whether an order waits for any result.
pub(crate) fn any_open(tx: &mut Tx<'_>, order: OrderId) -> Result<bool> {
    const SQL: &str = "SELECT 1 FROM notify_notifications WHERE order_id = $1 AND final = 0 LIMIT 1";
    let found: Option<i64> = tx.optional(SQL, params![order])?;
    Ok(found.is_some())
}

/// Changes a standing. Answers false when it was not the one expected.
pub(crate) fn change(
    tx: &mut Tx<'_>,
    id: NotificationId,
    from: Standing,
    to: Standing,
    now: Timestamp,
) -> Result<bool> {
    const SQL: &str = "UPDATE notify_notifications SET result = $3, final = $4, changed = $5
        WHERE id = $1 AND result = $2";
    Ok(tx.execute(SQL, params![id, from.as_str(), to.as_str(), to.is_final(), now])? == 1)
}

/// Records how a call ended, unless something final is known already.
pub(crate) fn record_call(
    tx: &mut Tx<'_>,
    id: NotificationId,
    to: Standing,
    reference: Option<&str>,
    in_doubt: bool,
    now: Timestamp,
) -> Result<bool> {
    const SQL: &str = "UPDATE notify_notifications
        SET result = $2, final = $3, reference = coalesce($4, reference), doubt = $5, changed = $6
        WHERE id = $1 AND final = 0";
    let (result, is_final, reference) = (to.as_str(), to.is_final(), reference.map(str::to_owned));
    Ok(tx.execute(SQL, params![id, result, is_final, reference, in_doubt, now])? == 1)
}

/// Up to `max` notifications whose time was up at `before` and that still wait for a result, but for
/// e-mail that was taken. (`Succeeded` is said of e-mail only, and stands here as the index has it.)
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
    WHERE final = 0 AND result <> 'Succeeded' AND expires < $1 ORDER BY expires LIMIT $2";
const OVERDUE_MAIL: &str = "SELECT * FROM notify_notifications
    WHERE final = 0 AND result = 'Succeeded' AND expires < $1 ORDER BY expires LIMIT $2";
const SILENT_MAIL: &str = "SELECT * FROM notify_notifications
    WHERE final = 0 AND result = 'Succeeded' AND changed <= $1 ORDER BY changed LIMIT $2";

#[cfg(test)]
mod tests {
    use super::*;

    /// What is looked for every few seconds must not be looked for among everything there is.
    #[tokio::test]
    async fn the_sweeps_look_in_indexes_of_what_they_close() {
        let store = store::Store::temporary().expect("a store");
        let indexes = [
            (OVERDUE, "notify_notifications_open"),
            (OVERDUE_MAIL, "notify_notifications_mail"),
            (SILENT_MAIL, "notify_notifications_silent"),
        ];
        for (sql, index) in indexes {
            let explain = format!("EXPLAIN QUERY PLAN {sql}");
            let read = move |tx: &mut Tx<'_>| {
                tx.all::<(i64, i64, i64, String)>(&explain, params![Timestamp::UNIX_EPOCH, 1])
            };
            let plan: Vec<_> = store.read(read).await.expect("a plan");
            let plan: Vec<_> = plan.into_iter().map(|(_, _, _, step)| step).collect();
            assert_eq!(plan.len(), 1, "{plan:?}");
            assert!(
                plan[0].starts_with("SEARCH") && plan[0].contains(&format!("INDEX {index} (")),
                "{plan:?}"
            );
        }
    }
}
