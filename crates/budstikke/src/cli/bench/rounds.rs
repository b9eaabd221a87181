//! Round by round, in turns: the bare engine, ours on a fresh store, ours on an old one. What slows the
//! machine for a while slows all three.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};

use super::ageing;
use super::claims;
use super::figure::{Against, Comparison, Engine, Times, thousands};
use super::machine::Machine;
use super::ours::{self, Asked};
use super::postgres::{Database, Postgres};
use super::raw::Raw;
use super::site::Site;
use super::texts::Texts;

/// Finished rows in a store that counts as fresh.
const FEW_ROWS: u64 = 10_000;
/// No operation may be slower on an old store than by a third.
const GOAL_OLD: f64 = 2.0 / 3.0;
/// Accepting may lose less than thirty in a hundred beside readers.
const GOAL_BESIDE_READERS: f64 = 0.7;
const GOAL_FEED: f64 = 0.25;
const GOAL_CLAIM: f64 = 0.5;
/// Jobs that the bare engine claims at once.
const RAW_CLAIM: usize = 500;

/// What is measured, and how.
#[derive(Clone)]
pub(super) struct Plan {
    pub accept: bool,
    pub claim: bool,
    pub feed: bool,
    /// Finished rows in the old store; none is made for 0.
    pub old_rows: u64,
    pub rounds: u32,
    pub connections: usize,
    pub time: Duration,
}

/// One operation's values, a round each.
#[derive(Default)]
struct Values {
    raw: Vec<f64>,
    fresh: Vec<f64>,
    old: Vec<f64>,
    took: Vec<Duration>,
}

#[derive(Default)]
struct Measured {
    accept: Values,
    /// Beside readers, on the fresh store.
    beside: Vec<f64>,
    claim: Values,
    feed: Values,
}

/// One engine with everything on it that is measured in turns.
pub(super) struct Bed<'a> {
    folder: &'a Path,
    postgres: Option<&'a Postgres>,
    raw: Raw,
    raw_database: Option<Database>,
    old: Option<Site>,
    old_orders: u64,
    plan: Plan,
    texts: Texts,
    measured: Measured,
}

impl<'a> Bed<'a> {
    /// Makes the bare engine's tables and the old store.
    pub(super) async fn make(folder: &'a Path, postgres: Option<&'a Postgres>, plan: &Plan) -> Result<Self> {
        let raw_database = match postgres {
            Some(server) => Some(server.database("raw").await?),
            None => None,
        };
        let raw = match &raw_database {
            Some(database) => Raw::in_database(&database.url()).await,
            None => Raw::in_folder(folder).await,
        };
        let raw = raw.context("the tables of the bare engine")?;
        let texts = Texts::new();
        let (mut old, mut old_orders) = (None, 0);
        if plan.old_rows > 0 {
            let site = Site::make(folder, "old", postgres).await?;
            old_orders = ageing::fill(&site, &texts, plan.old_rows).await.context("the old store")?;
            let megabytes = f64::from(u32::try_from(site.size().await? >> 20)?);
            eprintln!("  {old_orders} finished orders take {} MB", thousands(megabytes));
            old = Some(site);
        }
        let (plan, measured) = (plan.clone(), Measured::default());
        Ok(Self { folder, postgres, raw, raw_database, old, old_orders, plan, texts, measured })
    }

    pub(super) const fn engine(&self) -> Engine {
        self.raw.engine()
    }

    /// Another empty place on this engine.
    pub(super) async fn site(&self, name: &str) -> Result<Site> {
        Site::make(self.folder, name, self.postgres).await
    }

    /// Measures everything once, in turns.
    pub(super) async fn round(&mut self, machine: &mut Machine) -> Result<()> {
        machine.look_around().await;
        let fresh = Site::make(self.folder, "fresh", self.postgres).await?;
        let fresh_orders = ageing::fill(&fresh, &self.texts, FEW_ROWS).await?;
        if self.plan.accept {
            let raw = self.raw.accept(&self.texts, self.plan.time).await?;
            self.measured.accept.raw.push(raw);
        }
        self.ask(&fresh, fresh_orders, Age::Fresh).await.context("the fresh store")?;
        if let Some(old) = self.old.take() {
            let asked = self.ask(&old, self.old_orders, Age::Old).await;
            self.old = Some(old);
            asked.context("the old store")?;
        }
        if self.plan.claim {
            self.claims(&fresh).await.context("claims")?;
        }
        fresh.remove().await
    }

