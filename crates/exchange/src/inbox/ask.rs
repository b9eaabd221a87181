//! Asks a channel for what has come in, now and then.
//!
//! Of several nodes one leads each channel and asks it; the others take over when it is gone. Two that ask
//! at the same time, while the lead changes hands, fetch a message twice and store it once.

use std::sync::Arc;
use std::time::{Duration, Instant};

use meter::families;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::receive::take_in;
use crate::transports::{Arrival, Transport};
use crate::{Exchange, lanes};

/// Pages of one organization's arrivals taken in before the interval is respected again.
const PAGES: usize = 100;

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
            for arrival in &page.arrivals {
                if stop.is_cancelled() {
                    return taken;
                }
                if app.0.patience.may_try(&arrival.reference, app.now())
                    && try_in(app, transport, arrival).await
                {
                    taken += 1;
                }
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

/// Takes one arrival in; answers whether that went well. What fails is tried again by the ladder, so
/// that a package that never gets through does not keep the line busy.
async fn try_in(app: &Exchange, transport: &dyn Transport, arrival: &Arrival) -> bool {
    let reference = &arrival.reference;
    let Err(error) = take_in(app, transport, arrival).await else {
        app.0.patience.succeeded(reference);
        return true;
    };
    let (ladder, chance) = (&app.config().send_retry_seconds, app.random().fraction());
    let pause = app.0.patience.failed(reference, app.now(), |failures| ladder.pause(failures, chance, None));
    tracing::warn!(
        service = %transport.service(), arrival.reference = %reference, %error, ?pause,
        "could not take a message in; it will be offered again"
    );
    false
}
