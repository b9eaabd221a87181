//! Subscriptions, and which events match which filter. Pure.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use types::OrgNumber;
use url::Url;
use uuid::Uuid;

/// Somebody who wants to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscription {
    /// Its number; the product gives it.
    pub id: i64,
    /// Whose events it hears.
    pub owner: OrgNumber,
    /// What its owner calls it.
    pub name: String,
    /// Where events are posted.
    pub push_endpoint: Endpoint,
    /// Which resource it listens to; `all` for every one.
    pub resource: String,
    /// Which event it listens to; `all` for every one.
    pub event: String,
    /// Which of those it wants; none for all.
    pub filter: Option<Filter>,
    /// When it was last pinged, and how that went.
    pub last_ping: Option<(Timestamp, String)>,
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
}

/// One event on its way to one subscriber.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// Its id, the same in every try.
    pub id: Uuid,
    /// The event's own id.
    pub event_id: String,
    /// What is posted.
    pub body: String,
    /// When it is no longer worth trying.
    pub expires: Timestamp,
    /// How often it has been tried.
    pub tries: u32,
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
    fn what_is_wrong_with_a_filter_is_told_apart() {
        assert_eq!(filter(""), Err(FilterError::Empty));
        assert_eq!(filter(" "), Err(FilterError::Empty));
        assert_eq!(filter("foo=bar"), Err(FilterError::UnknownName("foo".to_owned())));
        assert_eq!(filter("status"), Err(FilterError::NoOperator));
        assert_eq!(filter("status="), Err(FilterError::NoValue("status".to_owned())));
    }
}
