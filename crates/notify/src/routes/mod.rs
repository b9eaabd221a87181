//! Routes: the gateways and mail servers behind the service, and which of them a message takes.
//!
//! A route is one way out of one channel, with a name of its own: two accounts at one gateway are two
//! routes. The name stays with what was sent by it, since delivery reports come by route: two gateways may
//! give the same reference.
//!
//! Every node that hands messages over (`api`, for those who wait, and `deliver`) keeps its own
//! connections on every route.

mod sink;

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use gateways::{
    EmailProvider, EmailResult, Following, OutgoingEmail, OutgoingSms, Progress, ReportSink, SmsProvider,
    Urgency,
};
use serde::Deserialize;
use tokio_util::sync::CancellationToken;
use types::PhoneNumber;

use crate::Notify;
use crate::recipients::Channel;
use crate::sending::Fact;

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
    fn fits(&self, to: Option<&PhoneNumber>, urgency: Urgency) -> bool {
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

/// Who carries a route's messages.
#[derive(Clone, Debug)]
pub(crate) enum Carrier {
    Sms(Arc<dyn SmsProvider>),
    Email(Arc<dyn EmailProvider>),
}

impl Carrier {
    /// The protocol.
    fn protocol(&self) -> &'static str {
        match self {
            Self::Sms(provider) => provider.name(),
            Self::Email(provider) => provider.name(),
        }
    }

    pub(crate) async fn send_sms(&self, sms: &OutgoingSms) -> Fact {
        match self {
            Self::Sms(provider) => provider.send(sms).await.into(),
            Self::Email(_) => Fact::of_another_channel(),
        }
    }

    pub(crate) async fn send_email(&self, email: &OutgoingEmail) -> Fact {
        match self {
            Self::Email(provider) => provider.send(email).await.into(),
            Self::Sms(_) => Fact::of_another_channel(),
        }
    }

    /// How its messages are followed, if they are.
    pub(crate) fn following(&self) -> Option<Following> {
        match self {
            Self::Sms(_) => None,
            Self::Email(provider) => provider.following(),
        }
    }

    /// How far a message has come.
    pub(crate) async fn follow(&self, reference: &str) -> Progress<EmailResult> {
        match self {
            Self::Sms(_) => Progress::NotFollowed,
            Self::Email(provider) => provider.follow(reference).await,
        }
    }

    async fn run(&self, reports: &dyn ReportSink, stop: CancellationToken) {
        match self {
            Self::Sms(provider) => provider.run(reports, stop).await,
            Self::Email(provider) => provider.run(reports, stop).await,
        }
    }
}

/// A route at work.
#[derive(Debug)]
pub(crate) struct Way {
    pub(crate) name: Arc<str>,
    pub(crate) terms: Terms,
    pub(crate) carrier: Carrier,
}

#[cfg(test)]
impl Way {
    /// A route that nothing is sent by.
    pub(crate) fn nowhere() -> Arc<Self> {
        let email = gateways::email::SmtpConfig::default();
        let email = gateways::email::Smtp::new(&email, types::time::Clock::system()).expect("a relay");
        Arc::new(Self {
            name: "nowhere".into(),
            terms: Terms::default(),
            carrier: Carrier::Email(Arc::new(email)),
        })
    }
}

/// Every route, each channel's in the order of the configuration.
#[derive(Debug)]
pub(crate) struct Ways {
    sms: Vec<Arc<Way>>,
    email: Vec<Arc<Way>>,
}

impl Ways {
    pub(crate) fn new(
        sms: Vec<Route<dyn SmsProvider>>,
        email: Vec<Route<dyn EmailProvider>>,
    ) -> Result<Self, RouteError> {
        let sms = sms.into_iter().map(|route| way(route.name, route.terms, Carrier::Sms(route.provider)));
        let email =
            email.into_iter().map(|route| way(route.name, route.terms, Carrier::Email(route.provider)));
        let ways = Self { sms: sms.collect::<Result<_, _>>()?, email: email.collect::<Result<_, _>>()? };
        check(&ways.sms, "SMS")?;
        check(&ways.email, "e-mail")?;
        Ok(ways)
    }

