//! How nodes learn of each other's routes: at once by announcement, and slowly by themselves.

use std::sync::Arc;
use std::time::Duration;

use audit::Entry;
use jiff::{SignedDuration, Timestamp};
use store::{Engine, Error, Result};
use tokio_util::sync::CancellationToken;

use super::shares::{Seen, steps};
use super::state::{Breaker, Event, FULL, Standing, State};
use super::way::Way;
use super::{shares, sql};
use crate::recipients::Channel;
use crate::{EMAIL, Notify, SMS};

/// What is announced when a route's state has changed.
const ANNOUNCED: &str = "notify.routes";
/// How often a node tells what it has counted and looks at what others have.
const EVERY: Duration = Duration::from_secs(5);
/// A node that has said nothing for this long does not share the pace any more.
const ALIVE: SignedDuration = SignedDuration::from_secs(20);
/// Counts are kept for so long: they are looked at for a quarter of an hour.
const KEPT: SignedDuration = SignedDuration::from_mins(60);

/// A bell that other nodes' announcements ring.
#[derive(Debug)]
pub(crate) struct Bell(Arc<tokio::sync::Notify>);

impl Bell {
    pub(crate) fn new(store: &store::Store) -> Self {
        let bell = Arc::new(tokio::sync::Notify::new());
        let heard = Arc::clone(&bell);
        store.on_announcement(move |text| {
            if text == ANNOUNCED {
                heard.notify_one();
            }
        });
        Self(bell)
    }
}

/// Keeps this node's knowledge of routes up to date until told to stop.
pub(crate) async fn keep(notify: Notify, stop: CancellationToken) {
    reset_tripped(&notify).await;
    loop {
        sync(&notify).await;
        tokio::select! {
            () = stop.cancelled() => return,
            () = notify.routes_bell().0.notified() => {}
            () = tokio::time::sleep(EVERY) => {}
        }
    }
}

/// A node that starts may have a new configuration: what was shut is tried at once.
async fn reset_tripped(notify: &Notify) {
    refresh(notify).await;
    for way in notify.ways().all() {
        if way.state().breaker != Breaker::Closed {
            notify.tell(way, Event::Reset).await;
        }
    }
}

/// Tells what this node has counted, learns what all know, and moves shares where that is due.
pub(crate) async fn sync(notify: &Notify) {
    if let Err(error) = tell_counts(notify).await {
        tracing::warn!(%error, "could not write down how routes do");
    }
    refresh(notify).await;
    for channel in [Channel::Sms, Channel::Email] {
        if let Err(error) = move_shares(notify, channel).await {
            tracing::warn!(%error, "could not look at how routes do");
        }
    }
}

async fn tell_counts(notify: &Notify) -> Result<()> {
    let ways = notify.ways().all().map(|way| (way.channel, Arc::clone(&way.name), way.counted()));
    let counted: Vec<_> = ways.filter(|(_, _, counts)| !counts.is_empty()).collect();
    let shared = notify.store().engine() == Engine::Postgres;
    if counted.is_empty() && !shared {
        return Ok(());
    }
    let (now, node) = (notify.clock().now(), notify.node().to_owned());
    let work = move |tx: &mut store::Tx<'_>| {
        for (channel, name, counts) in &counted {
            sql::add_counts(tx, *channel, name, counts)?;
        }
        if !counted.is_empty() {
            sql::forget_counts(tx, now - KEPT)?;
        }
        if shared { sql::show_life(tx, &node, now, now - ALIVE) } else { Ok(1) }
    };
    let nodes = notify.store().write(work).await?;
    notify.ways().all().for_each(|way| way.set_nodes(nodes));
    Ok(())
}

/// Learns what all nodes know.
pub(super) async fn refresh(notify: &Notify) {
    let names: Vec<_> = notify.ways().all().map(|way| (way.channel, Arc::clone(&way.name))).collect();
    let work = move |tx: &mut store::Tx<'_>| {
        let read = |(channel, name): &(Channel, Arc<str>)| sql::read(tx, *channel, name);
        names.iter().map(read).collect::<Result<Vec<_>>>()
    };
    match notify.store().read(work).await {
        Ok(states) => {
            for (way, state) in notify.ways().all().zip(states) {
                way.learn(state.unwrap_or_default());
            }
        }
        Err(error) => tracing::warn!(%error, "could not read how routes do"),
    }
}

