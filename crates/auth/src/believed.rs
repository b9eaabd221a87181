//! Tokens whose signature has been found right, so that a client's next request need not pay for RSA again.
//!
//! Kept with the key that was used: when an issuer's keys are fetched anew, or one is withdrawn, nothing is
//! left of what it made us believe. Times and audience are looked at on every request all the same.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws_lc_rs::digest::{SHA256, digest};

/// Tokens remembered for each key; the memory starts anew when it is full.
const MOST: usize = 1_000;

/// Digests of whole tokens, header and signature included.
#[derive(Clone, Default)]
pub(crate) struct Believed(Arc<Mutex<HashSet<[u8; 32]>>>);

impl Believed {
    /// Runs `check` unless it has succeeded for this very token before.
    pub fn or_check<E>(&self, token: &str, check: impl FnOnce() -> Result<(), E>) -> Result<(), E> {
        let digest = fingerprint(token);
        if self.lock().contains(&digest) {
            return Ok(());
        }
        check()?;
        let mut believed = self.lock();
        if believed.len() >= MOST {
            believed.clear();
        }
        believed.insert(digest);
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, HashSet<[u8; 32]>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn fingerprint(token: &str) -> [u8; 32] {
    let digest = digest(&SHA256, token.as_bytes());
    digest.as_ref().try_into().expect("SHA-256 has 32 bytes")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_token_that_was_found_right_is_not_checked_again() {
        let believed = Believed::default();

        assert_eq!(believed.or_check("a.b.c", || Err("wrong")), Err("wrong"));
        assert_eq!(believed.or_check("a.b.c", || Ok::<_, &str>(())), Ok(()));
        assert_eq!(believed.or_check("a.b.c", || Err("not asked")), Ok(()));
        assert_eq!(believed.or_check("a.b.d", || Err("wrong")), Err("wrong"));
    }

    #[test]
    fn a_flood_of_tokens_does_not_fill_the_memory() {
        let believed = Believed::default();
        for number in 0..5 * MOST {
            assert!(believed.or_check(&number.to_string(), || Ok::<_, &str>(())).is_ok());
        }
        assert!(believed.lock().len() <= MOST);
    }
}
