//! Accounts: made, changed and closed, by administrators in the console and by whoever holds the machine.
//!
//! Each change is one commit with its entry in the audit log. Another password, and closing an account, end its
//! sessions in the same commit; another role counts from the next request on. There is always an administrator
//! who can sign in.

use audit::{Action, Entry};
use jiff::Timestamp;
use store::{Store, Tx};
use types::Secret;
use types::random::Random;
use uuid::Uuid;

use super::password::{self, PasswordError, Passwords};
use super::{attempts, sql};
use crate::role::Role;

pub use super::sql::Account;

/// What the first administrator is called.
pub const FIRST: &str = "admin";

/// Letters of a login.
const LOGIN: std::ops::RangeInclusive<usize> = 2..=64;

/// Why an account is as it was.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// Not what a login looks like.
    #[error("a user name has 2 to 64 letters a-z, digits and . _ @ -, and begins with a letter or digit")]
    Login,
    /// Somebody is called that already.
    #[error("there is a user of that name already")]
    Taken,
    /// Nobody is called that.
    #[error("there is no such user")]
    Unknown,
    /// It cannot be a password.
    #[error(transparent)]
    Password(#[from] PasswordError),
    /// Somebody whom a provider signs in has no password here.
    #[error("this user signs in at the organization's own provider and has no password here")]
    Elsewhere,
    /// Nobody could administer any more.
    #[error("this is the last administrator who can sign in")]
    LastAdministrator,
    /// The store could not do it.
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// A change of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Change {
    Role(Role),
    Disabled(bool),
}

/// The accounts of a store.
#[derive(Clone)]
pub struct Accounts {
    store: Store,
    passwords: Passwords,
    random: Random,
}

impl Accounts {
    /// The accounts in a store.
    pub fn new(store: Store) -> Self {
        Self { store, passwords: Passwords::default(), random: Random::system() }
    }

    pub(crate) const fn passwords(&self) -> &Passwords {
        &self.passwords
    }

    /// Whether there are none at all.
    pub async fn nobody_is_there(&self) -> store::Result<bool> {
        self.store.read(|tx| sql::anybody(tx).map(|anybody| !anybody)).await
    }

    /// Makes the first administrator; `false` when another node was first.
    pub async fn make_first(&self, password: &Secret) -> store::Result<bool> {
        let account = self.new_account(FIRST, password, Role::Administer).await;
        self.store.write(move |tx| sql::add(tx, &account)).await
    }

    /// Everybody, by login.
    pub async fn all(&self) -> store::Result<Vec<Account>> {
        self.store.read(sql::all).await
    }

