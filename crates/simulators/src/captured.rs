//! What a simulator was sent: the newest so many, numbered, and something to wait on.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;

/// Keeps the newest things it is given; cheap to clone, every clone sees the same.
#[derive(Debug)]
pub struct Captured<T>(Arc<Kept<T>>);

#[derive(Debug)]
struct Kept<T> {
    ring: Mutex<Ring<T>>,
    came: Notify,
    most: usize,
    most_weight: usize,
    weigh: fn(&T) -> usize,
}

#[derive(Debug)]
struct Ring<T> {
    /// Each with its number, ascending.
    things: VecDeque<(u64, Arc<T>)>,
    weight: usize,
    /// How many came in all; the newest has the number `total - 1`.
    total: u64,
}

impl<T> Clone for Captured<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> Captured<T> {
    /// Keeps at most `most` things; older ones are forgotten.
    pub fn keeping(most: usize) -> Self {
        Self::keeping_weight(most, usize::MAX, |_| 0)
    }

    /// Keeps at most `most` things that together weigh at most `most_weight`, but always the newest.
    pub fn keeping_weight(most: usize, most_weight: usize, weigh: fn(&T) -> usize) -> Self {
        let ring = Ring { things: VecDeque::new(), weight: 0, total: 0 };
        Self(Arc::new(Kept {
            ring: Mutex::new(ring),
            came: Notify::new(),
            most: most.max(1),
            most_weight,
            weigh,
        }))
    }

    fn ring(&self) -> MutexGuard<'_, Ring<T>> {
        // Nothing can panic half-way through a change of the ring.
        self.0.ring.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes something in and returns its number, from 0.
    pub fn push(&self, thing: T) -> u64 {
        let number = {
            let mut ring = self.ring();
            let weight = (self.0.weigh)(&thing);
            while !ring.things.is_empty()
                && (ring.things.len() >= self.0.most || ring.weight + weight > self.0.most_weight)
            {
                let oldest = ring.things.pop_front();
                ring.weight -= oldest.map_or(0, |(_, oldest)| (self.0.weigh)(&oldest));
            }
            ring.weight += weight;
            let number = ring.total;
            ring.things.push_back((number, Arc::new(thing)));
            ring.total += 1;
            number
        };
        self.0.came.notify_waiters();
        number
    }

    /// How many came in all, forgotten ones included.
    pub fn total(&self) -> u64 {
        self.ring().total
    }

    /// Everything kept, oldest first.
    pub fn all(&self) -> Vec<Arc<T>> {
        self.since(0).into_iter().map(|(_, thing)| thing).collect()
    }

    /// What is kept from number `first` on, with numbers, oldest first. Ask with the number after the
    /// last one seen to get only what is new.
    pub fn since(&self, first: u64) -> Vec<(u64, Arc<T>)> {
        let ring = self.ring();
        let skip = ring.things.partition_point(|(number, _)| *number < first);
        ring.things.iter().skip(skip).cloned().collect()
    }

    /// The thing with a number, while it is kept.
    pub fn get(&self, number: u64) -> Option<Arc<T>> {
        let ring = self.ring();
        let index = ring.things.binary_search_by_key(&number, |(number, _)| *number).ok()?;
        ring.things.get(index).map(|(_, thing)| Arc::clone(thing))
    }

    /// Forgets what fits and answers how much that was; the others keep their numbers.
    pub fn forget(&self, fits: impl Fn(&T) -> bool) -> usize {
        let mut ring = self.ring();
        let before = ring.things.len();
        ring.things.retain(|(_, thing)| !fits(thing));
        ring.weight = ring.things.iter().map(|(_, thing)| (self.0.weigh)(thing)).sum();
        before - ring.things.len()
    }

    /// Forgets everything kept; numbers go on.
    pub fn clear(&self) {
        let mut ring = self.ring();
        ring.things.clear();
        ring.weight = 0;
    }

