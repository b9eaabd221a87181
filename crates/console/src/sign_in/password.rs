//! Passwords: kept as Argon2id hashes (RFC 9106), and looked at a few at a time.

use std::sync::{Arc, LazyLock};

use argon2::password_hash::{PasswordHash, PasswordHasher as _, PasswordVerifier as _, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::Semaphore;
use types::Secret;

use super::ticket::random_bytes;

/// Memory in KiB and passes: OWASP's cheat sheet on storing passwords, its first choice for Argon2id.
const MEMORY: u32 = 19 * 1024;
const PASSES: u32 = 2;
/// Passwords that are looked at at the same time, so that nobody can fill the memory with them.
const AT_ONCE: usize = 2;
/// Characters that a password has at least, and bytes at most.
pub(crate) const SHORTEST: usize = 12;
pub(crate) const LONGEST: usize = 256;

/// Makes hashes and looks at passwords.
#[derive(Clone)]
pub(crate) struct Passwords(Arc<Semaphore>);

impl Default for Passwords {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(AT_ONCE)))
    }
}

/// Why a password cannot be one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// Too short, or too long.
    #[error("a password has at least 12 characters and at most 256 bytes")]
    Length,
}

/// Whether a password that somebody chose can be one.
pub(crate) fn check(password: &Secret) -> Result<(), PasswordError> {
    let text = password.reveal();
    let fits = text.chars().count() >= SHORTEST && text.len() <= LONGEST;
    if fits { Ok(()) } else { Err(PasswordError::Length) }
}

impl Passwords {
    /// The hash of a password, as PHC text.
    pub(crate) async fn hash(&self, password: &Secret) -> String {
        let password = password.clone();
        self.work(move || hash(&password)).await
    }

    /// Whether a password is the one behind a hash. Without a hash it takes as long, and is not.
    pub(crate) async fn is(&self, password: &Secret, hash: Option<String>) -> bool {
        let password = password.clone();
        self.work(move || {
            let (hash, is_there) = (hash.as_deref().unwrap_or(&NOBODYS), hash.is_some());
            let parsed = PasswordHash::new(hash);
            let text = password.reveal().as_bytes();
            let fits = text.len() <= LONGEST
                && parsed.is_ok_and(|hash| argon2().verify_password(text, &hash).is_ok());
            fits && is_there
        })
        .await
    }

    async fn work<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> T {
        let place = Arc::clone(&self.0).acquire_owned().await.expect("the semaphore is never closed");
        let done = tokio::task::spawn_blocking(move || {
            let _place = place;
            work()
        });
        done.await.expect("hashing does not panic")
    }
}

/// What a password of nobody's is compared with.
static NOBODYS: LazyLock<String> = LazyLock::new(|| hash(&Secret::new(String::new())));

fn argon2() -> Argon2<'static> {
    let params = Params::new(MEMORY, PASSES, 1, None).expect("numbers that Argon2 takes");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

fn hash(password: &Secret) -> String {
    let salt = SaltString::encode_b64(&random_bytes::<16>()).expect("16 bytes are a salt");
    let hash = argon2().hash_password(password.reveal().as_bytes(), &salt);
    hash.expect("passwords are short enough").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> Secret {
        Secret::new(text.to_owned())
    }

    #[tokio::test]
    async fn only_the_password_that_was_hashed_is_the_one() {
        let passwords = Passwords::default();
        let hash = passwords.hash(&secret("riktig hest batteri")).await;

        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(passwords.is(&secret("riktig hest batteri"), Some(hash.clone())).await);
        assert!(!passwords.is(&secret("riktig hest batter"), Some(hash.clone())).await);
        assert!(!passwords.is(&secret(""), None).await, "nobody's password is nobody's");
        assert_ne!(passwords.hash(&secret("riktig hest batteri")).await, hash, "each has its own salt");
    }

    #[test]
    fn a_password_is_neither_short_nor_endless() {
        assert_eq!(check(&secret("tolv tegn er")), Ok(()));
        assert_eq!(check(&secret("blåbærsyltet")), Ok(()));
        assert_eq!(check(&secret("for kort 11")), Err(PasswordError::Length));
        assert_eq!(check(&secret(&"a".repeat(257))), Err(PasswordError::Length));
    }
}
