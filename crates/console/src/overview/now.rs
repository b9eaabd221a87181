//! How everything is now: gathered once for the line of what needs attention, the figures and the tables.

use std::collections::BTreeMap;

use ::webhooks::Subscription;
use exchange::identities::Overview as Certificates;
use exchange::overview::MessageLine;
use jobs::Buried;
use meter::{Family, Snapshot, Value, families};
use notify::overview::{DeadReport, Shipment};
use notify::routes::{Shown, shown};
use store::Lead;

use super::attention::{Facts, Route};
use crate::Console;
use crate::page::{self, Refusal};

/// Rows of each list.
const LATEST: u32 = 20;
/// More than so many are not counted.
const COUNTED: u32 = 1_000;

/// How everything is now.
pub(super) struct Now {
    pub snapshot: Snapshot,
    pub certificates: Certificates,
    pub routes: Vec<Shown>,
    pub stopped: Vec<Subscription>,
    pub buried: Vec<Buried>,
    pub dead_reports: Vec<DeadReport>,
    pub leads: Vec<Lead>,
}

impl Now {
    /// Asks everybody.
    pub(super) async fn gather(console: &Console) -> Result<Self, Refusal> {
        let read = console.store().read(|tx| {
            let buried = jobs::buried(tx, COUNTED)?;
            Ok::<_, store::Error>((buried, notify::overview::dead_reports(tx, COUNTED)?, store::leads(tx)?))
        });
        let (buried, dead_reports, leads) = read.await?;
        let stopped = console.exchange().webhooks().stopped().await;
        Ok(Self {
            snapshot: console.history().now().await,
            certificates: console.exchange().identities().overview(console.now()),
            routes: shown(console.notify()).await,
            stopped: stopped.map_err(|error| page::failed(&error))?,
            buried,
            dead_reports,
            leads,
        })
    }

    /// A measure without labels, or with this one.
    pub(super) fn measure(&self, family: &Family, label: Option<&str>) -> Option<f64> {
        let points = self.snapshot.points(family);
        let wanted = |labels: &[String]| label.is_none_or(|label| labels.iter().any(|known| known == label));
        let found = points.into_iter().find(|point| wanted(&point.labels));
        found.and_then(|point| if let Value::Measure(measure) = point.value { Some(measure) } else { None })
    }

    /// Every measure of a family by its first label.
    pub(super) fn measures(&self, family: &Family) -> BTreeMap<String, f64> {
        let points = self.snapshot.points(family).into_iter();
        let named = points.filter_map(|point| match point.value {
            Value::Measure(measure) => Some((point.labels.into_iter().next()?, measure)),
            _ => None,
        });
        named.collect()
    }

    /// What somebody might have to look at.
    pub(super) fn facts(&self) -> Facts {
        let measure = |family, label| self.measure(family, label).unwrap_or(0.0);
        let route = |route: &Shown| Route {
            channel: route.channel,
            name: route.name.clone(),
            is_open: route.breaker == "open",
            is_off: route.mode == "off",
            trouble: route.trouble.clone(),
        };
        let named = |held: bool| {
            let stopped = self.stopped.iter().filter(move |subscription| subscription.held == held);
            stopped.map(|subscription| subscription.name.clone()).collect()
        };
        let free = self.measure(&families::DISK_FREE, None);
        let channels = self.measures(&families::CHANNEL_UP).into_iter();
        let offsets = self.measures(&families::CLOCK_OFFSET).into_values();
        Facts {
            certificate_days: Some(self.certificates.days_left()),
            certificate_failure: self.certificates.failure.as_ref().map(|failure| failure.reason.clone()),
            routes: self.routes.iter().map(route).collect(),
            channels_down: channels.filter(|(_, up)| *up < 0.5).map(|(channel, _)| channel).collect(),
            lanes: self.measures(&families::LANE_AGE).into_iter().collect(),
            outgoing: measure(&families::QUEUE_AGE, Some("outgoing")),
            incoming: measure(&families::QUEUE_AGE, Some("incoming")),
            set_aside: measure(&families::QUEUE_DEPTH, Some("set_aside")),
            buried: self.buried.len(),
            dead_reports: self.dead_reports.len(),
            paused: named(false),
            held: named(true),
            disk: free.zip(self.measure(&families::DISK_TOTAL, None)),
            clock: offsets.max_by(|one, other| one.abs().total_cmp(&other.abs())).unwrap_or(0.0),
            transaction: measure(&families::OLDEST_TRANSACTION, None),
            leaderless: self.leads.iter().filter(|lead| !lead.holds).map(|lead| lead.task.clone()).collect(),
        }
    }
}

/// The latest of what was sent and what arrived.
pub(super) async fn latest(console: &Console) -> Result<(Vec<Shipment>, Vec<MessageLine>), Refusal> {
    let (organization, _) = console.organization();
    let messages = exchange::overview::latest(console.store(), organization, LATEST).await?;
    let shipments = console.store().read(|tx| notify::overview::latest_shipments(tx, LATEST)).await?;
    Ok((shipments, messages))
}
