//! What a creator may ask to be told, and the names of what happens. Pure.

use gateways::{EmailResult, SmsResult};
use url::form_urlencoded;
use webhooks::{Endpoint, Filter};

use crate::binding::Reader;
use crate::orders::State;
use crate::recipients::Channel;
use crate::sending::Standing;

/// What filters look at.
pub(super) const FIELDS: [&str; 2] = [REFERENCE, CHANNEL];
pub(super) const REFERENCE: &str = "sendersReference";
pub(super) const CHANNEL: &str = "channel";
/// Bytes of a name, and of an endpoint.
const LONGEST: usize = 2048;
/// Patterns of events, or references, in one subscription.
const MOST: usize = 100;

/// How an order's end is called.
pub(super) fn order_event(state: &str) -> &'static str {
    if state == State::Completed.wire() {
        "order.completed"
    } else if state == State::Cancelled.wire() {
        "order.cancelled"
    } else {
        "order.condition_not_met"
    }
}

/// How a notification's change is called: `notification.` and its result in lower case, such as
/// `notification.failed_invalid_recipient`.
pub(super) fn notification_event(result: &str) -> String {
    let mut name = String::from("notification.");
    let mut before = '_';
    for letter in result.chars() {
        if letter.is_ascii_uppercase() && before.is_ascii_lowercase() {
            name.push('_');
        }
        name.push(letter.to_ascii_lowercase());
        before = letter;
    }
    name
}

fn every_event() -> impl Iterator<Item = String> {
    let orders = ["order.completed", "order.cancelled", "order.condition_not_met"];
    let sms = SmsResult::ALL.iter().map(|result| Standing::Sms(*result).as_str());
    let email = EmailResult::ALL.iter().map(|result| Standing::Email(*result).as_str());
    orders.into_iter().map(str::to_owned).chain(sms.chain(email).map(notification_event))
}

/// Whether a pattern is the name of an event, or the beginning of one with a star after it.
fn means_something(pattern: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(beginning) => every_event().any(|event| event.starts_with(beginning)),
        None => every_event().any(|event| event == pattern),
    }
}

/// What a creator asks for; what is absent is as it was, or the default.
#[derive(Debug)]
pub(super) struct Wish {
    pub(super) name: Option<String>,
    pub(super) url: Option<Endpoint>,
    pub(super) events: Option<String>,
    pub(super) filter: FilterWish,
}

/// What a creator says about whom to hear of.
#[derive(Debug)]
pub(super) enum FilterWish {
    /// Nothing.
    AsItWas,
    /// Everything, or what passes this.
    Now(Option<Filter>),
}

impl FilterWish {
    /// The filter from here on, where there was this one.
    pub(super) fn after(self, before: Option<Filter>) -> Option<Filter> {
        match self {
            Self::AsItWas => before,
            Self::Now(filter) => filter,
        }
    }
}

impl Wish {
    /// Reads a subscription; a new one needs its address.
    pub(super) fn read(body: &Reader<'_>, is_new: bool) -> Option<Self> {
        let name = body.text("name");
        if name.is_some_and(|name| name.len() > LONGEST) {
            body.rule("Name", format!("must not be longer than {LONGEST} bytes"));
        }
        let url = if is_new { body.needed_text("url") } else { body.text("url") };
        let endpoint = url.and_then(|text| endpoint(body, text));
        let events = body.has("events").then(|| events(body));
        let filters = body.has("sendersReferences") || body.has("channel");
        let filter = if filters { FilterWish::Now(filter(body)) } else { FilterWish::AsItWas };
        if is_new && endpoint.is_none() {
            return None;
        }
        Some(Self { name: name.map(str::to_owned), url: endpoint, events, filter })
    }
}

fn endpoint(body: &Reader<'_>, text: &str) -> Option<Endpoint> {
    let endpoint = text.parse().ok().filter(|_| text.len() <= LONGEST);
    if endpoint.is_none() {
        body.rule("Url", format!("must be an absolute http or https address of at most {LONGEST} bytes"));
    }
    endpoint
}

/// `events`, joined as a subscription keeps them.
fn events(body: &Reader<'_>) -> String {
    let patterns = body.texts("events");
    if patterns.is_empty() || patterns.len() > MOST {
        body.rule("Events", format!("must be 1 to {MOST} names; leave the member out for all events"));
    }
    for pattern in &patterns {
        if !means_something(pattern) {
            body.rule("Events", "must be names of events, or the beginning of some with * after it");
        }
    }
    patterns.join(",")
}

fn filter(body: &Reader<'_>) -> Option<Filter> {
    let references = body.texts("sendersReferences");
    if references.len() > MOST || references.iter().any(|reference| reference.is_empty()) {
        body.rule("SendersReferences", format!("must be at most {MOST} texts that are not empty"));
        return None;
    }
    let channel: Option<Channel> = match body.text("channel") {
        None => None,
        Some(text) if text.eq_ignore_ascii_case("sms") => Some(Channel::Sms),
        Some(text) if text.eq_ignore_ascii_case("email") => Some(Channel::Email),
        Some(_) => {
            body.rule("Channel", "must be Sms or Email");
            None
        }
    };
    let mut parts = Vec::new();
    if !references.is_empty() {
        let references: Vec<_> = references.into_iter().map(encoded).collect();
        parts.push(format!("{REFERENCE}={}", references.join(",")));
    }
    parts.extend(channel.map(|channel| format!("{CHANNEL}={}", channel_name(channel))));
    Filter::parse(&parts.join("&"), &FIELDS).ok()
}

/// A channel as events call it.
pub(super) const fn channel_name(channel: Channel) -> &'static str {
    match channel {
        Channel::Sms => "Sms",
        Channel::Email => "Email",
    }
}

/// A reference as filters keep it, free of their own signs.
pub(super) fn encoded(reference: &str) -> String {
    form_urlencoded::byte_serialize(reference.as_bytes()).collect()
}

/// The values of a part of a kept filter.
pub(super) fn values(filter: &Filter, field: &str) -> Vec<String> {
    let part = filter.as_str().split('&').filter_map(|part| part.split_once('='));
    let part = part.filter(|(name, _)| *name == field).flat_map(|(_, values)| values.split(','));
    part.map(|value| form_urlencoded::parse(value.as_bytes()).map(|(text, _)| text.into_owned()).collect())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_have_the_names_of_results_in_lower_case() {
        assert_eq!(notification_event("Delivered"), "notification.delivered");
        assert_eq!(notification_event("Failed_TTL"), "notification.failed_ttl");
        assert_eq!(notification_event("Failed_InvalidRecipient"), "notification.failed_invalid_recipient");
        assert_eq!(order_event("Order_SendConditionNotMet"), "order.condition_not_met");
    }

    #[test]
    fn a_pattern_must_mean_something() {
        assert!(means_something("order.completed") && means_something("notification.failed*"));
        assert!(means_something("*") && means_something("order.*"));
        assert!(!means_something("order.finished") && !means_something("message.*") && !means_something(""));
    }

    #[test]
    fn a_reference_may_hold_the_signs_of_filters() {
        let text = format!("{REFERENCE}={},{}&{CHANNEL}=Sms", encoded("a,b&c=d%"), encoded("æ +"));
        let filter = Filter::parse(&text, &FIELDS).expect("a filter");
        assert_eq!(values(&filter, REFERENCE), ["a,b&c=d%", "æ +"]);
        assert!(filter.matches(&[(REFERENCE, &encoded("æ +")), (CHANNEL, "Sms")]));
        assert!(!filter.matches(&[(REFERENCE, &encoded("b")), (CHANNEL, "Sms")]));
    }
}
