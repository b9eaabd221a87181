//! Chance, as a seam: identifiers and jitter come from here.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use jiff::Timestamp;
use uuid::Uuid;

/// Where random bits come from: the operating system, or a seed that makes a test repeatable. Clones
/// share what they have given out.
#[derive(Clone, Debug)]
pub struct Random {
    source: Source,
    /// The last version 7 UUID's milliseconds and counter.
    last: Arc<AtomicU64>,
}

#[derive(Clone, Debug)]
enum Source {
    System,
    Seeded(Arc<AtomicU64>),
}

impl Random {
    /// The operating system's randomness.
    pub fn system() -> Self {
        Self { source: Source::System, last: Arc::default() }
    }

    /// A repeatable sequence. Not for secrets.
    pub fn seeded(seed: u64) -> Self {
        Self { source: Source::Seeded(Arc::new(AtomicU64::new(seed))), last: Arc::default() }
    }

    /// Sixteen random bytes.
    pub fn bytes(&self) -> [u8; 16] {
        match &self.source {
            Source::System => *Uuid::new_v4().as_bytes(),
            Source::Seeded(state) => {
                let mut out = [0; 16];
                out[..8].copy_from_slice(&next(state).to_be_bytes());
                out[8..].copy_from_slice(&next(state).to_be_bytes());
                out
            }
        }
    }

    /// A random (version 4) UUID, for ids whose wire form is known to be random.
    pub fn uuid_v4(&self) -> Uuid {
        uuid::Builder::from_random_bytes(self.bytes()).into_uuid()
    }

    /// A time-ordered (version 7) UUID: neighbours in time are neighbours in an index. Later ids sort
    /// later, also within a millisecond and when the clock goes back (RFC 9562, section 6.2: the first
    /// twelve random bits are a counter).
    pub fn uuid_v7(&self, now: Timestamp) -> Uuid {
        const COUNTER_BITS: u32 = 12;
        let millis = u64::try_from(now.as_millisecond()).unwrap_or(0);
        let after = |last: u64| Some((millis << COUNTER_BITS).max(last + 1));
        let last = self.last.fetch_update(Ordering::SeqCst, Ordering::SeqCst, after);
        let stamp = last.map_or(millis << COUNTER_BITS, |last| (millis << COUNTER_BITS).max(last + 1));
        let mut tail = [0; 10];
        tail.copy_from_slice(&self.bytes()[6..]);
        let counter = (stamp & ((1 << COUNTER_BITS) - 1)).to_be_bytes();
        tail[..2].copy_from_slice(&counter[6..]);
        uuid::Builder::from_unix_timestamp_millis(stamp >> COUNTER_BITS, &tail).into_uuid()
    }

    /// A number in `0.0..1.0`.
    pub fn fraction(&self) -> f64 {
        let bytes = self.bytes();
        let bits = u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
        f64::from(bits) / (f64::from(u32::MAX) + 1.0)
    }
}

/// SplitMix64 (Steele, Lea, Flood 2014): one addition and three mixes a number.
fn next(state: &AtomicU64) -> u64 {
    const GAMMA: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut z = state.fetch_add(GAMMA, Ordering::SeqCst).wrapping_add(GAMMA);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_ids() {
        assert_eq!(Random::seeded(7).uuid_v4(), Random::seeded(7).uuid_v4());
        assert_ne!(Random::seeded(7).uuid_v4(), Random::seeded(8).uuid_v4());
    }

    #[test]
    fn ids_of_later_moments_sort_later() {
        let random = Random::system();
        let early = random.uuid_v7("2026-03-02T10:15:00Z".parse().expect("a moment"));
        let late = random.uuid_v7("2026-03-02T10:15:01Z".parse().expect("a moment"));

        assert!(early < late);
        assert_eq!(early.get_version_num(), 7);
    }

    #[test]
    fn ids_of_one_moment_sort_in_the_order_they_were_made() {
        let (random, now) = (Random::system(), "2026-03-02T10:15:00Z".parse().expect("a moment"));
        let twin = random.clone();

        let made: Vec<_> = (0..5_000).flat_map(|_| [random.uuid_v7(now), twin.uuid_v7(now)]).collect();

        assert!(made.is_sorted_by(|early, late| early < late));
        assert!(
            made.iter().all(|id| id.get_version_num() == 7 && id.get_variant() == uuid::Variant::RFC4122)
        );
    }

    #[test]
    fn a_fraction_stays_below_one() {
        let random = Random::seeded(1);
        assert!((0..1000).map(|_| random.fraction()).all(|f| (0.0..1.0).contains(&f)));
    }
}