async fn move_shares(notify: &Notify, channel: Channel) -> Result<()> {
    let ways = notify.ways().of(channel);
    let now = notify.clock().now();
    // Most of the time there is nothing to look at.
    if ways.len() < 2 {
        return Ok(());
    }
    let names: Vec<_> = ways.iter().map(|way| Arc::clone(&way.name)).collect();
    let work = move |tx: &mut store::Tx<'_>| {
        let counts = |name: &Arc<str>| sql::counts(tx, channel, name, now - KEPT);
        names.iter().map(counts).collect::<Result<Vec<_>, Error>>()
    };
    let counts = notify.store().read(work).await?;
    let seen: Vec<_> =
        ways.iter().zip(counts).map(|(way, counts)| Seen { state: way.state(), counts }).collect();
    for (place, event) in steps(&seen, now) {
        notify.tell_if_still(&ways[place], event, &seen[place].state).await;
    }
    Ok(())
}

impl Notify {
    /// Changes what all nodes know about a route. Answers whether that changed anything.
    pub(super) async fn tell(&self, way: &Arc<Way>, event: Event) -> bool {
        self.tell_audited(way, event, None).await.unwrap_or(false)
    }

    /// The same, with an entry of the audit log in the same commit where it changes anything. Without a
    /// store this node alone knows.
    pub(super) async fn tell_audited(
        &self,
        way: &Arc<Way>,
        event: Event,
        entry: Option<Entry>,
    ) -> Result<bool> {
        let (now, before) = (self.clock().now(), way.state());
        if matches!(event, Event::Tripped(_) | Event::Limited(..)) {
            // This node stops at once, whether or not the store answers.
            if let Some(state) = before.after(&event, now) {
                way.learn(state);
            }
        }
        let (channel, name, told) = (way.channel, Arc::clone(&way.name), event.clone());
        let work = move |tx: &mut store::Tx<'_>| {
            let (state, changed) = sql::change(tx, channel, &name, &told, now)?;
            if changed {
                entry.iter().try_for_each(|entry| audit::record(tx, std::slice::from_ref(entry)))?;
            }
            Ok::<_, Error>((state, changed))
        };
        match self.store().write(work).await {
            Ok((state, changed)) => {
                if changed {
                    alarm(way, &event, &state);
                    self.store().announce(ANNOUNCED);
                }
                let opens = state.standing(now) == Standing::Ready;
                way.learn(state);
                if opens && changed {
                    self.ring(if channel == Channel::Sms { SMS } else { EMAIL });
                }
                Ok(changed)
            }
            Err(error) => {
                tracing::warn!(route = %way.name, %error, "could not tell other nodes about a route");
                if let Some(state) = before.after(&event, now).filter(|_| event != Event::Try) {
                    way.learn(state);
                }
                Err(error)
            }
        }
    }

    /// A step of the score, unless another node has just made it.
    async fn tell_if_still(&self, way: &Arc<Way>, event: Event, seen: &State) {
        let (channel, name, seen) = (way.channel, Arc::clone(&way.name), seen.clone());
        let (now, told) = (self.clock().now(), event.clone());
        let work = move |tx: &mut store::Tx<'_>| {
            let is_same = |state: &State| state.lowered == seen.lowered && state.raised == seen.raised;
            match sql::read(tx, channel, &name)? {
                Some(state) if !is_same(&state) => Ok((state, false)),
                _ => sql::change(tx, channel, &name, &told, now),
            }
        };
        match self.store().write(work).await {
            Ok((state, changed)) => {
                if changed {
                    alarm(way, &event, &state);
                    self.store().announce(ANNOUNCED);
                }
                way.learn(state);
            }
            Err(error) => tracing::warn!(route = %way.name, %error, "could not move a route's share"),
        }
    }

    /// A message whose first copy may have arrived is about to be sent again.
    pub(crate) async fn count_duplicate_risk(&self, way: &Arc<Way>) {
        self.tell(way, Event::DuplicateRisk).await;
    }

    /// Counts reports: how long after being taken messages were reported.
    pub(crate) fn count_report(&self, channel: Channel, route: &str, taken: Timestamp, delivered: bool) {
        if let Some(way) = self.ways().named(channel, Some(route)) {
            let took = self.clock().now().duration_since(taken);
            way.note_report(taken, delivered && took <= shares::SLOW);
        }
    }
}

/// Tells operators, once for each change and not for each message or node.
fn alarm(way: &Way, event: &Event, state: &State) {
    let route = &*way.name;
    match event {
        Event::Tripped(words) if state.trips <= 1 => {
            tracing::error!(route, %words, "a route is shut: nothing is sent by it until it answers again");
        }
        Event::Tripped(words) => tracing::warn!(route, %words, trips = state.trips, "a route is still shut"),
        Event::Answered => tracing::info!(route, "a route is open again"),
        Event::Limited(until, words) => tracing::info!(route, %until, %words, "a route rests"),
        Event::Lower(words) => {
            tracing::warn!(route, score = state.score, %words, "a route gets fewer messages");
        }
        Event::Raise if state.score == FULL => tracing::info!(route, "a route has its whole share again"),
        Event::Set(mode) => tracing::info!(route, mode = mode.as_str(), "an operator has set a route's mode"),
        _ => {}
    }
}
