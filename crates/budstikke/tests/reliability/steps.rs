//! SIGKILL between every two steps of a message that is sent, and of one that is received. Each time the
//! server starts again, and the message has to come to its end as if nothing had happened: once, its
//! files as they were, its statuses complete and in order, its subscribers told, nothing left behind.

use std::time::Duration;

use futures_util::future::join_all;
use tokio::sync::oneshot;
use trials::{
    Checkpoint, Door, Journey, ORG, OTHER_ORG, OtherParty, Outside, PATIENCE, Place, Route, Server, Sheet,
    Trial, Ways, blobs_left, within,
};

use crate::asked::Asked;

/// Servers that are killed beside each other.
const LANES: usize = 4;
/// How long a point may take to be reached once the message has come to its end: a subscriber may hear of
/// that a little later.
const SOON: Duration = Duration::from_secs(5);

/// Which way the message goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// Our server sends.
    Out,
    /// Our server receives.
    In,
}

/// Where our server is killed: at the point of this name, when it comes there the nth time.
#[derive(Clone, Copy, Debug)]
struct Step {
    way: Way,
    point: &'static str,
    nth: u32,
}

/// Every point, and how often a message comes there.
#[rustfmt::skip]
const OUT: [(&str, u32); 24] = [
    // accepted and queued
    ("draft answered", 1), ("file answered", 2), ("submission answered", 1),
    // looked up: for the draft, and again by whoever sends
    ("look-up asked", 2), ("look-up answered", 2),
    // sealed, initialised at the broker, uploaded, recorded as sent
    ("announce asked", 1), ("announce answered", 1),
    ("upload asked", 1), ("upload halfway", 1), ("upload answered", 1),
    ("overview asked", 1), ("overview answered", 1),
    // MOTTATT and LEVERT come back: listed (perhaps both at once), downloaded, recorded, confirmed
    ("list answered", 1), ("download asked", 2), ("download halfway", 2), ("download answered", 2),
    ("confirm asked", 2), ("confirm answered", 2),
    // four statuses, and somebody who is told of them
    ("webhook asked", 4), ("webhook answered", 4),
    // what the other side does meanwhile
    ("peeked", 1), ("popped halfway", 1), ("popped", 1), ("deleted", 1),
];
#[rustfmt::skip]
const IN: [(&str, u32); 19] = [
    // listed, downloaded, opened and stored, confirmed
    ("list answered", 1), ("overview asked", 1), ("overview answered", 1),
    ("download asked", 1), ("download halfway", 1), ("download answered", 1),
    ("confirm asked", 1), ("confirm answered", 1),
    // taken by our client
    ("peeked", 1), ("popped halfway", 1), ("popped", 1), ("deleted", 1),
    // MOTTATT and LEVERT go back
    ("announce asked", 2), ("announce answered", 2),
    ("upload asked", 2), ("upload halfway", 2), ("upload answered", 2),
    // three statuses, and somebody who is told of them
    ("webhook asked", 3), ("webhook answered", 3),
];

