//! Every organization gets its turn, however much another one has queued.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jobs::{Claimed, Due, Round, Taken};
use store::Store;
use testkit::on_every_store;
use tokio::task::JoinSet;
use types::time::Clock;
use uuid::Uuid;

use crate::support::{A_MINUTE, App, LANE, Note, by};

/// Long enough for a worker to look for others.
const A_MOMENT: Duration = Duration::from_millis(100);

/// Queues `count` jobs of one owner, due now.
async fn queue_for(store: &Store, clock: &Clock, owner: &str, count: u32) {
    queue_at(store, clock, owner, count, Duration::ZERO).await;
}

async fn queue_at(store: &Store, clock: &Clock, owner: &str, count: u32, wait: Duration) {
    let (now, owner) = (clock.now(), owner.to_owned());
    let due = Due::at(LANE, &owner, now + wait);
    let work = move |tx: &mut store::Tx<'_>| {
        let jobs: Vec<_> = (0..count).map(|number| (Uuid::now_v7(), Note { number }, due.clone())).collect();
        jobs::enqueue_all::<App, Note>(tx, &jobs, now)
    };
    store.write(work).await.expect("queued");
}

async fn claim_in_turn(store: &Store, clock: &Clock, max: usize, round: &Round) -> Claimed {
    let (claim, round) = (by("worker", clock.now()), round.clone());
    store.write(move |tx| jobs::claim_in_turn(tx, LANE, &claim, max, &round)).await.expect("a claim")
}

fn shares(taken: &[Taken]) -> BTreeMap<&str, usize> {
    let mut shares = BTreeMap::new();
    for taken in taken {
        *shares.entry(taken.owner.as_str()).or_default() += 1;
    }
    shares
}

on_every_store! {
    async fn three_jobs_do_not_wait_behind_thousands_of_another_organization(store: Store) {
        let clock = testkit::stepped_clock();
        queue_for(&store, &clock, "flood", 3_000).await;
        clock.advance(A_MINUTE);
        queue_for(&store, &clock, "small", 3).await;

        let first = claim_in_turn(&store, &clock, 8, &Round::default()).await;

        assert_eq!(shares(&first.taken), BTreeMap::from([("flood", 5), ("small", 3)]));
        assert!(first.more);
    }

    async fn shares_are_equal_and_what_is_left_over_is_used(store: Store) {
        let clock = testkit::stepped_clock();
        for (owner, count) in [("a", 100), ("b", 100), ("c", 2), ("d", 0)] {
            queue_for(&store, &clock, owner, count).await;
        }

        let claimed = claim_in_turn(&store, &clock, 12, &Round::default()).await;

        assert_eq!(shares(&claimed.taken), BTreeMap::from([("a", 5), ("b", 5), ("c", 2)]));
    }

    async fn everybody_gets_a_turn_when_there_are_more_organizations_than_places(store: Store) {
        let clock = testkit::stepped_clock();
        queue_for(&store, &clock, "flood", 500).await;
        for number in 0..150 {
            queue_for(&store, &clock, &format!("org-{number:03}"), 1).await;
        }

        let (mut round, mut served) = (Round::default(), BTreeSet::new());
        for _ in 0..20 {
            clock.advance(A_MOMENT);
            let claimed = claim_in_turn(&store, &clock, 8, &round).await;
            assert_eq!(claimed.taken.len(), 8);
            served.extend(claimed.taken.into_iter().map(|taken| taken.owner));
            round = claimed.round;
        }

        assert_eq!(served.len(), 151, "two places are for the flood at most, now and then");
    }

    async fn a_single_place_goes_round(store: Store) {
        let clock = testkit::stepped_clock();
        for owner in ["a", "b", "c"] {
            queue_for(&store, &clock, owner, 10).await;
        }

        let (mut round, mut order) = (Round::default(), Vec::new());
        for _ in 0..6 {
            let claimed = claim_in_turn(&store, &clock, 1, &round).await;
            order.push(claimed.taken[0].owner.clone());
            round = claimed.round;
        }

        assert_eq!(order, ["a", "b", "c", "a", "b", "c"]);
    }

    async fn whoever_has_something_due_is_found_among_many_that_wait(store: Store) {
        let clock = testkit::stepped_clock();
        for number in 0..200 {
            queue_at(&store, &clock, &format!("org-{number:03}"), 1, A_MINUTE * 60).await;
        }
        queue_for(&store, &clock, "zz", 2).await;

        let claimed = claim_in_turn(&store, &clock, 8, &Round::default()).await;
        assert_eq!(shares(&claimed.taken), BTreeMap::from([("zz", 2)]));

        let nothing = claim_in_turn(&store, &clock, 8, &claimed.round).await;
        assert!(nothing.taken.is_empty() && !nothing.more, "{nothing:?}");
    }

    async fn a_flood_does_not_hide_somebody_far_away(store: Store) {
        let clock = testkit::stepped_clock();
        queue_for(&store, &clock, "flood", 500).await;
        for number in 0..200 {
            queue_at(&store, &clock, &format!("org-{number:03}"), 1, A_MINUTE * 60).await;
        }
        queue_for(&store, &clock, "zz", 2).await;

        let (mut round, mut claims) = (Round::default(), 0);
        loop {
            clock.advance(A_MOMENT);
            let claimed = claim_in_turn(&store, &clock, 4, &round).await;
            claims += 1;
            assert!(claimed.more && claimed.taken.len() == 4, "{claimed:?}");
            if claimed.taken.iter().any(|taken| taken.owner == "zz") {
                break;
            }
            round = claimed.round;
        }

        assert!(claims <= 4, "it took {claims} claims");
    }

    async fn the_longest_due_of_an_organization_comes_first(store: Store) {
        let clock = testkit::stepped_clock();
        for wait in [30, 10, 20] {
            queue_at(&store, &clock, "org", 1, Duration::from_secs(wait)).await;
        }
        clock.advance(Duration::from_secs(25));

        let now = clock.now();
        let claimed = claim_in_turn(&store, &clock, 1, &Round::default()).await;
        let next = claim_in_turn(&store, &clock, 5, &claimed.round).await;

        assert_eq!((claimed.taken.len(), next.taken.len()), (1, 1));
        assert!(claimed.taken[0].created <= now);
        clock.advance(Duration::from_secs(5));
        assert_eq!(claim_in_turn(&store, &clock, 5, &next.round).await.taken.len(), 1);
    }

    /// Covers: NP-10
    async fn eight_claimers_take_ten_thousand_jobs_of_many_organizations_once_each(store: Store) {
        let clock = testkit::stepped_clock();
        for number in 0..10 {
            queue_for(&store, &clock, &format!("org-{number}"), 1_000).await;
        }

        let mut claimers = JoinSet::new();
        for _ in 0..8 {
            let (store, clock) = (store.clone(), clock.clone());
            claimers.spawn(async move {
                let (mut round, mut mine) = (Round::default(), Vec::new());
                loop {
                    let claimed = claim_in_turn(&store, &clock, 50, &round).await;
                    if claimed.taken.is_empty() {
                        return mine;
                    }
                    assert!(claimed.taken.iter().all(|taken| taken.fence == 1), "somebody had it before");
                    mine.extend(claimed.taken.into_iter().map(|taken| taken.id));
                    round = claimed.round;
                }
            });
        }
        let all: Vec<Uuid> = claimers.join_all().await.concat();

        assert_eq!(all.len(), 10_000);
        assert_eq!(all.into_iter().collect::<BTreeSet<_>>().len(), 10_000);
    }
}
