//! Asks a channel about messages that it wants to be watched, many in one question.

use std::time::Duration;

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use super::{record, watched};
use crate::Exchange;
use crate::conversations::{self, Watching};
use crate::transports::{Sighting, Transport, TransportError};

/// Until the first question, and between the first ones.
pub(super) const FIRST_PAUSE: Duration = Duration::from_secs(60);
/// Messages in one question.
const AT_ONCE: u32 = 100;
/// Questions in one round: two thousand messages.
const QUESTIONS: usize = 20;

#[derive(Debug, thiserror::Error)]
enum LookError {
    #[error("the channel: {0}")]
    Channel(#[from] TransportError),
    #[error("the store: {0}")]
    Store(#[from] store::Error),
}

/// Asks about everything whose turn it is, or what there is time for; answers how much came of it.
pub(super) async fn look(app: &Exchange, transport: &dyn Transport, stop: &CancellationToken) -> usize {
    let mut told = 0;
    for _ in 0..QUESTIONS {
        if stop.is_cancelled() {
            break;
        }
        match ask(app, transport).await {
            Ok(Asked { about: 0, .. }) => break,
            Ok(Asked { news, .. }) => told += news,
            Err(error) => {
                tracing::warn!(service = %transport.service(), %error, "could not ask what became of messages");
                break;
            }
        }
    }
    if told > 0 {
        app.webhooks().ring();
    }
    told
}

/// What came of one question.
struct Asked {
    about: usize,
    news: usize,
}

async fn ask(app: &Exchange, transport: &dyn Transport) -> Result<Asked, LookError> {
    let (service, now) = (transport.service(), app.now());
    let due = app.store().read(move |tx| conversations::to_ask_about(tx, service, now, AT_ONCE)).await?;
    if due.is_empty() {
        return Ok(Asked { about: 0, news: 0 });
    }
    let questions: Vec<_> = due.iter().map(|due| watched(&due.conversation)).collect();
    let mut seen = transport.statuses(&questions).await?;
    let later: Vec<_> = due.iter().map(|due| (due.conversation.id, next(app, due.since, now))).collect();
    let about = due.len();
    app.store().write(move |tx| conversations::ask_again(tx, &later)).await?;
    let mut news = 0;
    for Watching { conversation, .. } in due {
        let reference = conversation.external_reference.as_deref().unwrap_or_default();
        let Some(at) = seen.iter().position(|sighting| sighting.reference == reference) else { continue };
        let Sighting { news: told, over, .. } = seen.swap_remove(at);
        let doing = app.clone();
        let recorded = app.store().write(move |tx| {
            if over {
                conversations::stop_watching(tx, conversation.id)?;
            }
            record(&doing, tx, &conversation, &told, doing.now())
        });
        news += recorded.await?;
    }
    Ok(Asked { about, news })
}

fn next(app: &Exchange, since: Timestamp, now: Timestamp) -> Timestamp {
    let days = app.config().status_back_off_days;
    let longest = Duration::from_secs(u64::from(app.config().status_longest_pause_minutes) * 60);
    let age = Duration::try_from(now.duration_since(since)).unwrap_or_default();
    now.checked_add(pause(age, days, longest)).unwrap_or(Timestamp::MAX)
}

/// The pause before a message of this age is asked about again: it grows evenly from a minute to the
/// longest one, which it reaches after so many days.
fn pause(age: Duration, days: u32, longest: Duration) -> Duration {
    let grown = age.as_secs_f64() / (f64::from(days.max(1)) * 86_400.0);
    FIRST_PAUSE + longest.saturating_sub(FIRST_PAUSE).mul_f64(grown.min(1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_evenly_from_a_minute_to_the_longest() {
        let hour = Duration::from_hours(1);
        let days = |days: u64| Duration::from_hours(days * 24);
        assert_eq!(pause(Duration::ZERO, 30, hour), Duration::from_mins(1));
        assert_eq!(pause(days(15), 30, hour), Duration::from_secs(60 + 59 * 30));
        assert_eq!(pause(days(30), 30, hour), hour);
        assert_eq!(pause(days(400), 30, hour), hour);
        assert_eq!(pause(days(1), 0, Duration::ZERO), Duration::from_mins(1), "never more often");
    }
}