    /// Adds somebody who signs in with a password.
    pub async fn add(
        &self,
        actor: &str,
        login: &str,
        password: &Secret,
        role: Role,
    ) -> Result<(), AccountError> {
        let login = parsed(login)?;
        password::check(password)?;
        let account = self.new_account(&login, password, role).await;
        let entry = self.entry(actor, &login, format!("added: {role}"));
        let work = move |tx: &mut Tx<'_>| {
            if !sql::add(tx, &account)? {
                return Ok::<_, store::Error>(false);
            }
            audit::record(tx, std::slice::from_ref(&entry))?;
            Ok(true)
        };
        if self.store.write(work).await? { Ok(()) } else { Err(AccountError::Taken) }
    }

    /// Gives somebody another password, and ends their sessions. They may try to sign in again at once.
    pub async fn set_password(
        &self,
        actor: &str,
        login: &str,
        password: &Secret,
    ) -> Result<(), AccountError> {
        password::check(password)?;
        let hash = self.passwords.hash(password).await;
        let (login, entry) = (login.to_owned(), self.entry(actor, login, "password".to_owned()));
        self.change(move |tx| {
            let Some(account) = sql::held(tx, &login)? else { return Ok(Err(AccountError::Unknown)) };
            if account.password.is_none() {
                return Ok(Err(AccountError::Elsewhere));
            }
            sql::set_password(tx, account.id, &hash)?;
            sql::end_all(tx, account.id)?;
            attempts::forgive(tx, &login)?;
            audit::record(tx, std::slice::from_ref(&entry))?;
            Ok(Ok(()))
        })
        .await
    }

    /// Gives somebody another role.
    pub async fn set_role(&self, actor: &str, login: &str, role: Role) -> Result<(), AccountError> {
        self.alter(actor, login, Change::Role(role), format!("role: {role}")).await
    }

    /// Closes an account and ends its sessions, or opens it again.
    pub async fn set_disabled(&self, actor: &str, login: &str, disabled: bool) -> Result<(), AccountError> {
        let what = if disabled { "disabled" } else { "enabled" };
        self.alter(actor, login, Change::Disabled(disabled), what.to_owned()).await
    }

    async fn alter(
        &self,
        actor: &str,
        login: &str,
        change: Change,
        detail: String,
    ) -> Result<(), AccountError> {
        let (login, entry) = (login.to_owned(), self.entry(actor, login, detail));
        self.change(move |tx| {
            // Held before anybody else is, so that two who close each other's accounts take turns.
            let administrators = sql::administrators(tx)?;
            let Some(account) = sql::held(tx, &login)? else { return Ok(Err(AccountError::Unknown)) };
            let stays = match change {
                Change::Role(role) => role == Role::Administer,
                Change::Disabled(disabled) => !disabled,
            };
            if !stays && administrators == [account.id] {
                return Ok(Err(AccountError::LastAdministrator));
            }
            match change {
                Change::Role(role) => sql::set_role(tx, account.id, role)?,
                Change::Disabled(disabled) => sql::set_disabled(tx, account.id, disabled)?,
            }
            if change == Change::Disabled(true) {
                sql::end_all(tx, account.id)?;
            }
            audit::record(tx, std::slice::from_ref(&entry))?;
            Ok(Ok(()))
        })
        .await
    }

    async fn change(
        &self,
        work: impl Fn(&mut Tx<'_>) -> store::Result<Result<(), AccountError>> + Send + 'static,
    ) -> Result<(), AccountError> {
        self.store.write(work).await?
    }

    async fn new_account(&self, login: &str, password: &Secret, role: Role) -> Account {
        let (now, hash) = (self.now(), self.passwords.hash(password).await);
        Account {
            id: self.id(),
            login: login.to_owned(),
            name: login.to_owned(),
            password: Some(hash),
            role,
            disabled: false,
            created: now,
            signed_in: None,
        }
    }

    fn entry(&self, actor: &str, login: &str, detail: String) -> Entry {
        Entry::new(self.id(), self.now(), actor, Action::UserChanged, &login, detail)
    }

    fn now(&self) -> Timestamp {
        self.store.clock().now()
    }

    fn id(&self) -> Uuid {
        self.random.uuid_v7(self.now())
    }
}

/// The login that a text names.
fn parsed(text: &str) -> Result<String, AccountError> {
    let login = text.trim().to_lowercase();
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"._@-".contains(&byte);
    let begins = login.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric());
    let fits = begins && LOGIN.contains(&login.len()) && login.bytes().all(is_part);
    if fits { Ok(login) } else { Err(AccountError::Login) }
}

#[cfg(test)]
mod tests {
    use store::Options;

    use super::*;

    fn secret(text: &str) -> Secret {
        Secret::new(text.to_owned())
    }

    #[test]
    fn a_login_is_short_plain_and_in_small_letters() {
        assert_eq!(parsed(" Kari.Nordmann@fjord.no ").ok().as_deref(), Some("kari.nordmann@fjord.no"));
        for wrong in ["", "a", "-kari", "kari nordmann", "kåre", "https://x y", &"a".repeat(65)] {
            assert!(parsed(wrong).is_err(), "{wrong}");
        }
    }

    #[tokio::test]
    async fn there_is_always_somebody_who_can_administer() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(&folder.path().join("db"), Options::default()).expect("a store");
        let accounts = Accounts::new(store);
        assert!(accounts.nobody_is_there().await.expect("an answer"));
        assert!(accounts.make_first(&secret("et første passord")).await.expect("an answer"));
        assert!(!accounts.make_first(&secret("et annet passord")).await.expect("an answer"));

        let last = |done| matches!(done, Err(AccountError::LastAdministrator));
        assert!(last(accounts.set_disabled("test", FIRST, true).await));
        assert!(last(accounts.set_role("test", FIRST, Role::Read).await));
        accounts
            .add("test", "kari", &secret("karis eget passord"), Role::Administer)
            .await
            .expect("an account");
        accounts.set_disabled("test", FIRST, true).await.expect("another administers");
        assert!(last(accounts.set_role("test", "kari", Role::Operate).await));
        accounts.set_disabled("test", FIRST, false).await.expect("an open account");
        accounts.set_role("test", "kari", Role::Operate).await.expect("a role");
    }
}
