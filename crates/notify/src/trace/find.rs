//! Shipments by whatever somebody knows of them: the latest first, a page at a time, each question on an index.
//!
//! What an order that waits for its time will be sent to is not known yet; it is found by its ids and its
//! sender's reference.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use store::{FromRow, Result, Row, Tx, params};
use types::ids::{NotificationId, OrderId};
use types::{EmailAddress, NationalId, OrgNumber, PhoneNumber};
use uuid::Uuid;

use super::model::masked;
use crate::access::Creator;
use crate::orders::{Kind, State};
use crate::recipients::Channel;
use crate::sending::Standing;
use crate::sending::sql::channel_named;

/// What is known of a shipment. Prints without addresses.
#[derive(Clone)]
pub enum Sought {
    /// An address that e-mail went to, in any letter case.
    Email(EmailAddress),
    /// A number that SMS went to, however it was written.
    Phone(PhoneNumber),
    /// A person that the order named.
    Person(NationalId),
    /// An organization that the order named.
    Organization(OrgNumber),
    /// The id of an order, a chain, a notification or an attempt.
    Id(Uuid),
    /// The sender's reference or the provider's, exactly.
    Reference(String),
}

/// From where on a page is read: what is older than this.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    at: Timestamp,
    id: Uuid,
}

impl Cursor {
    /// Before the latest.
    const NEWEST: Self = Self { at: Timestamp::MAX, id: Uuid::max() };
}

/// A text that is no place in a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a place in a list")]
pub struct CursorError;

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.at.as_microsecond(), self.id)
    }
}

impl FromStr for Cursor {
    type Err = CursorError;

    fn from_str(text: &str) -> std::result::Result<Self, CursorError> {
        let (at, id) = text.split_once('.').ok_or(CursorError)?;
        let at = at.parse().ok().and_then(|at| Timestamp::from_microsecond(at).ok());
        Ok(Self { at: at.ok_or(CursorError)?, id: id.parse().map_err(|_| CursorError)? })
    }
}

/// A shipment that was found.
#[derive(Clone, Debug)]
pub struct Hit {
    /// The order.
    pub order: OrderId,
    /// Whose it is.
    pub creator: Creator,
    /// How it came to be.
    pub kind: Kind,
    /// How far it has come.
    pub state: State,
    /// The sender's own words for it.
    pub senders_reference: Option<String>,
    /// When it was to be sent.
    pub requested: Timestamp,
    /// The recipient by whom it was found, if it was found by one.
    pub recipient: Option<HitRecipient>,
    place: Cursor,
}

/// The recipient by whom a shipment was found.
#[derive(Clone, Debug)]
pub struct HitRecipient {
    /// The notification.
    pub id: NotificationId,
    /// The address, masked.
    pub destination: String,
    /// Where it stands.
    pub standing: Option<Standing>,
    /// Over which channel.
    pub channel: Channel,
}

/// Some of what was found.
#[derive(Clone, Debug, Default)]
pub struct Page {
    /// The latest first.
    pub hits: Vec<Hit>,
    /// Where the next page begins, if there is one.
    pub next: Option<Cursor>,
}

impl FromRow for Hit {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        let notification: Option<NotificationId> = row.get("notification")?;
        let recipient = notification.map(|id| {
            let channel = channel_named(&row.get::<String>("channel")?);
            let result: String = row.get("result")?;
            Ok::<_, store::Error>(HitRecipient {
                id,
                destination: masked(channel, &row.get::<String>("destination")?),
                standing: Standing::parse(channel, &result),
                channel,
            })
        });
        let order: OrderId = row.get("id")?;
        let id = notification.map_or(order.uuid(), NotificationId::uuid);
        Ok(Self {
            order,
            creator: row.get("creator")?,
            kind: row.get("kind")?,
            state: row.get("state")?,
            senders_reference: row.get("senders_reference")?,
            requested: row.get("requested")?,
            recipient: recipient.transpose()?,
            place: Cursor { at: row.get("made")?, id },
        })
    }
}

/// What a row of `notify_notifications n` is like that went to `$1`, in the words of an index: the digits of a
/// number, an address in lower case, or what an order named somebody by.
macro_rules! recipient_is {
    (number) => {
        "n.channel = 'sms' AND substr(replace(replace(replace(replace(replace(replace(n.destination,
            ' ', ''), '-', ''), '.', ''), '/', ''), '(', ''), ')', ''), 1, 40) = $1"
    };
    (address) => {
        "n.channel = 'email' AND substr(lower(n.destination), 1, 320) = $1"
    };
    (identity) => {
        "n.identity = $1"
    };
}
pub(crate) use recipient_is;

