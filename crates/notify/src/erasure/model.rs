//! Who is meant, what is counted, and what is written in the place of an address. Pure.

use std::collections::BTreeSet;

use jiff::Timestamp;
use types::OrgNumber;
use types::erasure::{ERASED, Share, Whom};
use types::ids::OrderId;

use crate::orders::kept::{self, Without};
use crate::recipients::model::ExternalAccount;
use crate::recipients::{Channel, Recipient};
use crate::sending::{Notification, Standing};

/// What there is about a recipient, or was.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct About {
    /// Every kind of data.
    pub shares: Vec<Share>,
    /// Orders to them that are not over, some of them: these can be cancelled, or waited for.
    pub waiting: Vec<OrderId>,
}

/// So much was found, or has gone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) notifications: i64,
    pub(super) log: i64,
    pub(super) attempts: i64,
    pub(super) reports: i64,
    pub(super) orders: i64,
    pub(super) timeline: i64,
    pub(super) feed: i64,
    pub(super) webhooks: i64,
    pub(super) contacts: i64,
}

impl Tally {
    /// Both together.
    pub(super) const fn and(self, other: Self) -> Self {
        Self {
            notifications: self.notifications + other.notifications,
            log: self.log + other.log,
            attempts: self.attempts + other.attempts,
            reports: self.reports + other.reports,
            orders: self.orders + other.orders,
            timeline: self.timeline + other.timeline,
            feed: self.feed + other.feed,
            webhooks: self.webhooks + other.webhooks,
            contacts: self.contacts + other.contacts,
        }
    }

    /// Each kind with its number.
    const fn kinds(&self) -> [(&'static str, &'static str, i64); 9] {
        [
            ("notifications", "notifications: address, identity, texts of their own", self.notifications),
            ("log", "lines of the log", self.log),
            ("attempts", "attempts to hand over", self.attempts),
            ("reports", "delivery reports", self.reports),
            ("orders", "orders: the recipient; texts and files where there was nobody else", self.orders),
            ("timeline", "notes on orders to nobody else", self.timeline),
            ("feed", "entries of the status feed: the address", self.feed),
            ("webhooks", "what webhooks were told: the address", self.webhooks),
            ("contacts", "entries of the embedded contact register", self.contacts),
        ]
    }

    /// The same for people: what there is, and how much of it.
    pub(super) fn shares(&self) -> Vec<Share> {
        self.kinds().into_iter().map(|(kind, what, number)| Share::going(kind, what, number)).collect()
    }

    /// The same for the audit log.
    pub(super) fn words(&self) -> String {
        let some = self.kinds().into_iter().filter(|(.., number)| *number > 0);
        some.map(|(kind, _, number)| format!("{kind} {number}")).collect::<Vec<_>>().join(", ")
    }
}

/// What notifications are found by: addresses in lower case, with and without a blank on either side; numbers
/// in both international spellings; whatever an order named somebody by.
pub(super) fn keys(whom: &Whom) -> Vec<String> {
    match whom {
        Whom::Email(address) => {
            // An index of bytes in lower case knows ASCII letters only, on either engine.
            let address = address.reveal().to_ascii_lowercase();
            vec![address.clone(), format!(" {address}"), format!("{address} "), format!(" {address} ")]
        }
        Whom::Phone(number) => {
            vec![number.reveal().to_owned(), number.reveal().replacen('+', "00", 1)]
        }
        Whom::Person(id) => vec![id.reveal().to_owned()],
        Whom::Organization(number) => vec![number.to_string()],
    }
}

/// Whether a recipient of an order is meant, or is one of these identities.
pub(super) fn is_meant(whom: &Whom, identities: &BTreeSet<String>, recipient: &Recipient) -> bool {
    match (recipient, whom) {
        (Recipient::Direct { email: Some(email), .. }, Whom::Email(address)) => {
            email.reveal().eq_ignore_ascii_case(address.reveal())
        }
        (Recipient::Direct { mobile: Some(mobile), .. }, Whom::Phone(number)) => {
            mobile.reveal() == number.reveal()
        }
        (Recipient::Person { id, .. }, Whom::Person(person)) => id == person,
        (Recipient::Person { id, .. }, _) => identities.contains(id.reveal()),
        (Recipient::Organization { number, .. }, Whom::Organization(organization)) => number == organization,
        (Recipient::Direct { .. } | Recipient::Organization { .. }, _) => false,
        (Recipient::External(identity), Whom::Email(address)) => {
            let is_theirs = |account| {
                matches!(account, ExternalAccount::Email(own)
                if own.reveal().eq_ignore_ascii_case(address.reveal()))
            };
            identity.account().is_some_and(is_theirs) || identities.contains(identity.reveal())
        }
        (Recipient::External(identity), _) => identities.contains(identity.reveal()),
    }
}

/// Whether a notification went to whoever is meant, by its key.
pub(super) fn went_to(whom: &Whom, notification: &Notification) -> bool {
    let (destination, channel) = (notification.destination.reveal(), notification.standing.channel());
    match whom {
        Whom::Email(address) => {
            channel == Channel::Email && destination.trim().eq_ignore_ascii_case(address.reveal())
        }
        Whom::Phone(_) => {
            let plain = types::phone_number::without_separators(destination);
            channel == Channel::Sms && keys(whom).contains(&plain)
        }
        Whom::Person(_) | Whom::Organization(_) => notification
            .identity
            .as_ref()
            .is_some_and(|identity| keys(whom).iter().any(|key| key == identity.reveal())),
    }
}

