//! What a route is, and when it is taken.

use std::fmt;
use std::sync::Arc;

use gateways::Urgency;
use serde::Deserialize;
use types::PhoneNumber;

/// One way out, to one gateway or mail server.
pub struct Route<P: ?Sized> {
    /// Its name, unlike any other of its channel.
    pub name: String,
    /// When it is taken.
    pub terms: Terms,
    /// Who carries the messages.
    pub provider: Arc<P>,
}

impl<P: ?Sized> Route<P> {
    /// A route that takes everything.
    pub fn new(name: impl Into<String>, provider: Arc<P>) -> Self {
        Self { name: name.into(), terms: Terms::default(), provider }
    }
}

impl<P: ?Sized> Clone for Route<P> {
    fn clone(&self) -> Self {
        Self { name: self.name.clone(), terms: self.terms.clone(), provider: Arc::clone(&self.provider) }
    }
}

impl<P: ?Sized> fmt::Debug for Route<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Route({:?})", self.name)
    }
}

/// When a route is taken, and how hard it may be used.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Terms {
    /// Its share of the messages, beside the other routes' weights. 0: only when no other is open.
    /// Default 100.
    pub weight: u32,
    /// Messages a second, of all nodes together. Default as many as there are.
    pub per_second: Option<f64>,
    /// Messages under way at once on each node. Default as many as there are.
    pub at_once: Option<usize>,
    /// Beginnings of the numbers it serves, such as `+47`. Default all; only for SMS.
    pub prefixes: Vec<String>,
    /// The only class of messages it serves. Default all.
    pub only_for: Option<Class>,
}

impl Default for Terms {
    fn default() -> Self {
        Self { weight: 100, per_second: None, at_once: None, prefixes: Vec::new(), only_for: None }
    }
}

/// A class of messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// Those that somebody waits for.
    Instant,
    /// All others.
    Ordinary,
}

impl Terms {
    /// Whether a message can keep them.
    pub(super) fn are_possible(&self) -> bool {
        self.per_second.is_none_or(|rate| rate.is_finite() && rate > 0.0) && self.at_once != Some(0)
    }

    pub(super) fn fits(&self, to: Option<&PhoneNumber>, urgency: Urgency) -> bool {
        let class = match urgency {
            Urgency::Instant => Class::Instant,
            Urgency::Ordinary => Class::Ordinary,
        };
        self.only_for.is_none_or(|only| only == class)
            && to.is_none_or(|to| {
                self.prefixes.is_empty()
                    || self.prefixes.iter().any(|prefix| to.reveal().starts_with(prefix.as_str()))
            })
    }
}

/// Why there can be no service with these routes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RouteError {
    /// A channel has no route at all.
    #[error("there is no route for {0}")]
    None(&'static str),
    /// Two routes of a channel have one name, or a name cannot be one.
    #[error("the name {0:?} of a route is empty, longer than 64 characters, or another route's as well")]
    Name(String),
    /// A pace that no message could keep.
    #[error("the route {0:?} must let at least one message through: per_second and at_once are above 0")]
    Pace(String),
}
