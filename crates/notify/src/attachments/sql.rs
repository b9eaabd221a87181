//! Links to files in the store.

use jiff::Timestamp;
use store::{Error, FromRow, Result, Row, ToValue as _, Tx, Value, params};
use types::ids::{NotificationId, OrderId};

use super::link::{FileLink, SasUrl};
use crate::status::timeline;

/// Keeps the files of an order, in the sender's order.
pub(crate) fn insert_all(tx: &mut Tx<'_>, order: OrderId, files: &[FileLink]) -> Result<()> {
    const SQL: &str = "INSERT INTO notify_attachments (order_id, number, filename, mime_type, url)
        VALUES ($1, $2, $3, $4, $5)";
    let rows: Vec<_> = (1..).zip(files).map(|(number, file)| row(&order, number, file)).collect();
    tx.each(SQL, &rows)?;
    Ok(())
}

fn row<'v>(order: &'v OrderId, number: i64, file: &'v FileLink) -> Vec<Value<'v>> {
    let FileLink { filename, mime_type, url } = file;
    vec![
        order.to_value(),
        Value::Integer(number),
        filename.to_value(),
        mime_type.to_value(),
        Value::Text(url.reveal().into()),
    ]
}

impl FromRow for FileLink {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        let url: String = row.get("url")?;
        let url = url.parse().map(SasUrl::kept).map_err(|_| Error::Column {
            column: "url".to_owned(),
            wanted: "an address",
            found: "something else".to_owned(),
        })?;
        Ok(Self { filename: row.get("filename")?, mime_type: row.get("mime_type")?, url })
    }
}

/// The files that go with a notification.
pub(super) fn of_notification(tx: &mut Tx<'_>, id: NotificationId) -> Result<Vec<FileLink>> {
    const SQL: &str = "SELECT a.filename, a.mime_type, a.url FROM notify_notifications n
        JOIN notify_attachments a ON a.order_id = n.order_id WHERE n.id = $1 ORDER BY a.number";
    tx.all(SQL, params![id])
}

/// Notes what came of fetching the files of a notification, and how many bytes they were.
pub(super) fn note(
    tx: &mut Tx<'_>,
    id: NotificationId,
    bytes: u64,
    (cause, detail): (&str, &str),
    now: Timestamp,
) -> Result<()> {
    const SQL: &str = "UPDATE notify_notifications SET attachment_bytes = $2 WHERE id = $1";
    let bytes = i64::try_from(bytes).unwrap_or(i64::MAX);
    tx.execute(SQL, params![id, bytes])?;
    let order: Option<OrderId> =
        tx.optional("SELECT order_id FROM notify_notifications WHERE id = $1", params![id])?;
    match order {
        Some(order) => timeline::record(tx, order, cause, Some(detail), now),
        None => Ok(()),
    }
}
