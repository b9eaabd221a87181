//! Subscriptions, and which events match which filter. Pure.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use types::{OrgNumber, Secret};
use url::Url;
use uuid::Uuid;

/// Whose subscriptions and events these are. Products share the tables, so each makes texts that no other
/// makes: Exchange an organization number, Notify `notify:` and a short name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Owner(String);

impl Owner {
    /// The owner with this text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<OrgNumber> for Owner {
    fn from(number: OrgNumber) -> Self {
        Self(number.to_string())
    }
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a subscription's deliveries are signed with; nothing where the configured secret is to be used.
#[derive(Clone, Debug, Default)]
pub struct Secrets {
    /// The one that counts.
    pub current: Option<Secret>,
    /// The one before, which signs too until this moment.
    pub older: Option<(Secret, Timestamp)>,
}

/// Somebody who wants to be told.
#[derive(Clone, Debug)]
pub struct Subscription {
    /// Its number; the product gives it.
    pub id: i64,
    /// Whose events it hears.
    pub owner: Owner,
    /// What its owner calls it.
    pub name: String,
    /// Where events are posted.
    pub push_endpoint: Endpoint,
    /// Which resource it listens to; `all` for every one.
    pub resource: String,
    /// Which events it listens to: names with commas between, `all` for every one, and `some.*` for all
    /// that begin alike.
    pub event: String,
    /// Which of those it wants; none for all.
    pub filter: Option<Filter>,
    /// When it was last pinged, and how that went.
    pub last_ping: Option<(Timestamp, String)>,
    /// Its own secrets.
    pub secrets: Secrets,
    /// How many tries in a row have failed.
    pub failures: u32,
    /// Since when it is paused, because too many tries have failed.
    pub paused: Option<Timestamp>,
    /// Whether an operator holds it: nothing is told until somebody lets it go on.
    pub held: bool,
    /// Counts how often somebody let it go on; the job of an earlier turn does nothing.
    pub(crate) turn: i64,
    /// When it was made.
    pub created: Timestamp,
}

impl Subscription {
    /// Whether it listens to an event of this name.
    pub fn hears(&self, event: &str) -> bool {
        self.event.split(',').any(|wanted| match wanted.strip_suffix('*') {
            Some(beginning) => event.starts_with(beginning),
            None => wanted == "all" || wanted == event,
        })
    }
}

/// An `http` or `https` URL with a host, kept as it was written: clients find their subscriptions by
/// that text, and a URL may be written in several ways.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    text: String,
    url: Url,
}

/// A text that names no endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an endpoint is an http or https URL with a host")]
pub struct EndpointError;

impl Endpoint {
    /// The endpoint as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// What is called.
    pub fn url(&self) -> &Url {
        &self.url
    }
}

impl FromStr for Endpoint {
    type Err = EndpointError;

    fn from_str(text: &str) -> Result<Self, EndpointError> {
        match Url::parse(text) {
            Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => {
                Ok(Self { text: text.to_owned(), url })
            }
            _ => Err(EndpointError),
        }
    }
}

/// What a subscription is made from.
#[derive(Clone, Debug)]
pub struct NewSubscription {
    /// See [`Subscription::name`].
    pub name: String,
    /// See [`Subscription::push_endpoint`].
    pub push_endpoint: Endpoint,
    /// See [`Subscription::resource`].
    pub resource: String,
    /// See [`Subscription::event`].
    pub event: String,
    /// See [`Subscription::filter`].
    pub filter: Option<Filter>,
    /// A secret of its own, `whsec_` and Base64; none where the configured one is to be used.
    pub secret: Option<Secret>,
}

/// One event on its way to one subscriber.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// Its id, the same in every try.
    pub id: Uuid,
    /// Its place among all that its subscriber is told, from 1 on without holes.
    pub number: i64,
    /// The event's own id.
    pub event_id: String,
    /// The event's name; deliveries of older versions have none.
    pub event: Option<String>,
    /// What is posted.
    pub body: String,
    /// When it is no longer worth trying.
    pub expires: Timestamp,
    /// How often it has been tried.
    pub tries: u32,
}

/// How a delivery stands, for its subscriber.
#[derive(Clone, Debug)]
pub struct Standing {
    /// See [`Delivery::id`].
    pub id: Uuid,
    /// See [`Delivery::number`].
    pub number: i64,
    /// See [`Delivery::event_id`].
    pub event_id: String,
    /// See [`Delivery::event`].
    pub event: Option<String>,
    /// `pending`, `delivered` or `given_up`.
    pub state: String,
    /// See [`Delivery::tries`].
    pub tries: u32,
    /// How the last try went.
    pub outcome: Option<String>,
    /// When it was announced.
    pub created: Timestamp,
    /// When it was over.
    pub ended: Option<Timestamp>,
}

