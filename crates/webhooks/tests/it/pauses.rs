//! Endpoints that are left alone: paused and asked whether they are back, or held by an operator.

use std::time::Duration;

use http::StatusCode;
use simulators::subscriber::Reply;
use store::Tx;
use webhooks::{Since, Standings, SubscribeError, Subscription};

use crate::{World, owner, world};

impl World {
    async fn subscription(&self, id: i64) -> Subscription {
        self.nodes[0].webhooks.find(owner(), id).await.expect("a subscription")
    }

    async fn standing_still(&self) -> Standings {
        self.nodes[0].webhooks.standing_still().await.expect("a number")
    }

    /// Lets time pass and does what is due.
    async fn after(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
        self.nodes[0].webhooks.run_due().await;
    }

    async fn change(
        &self,
        work: impl Fn(&webhooks::Webhooks, &mut Tx<'_>) -> store::Result<bool> + Send + Sync + 'static,
    ) -> bool {
        let webhooks = self.nodes[0].webhooks.clone();
        let done = self.nodes[0].store.write(move |tx| work(&webhooks, tx)).await;
        Result::<_, SubscribeError>::expect(done.map_err(SubscribeError::Store), "a commit")
    }

    fn fail(&self, times: usize) {
        self.subscriber.answer_next(times, Reply::Status(StatusCode::SERVICE_UNAVAILABLE));
    }
}

#[tokio::test]
async fn an_endpoint_that_fails_again_and_again_is_paused_asked_and_told_everything_when_it_is_back() {
    let world = world(1).await;
    world.subscribe(1, "one").await;
    world.fail(8);
    for number in 1..=3 {
        world.nodes[0].announce(number, &world.clock).await;
    }

    for _ in 0..7 {
        world.after(4_000).await;
        assert_eq!(world.subscription(1).await.paused, None);
    }
    world.after(4_000).await;
    assert!(world.subscription(1).await.paused.is_some());
    assert_eq!(world.standing_still().await, Standings { paused: 1, held: 0 });
    let pings = || world.subscriber.deliveries().all().iter().filter(|call| call.is_ping()).count();
    let asked = pings();
    world.fail(1);
    world.after(301).await;
    assert_eq!(pings(), asked + 1, "it is asked with a ping, not with an event");
    // Longer than an event is tried.
    world.clock.advance(Duration::from_secs(30 * 3_600));
    world.nodes[0].announce(4, &world.clock).await;
    world.after(0).await;

    assert_eq!(world.told(), [1, 2, 3, 4]);
    let subscription = world.subscription(1).await;
    assert_eq!((subscription.paused, subscription.failures), (None, 0));
    assert_eq!(world.standing_still().await, Standings::default());
}

#[tokio::test]
async fn what_waits_for_an_endpoint_that_never_comes_back_is_given_up_after_a_week() {
    let world = world(1).await;
    world.subscribe(1, "one").await;
    world.fail(1_000);
    world.nodes[0].announce(1, &world.clock).await;
    for _ in 0..8 {
        world.after(4_000).await;
    }

    world.after(8 * 24 * 3_600).await;

    let given_up = "SELECT count(*) FROM webhooks_deliveries WHERE state = 'given_up'";
    assert_eq!(world.nodes[0].number(given_up).await, 1);
}

#[tokio::test]
async fn a_subscription_that_is_held_is_told_nothing_until_it_is_let_go_on() {
    let world = world(1).await;
    let subscription = world.subscribe(1, "one").await;
    world.subscribe(2, "two").await;
    let held = subscription.clone();
    assert!(world.change(move |webhooks, tx| webhooks.hold(tx, &held)).await);
    world.nodes[0].announce(1, &world.clock).await;
    world.after(0).await;
    world.after(30 * 3_600).await;
    assert_eq!(world.told(), [1], "only the other one is told");
    assert_eq!(world.standing_still().await, Standings { paused: 0, held: 1 });

    let now = world.clock.now();
    assert!(world.change(move |webhooks, tx| webhooks.resume(tx, &subscription, now)).await);
    world.after(0).await;

    assert_eq!(world.told(), [1, 1]);
}

#[tokio::test]
async fn going_on_at_once_does_not_wait_for_the_next_try_and_tells_nothing_twice() {
    let world = world(1).await;
    world.subscribe(1, "one").await;
    world.fail(5);
    world.nodes[0].announce(1, &world.clock).await;
    for _ in 0..5 {
        world.after(4_000).await;
    }
    assert!(world.told().is_empty());

    let (subscription, now) = (world.subscription(1).await, world.clock.now());
    assert!(world.change(move |webhooks, tx| webhooks.resume(tx, &subscription, now)).await);
    world.after(0).await;
    assert_eq!(world.told(), [1]);
    world.nodes[0].announce(2, &world.clock).await;
    world.after(4_000).await;

    assert_eq!(world.told(), [1, 2], "the job of the turn before found that it is nobody's");
    assert_eq!(world.nodes[0].number("SELECT count(*) FROM jobs").await, 0);
}

#[tokio::test]
async fn what_was_told_is_told_again_from_an_event_on() {
    let world = world(1).await;
    let subscription = world.subscribe(1, "one").await;
    for number in 1..=3 {
        world.nodes[0].announce(number, &world.clock).await;
    }
    world.after(0).await;

    let (webhooks, now) = (world.nodes[0].webhooks.clone(), world.clock.now());
    let replay = move |event: &str| {
        let (webhooks, subscription) = (webhooks.clone(), subscription.clone());
        let since = Since::Event(event.to_owned());
        world_replay(webhooks, subscription, since, now)
    };
    let store = &world.nodes[0].store;
    let again = store.write(replay("2")).await;
    assert_eq!(Result::<_, store::Error>::expect(again, "a commit"), 2);
    let unknown = store.write(replay("no such event")).await;
    assert_eq!(Result::<_, store::Error>::expect(unknown, "a commit"), 0);
    world.after(0).await;

    assert_eq!(world.told(), [1, 2, 3, 2, 3]);
}

#[tokio::test]
async fn a_replay_that_was_asked_for_before_a_resume_is_told_after_it() {
    let world = world(1).await;
    let before = world.subscribe(1, "one").await;
    world.nodes[0].announce(1, &world.clock).await;
    world.after(0).await;
    let (subscription, now) = (before.clone(), world.clock.now());
    assert!(world.change(move |webhooks, tx| webhooks.resume(tx, &subscription, now)).await);
    world.after(0).await;

    let replay = world_replay(world.nodes[0].webhooks.clone(), before, Since::Event("1".to_owned()), now);
    let again = world.nodes[0].store.write(replay).await;
    assert_eq!(Result::<_, store::Error>::expect(again, "a commit"), 1);
    world.after(0).await;

    assert_eq!(world.told(), [1, 1]);
}

#[tokio::test]
async fn a_subscription_that_is_resumed_while_it_is_told_is_told_by_one_job_only() {
    let world = world(1).await;
    let subscription = world.subscribe(1, "one").await;
    for number in 1..=3 {
        world.nodes[0].announce(number, &world.clock).await;
    }
    let now = world.clock.now();
    assert!(world.change(move |webhooks, tx| webhooks.resume(tx, &subscription, now)).await);
    world.after(0).await;

    assert_eq!(world.told(), [1, 2, 3]);
    assert_eq!(world.nodes[0].number("SELECT count(*) FROM jobs").await, 0);
}

fn world_replay(
    webhooks: webhooks::Webhooks,
    subscription: Subscription,
    since: Since,
    now: jiff::Timestamp,
) -> impl Fn(&mut Tx<'_>) -> store::Result<u64> + Send + 'static {
    move |tx| webhooks.replay(tx, &subscription, &since, now)
}
