//! A gateway that does what the test says, and remembers what it was given.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use gateways::{HandOver, Holdup, LookUp, OutgoingSms, SmsProvider, SmsResult};
use notify::routes::{Route, Terms};
use types::ids::AttemptId;

/// What becomes of the next messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mood {
    /// Taken.
    Takes,
    /// Certainly not taken.
    Fails,
    /// Patience for so many seconds.
    Limits(u64),
    /// The account is wrong.
    Misconfigured,
    /// Taken, but nobody can tell.
    TakesInSilence,
    /// Not taken, and nobody can tell.
    LosesInSilence,
}

/// One message, as it came.
#[derive(Clone, Debug)]
pub struct Handed {
    pub attempt: AttemptId,
    pub time_to_live: Option<Duration>,
}

#[derive(Debug)]
pub struct Scripted {
    mood: Mutex<Mood>,
    handed: Mutex<Vec<Handed>>,
    taken: Mutex<HashSet<AttemptId>>,
    can_be_asked: bool,
}

impl Scripted {
    pub fn new(mood: Mood) -> Arc<Self> {
        Self::make(mood, false)
    }

    /// One that tells what became of an attempt.
    pub fn that_can_be_asked(mood: Mood) -> Arc<Self> {
        Self::make(mood, true)
    }

    fn make(mood: Mood, can_be_asked: bool) -> Arc<Self> {
        let (mood, handed, taken) = (Mutex::new(mood), Mutex::default(), Mutex::default());
        Arc::new(Self { mood, handed, taken, can_be_asked })
    }

    pub fn is_now(&self, mood: Mood) {
        *self.mood.lock().expect("no panic") = mood;
    }

    /// How often it was called.
    pub fn calls(&self) -> usize {
        self.handed().len()
    }

    pub fn handed(&self) -> Vec<Handed> {
        self.handed.lock().expect("no panic").clone()
    }

    /// How many messages it has.
    pub fn taken(&self) -> usize {
        self.taken.lock().expect("no panic").len()
    }

    /// A message comes to light that was lost on the way.
    pub fn finds(&self, attempt: AttemptId) {
        self.taken.lock().expect("no panic").insert(attempt);
    }

    fn take(&self, sms: &OutgoingSms) -> String {
        let mut taken = self.taken.lock().expect("no panic");
        taken.insert(sms.attempt);
        // Every gateway counts from one, as small ones do.
        taken.len().to_string()
    }
}

#[async_trait]
impl SmsProvider for Scripted {
    fn name(&self) -> &'static str {
        "scripted"
    }

    async fn send(&self, sms: &OutgoingSms) -> HandOver<SmsResult> {
        let handed = Handed { attempt: sms.attempt, time_to_live: sms.time_to_live };
        self.handed.lock().expect("no panic").push(handed);
        let mood = *self.mood.lock().expect("no panic");
        let later = |after, cause| HandOver::TryLater { after, cause };
        match mood {
            Mood::Takes => HandOver::Accepted { gateway_reference: Some(self.take(sms)) },
            Mood::Fails => later(None, Holdup::Passing("no connection".to_owned())),
            Mood::Limits(seconds) => {
                later(Some(Duration::from_secs(seconds)), Holdup::RateLimited("slower".to_owned()))
            }
            Mood::Misconfigured => later(None, Holdup::Misconfigured("who are you".to_owned())),
            Mood::TakesInSilence => {
                self.take(sms);
                HandOver::Unknown { cause: "silence".to_owned() }
            }
            Mood::LosesInSilence => HandOver::Unknown { cause: "silence".to_owned() },
        }
    }

    async fn look_up(&self, attempt: AttemptId) -> LookUp {
        if !self.can_be_asked {
            return LookUp::CannotTell;
        }
        if self.taken.lock().expect("no panic").contains(&attempt) {
            return LookUp::Taken { gateway_reference: Some(format!("found-{attempt}")) };
        }
        LookUp::Unknown
    }
}

/// A route to a scripted gateway.
pub fn route(name: &str, gateway: &Arc<Scripted>, weight: u32) -> Route<dyn SmsProvider> {
    let terms = Terms { weight, ..Terms::default() };
    Route { name: name.to_owned(), terms, provider: gateway.clone() }
}