macro_rules! of_recipients {
    ($condition:expr) => {
        concat!(
            "SELECT o.id, o.creator, o.kind, o.state, o.senders_reference, o.requested,
                n.id AS notification, n.channel, n.result, n.destination, n.created AS made
            FROM notify_notifications n JOIN notify_orders o ON o.id = n.order_id
            WHERE ",
            $condition,
            " AND n.created <= $2 AND (n.created < $2 OR n.id < $3)
            ORDER BY n.created DESC, n.id DESC LIMIT $4"
        )
    };
}

macro_rules! of_orders {
    ($condition:literal) => {
        concat!(
            "SELECT o.id, o.creator, o.kind, o.state, o.senders_reference, o.requested,
                NULL AS notification, NULL AS channel, NULL AS result, NULL AS destination, o.created AS made
            FROM notify_orders o
            WHERE ",
            $condition,
            " AND o.created <= $2 AND (o.created < $2 OR o.id < $3)
            ORDER BY o.created DESC, o.id DESC LIMIT $4"
        )
    };
}

const BY_NUMBER: &str = of_recipients!(recipient_is!(number));
const BY_ADDRESS: &str = of_recipients!(recipient_is!(address));
const BY_IDENTITY: &str = of_recipients!(recipient_is!(identity));
const BY_PROVIDER: &str = of_recipients!("n.reference = $1");
const BY_NOTIFICATION: &str = of_recipients!("n.id = $1");
const BY_ORDER: &str = of_orders!("o.id = $1");
const BY_CHAIN: &str = of_orders!("o.chain = $1 AND o.kind <> 'instant'");
const BY_INSTANT_CHAIN: &str = of_orders!("o.chain = $1 AND o.kind = 'instant'");
const BY_REFERENCE: &str = "SELECT o.id, o.creator, o.kind, o.state, o.senders_reference, o.requested,
        NULL AS notification, NULL AS channel, NULL AS result, NULL AS destination, o.created AS made
    FROM notify_orders o
    WHERE o.creator = $5 AND o.senders_reference = $1 AND o.created <= $2 AND (o.created < $2 OR o.id < $3)
    ORDER BY o.created DESC, o.id DESC LIMIT $4";

/// Who has used a reference, stepping from creator to creator in the index that begins with them.
const CREATORS: &str = "WITH RECURSIVE creators (creator) AS (
        SELECT min(creator) FROM notify_orders WHERE senders_reference IS NOT NULL
        UNION ALL
        SELECT (SELECT min(o.creator) FROM notify_orders o
            WHERE o.creator > creators.creator AND o.senders_reference IS NOT NULL)
        FROM creators WHERE creators.creator IS NOT NULL)
    SELECT creator FROM creators WHERE creator IS NOT NULL AND EXISTS
        (SELECT 1 FROM notify_orders o WHERE o.creator = creators.creator AND o.senders_reference = $1)";

/// Finds shipments by any of these, at most `most`, after the end of an earlier page if there was one.
pub fn find(tx: &mut Tx<'_>, sought: &[Sought], after: Option<Cursor>, most: u32) -> Result<Page> {
    let search = Search { after: after.unwrap_or(Cursor::NEWEST), most: most.saturating_add(1) };
    let mut hits = Vec::new();
    for sought in sought {
        hits.extend(search.by(tx, sought)?);
    }
    hits.sort_by_key(|hit| std::cmp::Reverse((hit.place.at, hit.place.id)));
    hits.dedup_by_key(|hit| hit.place);
    let wanted = usize::try_from(most).unwrap_or(usize::MAX);
    let more = hits.len() > wanted;
    hits.truncate(wanted);
    let next = if more { hits.last().map(|hit| hit.place) } else { None };
    Ok(Page { hits, next })
}

struct Search {
    after: Cursor,
    most: u32,
}

