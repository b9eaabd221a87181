//! What nodes tell each other: announcements, who leads, and what time it is.
//!
//! One thread with one connection. An announcement is sent after the commit it speaks of, on this
//! connection and gathered for a moment, because a `NOTIFY` inside a transaction makes all commits wait
//! for each other. It may get lost with a connection, so whoever listens also looks by himself, slowly.
//!
//! A leader is a row with a term and an end in the database's time, renewed every second. A session
//! lock would stay with a process that stands still, and with it all that only the leader does.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use tokio::runtime::Builder;
use tokio::sync::{Notify, watch};
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};
use tokio_postgres::{AsyncMessage, Client};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::connect::Connector;
use crate::error::{Error, Result};

/// How long announcements are gathered before they are sent.
const GATHER: Duration = Duration::from_millis(2);
/// How often terms are renewed.
const RENEW: Duration = Duration::from_secs(1);
/// How long a term lasts, in seconds of the database's time.
const TERM_SECONDS: i32 = 5;
/// How long the connection may take to answer.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long after a renewal of all terms began they are believed in. With [`WATCH`] it stays below a term's
/// length, so that a node whose database answers slowly stops leading before another begins.
const LASTS: Duration = Duration::from_secs(4);
/// How often it is looked at whether they still are.
const WATCH: Duration = Duration::from_millis(250);
/// How old an answer about a term may be to be believed.
const BELIEVE: Duration = Duration::from_secs(2);
/// Renewals between two looks at the database's clock.
const CLOCK_EVERY: u32 = 10;

type Hear = Box<dyn Fn(&str) + Send + Sync>;

/// A node's connection to the other nodes.
pub(crate) struct Companion {
    shared: Arc<Shared>,
    stop: CancellationToken,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    /// Our name among the nodes: machine, process, and something that no other store has.
    node: String,
    listeners: Mutex<Vec<Hear>>,
    /// What is to be announced, each thing once however often it was said meanwhile.
    outgoing: Mutex<BTreeSet<String>>,
    more: Notify,
    /// What this node would lead, and whether it does.
    tasks: Mutex<BTreeMap<&'static str, watch::Sender<bool>>>,
    correction: Arc<AtomicI64>,
}

impl Companion {
    /// Starts the thread. It has looked at the database's clock once when this returns.
    pub(crate) fn start(connector: Connector) -> Result<Self> {
        let shared = Arc::new(Shared { node: node_name(), ..Shared::default() });
        let stop = CancellationToken::new();
        let (ready, is_ready) = std::sync::mpsc::channel();
        let life = Life { connector, shared: Arc::clone(&shared), stop: stop.clone() };
        let thread = thread::Builder::new()
            .name("store-companion".to_owned())
            .spawn(move || life.run(&ready))
            .expect("a thread can be started");
        let first = is_ready.recv().unwrap_or(Err(Error::Closed));
        let companion = Self { shared, stop, thread: Some(thread) };
        first.map(|()| companion)
    }

    pub(crate) fn announce(&self, text: String) {
        lock(&self.shared.outgoing).insert(text);
        self.shared.more.notify_one();
    }

    pub(crate) fn on_announcement(&self, hear: Hear) {
        lock(&self.shared.listeners).push(hear);
    }

    /// Microseconds by which the database's clock is ahead of ours.
    pub(crate) fn correction(&self) -> Arc<AtomicI64> {
        Arc::clone(&self.shared.correction)
    }

    /// Asks for the lead in a task from now on; the receiver tells whether we have it.
    pub(crate) fn ask_for(&self, task: &'static str) -> watch::Receiver<bool> {
        lock(&self.shared.tasks).entry(task).or_insert_with(|| watch::Sender::new(false)).subscribe()
    }
}

impl Drop for Companion {
    fn drop(&mut self) {
        self.stop.cancel();
        if let Some(thread) = self.thread.take()
            && thread.thread().id() != thread::current().id()
        {
            let _ = thread.join();
        }
    }
}

