//! Sessions: found with each request, and kept alive by use.

use std::time::Duration;

use jiff::Timestamp;
use store::Store;

use super::sql::{self, Session};
use super::ticket::Ticket;
use crate::Console;
use crate::config::Config;

/// A session that is used all the time is written down once in this while.
const NOTED_EVERY: Duration = Duration::from_secs(60);

/// The session that a ticket opens, if there is one. A page that renews a part of itself does not keep it alive.
pub(crate) async fn find(
    console: &Console,
    ticket: &Ticket,
    by_itself: bool,
) -> store::Result<Option<Session>> {
    let (hash, now) = (ticket.hash(), console.now());
    let key = hash.clone();
    let Some(session) = console.store().read(move |tx| sql::session(tx, &key, now)).await? else {
        return Ok(None);
    };
    let unnoted = now.duration_since(session.seen).unsigned_abs();
    if !by_itself && unnoted >= NOTED_EVERY {
        let ends = ends(console.config(), session.created, now);
        console.store().write(move |tx| sql::touch(tx, &hash, now, ends)).await?;
    }
    Ok(Some(session))
}

/// When a session ends that is used now and never again.
pub(super) fn ends(config: &Config, created: Timestamp, now: Timestamp) -> Timestamp {
    let longest = later(created, config.longest());
    later(now, config.idle() + NOTED_EVERY).min(longest)
}

/// A moment so much later; the end of time at most.
pub(super) fn later(moment: Timestamp, by: Duration) -> Timestamp {
    moment.checked_add(by).unwrap_or(Timestamp::MAX)
}

/// Removes sessions and attempts that are over.
pub(crate) async fn tidy(store: &Store, now: Timestamp) -> store::Result<()> {
    store.write(move |tx| sql::tidy(tx, now)).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a moment")
    }

    #[test]
    fn a_session_ends_after_its_last_use_and_at_the_latest_after_its_whole_time() {
        let config = Config { idle_minutes: 59, session_hours: 2, ..Config::default() };
        let created = at("2026-03-02T10:00:00Z");
        assert_eq!(ends(&config, created, at("2026-03-02T10:30:00Z")), at("2026-03-02T11:30:00Z"));
        assert_eq!(ends(&config, created, at("2026-03-02T11:30:00Z")), at("2026-03-02T12:00:00Z"));
    }
}
