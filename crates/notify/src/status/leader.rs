//! Numbers waiting entries of the feed for as long as this node leads.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use store::{Engine, Error, Store};
use tokio::sync::{Notify as Signal, watch};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::{number, sql};
use crate::Notify;
use crate::subscriptions::dispatch;

/// The task that one node leads, and what is announced when entries wait.
pub(crate) const FEED: &str = "notify.feed";

/// What is announced when readers can see more.
const SHOWN: &str = "notify.feed.shown";

/// Entries numbered in one commit at most: some milliseconds of work.
const BATCH: u32 = 400;
/// Before each look, so that entries gather while many orders end.
const GATHER: Duration = Duration::from_millis(5);
/// How often to look when nobody rings.
const POLL_EVERY: Duration = Duration::from_secs(1);
/// How long to rest after a failure.
const REST: Duration = Duration::from_millis(500);

/// Rung when entries wait for numbers or news for webhooks, and when readers can see more; here or on
/// another node.
#[derive(Debug)]
pub(crate) struct Bell {
    rung: Arc<Signal>,
    news: Arc<Signal>,
    shown: Arc<watch::Sender<u64>>,
    leads: AtomicBool,
}

impl Bell {
    /// A bell that hears the other nodes of this store.
    pub(crate) fn new(store: &Store) -> Self {
        let (rung, news) = (Arc::<Signal>::default(), Arc::<Signal>::default());
        let shown = Arc::new(watch::Sender::new(0));
        let bell = Self {
            rung: Arc::clone(&rung),
            news: Arc::clone(&news),
            shown: Arc::clone(&shown),
            leads: AtomicBool::new(false),
        };
        store.on_announcement(move |text| match text {
            FEED => {
                rung.notify_one();
                news.notify_one();
            }
            SHOWN => shown.send_modify(|times| *times += 1),
            _ => {}
        });
        bell
    }

    /// Waits until there may be news for webhooks.
    pub(crate) async fn news(&self) {
        self.news.notified().await;
    }

    /// Changes whenever readers may see more than before.
    pub(crate) fn shown(&self) -> watch::Receiver<u64> {
        self.shown.subscribe()
    }

    /// Readers can see more, after the commit.
    fn show(&self, store: &Store) {
        self.shown.send_modify(|times| *times += 1);
        store.announce(SHOWN);
    }

    /// Rings, after the commit.
    pub(crate) fn ring(&self, store: &Store) {
        self.news.notify_one();
        if store.engine() == Engine::Sqlite {
            // No entry waits: they have their numbers already.
            self.show(store);
            return;
        }
        self.rung.notify_one();
        if !self.leads.load(Ordering::Relaxed) {
            store.announce(FEED);
        }
    }
}

/// Numbers entries and hands news to webhooks until the term or the service ends. Safe to do twice.
pub(crate) async fn lead(app: Notify, term: CancellationToken) {
    tokio::join!(number_until(app.clone(), term.clone()), dispatch::lead(app, term));
}

async fn number_until(app: Notify, term: CancellationToken) {
    let bell = app.feed_bell();
    bell.leads.store(true, Ordering::Relaxed);
    while !term.is_cancelled() {
        let pause = match number_batch(&app).await {
            Ok(true) => GATHER,
            Ok(false) => {
                tokio::select! {
                    () = term.cancelled() => break,
                    () = bell.rung.notified() => GATHER,
                    () = sleep(POLL_EVERY) => GATHER,
                }
            }
            Err(error) => {
                tracing::warn!(%error, "could not number entries of the feed; trying again");
                REST
            }
        };
        tokio::select! {
            () = term.cancelled() => break,
            () = sleep(pause) => {}
        }
    }
    bell.leads.store(false, Ordering::Relaxed);
}

/// Numbers everything that waits, and answers how many entries there were. For tests, which own the
/// clock.
pub(crate) async fn number_all(app: &Notify) -> Result<usize, Error> {
    let mut total = 0;
    loop {
        let given = app.store().write(|tx| number::give(tx, BATCH)).await?;
        match usize::try_from(given) {
            Ok(given) if given > 0 => total += given,
            _ => {
                app.feed_bell().show(app.store());
                return Ok(total);
            }
        }
    }
}

/// Numbers one batch, if anything waits. Looking costs no commit; most looks find nothing.
async fn number_batch(app: &Notify) -> Result<bool, Error> {
    if app.store().read(sql::none_waiting).await? {
        return Ok(false);
    }
    let given = app.store().write(|tx| number::give(tx, BATCH)).await?;
    if given > 0 {
        app.feed_bell().show(app.store());
    }
    Ok(given > 0)
}