fn all_steps() -> Vec<Step> {
    let of = |way, points: &[(&'static str, u32)]| -> Vec<Step> {
        points
            .iter()
            .flat_map(|&(point, times)| (1..=times).map(move |nth| Step { way, point, nth }))
            .collect()
    };
    [of(Way::Out, &OUT), of(Way::In, &IN)].concat()
}

pub async fn run(_: Asked) -> Sheet {
    let steps = all_steps();
    let shares: Vec<Vec<Step>> =
        (0..LANES).map(|lane| steps.iter().copied().skip(lane).step_by(LANES).collect()).collect();
    let faults = join_all(shares.into_iter().map(kill_at_each)).await.concat();
    let mut sheet = Sheet::new("kill -9 between every two steps");
    sheet.count("store", "SQLite");
    sheet.number("steps", steps.len());
    sheet.number("steps after which something was wrong", faults.len());
    sheet.broken(faults);
    sheet
}

/// One server of ours, what is around it, and the way to both.
struct Lane {
    place: Place,
    door: Door,
    checkpoint: Checkpoint,
    ours: Ways,
    theirs: Ways,
    server: Option<Server>,
    _outside: Outside,
    _other: OtherParty,
}

/// Kills one server at each of these steps; answers what was wrong afterwards.
async fn kill_at_each(steps: Vec<Step>) -> Vec<String> {
    let mut lane = Lane::begin().await;
    let (mut wrong, mut journeys) = (Vec::new(), Vec::new());
    for (number, step) in steps.into_iter().enumerate() {
        let hook = format!("{number}");
        lane.subscribe(&hook).await;
        let journey = Journey::new(&lane.route(step.way));
        let found = lane.kill_at(step, &hook, &journey).await;
        wrong.extend(found.into_iter().map(|what| format!("{step:?}: {what}")));
        journeys.push((step, hook, journey.id));
    }
    for (step, hook, id) in journeys {
        wrong.extend(lane.told_all(step, &hook, &id).await);
    }
    wrong.extend(lane.end().await);
    wrong
}

impl Lane {
    async fn begin() -> Self {
        let (outside, other) = (Outside::start().await, OtherParty::start().await);
        let checkpoint = Checkpoint::before(other.services()).await;
        let mut place = Place::new();
        Trial::furnish(&mut place, &outside, &other);
        place.set("dpo.broker_url", checkpoint.url("/broker/api/v1"));
        let registry = checkpoint.url("/adressetjeneste");
        place.set("hosted_registry", format!("{{url=\"{registry}\",keep_answers_seconds=0}}"));
        place.set("exchange.lease_seconds", "1");
        place.set("exchange.lock_timeout_seconds", "20");
        place.set("exchange.receive_interval_ms", "200");
        let door = Door::to(&[]).await;
        let ours = other.ways_to_us(vec![door.address()]).await;
        let theirs = other.ways();
        let mut lane =
            Self { place, door, checkpoint, ours, theirs, server: None, _outside: outside, _other: other };
        lane.start().await;
        lane
    }

    async fn start(&mut self) {
        let server = self.place.start_without_token().await;
        self.door.lead_to(&[&server.api]);
        self.server = Some(server);
    }

    fn route(&self, way: Way) -> Route {
        let (ours, theirs) = ((ORG, &self.ours), (OTHER_ORG, &self.theirs));
        let (sender, receiver) = if way == Way::Out { (ours, theirs) } else { (theirs, ours) };
        Route {
            from: sender.0.to_owned(),
            to: receiver.0.to_owned(),
            sender: sender.1.clone(),
            receiver: receiver.1.clone(),
        }
    }

    async fn subscribe(&self, hook: &str) {
        let endpoint = self.checkpoint.hook(hook);
        let body =
            serde_json::json!({ "name": hook, "pushEndpoint": endpoint, "resource": "all", "event": "all" });
        let request = self.ours.exchange(reqwest::Method::POST, "/subscriptions").json(&body);
        let answer = trials::Answer::of(request).await.expect("an answer");
        assert_eq!(answer.status, 200, "{answer:?}");
    }

    /// Lets the message travel, and kills the server at the step; answers what is wrong in the end.
    async fn kill_at(&mut self, step: Step, hook: &str, journey: &Journey) -> Vec<String> {
        let point = step.point.replace("webhook", &format!("webhook {hook}"));
        let reached = self.checkpoint.arm(&point, step.nth);
        let server = self.server.take().expect("a running server");
        let (wrong, server) = {
            let (travel, kill) = (self.travel(step.way, journey), self.kill_when(reached, server));
            tokio::pin!(travel, kill);
            tokio::select! {
                server = &mut kill => (travel.await, server),
                mut wrong = &mut travel => {
                    let killed = tokio::time::timeout(SOON, &mut kill).await;
                    wrong.extend(killed.is_err().then(|| "it never came there".to_owned()));
                    // Nobody waits there any more, so the server is killed now.
                    self.checkpoint.go_on();
                    let server = if let Ok(server) = killed { server } else { kill.await };
                    (wrong, server)
                }
            }
        };
        self.server = Some(server);
        wrong
    }

    /// The message from its first request to its end; answers what is wrong with that.
    async fn travel(&self, way: Way, journey: &Journey) -> Vec<String> {
        match way {
            Way::Out => journey.send_in_steps(&self.checkpoint).await,
            Way::In => journey.send_at_once().await,
        }
        journey.take(&self.checkpoint).await;
        journey.end().await
    }

    /// Kills the server when the point is reached, or will not be any more, and starts it again.
    async fn kill_when(&self, reached: oneshot::Receiver<()>, server: Server) -> Server {
        let _ = reached.await;
        self.door.lead_to(&[]);
        server.kill().await;
        let server = self.place.start_without_token().await;
        self.door.lead_to(&[&server.api]);
        self.checkpoint.go_on();
        server
    }

    /// The subscriber heard of every status; of reports that overtook each other in the order in which they
    /// came. Whoever was being told when the server died is told again when the lease has run out.
    async fn told_all(&self, step: Step, hook: &str, id: &str) -> Option<String> {
        let expected: &[&str] = match step.way {
            Way::Out => &["OPPRETTET", "SENDT", "MOTTATT", "LEVERT"],
            Way::In => &["OPPRETTET", "INNKOMMENDE_MOTTATT", "INNKOMMENDE_LEVERT"],
        };
        let begun = std::time::Instant::now();
        loop {
            let told = self.checkpoint.told(hook, id);
            let all =
                told.len() == expected.len() && expected.iter().all(|one| told.iter().any(|it| it == one));
            if all && told.first().is_some_and(|first| first == expected[0]) {
                return None;
            }
            if begun.elapsed() > 2 * PATIENCE {
                return Some(format!("{step:?}: its subscriber was told {told:?}"));
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// A day later nothing is left in the blob store, and nothing to be done.
    async fn end(mut self) -> Option<String> {
        self.server.take()?.stop().await;
        blobs_left::grow_old(&self.place.data());
        self.start().await;
        let gone = within(PATIENCE, "blobs to be swept away", || async {
            blobs_left::of(&self.place.data()).is_empty().then_some(())
        });
        let swept = tokio::time::timeout(PATIENCE / 2, gone).await;
        let left = blobs_left::of(&self.place.data());
        self.server.take()?.stop().await;
        let panicked = self.place.log().lines().filter(|line| line.contains("panicked")).count();
        (swept.is_err() || panicked > 0).then(|| format!("{panicked} panics; left behind: {left:?}"))
    }
}