/// From where on something is told again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Since {
    /// What was announced from this moment on.
    Moment(Timestamp),
    /// What has this number or a larger one.
    Number(i64),
    /// What was announced with this event, and after it. The id is the event's own, or its delivery's.
    Event(String),
}

/// `name=value,value&name=value`: every part must match, by one of its values, in any letter case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter {
    text: String,
    parts: Vec<(String, Vec<String>)>,
}

/// Why a text is no filter.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FilterError {
    /// Nothing in it.
    #[error("the filter is empty")]
    Empty,
    /// A part without `=`.
    #[error("a part of the filter has no =")]
    NoOperator,
    /// A part that names nothing to filter by.
    #[error("the filter names {0:?}, which is nothing to filter by")]
    UnknownName(String),
    /// A part without a value.
    #[error("the filter gives no value for {0}")]
    NoValue(String),
}

impl Filter {
    /// Reads a filter whose names must be among `known`. One trailing `&` is accepted.
    pub fn parse(text: &str, known: &[&str]) -> Result<Self, FilterError> {
        if text.trim().is_empty() {
            return Err(FilterError::Empty);
        }
        let body = text.strip_suffix('&').unwrap_or(text);
        let parts = body.split('&').map(|part| parse_part(part, known)).collect::<Result<_, _>>()?;
        Ok(Self { text: text.to_owned(), parts })
    }

    /// The filter as it was given.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether every part matches the field of its name.
    pub fn matches(&self, fields: &[(&str, &str)]) -> bool {
        self.parts.iter().all(|(name, values)| {
            let field = fields.iter().find(|(field, _)| field == name).map(|(_, value)| *value);
            field.is_some_and(|field| values.iter().any(|value| value.eq_ignore_ascii_case(field)))
        })
    }
}

fn parse_part(part: &str, known: &[&str]) -> Result<(String, Vec<String>), FilterError> {
    let (name, values) = part.split_once('=').ok_or(FilterError::NoOperator)?;
    if !known.contains(&name) {
        return Err(FilterError::UnknownName(name.to_owned()));
    }
    let values: Vec<String> = values.split(',').map(str::to_owned).collect();
    if values.iter().any(String::is_empty) {
        return Err(FilterError::NoValue(name.to_owned()));
    }
    Ok((name.to_owned(), values))
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: [&str; 3] = ["status", "serviceIdentifier", "direction"];

    fn filter(text: &str) -> Result<Filter, FilterError> {
        Filter::parse(text, &KNOWN)
    }

    #[test]
    fn every_part_must_match_by_one_of_its_values_in_any_case() {
        let filter = filter("status=sendt,LEVERT&direction=OUTGOING&").expect("a filter");
        let event = |status, direction| {
            filter.matches(&[("status", status), ("direction", direction), ("serviceIdentifier", "DPO")])
        };

        assert!(event("SENDT", "OUTGOING"));
        assert!(event("LEVERT", "OUTGOING"));
        assert!(!event("SENDT", "INCOMING"));
        assert!(!event("FEIL", "OUTGOING"));
    }

    #[test]
    fn a_name_may_occur_twice_and_both_must_match() {
        let filter = filter("status=A,B&status=B,C").expect("a filter");
        assert!(filter.matches(&[("status", "B")]));
        assert!(!filter.matches(&[("status", "A")]));
    }

    #[test]
    fn events_are_named_one_by_one_or_by_how_they_begin() {
        let listens = |event: &str| Subscription {
            id: 1,
            owner: Owner::new("notify:bym"),
            name: String::new(),
            push_endpoint: "https://bym.example/".parse().expect("an endpoint"),
            resource: "all".to_owned(),
            event: event.to_owned(),
            filter: None,
            last_ping: None,
            secrets: Secrets::default(),
            failures: 0,
            paused: None,
            held: false,
            turn: 0,
            created: Timestamp::UNIX_EPOCH,
        };
        assert!(listens("all").hears("order.completed"));
        assert!(listens("order.*").hears("order.completed"));
        assert!(!listens("order.*").hears("notification.delivered"));
        let two = listens("order.cancelled,notification.failed*");
        assert!(two.hears("notification.failed_expired") && two.hears("order.cancelled"));
        assert!(!two.hears("order.completed"));
    }

    #[test]
    fn what_is_wrong_with_a_filter_is_told_apart() {
        assert_eq!(filter(""), Err(FilterError::Empty));
        assert_eq!(filter(" "), Err(FilterError::Empty));
        assert_eq!(filter("foo=bar"), Err(FilterError::UnknownName("foo".to_owned())));
        assert_eq!(filter("status"), Err(FilterError::NoOperator));
        assert_eq!(filter("status="), Err(FilterError::NoValue("status".to_owned())));
    }
}
