//! Consumers of one inbox, each a client of its own with several hands. Most take their messages as they
//! should; some walk away from a message, some come back when their lock has run out, and some do not
//! hear the answer to a deletion and ask again.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use reqwest::Method;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::takings::Takings;
use crate::{Answer, Chance, PATIENCE, Sheet, Ways};

/// Hands of each consumer.
const HANDS: u64 = 4;
/// One in so many messages is treated badly, for each of the ways to do so.
const BADLY: u64 = 16;
/// How soon a consumer stops listening to the answer of a deletion, in milliseconds.
const DEAF_AFTER: u64 = 4;

/// Several consumers at work.
pub struct Consumers {
    takings: Arc<Mutex<Takings>>,
    stop: CancellationToken,
    hands: JoinSet<()>,
    begun: Instant,
}

/// One hand of a consumer.
struct Hand {
    ways: Ways,
    lock: Duration,
    chance: Chance,
    takings: Arc<Mutex<Takings>>,
}

impl Consumers {
    /// Lets so many consumers begin; a message that is shown to one is locked for `lock`.
    pub fn start(ways: &Ways, many: u64, lock: Duration, chance: &mut Chance) -> Self {
        let (takings, stop) = (Arc::<Mutex<Takings>>::default(), CancellationToken::new());
        let mut hands = JoinSet::new();
        for _ in 0..many {
            let ways = ways.apart();
            for _ in 0..HANDS {
                let chance = Chance::new(Some(chance.below(u64::MAX)));
                let hand = Hand { ways: ways.clone(), lock, chance, takings: Arc::clone(&takings) };
                hands.spawn(hand.work(stop.clone()));
            }
        }
        Self { takings, stop, hands, begun: Instant::now() }
    }

    /// Waits until nobody works any more, which must be soon after the inbox is empty, and compares.
    pub async fn judge(mut self, sent: &BTreeSet<String>, lock: Duration, sheet: &mut Sheet) {
        let took = self.begun.elapsed();
        self.stop.cancel();
        while let Some(ended) = self.hands.join_next().await {
            ended.expect("a client that does not panic");
        }
        sheet.count("taken within", format!("{:.1} s", took.as_secs_f64()));
        locked(&self.takings).judge(sent, lock, sheet);
    }
}

fn locked(takings: &Mutex<Takings>) -> MutexGuard<'_, Takings> {
    takings.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Hand {
    async fn work(mut self, stop: CancellationToken) {
        let mut late = JoinSet::new();
        while !stop.is_cancelled() {
            let asked = Instant::now();
            let Some(id) = self.peek().await else {
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            };
            locked(&self.takings).shown(&id, asked);
            match self.chance.below(BADLY) {
                0 => locked(&self.takings).left(&id),
                1 => {
                    let (ways, takings) = (self.ways.clone(), Arc::clone(&self.takings));
                    late.spawn(come_back_late(ways, takings, id, self.lock));
                }
                2 => self.take_without_hearing(&id).await,
                _ => self.take(&id).await,
            }
        }
        while late.join_next().await.is_some() {}
    }

    async fn peek(&self) -> Option<String> {
        let answer = Answer::of(self.ways.exchange(Method::GET, "/messages/in/peek")).await.ok()?;
        match answer.status {
            200 => {
                let sbd = answer.json();
                let id =
                    &sbd["standardBusinessDocumentHeader"]["documentIdentification"]["instanceIdentifier"];
                let id = id.as_str().map(str::to_owned);
                if id.is_none() {
                    locked(&self.takings).strange(format!("peek showed {answer:?}"));
                }
                id
            }
            204 => None,
            _ => {
                locked(&self.takings).strange(format!("peek answered {answer:?}"));
                None
            }
        }
    }

    /// As it should be: pop, then delete.
    async fn take(&self, id: &str) {
        let asked = Instant::now();
        pop(&self.ways, &self.takings, id).await;
        let Ok(answer) = delete(&self.ways, id).await else {
            return self.ask_until_it_is_gone(id).await;
        };
        let mut takings = locked(&self.takings);
        match answer.status {
            200 => takings.taken(id),
            // Slow machines let locks run out; then somebody else may have it, or have had it.
            _ if asked.elapsed() >= self.lock => takings.left(id),
            _ => takings.refused(id, format!("{answer:?}")),
        }
    }

    /// The deletion is sent, and its answer is not waited for; then the consumer asks again.
    async fn take_without_hearing(&self, id: &str) {
        pop(&self.ways, &self.takings, id).await;
        let deaf = Duration::from_millis(DEAF_AFTER);
        locked(&self.takings).in_doubt(id);
        match tokio::time::timeout(deaf, delete(&self.ways, id)).await {
            Ok(Ok(answer)) if answer.status == 200 => locked(&self.takings).taken(id),
            _ => self.ask_until_it_is_gone(id).await,
        }
    }

    async fn ask_until_it_is_gone(&self, id: &str) {
        locked(&self.takings).in_doubt(id);
        let begun = Instant::now();
        loop {
            match delete(&self.ways, id).await {
                Ok(answer) if answer.status == 200 => return locked(&self.takings).taken(id),
                // The first request had its effect, or the lock has run out.
                Ok(answer) if answer.status < 500 => return,
                answer => assert!(begun.elapsed() < PATIENCE, "{id} cannot be deleted: {answer:?}"),
            }
        }
    }
}

/// Whoever deletes after the lock has run out is refused, unless it is locked again by then: the
/// contract has no key to a lock, so a deletion counts for whoever asks.
async fn come_back_late(ways: Ways, takings: Arc<Mutex<Takings>>, id: String, lock: Duration) {
    pop(&ways, &takings, &id).await;
    tokio::time::sleep(lock + Duration::from_millis(200)).await;
    locked(&takings).late(&id);
    match delete(&ways, &id).await {
        Ok(answer) if answer.status == 200 => locked(&takings).taken(&id),
        Ok(answer) if answer.status >= 500 => locked(&takings).strange(format!("{id}: {answer:?}")),
        Ok(_) => locked(&takings).left(&id),
        Err(_) => locked(&takings).in_doubt(&id),
    }
}

async fn delete(ways: &Ways, id: &str) -> Result<Answer, reqwest::Error> {
    Answer::of(ways.exchange(Method::DELETE, &format!("/messages/in/{id}"))).await
}

async fn pop(ways: &Ways, takings: &Mutex<Takings>, id: &str) {
    let request = ways.exchange(Method::GET, &format!("/messages/in/pop/{id}"));
    let Ok(answer) = request.send().await else { return };
    let status = answer.status().as_u16();
    let Ok(bytes) = answer.bytes().await else { return };
    match (status, bytes.is_empty()) {
        (200, false) if bytes.starts_with(b"PK") => locked(takings).popped(),
        (204, true) => locked(takings).popped(),
        // The lock ran out, or a late deletion came between.
        (400 | 404, _) => {}
        _ => locked(takings).strange(format!("pop of {id} answered {status} with {} bytes", bytes.len())),
    }
}
