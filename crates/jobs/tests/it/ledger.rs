//! What the ledger of attempts remembers.

use jobs::ledger::{self, End, Intent, State};
use testkit::on_every_store;
use types::ids::AttemptId;
use uuid::Uuid;

on_every_store! {
    async fn an_attempt_without_an_end_is_found_and_marked(store: Store) {
        let (clock, subject) = (testkit::stepped_clock(), Uuid::new_v4());
        let (id, now) = (AttemptId::new(Uuid::now_v7()), clock.now());
        let intent = Intent { id, owner: "org", subject, route: "gateway" };
        store.write(move |tx| ledger::prepare(tx, &intent, now)).await.expect("prepared");
        assert!(store.read(move |tx| ledger::unfinished(tx, subject)).await.expect("a list").is_empty());

        assert!(store.write(move |tx| ledger::start(tx, id, now)).await.expect("started"));
        assert!(!store.write(move |tx| ledger::start(tx, id, now)).await.expect("not twice"));
        let open = store.read(move |tx| ledger::unfinished(tx, subject)).await.expect("a list");
        assert_eq!((open.len(), open[0].state), (1, State::InFlight));

        let end = End { outcome: "worker lost", ..End::default() };
        store.write(move |tx| ledger::mark_unknown(tx, id, &end, now)).await.expect("marked");
        let all = store.read(move |tx| ledger::of(tx, subject)).await.expect("a list");
        assert_eq!(all[0].state, State::Unknown);
    }

    async fn a_late_answer_closes_an_unknown_attempt_but_an_ended_one_stays(store: Store) {
        let (clock, subject) = (testkit::stepped_clock(), Uuid::new_v4());
        let (id, now) = (AttemptId::new(Uuid::now_v7()), clock.now());
        store.write(move |tx| {
            ledger::begin(tx, &Intent { id, owner: "org", subject, route: "gateway" }, now)?;
            ledger::mark_unknown(tx, id, &End { outcome: "timeout", ..End::default() }, now)?;
            ledger::end(tx, id, &End { outcome: "delivered", reference: Some("r-1"), detail: None }, now)?;
            ledger::mark_unknown(tx, id, &End { outcome: "too late", ..End::default() }, now)
        }).await.expect("written");

        let all = store.read(move |tx| ledger::of(tx, subject)).await.expect("a list");

        assert_eq!((all[0].state, all[0].outcome.as_deref()), (State::Ended, Some("delivered")));
        assert_eq!(all[0].reference.as_deref(), Some("r-1"));
    }

    async fn many_attempts_begin_and_end_together(store: Store) {
        let (now, subject) = (testkit::stepped_clock().now(), Uuid::new_v4());
        let ids: Vec<_> = (0..20).map(|_| AttemptId::new(Uuid::now_v7())).collect();
        let begun = ids.clone();
        store.write(move |tx| {
            let intent = |id: &AttemptId| Intent { id: *id, owner: "org", subject, route: "gateway" };
            ledger::begin_all(tx, &begun.iter().map(intent).collect::<Vec<_>>(), now)
        }).await.expect("begun");

        let ended: Vec<_> = ids[..19].to_vec();
        store.write(move |tx| {
            let end = |id: &AttemptId| (*id, End { outcome: "accepted", ..End::default() });
            ledger::end_all(tx, &ended.iter().map(end).collect::<Vec<_>>(), now)
        }).await.expect("ended");

        let open = store.read(move |tx| ledger::unfinished(tx, subject)).await.expect("a list");
        let all = store.read(move |tx| ledger::of(tx, subject)).await.expect("a list");
        assert_eq!(open.iter().map(|attempt| attempt.id).collect::<Vec<_>>(), ids[19..]);
        assert_eq!(all.iter().filter(|attempt| attempt.outcome.as_deref() == Some("accepted")).count(), 19);
    }
}