fn node_name() -> String {
    let machine = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let unique = Uuid::new_v4().simple().to_string();
    format!("{}/{}/{}", machine.trim(), std::process::id(), &unique[..8])
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The thread's own.
struct Life {
    connector: Connector,
    shared: Arc<Shared>,
    stop: CancellationToken,
}

impl Life {
    fn run(self, ready: &std::sync::mpsc::Sender<Result<()>>) {
        let runtime = match Builder::new_current_thread().enable_all().build() {
            Ok(runtime) => runtime,
            Err(error) => {
                let _ = ready.send(Err(Error::Unavailable(error.to_string())));
                return;
            }
        };
        runtime.block_on(async {
            let stop = self.stop.clone();
            let mut ready = Some(ready);
            while !stop.is_cancelled() {
                tokio::select! {
                    () = stop.cancelled() => {}
                    ended = self.connected(&mut ready) => {
                        tracing::debug!(reason = ?ended.err(), "lost touch with the other nodes");
                        self.nobody_leads();
                    }
                }
                if let Some(ready) = ready.take() {
                    let _ = ready.send(Err(Error::Unavailable("it ended while starting".to_owned())));
                    return;
                }
                tokio::select! {
                    () = stop.cancelled() => {}
                    () = sleep(RENEW) => {}
                }
            }
            self.nobody_leads();
            // What led here may be led by another node at once.
            if let Ok((client, driver)) = self.connector.open(Box::new(|_| ())).await {
                let goodbye = self.release(&client);
                let _ = timeout(RENEW, async {
                    tokio::select! { _ = goodbye => {}, () = driver => {} }
                })
                .await;
            }
        });
    }

    /// Lives on one connection until it breaks.
    async fn connected(&self, ready: &mut Option<&std::sync::mpsc::Sender<Result<()>>>) -> Result<()> {
        let shared = Arc::clone(&self.shared);
        let own = Arc::new(AtomicI64::new(0));
        let mine = Arc::clone(&own);
        let hear = move |message| {
            if let AsyncMessage::Notification(news) = message
                && i64::from(news.process_id()) != mine.load(Ordering::Relaxed)
            {
                lock(&shared.listeners).iter().for_each(|hear| hear(news.payload()));
            }
        };
        let opened = self.connector.open(Box::new(hear)).await;
        let (client, driver) = match (opened, ready.take()) {
            (Ok(open), first) => {
                *ready = first;
                open
            }
            (Err(error), Some(first)) => {
                let _ = first.send(Err(Error::Unavailable(error.to_string())));
                return Err(error);
            }
            (Err(error), None) => return Err(error),
        };
        let renewed = Cell::new(Instant::now());
        tokio::select! {
            () = driver => Err(Error::Unavailable("the connection ended".to_owned())),
            () = self.until_overdue(&renewed) => {
                Err(Error::Unavailable("it answered too slowly to keep the lead".to_owned()))
            }
            ended = self.converse(&client, &own, &renewed, ready) => ended,
        }
    }

    async fn converse(
        &self,
        client: &Client,
        own: &AtomicI64,
        renewed: &Cell<Instant>,
        ready: &mut Option<&std::sync::mpsc::Sender<Result<()>>>,
    ) -> Result<()> {
        let me = within(client.query_one("SELECT pg_backend_pid()", &[])).await?;
        own.store(me.get::<_, i32>(0).into(), Ordering::Relaxed);
        within(client.batch_execute("LISTEN budstikke")).await?;
        self.look_at_clock(client).await?;
        if let Some(ready) = ready.take() {
            let _ = ready.send(Ok(()));
        }
        let mut renew = interval(RENEW);
        renew.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut renewals = 0_u32;
        let mut asked = 0;
        loop {
            tokio::select! {
                () = self.shared.more.notified() => self.send(client).await?,
                _ = renew.tick() => {
                    let begun = Instant::now();
                    self.renew(client).await?;
                    renewed.set(begun);
                    renewals = renewals.wrapping_add(1);
                    if renewals.is_multiple_of(CLOCK_EVERY) {
                        self.look_at_clock(client).await?;
                    }
                    asked = lock(&self.shared.tasks).len();
                }
                // Somebody who has just asked need not wait for the next second.
                () = sleep(Duration::from_millis(20)), if lock(&self.shared.tasks).len() != asked => {
                    self.renew(client).await?;
                    asked = lock(&self.shared.tasks).len();
                }
            }
        }
    }

    async fn send(&self, client: &Client) -> Result<()> {
        sleep(GATHER).await;
        let gathered = std::mem::take(&mut *lock(&self.shared.outgoing));
        for text in gathered {
            within(client.execute("SELECT pg_notify('budstikke', $1)", &[&text])).await?;
        }
        Ok(())
    }

    /// Takes and renews terms. A term that is not ours, or could not be renewed, is over.
    async fn renew(&self, client: &Client) -> Result<()> {
        const SQL: &str = "INSERT INTO leaders (task, node, term, until)
            VALUES ($1, $2, 1, clock_timestamp() + $3 * interval '1 second')
            ON CONFLICT (task) DO UPDATE SET node = excluded.node, until = excluded.until,
                term = leaders.term + CASE WHEN leaders.node = excluded.node THEN 0 ELSE 1 END
            WHERE leaders.node = excluded.node OR leaders.until < clock_timestamp()";
        let tasks: Vec<_> = lock(&self.shared.tasks).keys().copied().collect();
        let node = &self.shared.node;
        let seconds = f64::from(TERM_SECONDS);
        for task in tasks {
            let asked = Instant::now();
            let taken = within(client.execute(SQL, &[&task, node, &seconds])).await? == 1;
            // An answer that took long speaks of a term that may be over.
            self.set(task, taken && asked.elapsed() < BELIEVE);
        }
        Ok(())
    }

    /// Waits until this node leads by terms that may be over.
    async fn until_overdue(&self, renewed: &Cell<Instant>) {
        let leads = || lock(&self.shared.tasks).values().any(|told| *told.borrow());
        while renewed.get().elapsed() < LASTS || !leads() {
            sleep(WATCH).await;
        }
    }

    fn set(&self, task: &'static str, leads: bool) {
        if let Some(told) = lock(&self.shared.tasks).get(task) {
            let changed = told.send_if_modified(|now| std::mem::replace(now, leads) != leads);
            if changed {
                tracing::debug!(task, leads, "the lead in a task has changed");
            }
        }
    }

    fn nobody_leads(&self) {
        for told in lock(&self.shared.tasks).values() {
            told.send_replace(false);
        }
    }

    async fn release(&self, client: &Client) -> Result<()> {
        let node = &self.shared.node;
        let sql = "UPDATE leaders SET until = clock_timestamp() WHERE node = $1";
        within(client.execute(sql, &[node])).await.map(|_| ())
    }

    /// Takes the middle between question and answer for the moment the database spoke of.
    async fn look_at_clock(&self, client: &Client) -> Result<()> {
        const SQL: &str = "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint";
        let before = Timestamp::now().as_microsecond();
        let theirs: i64 = within(client.query_one(SQL, &[])).await?.get(0);
        let after = Timestamp::now().as_microsecond();
        let middle = before + (after - before) / 2;
        self.shared.correction.store(theirs - middle, Ordering::Relaxed);
        Ok(())
    }
}

/// An answer, or the connection is of no more use: while it says nothing, no term is renewed.
async fn within<T>(answer: impl Future<Output = std::result::Result<T, tokio_postgres::Error>>) -> Result<T> {
    match timeout(PATIENCE, answer).await {
        Ok(answer) => answer.map_err(|error| Error::Unavailable(error.to_string())),
        Err(_) => Err(Error::Unavailable("it did not answer in time".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::postgres::PostgresConfig;

    #[tokio::test]
    async fn a_lead_that_has_not_been_renewed_for_long_is_doubted() {
        let config = PostgresConfig::at("postgres://u@nowhere/db?sslmode=disable");
        let shared = Arc::new(Shared::default());
        let connector = Connector::new(&config, true).expect("an address");
        let life = Life { connector, shared: Arc::clone(&shared), stop: CancellationToken::new() };
        let long_ago = Cell::new(Instant::now().checked_sub(LASTS).expect("a machine that runs for seconds"));
        let just_now = Cell::new(Instant::now());
        let led = watch::Sender::new(false);
        lock(&shared.tasks).insert("a", led.clone());

        let soon = |renewed| timeout(WATCH * 2, life.until_overdue(renewed));
        assert!(soon(&long_ago).await.is_err(), "there is nothing to lose");
        led.send_replace(true);
        assert!(soon(&long_ago).await.is_ok());
        assert!(soon(&just_now).await.is_err());
        assert!(LASTS + WATCH < Duration::from_secs(u64::try_from(TERM_SECONDS).expect("seconds")));
    }
}
