//! Routes as operators see and set them.

use audit::{Action, Entry};
use jiff::Timestamp;
use serde::Serialize;

use super::shares::shares;
use super::state::{Event, Mode};
use crate::Notify;
use crate::recipients::Channel;

/// A route as operators see it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Shown {
    /// `sms` or `email`.
    pub channel: &'static str,
    /// Its name.
    pub name: String,
    /// What its gateway speaks.
    pub kind: &'static str,
    /// Its configured weight.
    pub weight: u32,
    /// The share of messages that it gets while all routes are open, in hundredths.
    pub share: f64,
    /// What is left of its resting share: 100 when it is well.
    pub score: i64,
    /// `closed` (messages are let through), `open` (none are) or `half_open` (one is).
    pub breaker: &'static str,
    /// When an open breaker lets one message through.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// How often the breaker has opened since the route last answered.
    pub trips: u32,
    /// Until when its provider has asked for patience.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paused_until: Option<Timestamp>,
    /// `auto`, `off` or `only`: what an operator wants of it.
    pub mode: &'static str,
    /// The last trouble, in the provider's words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trouble: Option<String>,
    /// Messages sent again by it though the first copy may have arrived.
    pub duplicate_risks: i64,
}

/// Every route and how it does, as all nodes know by now.
pub async fn shown(notify: &Notify) -> Vec<Shown> {
    super::sync::refresh(notify).await;
    let now = notify.clock().now();
    let mut all = Vec::new();
    for (channel, word) in [(Channel::Sms, "sms"), (Channel::Email, "email")] {
        let ways = notify.ways().of(channel);
        let states: Vec<_> = ways.iter().map(|way| way.state()).collect();
        let weights: Vec<_> =
            ways.iter().zip(&states).map(|(way, state)| (way.terms.load().weight, state.score)).collect();
        for ((way, state), share) in ways.iter().zip(states).zip(shares(&weights)) {
            all.push(Shown {
                channel: word,
                name: way.name.to_string(),
                kind: way.carrier.protocol(),
                weight: way.terms.load().weight,
                share: (share * 10.0).round() / 10.0,
                score: state.score,
                breaker: state.breaker.as_str(),
                until: state.breaker.until(),
                trips: state.trips,
                paused_until: state.paused.filter(|paused| *paused > now),
                mode: state.mode.as_str(),
                trouble: state.trouble,
                duplicate_risks: state.duplicate_risks,
            });
        }
    }
    all
}

/// What an operator may ask of a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// `auto`, `off` or `only`.
    Mode(&'static str),
    /// To be tried at once, whatever rest it was given.
    Reset,
}

impl Wish {
    /// Reads what an operator wrote: a mode's name, or `reset`.
    pub fn parse(text: &str) -> Option<Self> {
        if text == "reset" {
            return Some(Self::Reset);
        }
        Mode::named(text).map(|mode| Self::Mode(mode.as_str()))
    }
}

impl Notify {
    /// Does what an operator asks of a route, on all nodes, and enters that into the audit log in the same
    /// commit; answers whether that changed anything, and `None` where there is no such route.
    pub async fn set_route(
        &self,
        channel: &str,
        name: &str,
        wish: Wish,
        actor: &str,
    ) -> store::Result<Option<bool>> {
        let known = match channel {
            "sms" => Channel::Sms,
            "email" => Channel::Email,
            _ => return Ok(None),
        };
        let Some(way) = self.ways().named(known, Some(name)) else { return Ok(None) };
        let (event, done) = match wish {
            Wish::Reset => (Event::Reset, "had a route tried at once".to_owned()),
            Wish::Mode(mode) => {
                let Some(named) = Mode::named(mode) else { return Ok(None) };
                (Event::Set(named), format!("set a route to {mode}"))
            }
        };
        let now = self.clock().now();
        let (id, subject) = (self.random().uuid_v7(now), format!("route {channel} {name}"));
        let entry = Entry::new(id, now, actor, Action::Operated, &subject, done);
        self.tell_audited(way, event, Some(entry)).await.map(Some)
    }
}
