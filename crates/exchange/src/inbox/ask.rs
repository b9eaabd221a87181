//! Asks a channel for what has come in, now and then.
//!
//! Of several nodes one leads each channel and asks it; the others take over when it is gone. Two that ask
//! at the same time, while the lead changes hands, fetch a message twice and store it once.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use meter::families;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::receive::{Brought, TakeError, bring, take_in};
use crate::transports::{Arrival, Transport};
use crate::{Exchange, lanes};

/// Pages of one organization's arrivals taken in before the interval is respected again.
const PAGES: usize = 100;
/// Arrivals taken in side by side. Each may be large: its bytes pass through, a buffer at a time.
const AT_ONCE: usize = 8;

/// Receives while this node leads the channel, until told to stop.
pub(crate) async fn run(app: Exchange, transport: Arc<dyn Transport>, stop: CancellationToken) {
    let task = lanes::receiving(transport.service());
    let store = app.store().clone();
    store.lead(task, stop, move |leading| ask(app.clone(), Arc::clone(&transport), leading)).await;
}

async fn ask(app: Exchange, transport: Arc<dyn Transport>, stop: CancellationToken) {
    let interval = Duration::from_millis(app.config().receive_interval_ms.max(10));
    loop {
        let woken = app.0.receive.notified();
        look(&app, transport.as_ref(), &stop).await;
        tokio::select! {
            () = stop.cancelled() => return,
            () = woken => {}
            () = sleep(interval) => {}
        }
    }
}

/// Takes in everything that waits now, or what there is time for; answers how much that was.
pub(crate) async fn look(app: &Exchange, transport: &dyn Transport, stop: &CancellationToken) -> usize {
    let (began, mut outcome) = (Instant::now(), "answered");
    let mut taken = 0;
    for receiver in transport.receivers() {
        let mut from = None;
        for _ in 0..PAGES {
            let page = match transport.arrivals(receiver, from.take()).await {
                Ok(page) => page,
                Err(error) => {
                    tracing::warn!(service = %transport.service(), %error, "could not ask for new messages");
                    outcome = "failed";
                    break;
                }
            };
            for batch in page.arrivals.chunks(AT_ONCE) {
                if stop.is_cancelled() {
                    return taken;
                }
                taken += take_batch(app, transport, batch).await;
            }
            from = page.next;
            if from.is_none() {
                break;
            }
        }
    }
    let labels = [transport.service().as_str(), outcome];
    app.store().meter().time(&families::POLLS, &labels, began.elapsed());
    taken
}

/// Brings arrivals here side by side and takes them in side by side, but what belongs to one conversation
/// in the order in which it came; answers how many went well.
async fn take_batch(app: &Exchange, transport: &dyn Transport, batch: &[Arrival]) -> usize {
    let now = app.now();
    let due = batch.iter().filter(|arrival| app.0.patience.may_try(&arrival.reference, now));
    let bringing = due.map(async |arrival| (arrival, bring(app, transport, arrival).await));
    let mut conversations: BTreeMap<String, Vec<(&Arrival, Brought)>> = BTreeMap::new();
    for (arrival, brought) in join_all(bringing).await {
        match brought {
            Ok(brought) => {
                let of = brought.conversation().unwrap_or(&arrival.reference).to_owned();
                conversations.entry(of).or_default().push((arrival, brought));
            }
            Err(error) => put_off(app, transport, arrival, &error),
        }
    }
    let taking = conversations.into_values().map(|arrivals| take_in_turn(app, transport, arrivals));
    join_all(taking).await.into_iter().sum()
}

async fn take_in_turn(
    app: &Exchange,
    transport: &dyn Transport,
    arrivals: Vec<(&Arrival, Brought)>,
) -> usize {
    let mut taken = 0;
    for (arrival, brought) in arrivals {
        match take_in(app, transport, arrival, brought).await {
            Ok(()) => {
                app.0.patience.succeeded(&arrival.reference);
                taken += 1;
            }
            Err(error) => put_off(app, transport, arrival, &error),
        }
    }
    taken
}

/// What fails is tried again by the ladder, so that a package that never gets through does not keep the
/// line busy.
fn put_off(app: &Exchange, transport: &dyn Transport, arrival: &Arrival, error: &TakeError) {
    let reference = &arrival.reference;
    let (ladder, chance) = (&app.config().send_retry_seconds, app.random().fraction());
    let pause = app.0.patience.failed(reference, app.now(), |failures| ladder.pause(failures, chance, None));
    tracing::warn!(
        service = %transport.service(), arrival.reference = %reference, %error, ?pause,
        "could not take a message in; it will be offered again"
    );
}
