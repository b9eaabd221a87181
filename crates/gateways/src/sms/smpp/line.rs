//! The way from a message to a bind: whether there is one, whose turn it is, and what came back.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, mpsc, oneshot, watch};
use tokio::time::{Instant, sleep_until, timeout};
use types::ids::AttemptId;

use super::pace::Pace;
use super::pdu::SubmitResponse;
use crate::{Holdup, LookUp, Urgency};

/// How long a message waits for a place in the window.
const PATIENCE: Duration = Duration::from_secs(20);
/// The same for a message that somebody waits for.
const INSTANT_PATIENCE: Duration = Duration::from_secs(5);
/// Answers that came too late and are remembered.
const LATE_KEPT: usize = 10_000;

/// A message on its way to the bind. Dropped unanswered, it was never sent.
pub(super) struct Outgoing {
    pub(super) body: Vec<u8>,
    /// Whose answer is worth remembering when it comes too late.
    pub(super) attempt: Option<AttemptId>,
    pub(super) reply: oneshot::Sender<Answer>,
    /// Its place in the window, free again when it is answered.
    pub(super) places: Places,
}

/// A place in the window; ordinary messages also need one of those that are not kept free.
pub(super) struct Places(#[expect(dead_code, reason = "held, not read")] [Option<OwnedSemaphorePermit>; 2]);

/// What came of a message.
#[derive(Debug)]
pub(super) enum Answer {
    /// The message centre's own words.
    Answered(u32, SubmitResponse),
    /// It was written, and then nothing was heard.
    Lost(&'static str),
    /// It was certainly not written; the earliest moment worth another try, and what is in the way.
    NotSent(Option<Duration>, Holdup),
}

/// A bind that takes messages.
#[derive(Clone, Debug)]
pub(super) struct Link {
    queue: mpsc::Sender<Outgoing>,
    window: Arc<Semaphore>,
    not_kept_free: Arc<Semaphore>,
}

impl Link {
    /// A link with so many places, some of them kept free for instant messages, and where it leads.
    pub(super) fn new(window: usize, kept_free: usize) -> (Self, mpsc::Receiver<Outgoing>) {
        let (queue, receiver) = mpsc::channel(window);
        let places = |count| Arc::new(Semaphore::new(count));
        let not_kept_free = places(window.saturating_sub(kept_free).max(1));
        (Self { queue, window: places(window), not_kept_free }, receiver)
    }

    async fn place(&self, urgency: Urgency) -> Option<Places> {
        let ordinary = match urgency {
            Urgency::Instant => None,
            Urgency::Ordinary => Some(Arc::clone(&self.not_kept_free).acquire_owned().await.ok()?),
        };
        let place = Arc::clone(&self.window).acquire_owned().await.ok()?;
        Some(Places([Some(place), ordinary]))
    }
}

/// Whether there is a bind.
#[derive(Clone, Debug)]
pub(super) enum State {
    /// Nobody keeps this line; [`crate::SmsProvider::run`] has not begun.
    Unkept,
    /// On its way.
    Connecting,
    /// There is one.
    Bound(Link),
    /// There is none, and until then nobody tries.
    Down(Holdup, Instant),
}

/// One bind of an account, over all its connections.
#[derive(Debug)]
pub(super) struct Line {
    state: watch::Sender<State>,
    pub(super) pace: Pace,
    late: Mutex<HashMap<AttemptId, Option<String>>>,
    rebind: Notify,
}

impl Line {
    pub(super) fn new() -> Self {
        let state = watch::Sender::new(State::Unkept);
        Self { state, pace: Pace::new(Instant::now()), late: Mutex::default(), rebind: Notify::new() }
    }

    pub(super) fn set(&self, state: State) {
        self.state.send_replace(state);
    }

    pub(super) fn state(&self) -> State {
        self.state.borrow().clone()
    }

    /// Asks for a new bind in place of this one.
    pub(super) fn rebind(&self) {
        self.rebind.notify_one();
    }

    /// Waits until somebody has asked for a new bind.
    pub(super) async fn rebind_wanted(&self) {
        self.rebind.notified().await;
    }

    /// Sends one message and waits for its answer. `connecting` is how long a bind that is on its way
    /// is waited for.
    pub(super) async fn submit(
        &self,
        body: Vec<u8>,
        attempt: Option<AttemptId>,
        urgency: Urgency,
        connecting: Duration,
    ) -> Answer {
        match self.admit(urgency, connecting).await {
            Err((after, holdup)) => Answer::NotSent(after, holdup),
            Ok((link, places)) => {
                let (reply, answer) = oneshot::channel();
                let outgoing = Outgoing { body, attempt, reply, places };
                let unsent = || Answer::NotSent(None, gone());
                if link.queue.send(outgoing).await.is_err() {
                    return unsent();
                }
                // The bind answers everything it has written, in its own time.
                answer.await.unwrap_or_else(|_| unsent())
            }
        }
    }

    /// A bind, a place in its window, and our turn.
    async fn admit(
        &self,
        urgency: Urgency,
        connecting: Duration,
    ) -> Result<(Link, Places), (Option<Duration>, Holdup)> {
        let link = self.link(connecting).await?;
        let patience = match urgency {
            Urgency::Instant => INSTANT_PATIENCE,
            Urgency::Ordinary => PATIENCE,
        };
        let full = || (None, Holdup::Passing("the window towards the message centre is full".to_owned()));
        let places = timeout(patience, link.place(urgency)).await.map_err(|_| full())?;
        let places = places.ok_or_else(|| (None, gone()))?;
        let turn = self.pace.admit(Instant::now()).map_err(|after| {
            (Some(after), Holdup::RateLimited("the message centre has asked for a slower pace".to_owned()))
        })?;
        sleep_until(turn).await;
        Ok((link, places))
    }

    async fn link(&self, connecting: Duration) -> Result<Link, (Option<Duration>, Holdup)> {
        let mut states = self.state.subscribe();
        let decided = |state: &State| matches!(state, State::Bound(_) | State::Down(..));
        let state = timeout(connecting, states.wait_for(decided)).await;
        match state {
            Ok(Ok(state)) => match &*state {
                State::Bound(link) => Ok(link.clone()),
                State::Down(holdup, until) => {
                    Err((Some(until.saturating_duration_since(Instant::now())), holdup.clone()))
                }
                State::Unkept | State::Connecting => Err((None, gone())),
            },
            _ => Err((None, Holdup::Passing("no bind at the message centre yet".to_owned()))),
        }
    }

    /// Remembers an answer that nobody waited for any longer; without a reference, a refusal.
    pub(super) fn came_late(&self, attempt: AttemptId, reference: Option<String>) {
        let mut late = self.late.lock().unwrap_or_else(PoisonError::into_inner);
        if late.len() >= LATE_KEPT {
            late.clear();
        }
        late.insert(attempt, reference);
    }

    /// What a late answer said.
    pub(super) fn look_up(&self, attempt: AttemptId) -> LookUp {
        let late = self.late.lock().unwrap_or_else(PoisonError::into_inner);
        match late.get(&attempt) {
            None => LookUp::CannotTell,
            Some(None) => LookUp::Unknown,
            Some(Some(reference)) => {
                LookUp::Taken { gateway_reference: Some(reference.clone()).filter(|text| !text.is_empty()) }
            }
        }
    }
}

fn gone() -> Holdup {
    Holdup::Passing("the bind at the message centre is gone".to_owned())
}
