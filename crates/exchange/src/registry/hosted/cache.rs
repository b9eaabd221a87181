//! Answers kept for a short while.

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
    clock: Clock,
    kept: Mutex<HashMap<Url, (Timestamp, V)>>,
}

impl<V: Clone> Cache<V> {
    pub fn new(keep: Duration, clock: Clock) -> Self {
        Self { keep, clock, kept: Mutex::default() }
    }

    pub fn get(&self, asked: &Url) -> Option<V> {
        let now = self.clock.now();
        self.kept().get(asked).filter(|(until, _)| now < *until).map(|(_, answer)| answer.clone())
    }

    pub fn put(&self, asked: Url, answer: V) {
        let now = self.clock.now();
        let until = now.checked_add(self.keep).unwrap_or(Timestamp::MAX);
        let mut kept = self.kept();
        if kept.len() >= MOST {
            kept.retain(|_, (until, _)| now < *until);
        }
        if kept.len() >= MOST {
            // Everything is fresh, so anything may go.
            kept.clear();
        }
        kept.insert(asked, (until, answer));
    }

    fn kept(&self) -> MutexGuard<'_, HashMap<Url, (Timestamp, V)>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(path: usize) -> Url {
        Url::parse(&format!("http://registry.example/{path}")).expect("a URL")
    }

    #[test]
    fn an_answer_is_kept_for_as_long_as_was_said() {
        let clock = Clock::stepped("2026-03-02T10:15:00Z".parse().expect("a moment"));
        let cache = Cache::new(Duration::from_secs(300), clock.clone());
        cache.put(url(1), "answer");

        clock.advance(Duration::from_secs(299));
        assert_eq!(cache.get(&url(1)), Some("answer"));
        clock.advance(Duration::from_secs(1));
        assert_eq!(cache.get(&url(1)), None);
    }

    #[test]
    fn it_does_not_grow_without_end() {
        let clock = Clock::stepped("2026-03-02T10:15:00Z".parse().expect("a moment"));
        let cache = Cache::new(Duration::from_secs(300), clock);
        for path in 0..=MOST {
            cache.put(url(path), path);
        }

        assert_eq!(cache.get(&url(MOST)), Some(MOST));
        assert!(cache.kept().len() <= MOST);
    }
}
