//! Whoever started us as a service (systemd) hears when we answer, that we are alive, and that we stop. Where
//! nobody wants to hear, nothing is said.

use std::time::Duration;

use sd_notify::NotifyState;
use tokio_util::sync::CancellationToken;

/// We answer from here on.
pub(crate) fn ready() {
    tell(&[NotifyState::Ready]);
}

/// Says that we are alive as often as it is wanted, and at the end that we stop.
///
/// That says no more than that the runtime runs its tasks: a store or a gateway that does not answer is no
/// reason to be killed and started again.
pub(crate) async fn watch(stop: CancellationToken) {
    let wanted = sd_notify::watchdog_enabled();
    loop {
        let pause = wanted.map_or(Duration::MAX, |wanted| wanted / 3);
        tokio::select! {
            () = stop.cancelled() => break,
            () = tokio::time::sleep(pause) => tell(&[NotifyState::Watchdog]),
        }
    }
    tell(&[NotifyState::Stopping]);
}

fn tell(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::warn!(%error, "whoever supervises us cannot be told how we are");
    }
}