    /// What is asked over HTTP.
    async fn ask(&mut self, site: &Site, orders: u64, age: Age) -> Result<()> {
        let Plan { accept, feed, connections, time, .. } = self.plan;
        if !accept && !feed {
            return Ok(());
        }
        let texts = self.texts.clone();
        let mut server = ours::serve(site).await?;
        let asked = Asked { server: &server, last: orders, texts: &texts, connections, time };
        if feed {
            if age == Age::Fresh {
                let raw = self.raw.feed(&self.texts, time).await?;
                self.measured.feed.raw.push(raw);
            }
            self.measured.feed.of(age).push(asked.feed().await?.rate);
        }
        if accept {
            let seen = asked.accept().await?;
            self.measured.accept.of(age).push(seen.rate);
            if age == Age::Fresh {
                self.measured.accept.took.extend(seen.took);
                self.measured.beside.push(asked.accept_beside_readers().await?.rate);
            }
        }
        server.stop().await
    }

    async fn claims(&mut self, fresh: &Site) -> Result<()> {
        let time = self.plan.time;
        self.measured.claim.raw.push(self.raw.claim(RAW_CLAIM, claims::WAITING, time).await?);
        self.measured.claim.fresh.push(claims::measure(fresh, time).await?);
        if let Some(old) = &self.old {
            self.measured.claim.old.push(claims::measure(old, time).await?);
        }
        Ok(())
    }

    /// Removes what was made, and gives what was measured.
    pub(super) async fn end(self) -> Result<Vec<Comparison>> {
        let engine = self.raw.engine();
        let comparisons = self.measured.comparisons(engine, &self.plan);
        drop(self.raw);
        if let Some(database) = self.raw_database {
            database.remove().await?;
        }
        if let Some(old) = self.old {
            old.remove().await?;
        }
        Ok(comparisons)
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Age {
    Fresh,
    Old,
}

impl Values {
    fn of(&mut self, age: Age) -> &mut Vec<f64> {
        match age {
            Age::Fresh => &mut self.fresh,
            Age::Old => &mut self.old,
        }
    }
}

impl Measured {
    fn comparisons(self, engine: Engine, plan: &Plan) -> Vec<Comparison> {
        let Self { accept, beside, claim, feed } = self;
        let compare = |operation: &str, unit, against, base: &[f64], ours: &[f64], goal| Comparison {
            operation: operation.to_owned(),
            unit,
            engine,
            against,
            base: base.to_vec(),
            ours: ours.to_vec(),
            goal,
            times: None,
        };
        let goal_accept = match engine {
            Engine::Sqlite => 0.6,
            Engine::Postgres => 0.35,
        };
        let old_words =
            format!("{} rows", thousands(f64::from(u32::try_from(plan.old_rows).unwrap_or(u32::MAX))));
        let accepted = format!("accept, {} connections", plan.connections);
        let waiting = "claim, complete; 400,000 waiting";
        let pages = "feed, pages of 100";
        let raw = Against::RawEngine;
        let old = Against::FreshStore;
        let mut all = vec![
            compare(&accepted, "orders", raw, &accept.raw, &accept.fresh, goal_accept),
            compare(
                "accept beside feed readers",
                "orders",
                Against::Alone,
                &accept.fresh,
                &beside,
                GOAL_BESIDE_READERS,
            ),
            compare(waiting, "jobs", raw, &claim.raw, &claim.fresh, GOAL_CLAIM),
            compare(pages, "pages", raw, &feed.raw, &feed.fresh, GOAL_FEED),
            compare(&format!("accept with {old_words}"), "orders", old, &accept.fresh, &accept.old, GOAL_OLD),
            compare(&format!("claim with {old_words}"), "jobs", old, &claim.fresh, &claim.old, GOAL_OLD),
            compare(&format!("feed with {old_words}"), "pages", old, &feed.fresh, &feed.old, GOAL_OLD),
        ];
        all[0].times = Times::of(accept.took);
        all.retain(|comparison| !comparison.ours.is_empty());
        all
    }
}
