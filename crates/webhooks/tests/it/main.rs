//! Announcing and delivering at several nodes: each event once, in order, and none left behind.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::future::join_all;
use jobs::Wake;
use serde_json::json;
use simulators::Subscriber;
use simulators::subscriber::Reply;
use store::{Store, Tx, params};
use testkit::stores::{self, Database};
use tokio::sync::{OnceCell, mpsc};
use tokio::time::{sleep, timeout};
use tokio_util::sync::{CancellationToken, DropGuard};
use types::random::Random;
use types::time::Clock;
use types::{OrgNumber, Roles};
use url::Url;
use web::client::CallLimits;
use web::{AllowedNetworks, GuardedClient};
use webhooks::{Config, Event, NewSubscription, Parts, Since, SubscribeError, Subscription, Webhooks};

testkit::again_on_postgres!();

mod pauses;
mod signatures;

/// Nodes on one database, and a subscriber.
struct World {
    nodes: Vec<Node>,
    clock: Clock,
    subscriber: Subscriber,
    endpoint: Url,
    _serving: DropGuard,
}

#[derive(Clone)]
struct Node {
    webhooks: Webhooks,
    store: Store,
}

fn owner() -> OrgNumber {
    "310000001".parse().expect("nine digits")
}

async fn world(nodes: usize) -> World {
    let clock = testkit::stepped_clock();
    let subscriber = Subscriber::new(clock.clone(), 100_000);
    let bound = web::server::bind("127.0.0.1:0".parse().expect("an address")).await.expect("a port");
    let endpoint = Url::parse(&format!("http://{}/hook", bound.local_addr)).expect("a URL");
    let stop = CancellationToken::new();
    tokio::spawn(bound.serve(subscriber.router(), web::Limits::default(), stop.clone()));
    let shared = OnceCell::new();
    let mut all = Vec::new();
    for _ in 0..nodes {
        all.push(node(&shared, &clock).await);
    }
    World { nodes: all, clock, subscriber, endpoint, _serving: stop.drop_guard() }
}

/// The first node's store, or on PostgreSQL the database that every node connects to.
type Shared = OnceCell<(Option<Store>, Option<Database>)>;

async fn node(shared: &Shared, clock: &Clock) -> Node {
    let (embedded, database) = shared
        .get_or_init(|| async {
            match stores::chosen() {
                store::Engine::Sqlite => (Some(stores::temporary()), None),
                store::Engine::Postgres => (None, Some(Database::new())),
            }
        })
        .await;
    let connect = || database.as_ref().expect("one of the two").connect(&stores::in_a_hurry());
    let store = embedded.clone().unwrap_or_else(connect);
    let client = GuardedClient::new(AllowedNetworks::with_loopback(), CallLimits::default());
    let webhooks = Webhooks::new(Parts {
        store: store.clone(),
        clock: clock.clone(),
        random: Random::system(),
        wake: Wake::new(&store),
        client: client.expect("a client"),
        config: Config::default(),
        lane: webhooks::LANE,
        probe: |_| json!({ "event": "ping" }).to_string(),
    });
    Node { webhooks: webhooks.expect("webhooks"), store }
}

impl World {
    async fn subscribe(&self, number: i64, name: &str) -> Subscription {
        let new = NewSubscription {
            name: name.to_owned(),
            push_endpoint: self.endpoint.as_str().parse().expect("an endpoint"),
            resource: "all".to_owned(),
            event: "all".to_owned(),
            filter: None,
            secret: None,
        };
        let ping = json!({ "event": "ping" }).to_string();
        let made = self.nodes[0].webhooks.create(owner(), new, &ping, move |_| Ok(number)).await;
        made.expect("a subscription")
    }

    /// What has come, pings left out.
    fn told(&self) -> Vec<i64> {
        let all = self.subscriber.deliveries().all();
        let events = all.iter().filter(|delivery| !delivery.is_ping() && delivery.was_accepted());
        events.map(|delivery| delivery.json["number"].as_i64().expect("a number")).collect()
    }

