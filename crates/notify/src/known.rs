//! Commits whose answer was lost, asked for again until it is known whether they happened.
//!
//! Everything we write carries keys of our own, so that asking again finds what the lost commit wrote.

use std::future::Future;
use std::time::Duration;

use store::Error;

use crate::sending::RecordError;

/// The first pause; each is twice as long as the one before.
const FIRST_PAUSE: Duration = Duration::from_millis(5);
/// The longest.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// Something that may say that the store failed.
pub(crate) trait MayBeStores {
    /// What the store said, if it was the store.
    fn stores(&self) -> Option<&Error>;
}

impl MayBeStores for Error {
    fn stores(&self) -> Option<&Error> {
        Some(self)
    }
}

impl MayBeStores for RecordError {
    fn stores(&self) -> Option<&Error> {
        match self {
            Self::Store(error) => Some(error),
            Self::Stale(_) => None,
        }
    }
}

/// Asks for a commit, and asks again while nobody knows whether it happened, as long as `patience` lasts.
///
/// Once an answer was lost, a store that cannot be reached is asked again too: it is the one that knows.
/// When patience ends before that, nobody knows, however the last question was turned away.
pub(crate) async fn until_known<T, E, F>(patience: Duration, ask: impl Fn() -> F) -> Result<T, E>
where
    F: Future<Output = Result<T, E>>,
    E: MayBeStores + From<Error>,
{
    let (mut pause, mut waited) = (FIRST_PAUSE, Duration::ZERO);
    let mut unknown = false;
    loop {
        let answer = ask().await;
        let failure = answer.as_ref().err().and_then(MayBeStores::stores);
        unknown |= matches!(failure, Some(Error::OutcomeUnknown));
        if !(unknown && failure.is_some_and(Error::is_passing)) {
            return answer;
        }
        if waited >= patience {
            return Err(Error::OutcomeUnknown.into());
        }
        tokio::time::sleep(pause).await;
        waited += pause;
        pause = LONGEST_PAUSE.min(pause * 2);
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    /// Asks until it is known, and tells what came of it and how many answers were needed.
    async fn asked(answers: Vec<Result<u8, Error>>) -> (Result<u8, String>, usize) {
        let given = answers.len();
        let answers = RefCell::new(answers.into_iter());
        let ask = async || answers.borrow_mut().next().expect("another answer");
        let known = until_known(Duration::from_millis(50), ask).await;
        (known.map_err(|error| error.to_string()), given - answers.borrow().len())
    }

    fn down() -> Result<u8, Error> {
        Err(Error::Unavailable("gone".to_owned()))
    }

    #[tokio::test]
    async fn a_lost_answer_is_asked_for_until_the_store_is_back() {
        let answers = vec![Err(Error::OutcomeUnknown), down(), down(), Ok(7), Ok(8)];
        assert_eq!(asked(answers).await, (Ok(7), 4));
    }

    #[tokio::test]
    async fn what_certainly_did_not_happen_is_not_asked_for_again() {
        let (answer, asked) = asked(vec![down(), Ok(7)]).await;
        assert_eq!((answer.is_err(), asked), (true, 1));
    }

    #[tokio::test]
    async fn patience_ends() {
        let lost = (0..100).map(|_| Err(Error::OutcomeUnknown)).collect();
        let (answer, asked) = asked(lost).await;
        assert!(answer.is_err() && asked < 10, "{asked}");
    }

    #[tokio::test]
    async fn a_store_that_does_not_come_back_leaves_it_unknown_what_it_did() {
        let answers = std::iter::once(Err(Error::OutcomeUnknown)).chain((0..100).map(|_| down()));
        let (answer, _) = asked(answers.collect()).await;
        assert_eq!(answer, Err(Error::OutcomeUnknown.to_string()));
    }
}
