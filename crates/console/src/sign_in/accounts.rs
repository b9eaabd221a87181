//! The first account: a local administrator, made when nobody is there.

use store::Store;
use types::Secret;
use types::random::Random;

use super::password::Passwords;
use super::sql::{self, Account};
use crate::role::Role;

/// What the first administrator is called.
pub const FIRST: &str = "admin";

/// Whether the console has no account at all.
pub async fn nobody_is_there(store: &Store) -> Result<bool, store::Error> {
    store.read(|tx| sql::count(tx).map(|accounts| accounts == 0)).await
}

/// Makes the first administrator; `false` when another node was first.
pub async fn make_first(store: &Store, password: &Secret) -> Result<bool, store::Error> {
    let hash = Passwords::default().hash(password).await;
    let now = store.clock().now();
    let account = Account {
        id: Random::system().uuid_v7(now),
        login: FIRST.to_owned(),
        name: FIRST.to_owned(),
        password: Some(hash),
        role: Role::Administer,
        disabled: false,
        created: now,
        signed_in: None,
    };
    store.write(move |tx| sql::add(tx, &account)).await
}