    /// Starts every node's workers; they stop with the guard.
    fn run(&self) -> DropGuard {
        let stop = CancellationToken::new();
        for node in &self.nodes {
            let (webhooks, stop) = (node.webhooks.clone(), stop.clone());
            tokio::spawn(async move { webhooks.run(Roles::all(), stop).await });
        }
        stop.drop_guard()
    }
}

/// Waits until this is so.
async fn until(so: impl Fn() -> bool) {
    let waiting = async {
        while !so() {
            sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(Duration::from_secs(60), waiting).await.expect("it takes too long");
}

impl Node {
    /// Announces one event in a commit of its own.
    async fn announce(&self, number: i64, clock: &Clock) {
        let (webhooks, now) = (self.webhooks.clone(), clock.now());
        let announced = self.store.write(move |tx| announce(&webhooks, tx, &[number], now));
        announced.await.expect("a commit");
        self.webhooks.ring();
    }

    async fn number(&self, sql: &'static str) -> i64 {
        let found = self.store.read(move |tx| tx.one::<i64>(sql, params![])).await;
        Result::<_, store::Error>::expect(found, "a number")
    }
}

fn announce(
    webhooks: &Webhooks,
    tx: &mut Tx<'_>,
    numbers: &[i64],
    now: jiff::Timestamp,
) -> store::Result<()> {
    let texts: Vec<_> =
        numbers.iter().map(|number| (number.to_string(), json!({ "number": number }).to_string())).collect();
    let mut events = Vec::new();
    for (id, body) in &texts {
        events.push(Event { id, resource: "messages", event: "status", fields: Vec::new(), body });
    }
    webhooks.announce(tx, owner(), &events, now)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_two_nodes_announce_comes_once_in_the_order_of_its_numbers_and_nothing_is_left_behind() {
    const EACH: i64 = 15;
    let world = Arc::new(world(2).await);
    world.subscribe(1, "one").await;
    let running = world.run();

    let announcers = (0..20).map(|at| {
        let world = Arc::clone(&world);
        tokio::spawn(async move {
            for step in 0..EACH {
                let node = usize::try_from(at % 2).expect("a small number");
                world.nodes[node].announce(at * EACH + step, &world.clock).await;
            }
        })
    });
    for done in join_all(announcers).await {
        done.expect("no panic");
    }
    until(|| world.told().len() >= usize::try_from(20 * EACH).expect("a small number")).await;

    let store = &world.nodes[0].store;
    let ids = "SELECT event_id FROM webhooks_deliveries ORDER BY number";
    let ids = store.read(move |tx| tx.all::<String>(ids, params![])).await;
    let ids: Vec<String> = Result::<_, store::Error>::expect(ids, "rows");
    let announced: Vec<i64> = ids.iter().map(|id| id.parse().expect("a number")).collect();
    assert_eq!(world.told(), announced);
    assert_eq!(world.nodes[1].number("SELECT max(number) FROM webhooks_deliveries").await, 20 * EACH);
    drop(running);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_that_is_announced_while_a_queue_is_found_empty_is_delivered() {
    let world = world(2).await;
    world.subscribe(1, "one").await;
    world.nodes[0].announce(1, &world.clock).await;
    let (webhooks, now) = (world.nodes[1].webhooks.clone(), world.clock.now());
    let (announced, mut is_announced) = mpsc::channel(1);
    let (commit, may_commit) = std::sync::mpsc::channel();
    let may_commit = Mutex::new(may_commit);
    let slow = world.nodes[1].store.write(move |tx| {
        announce(&webhooks, tx, &[2], now)?;
        announced.blocking_send(()).expect("the test listens");
        let waits = may_commit.lock().expect("no panic");
        waits.recv_timeout(Duration::from_secs(20)).expect("the test lets it go on");
        Ok::<_, store::Error>(())
    });
    let draining = async {
        is_announced.recv().await.expect("it is announced, and not committed");
        let node = world.nodes[0].clone();
        let draining = tokio::spawn(async move { node.webhooks.run_due().await });
        if stores::chosen() == store::Engine::Postgres {
            // Elsewhere there is one writer, and whoever drains waits for it.
            let waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted";
            let stuck = async {
                while world.nodes[0].number(waiting).await == 0 {
                    sleep(Duration::from_millis(5)).await;
                }
            };
            timeout(Duration::from_secs(20), stuck).await.expect("whoever drains waits for the commit");
        }
        commit.send(()).expect("the work waits");
        draining.await.expect("no panic");
    };

    let (committed, ()) = tokio::join!(slow, draining);

    committed.expect("a commit");
    while world.nodes[0].webhooks.run_due().await > 0 {}
    assert_eq!(world.told(), [1, 2]);
    let draining = "SELECT CAST(sum(draining) AS BIGINT) FROM webhooks_subscriptions";
    assert_eq!(world.nodes[0].number(draining).await, 0);
    assert_eq!(world.nodes[0].number("SELECT count(*) FROM jobs").await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn unsubscribing_while_events_are_announced_harms_neither() {
    let world = Arc::new(world(2).await);
    for round in 0..10 {
        world.subscribe(round * 2 + 1, "one").await;
        world.subscribe(round * 2 + 2, "two").await;

        let announcing = (0..5).map(|number| world.nodes[1].announce(number, &world.clock));
        let ((), removed) = tokio::join!(
            async { drop(join_all(announcing).await) },
            world.nodes[0].webhooks.remove_all(owner())
        );

        removed.expect("they are gone");
        assert_eq!(world.nodes[0].number("SELECT count(*) FROM webhooks_deliveries").await, 0);
    }
    let gone = world.nodes[1].webhooks.find(owner(), 1).await;
    assert!(matches!(gone, Err(SubscribeError::NotFound)));
}

#[tokio::test]
async fn a_queue_whose_subscriber_fails_waits_and_then_goes_on_in_order() {
    let world = world(2).await;
    world.subscribe(1, "one").await;
    world.subscriber.answer_next(1, Reply::Status(http::StatusCode::SERVICE_UNAVAILABLE));
    let (webhooks, now) = (world.nodes[0].webhooks.clone(), world.clock.now());
    let several = world.nodes[0].store.write(move |tx| announce(&webhooks, tx, &[1, 2, 3], now));
    several.await.expect("a commit");

    assert_eq!(world.nodes[1].webhooks.run_due().await, 1);
    assert_eq!(world.told(), Vec::<i64>::new());
    world.nodes[0].announce(4, &world.clock).await;
    assert_eq!(world.nodes[0].webhooks.run_due().await, 0, "it is left alone for a while");
    world.clock.advance(Duration::from_secs(12));
    world.nodes[0].webhooks.run_due().await;
    assert_eq!(world.told(), [1, 2, 3, 4]);

    let since = world.clock.now().checked_sub(Duration::from_secs(60)).expect("a moment");
    let (webhooks, now) = (world.nodes[0].webhooks.clone(), world.clock.now());
    let subscription = webhooks.find(owner(), 1).await.expect("it is there");
    let replayed =
        world.nodes[0].store.write(move |tx| webhooks.replay(tx, &subscription, &Since::Moment(since), now));
    assert_eq!(replayed.await.expect("a commit"), 4);
    world.nodes[1].webhooks.run_due().await;
    assert_eq!(world.told(), [1, 2, 3, 4, 1, 2, 3, 4]);
}

#[tokio::test]
async fn what_is_no_longer_worth_telling_is_given_up_and_the_rest_is_told() {
    let world = world(1).await;
    world.subscribe(1, "one").await;
    world.nodes[0].announce(1, &world.clock).await;
    world.clock.advance(Duration::from_secs(24 * 3_600));
    world.nodes[0].announce(2, &world.clock).await;

    world.nodes[0].webhooks.run_due().await;

    assert_eq!(world.told(), [2]);
    let given_up = "SELECT count(*) FROM webhooks_deliveries WHERE state = 'given_up'";
    assert_eq!(world.nodes[0].number(given_up).await, 1);
}
