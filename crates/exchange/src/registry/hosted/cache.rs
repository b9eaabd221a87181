//! Answers kept for a short while, and for a longer one as the last that is known.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use types::time::Clock;
use url::Url;

/// The most answers that are kept.
const MOST: usize = 10_000;

/// What was answered, by what was asked. Keys may hold persons' numbers and are never printed.
pub(super) struct Cache<V> {
    keep: Duration,
    /// How much longer an answer is the last that is known.
    stale: Duration,
    clock: Clock,
    kept: Mutex<HashMap<Url, Kept<V>>>,
}

struct Kept<V> {
    fresh_until: Timestamp,
    known_until: Timestamp,
    answer: V,
}

impl<V: Clone> Cache<V> {
    pub fn new(keep: Duration, stale: Duration, clock: Clock) -> Self {
        Self { keep, stale, clock, kept: Mutex::default() }
    }

    /// An answer that is still good.
    pub fn get(&self, asked: &Url) -> Option<V> {
        let now = self.clock.now();
        self.kept().get(asked).filter(|kept| now < kept.fresh_until).map(|kept| kept.answer.clone())
    }

    /// The last answer, for when nobody gives a new one.
    pub fn last_known(&self, asked: &Url) -> Option<V> {
        let now = self.clock.now();
        self.kept().get(asked).filter(|kept| now < kept.known_until).map(|kept| kept.answer.clone())
    }

    pub fn put(&self, asked: Url, answer: V) {
        let now = self.clock.now();
        let fresh_until = now.checked_add(self.keep).unwrap_or(Timestamp::MAX);
        let known_until = fresh_until.checked_add(self.stale).unwrap_or(Timestamp::MAX);
        let mut kept = self.kept();
        if kept.len() >= MOST {
            kept.retain(|_, kept| now < kept.fresh_until);
        }
        if kept.len() >= MOST {
            // Everything is fresh, so anything may go.
            kept.clear();
        }
        kept.insert(asked, Kept { fresh_until, known_until, answer });
    }

    /// What was answered does not hold any more.
    pub fn forget(&self, asked: &Url) {
        self.kept().remove(asked);
    }

    fn kept(&self) -> MutexGuard<'_, HashMap<Url, Kept<V>>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(path: usize) -> Url {
        Url::parse(&format!("http://registry.example/{path}")).expect("a URL")
    }

    fn cache<V: Clone>(clock: &Clock) -> Cache<V> {
        Cache::new(Duration::from_secs(300), Duration::from_secs(60), clock.clone())
    }

    fn clock() -> Clock {
        Clock::stepped("2026-03-02T10:15:00Z".parse().expect("a moment"))
    }

    #[test]
    fn an_answer_is_kept_for_as_long_as_was_said_and_known_for_longer() {
        let clock = clock();
        let cache = cache(&clock);
        cache.put(url(1), "answer");

        clock.advance(Duration::from_secs(299));
        assert_eq!(cache.get(&url(1)), Some("answer"));
        clock.advance(Duration::from_secs(1));
        assert_eq!((cache.get(&url(1)), cache.last_known(&url(1))), (None, Some("answer")));
        clock.advance(Duration::from_secs(60));
        assert_eq!(cache.last_known(&url(1)), None);
    }

    #[test]
    fn what_does_not_hold_any_more_is_not_known() {
        let clock = clock();
        let cache = cache(&clock);
        cache.put(url(1), "answer");
        cache.forget(&url(1));
        assert_eq!(cache.last_known(&url(1)), None);
    }

    #[test]
    fn it_does_not_grow_without_end() {
        let cache = cache(&clock());
        for path in 0..=MOST {
            cache.put(url(path), path);
        }

        assert_eq!(cache.get(&url(MOST)), Some(MOST));
        assert!(cache.kept().len() <= MOST);
    }
}
