//! Routes: the gateways and mail servers behind the service, and which of them a message takes.
//!
//! A route is one way out of one channel, with a name of its own: two accounts at one gateway are two
//! routes. The name stays with what was sent by it, since delivery reports come by route: two gateways may
//! give the same reference.
//!
//! Every node that hands messages over (`api`, for those who wait, and `deliver`) keeps its own
//! connections on every route.
//!
//! # Choice
//!
//! Of the routes that serve a message's class and number and are open, one is drawn by weight (`take.rs`).
//! The message takes another only when the first has certainly not taken it: at once, within the same
//! job, so that whoever waits for a code waits no longer than for two gateways.
//!
//! # Health
//!
//! | what happens | what follows |
//! |---|---|
//! | five failures in a row, or more than half of at least twenty calls in 30 seconds | the breaker opens: nothing for 15 seconds, doubling up to five minutes; then one message, whose answer decides |
//! | the account or configuration is wrong | the breaker opens at once, with one alarm |
//! | the provider asks for patience | the route rests until then; its pace is halved |
//! | more than 50 errors in a minute, or 15 % of a quarter of an hour's messages slower than five minutes | ten points of its share move to the routes that are well |
//!
//! Calls are counted by each node for itself and in memory. What follows is kept in the store, changed
//! only when it changes, and announced to the other nodes, who also look every few seconds. While no route
//! of a channel is open, its jobs are not taken from the queue at all: no message uses up tries.

mod carrier;
mod pace;
mod shares;
pub(crate) mod show;
mod sink;
mod sql;
mod state;
pub(crate) mod sync;
mod take;
mod terms;
mod way;
mod window;

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use gateways::{EmailProvider, SmsProvider};
use tokio_util::sync::CancellationToken;

use crate::Notify;
use crate::recipients::Channel;

use carrier::Carrier;
pub use show::{Shown, Wish, shown};
pub(crate) use take::{Found, Wanted};
pub use terms::{Class, Route, RouteError, Terms};
pub(crate) use way::{Seat, Way};

#[cfg(test)]
impl Way {
    /// A route that nothing is sent by.
    pub(crate) fn nowhere() -> Arc<Self> {
        let email = gateways::email::SmtpConfig::default();
        let email = gateways::email::Smtp::new(&email, types::time::Clock::system()).expect("a relay");
        let carrier = Carrier::Email(Arc::new(email));
        Self::new("nowhere".to_owned(), Channel::Email, Terms::default(), carrier)
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

    /// The route of this name; where none is known, the only one.
    pub(crate) fn named(&self, channel: Channel, name: Option<&str>) -> Option<&Arc<Way>> {
        match (name, self.of(channel)) {
            (Some(name), ways) => ways.iter().find(|way| &*way.name == name),
            (None, [only]) => Some(only),
            (None, _) => None,
        }
    }

    /// Takes these routes on other terms from here on. What may be under way at once stays as it is.
    pub(crate) fn set_terms(&self, wanted: &[(Channel, String, Terms)]) -> Result<(), RouteError> {
        if let Some((_, name, _)) = wanted.iter().find(|(.., terms)| !terms.are_possible()) {
            return Err(RouteError::Pace(name.clone()));
        }
        for (channel, name, terms) in wanted {
            if let Some(way) = self.of(*channel).iter().find(|way| *way.name == **name) {
                way.set_terms(terms.clone());
            }
        }
        Ok(())
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
    if !terms.are_possible() {
        return Err(RouteError::Pace(name));
    }
    let channel = carrier.channel();
    Ok(Way::new(name, channel, terms, carrier))
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