/// Whether nothing is sent any more because of a notification: it has its final result, or it is an e-mail that
/// was taken and whose time was up `before`. Of such a one a bounce may come for ever, and seldom does.
pub(super) fn is_over(notification: &Notification, before: Timestamp) -> bool {
    let taken = notification.standing == Standing::taken(Channel::Email);
    notification.standing.is_final() || taken && notification.expires < before
}

/// What an erased notification is still named by: an organization stays when an address of somebody there goes.
pub(super) fn identity_left(whom: &Whom, notification: &Notification) -> Option<String> {
    let identity = notification.identity.as_ref()?.reveal();
    let number: OrgNumber = identity.parse().ok()?;
    (*whom != Whom::Organization(number)).then(|| identity.to_owned())
}

/// What persons are named by in notifications that are erased.
fn identities(whom: &Whom, gone: &[Notification]) -> BTreeSet<String> {
    let gone = gone.iter().filter(|notification| identity_left(whom, notification).is_none());
    gone.filter_map(|notification| Some(notification.identity.as_ref()?.reveal().to_owned())).collect()
}

/// What an order asked for, without whoever is meant.
pub(super) fn content_without(whom: &Whom, content: &str) -> Option<Without> {
    kept::without(content, |recipient, _| is_meant(whom, &BTreeSet::new(), recipient))
}

/// The same for an order that these notifications were made of: whoever is its only recipient is meant, however
/// the order names them.
pub(super) fn content_without_these(whom: &Whom, gone: &[Notification], content: &str) -> Option<Without> {
    let identities = identities(whom, gone);
    kept::without(content, |recipient, only| {
        let by_its_notification = only && !matches!(recipient, Recipient::Organization { .. });
        by_its_notification || is_meant(whom, &identities, recipient)
    })
}

/// A JSON text that we have written, with [`ERASED`] in the place of these destinations; `None` when none of them
/// is in it. A quote inside of a text has a backslash before it, so nothing else looks like the member.
pub(super) fn without_destinations(text: &str, gone: &BTreeSet<String>) -> Option<String> {
    let member = |destination: &str| format!("\"destination\":{}", serde_json::Value::from(destination));
    let erased = member(ERASED);
    let mut changed = text.to_owned();
    for destination in gone {
        changed = changed.replace(&member(destination), &erased);
    }
    (changed != text).then_some(changed)
}

/// The destinations of notifications, where they have one.
pub(super) fn destinations(gone: &[Notification]) -> BTreeSet<String> {
    let named = gone.iter().map(|notification| notification.destination.reveal());
    named.filter(|destination| !destination.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whom(text: &str) -> Whom {
        Whom::read(text).expect("a recipient")
    }

    #[test]
    fn only_the_destination_is_replaced_and_no_text_that_looks_like_it() {
        let entry = serde_json::json!({
            "sendersReference": "\"destination\":\"+4799999999\"",
            "recipients": [
                { "destination": "+4799999999", "status": "SMS_Delivered" },
                { "destination": "+4799999998", "status": "SMS_Delivered" },
            ],
        });
        let gone = BTreeSet::from(["+4799999999".to_owned()]);
        let left = without_destinations(&entry.to_string(), &gone).expect("a change");
        let left: serde_json::Value = serde_json::from_str(&left).expect("JSON");
        assert_eq!(left["sendersReference"], entry["sendersReference"]);
        assert_eq!(left["recipients"][0]["destination"], ERASED);
        assert_eq!(left["recipients"][1]["destination"], "+4799999998");
        assert_eq!(without_destinations(&left.to_string(), &gone), None);
    }

    #[test]
    fn a_recipient_is_known_by_whatever_an_order_names_them_by() {
        let none = BTreeSet::new();
        let direct = |email: Option<&str>, mobile: Option<&str>| Recipient::Direct {
            email: email.map(|email| email.parse().expect("an address")),
            mobile: mobile.map(|mobile| mobile.parse().expect("a number")),
        };
        let kari = direct(Some(" Kari@Fjord.example"), Some("0047 99999999"));
        assert!(is_meant(&whom("kari@fjord.example"), &none, &kari));
        assert!(is_meant(&whom("99999999"), &none, &kari));
        assert!(!is_meant(&whom("99999998"), &none, &kari));
        let external: Recipient = Recipient::External(
            "urn:altinn:person:idporten-email:kari%40fjord.example".parse().expect("an identity"),
        );
        assert!(is_meant(&whom("kari@fjord.example"), &none, &external));
        let person = Recipient::Person {
            id: "13858130624".parse().expect("eleven digits"),
            ignore_reservation: false,
            use_stale: false,
        };
        assert!(is_meant(&whom("13858130624"), &none, &person));
        assert!(!is_meant(&whom("99999999"), &none, &person));
        assert!(is_meant(&whom("99999999"), &BTreeSet::from(["13858130624".to_owned()]), &person));
        assert!(!is_meant(&whom("310000019"), &none, &person));
    }

    #[test]
    fn the_audit_log_is_told_of_what_there_was_only() {
        let tally = Tally { notifications: 2, feed: 1, ..Tally::default() };
        assert_eq!(tally.and(tally).words(), "notifications 4, feed 2");
        assert_eq!(Tally::default().words(), "");
    }
}