    /// A channel's routes.
    pub(crate) fn of(&self, channel: Channel) -> &[Arc<Way>] {
        match channel {
            Channel::Sms => &self.sms,
            Channel::Email => &self.email,
        }
    }

    /// One of a channel's routes that fit, at random by weight; `draw` is from 0 up to 1.
    pub(crate) fn choose(
        &self,
        channel: Channel,
        to: Option<&PhoneNumber>,
        urgency: Urgency,
        draw: f64,
    ) -> Option<Arc<Way>> {
        let fitting: Vec<_> = self.of(channel).iter().filter(|way| way.terms.fits(to, urgency)).collect();
        let total: f64 = fitting.iter().map(|way| f64::from(way.terms.weight)).sum();
        let mut left = draw * total;
        for way in &fitting {
            left -= f64::from(way.terms.weight);
            if left < 0.0 {
                return Some(Arc::clone(way));
            }
        }
        fitting.last().map(|way| Arc::clone(way))
    }

    /// The route of this name; where none is known, the only one.
    pub(crate) fn named(&self, channel: Channel, name: Option<&str>) -> Option<&Arc<Way>> {
        match (name, self.of(channel)) {
            (Some(name), ways) => ways.iter().find(|way| &*way.name == name),
            (None, [only]) => Some(only),
            (None, _) => None,
        }
    }

    fn all(&self) -> impl Iterator<Item = &Arc<Way>> {
        self.sms.iter().chain(&self.email)
    }

    /// The one route of a protocol that pushes its reports to us, where there is just one.
    pub(crate) fn only_one_of(&self, protocol: &str) -> Option<&Arc<Way>> {
        let mut fitting = self.all().filter(|way| way.carrier.protocol() == protocol);
        fitting.next().filter(|_| fitting.next().is_none())
    }
}

fn way(name: String, terms: Terms, carrier: Carrier) -> Result<Arc<Way>, RouteError> {
    if terms.per_second.is_some_and(|rate| !rate.is_finite() || rate <= 0.0) || terms.at_once == Some(0) {
        return Err(RouteError::Pace(name));
    }
    Ok(Arc::new(Way { name: name.into(), terms, carrier }))
}

fn check(ways: &[Arc<Way>], channel: &'static str) -> Result<(), RouteError> {
    let mut names = HashSet::new();
    for Way { name, .. } in ways.iter().map(|way| &**way) {
        if name.is_empty() || name.chars().count() > 64 || !names.insert(name) {
            return Err(RouteError::Name(name.to_string()));
        }
    }
    if ways.is_empty() { Err(RouteError::None(channel)) } else { Ok(()) }
}

/// How long a provider rests whose work ended by itself.
const REST: Duration = Duration::from_secs(5);

/// Lets every provider keep its connections and bring its reports, until told to stop.
pub(crate) async fn keep_connected(notify: Notify, stop: CancellationToken) {
    let mut running = tokio::task::JoinSet::new();
    for way in notify.ways().all() {
        running.spawn(keep_one(notify.clone(), Arc::clone(way), stop.clone()));
    }
    while let Some(ended) = running.join_next().await {
        if let Err(panic) = ended {
            tracing::error!(%panic, "a provider's work panicked");
        }
    }
}

async fn keep_one(notify: Notify, way: Arc<Way>, stop: CancellationToken) {
    loop {
        let (sink, provider, token) = (notify.clone(), Arc::clone(&way), stop.clone());
        let ended = tokio::spawn(async move { provider.carrier.run(&sink, token).await }).await;
        if stop.is_cancelled() {
            return;
        }
        let panicked = ended.is_err();
        tracing::warn!(route = %way.name, panicked, "a provider's work ended by itself; it begins anew");
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(REST) => {}
        }
    }
}