impl Search {
    fn by(&self, tx: &mut Tx<'_>, sought: &Sought) -> Result<Vec<Hit>> {
        match sought {
            // An index of bytes in lower case knows ASCII letters only, on either engine.
            Sought::Email(address) => self.by_text(tx, BY_ADDRESS, &address.as_given().to_ascii_lowercase()),
            Sought::Phone(number) => {
                let digits = number.reveal();
                let mut hits = self.by_text(tx, BY_NUMBER, digits)?;
                hits.extend(self.by_text(tx, BY_NUMBER, &digits.replacen('+', "00", 1))?);
                Ok(hits)
            }
            Sought::Person(id) => self.by_text(tx, BY_IDENTITY, id.reveal()),
            Sought::Organization(number) => self.by_text(tx, BY_IDENTITY, &number.to_string()),
            Sought::Id(id) => self.by_id(tx, *id),
            Sought::Reference(text) => self.by_reference(tx, text),
        }
    }

    fn by_text(&self, tx: &mut Tx<'_>, sql: &'static str, text: &str) -> Result<Vec<Hit>> {
        tx.all(sql, params![text, self.after.at, self.after.id, self.most])
    }

    fn by_uuid(&self, tx: &mut Tx<'_>, sql: &'static str, id: Uuid) -> Result<Vec<Hit>> {
        tx.all(sql, params![id, self.after.at, self.after.id, self.most])
    }

    /// No two things have one id, so whatever it is an id of is found first.
    fn by_id(&self, tx: &mut Tx<'_>, id: Uuid) -> Result<Vec<Hit>> {
        const OF_ATTEMPT: &str = "SELECT subject FROM attempts WHERE id = $1";
        for sql in [BY_ORDER, BY_NOTIFICATION, BY_CHAIN, BY_INSTANT_CHAIN] {
            let hits = self.by_uuid(tx, sql, id)?;
            if !hits.is_empty() {
                return Ok(hits);
            }
        }
        match tx.optional::<Uuid>(OF_ATTEMPT, params![id])? {
            Some(subject) => self.by_uuid(tx, BY_NOTIFICATION, subject),
            None => Ok(Vec::new()),
        }
    }

    fn by_reference(&self, tx: &mut Tx<'_>, text: &str) -> Result<Vec<Hit>> {
        let mut hits = self.by_text(tx, BY_PROVIDER, text)?;
        for creator in tx.all::<Creator>(CREATORS, params![text])? {
            let Cursor { at, id } = self.after;
            hits.extend(tx.all::<Hit>(BY_REFERENCE, params![text, at, id, self.most, creator])?);
        }
        Ok(hits)
    }
}

impl fmt::Debug for Sought {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Email(_) => "Email(…)",
            Self::Phone(_) => "Phone(…)",
            Self::Person(_) => "Person(…)",
            Self::Organization(_) => "Organization(…)",
            Self::Id(_) => "Id(…)",
            Self::Reference(_) => "Reference(…)",
        })
    }
}

#[cfg(test)]
mod tests {
    use testkit::{on_every_store, plan};

    use super::*;

    #[test]
    fn a_place_in_a_list_reads_what_it_writes() {
        let at = "2026-03-02T10:00:00.000123Z".parse().expect("a moment");
        let place = Cursor { at, id: Uuid::from_u128(7) };
        assert_eq!(place.to_string().parse(), Ok(place));
        for wrong in ["", "1", "1.x", "x.00000000-0000-0000-0000-000000000007"] {
            assert_eq!(wrong.parse::<Cursor>(), Err(CursorError), "{wrong}");
        }
    }

    on_every_store! {
        async fn nothing_is_looked_for_without_an_index(store: Store) {
            let look = |tx: &mut Tx<'_>| {
                let (at, id) = (Timestamp::UNIX_EPOCH, Uuid::from_u128(7));
                let by_text = [
                    (BY_NUMBER, "notify_notifications_number"),
                    (BY_ADDRESS, "notify_notifications_address"),
                    (BY_IDENTITY, "notify_notifications_identity"),
                    (BY_PROVIDER, "notify_notifications_reference"),
                ];
                for (sql, index) in by_text {
                    plan::of_an_index(tx, sql, params!["a", at, id, 10], index)?;
                }
                for (sql, index) in [(BY_CHAIN, "notify_orders_chain"), (BY_INSTANT_CHAIN, "notify_orders_instant")] {
                    plan::of_an_index(tx, sql, params![id, at, id, 10], index)?;
                }
                let mine = params!["a", at, id, 10, "bym"];
                plan::of_an_index(tx, BY_REFERENCE, mine, "notify_orders_reference")?;
                let creators = plan::of(tx, CREATORS, params!["a"])?;
                assert!(!creators.contains("SCAN o") && !creators.contains("Seq Scan on notify"), "{creators}");
                Ok::<_, store::Error>(())
            };
            store.write(look).await.expect("plans");
        }
    }
}