    /// The first kept thing that fits, waiting up to `limit` for it to come.
    pub async fn wait_for(&self, mut fits: impl FnMut(&T) -> bool, limit: Duration) -> Option<Arc<T>> {
        let mut next = 0;
        let search = async {
            loop {
                let came = self.0.came.notified(); // before looking, so that nothing slips between
                for (number, thing) in self.since(next) {
                    next = number + 1;
                    if fits(&thing) {
                        return thing;
                    }
                }
                came.await;
            }
        };
        tokio::time::timeout(limit, search).await.ok()
    }

    /// Waits up to `limit` until `count` things have come in all; whether they did.
    pub async fn wait_for_total(&self, count: u64, limit: Duration) -> bool {
        let enough = async {
            loop {
                let came = self.0.came.notified();
                if self.total() >= count {
                    return;
                }
                came.await;
            }
        };
        tokio::time::timeout(limit, enough).await.is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOON: Duration = Duration::from_secs(20);

    #[test]
    fn the_oldest_are_forgotten_and_numbers_stay() {
        let captured = Captured::keeping(2);
        for letter in ['a', 'b', 'c'] {
            captured.push(letter);
        }

        assert_eq!(captured.total(), 3);
        let numbered: Vec<_> = captured.since(0).iter().map(|(n, thing)| (*n, **thing)).collect();
        assert_eq!(numbered, [(1, 'b'), (2, 'c')]);
        assert_eq!(captured.since(2).len(), 1);
        assert!(captured.since(3).is_empty());
        assert_eq!(captured.get(0), None);
        assert_eq!(captured.get(2).as_deref(), Some(&'c'));
    }

    #[test]
    fn heavy_things_push_out_more_than_one() {
        let captured = Captured::keeping_weight(9, 10, |weight: &usize| *weight);
        for weight in [4, 4, 1, 7, 20] {
            captured.push(weight);
        }
        assert_eq!(captured.since(0).len(), 1);
        assert_eq!(captured.get(4).as_deref(), Some(&20));
        captured.push(3);
        captured.push(7);
        assert_eq!(captured.since(0).len(), 2);
    }

    #[test]
    fn what_is_forgotten_leaves_the_others_their_numbers() {
        let captured = Captured::keeping_weight(9, 10, |weight: &usize| *weight);
        for weight in [1, 2, 3, 2] {
            captured.push(weight);
        }
        assert_eq!(captured.forget(|weight| *weight == 2), 2);
        let numbered: Vec<_> = captured.since(0).iter().map(|(n, thing)| (*n, **thing)).collect();
        assert_eq!(numbered, [(0, 1), (2, 3)]);
        assert_eq!((captured.get(1), captured.get(2).as_deref()), (None, Some(&3)));
        assert_eq!(captured.since(1).len(), 1);
        captured.push(6);
        assert_eq!((captured.since(0).len(), captured.total()), (3, 5), "what went weighs nothing");
    }

    #[test]
    fn numbers_go_on_after_clearing() {
        let captured = Captured::keeping(2);
        captured.push('a');
        captured.clear();
        assert_eq!(captured.push('b'), 1);
        assert_eq!(captured.get(1).as_deref(), Some(&'b'));
    }

    #[tokio::test]
    async fn a_waiter_gets_what_came_before_and_what_comes_after() {
        let captured = Captured::keeping(9);
        captured.push(1);
        assert_eq!(captured.wait_for(|n| *n == 1, SOON).await.as_deref(), Some(&1));

        let later = captured.clone();
        let pushing = async move {
            tokio::task::yield_now().await;
            later.push(2);
        };
        let (found, ()) = tokio::join!(captured.wait_for(|n| *n == 2, SOON), pushing);

        assert_eq!(found.as_deref(), Some(&2));
        assert!(captured.wait_for_total(2, SOON).await);
        assert!(captured.wait_for(|n| *n == 3, Duration::ZERO).await.is_none());
    }
}
