//! Accounts, sessions and attempts in the store.

use jiff::Timestamp;
use store::{FromRow, Result, Row, Tx, params};
use uuid::Uuid;

use crate::role::Role;

/// Somebody who may sign in.
#[derive(Clone)]
pub struct Account {
    /// Its id.
    pub id: Uuid,
    /// What they are known by.
    pub login: String,
    /// What they are called.
    pub name: String,
    /// The hash of their password; `None` for those whom a provider signs in.
    pub(crate) password: Option<String>,
    /// What they may do.
    pub role: Role,
    /// Whether they may not sign in just now.
    pub disabled: bool,
    /// Since when they are known.
    pub created: Timestamp,
    /// The last time they signed in.
    pub signed_in: Option<Timestamp>,
}

impl Account {
    /// Whether they show a password here; others are signed in by a provider.
    pub const fn has_password(&self) -> bool {
        self.password.is_some()
    }
}

impl FromRow for Account {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self {
            id: row.get("id")?,
            login: row.get("login")?,
            name: row.get("name")?,
            password: row.get("password")?,
            role: row.get("role")?,
            disabled: row.get("disabled")?,
            created: row.get("created")?,
            signed_in: row.get("signed_in")?,
        })
    }
}

/// A session, with what its account says now.
#[derive(Clone, Debug)]
pub(crate) struct Session {
    pub login: String,
    pub name: String,
    pub role: Role,
    pub created: Timestamp,
    pub seen: Timestamp,
}

impl FromRow for Session {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self {
            login: row.get("login")?,
            name: row.get("name")?,
            role: row.get("role")?,
            created: row.get("created")?,
            seen: row.get("seen")?,
        })
    }
}

/// Whether there is any account.
pub(super) fn anybody(tx: &mut Tx<'_>) -> Result<bool> {
    let found: Option<String> =
        tx.optional("SELECT login FROM console_users ORDER BY login LIMIT 1", params![])?;
    Ok(found.is_some())
}

/// Everybody, by login; so many that nobody would look for one in a list are cut off.
pub(super) fn all(tx: &mut Tx<'_>) -> Result<Vec<Account>> {
    const SQL: &str = "SELECT id, login, name, password, role, disabled, created, signed_in
        FROM console_users ORDER BY login LIMIT 1000";
    tx.all(SQL, params![])
}

/// Those who can administer, held until the commit.
pub(super) fn administrators(tx: &mut Tx<'_>) -> Result<Vec<Uuid>> {
    const SQL: &str = "SELECT id FROM console_users WHERE role = 'administer' AND disabled = 0
        ORDER BY login FOR UPDATE";
    tx.all(SQL, params![])
}

/// The account that is known by this, held until the commit.
pub(super) fn held(tx: &mut Tx<'_>, login: &str) -> Result<Option<Account>> {
    const SQL: &str = "SELECT id, login, name, password, role, disabled, created, signed_in
        FROM console_users WHERE login = $1 FOR UPDATE";
    tx.optional(SQL, params![login])
}

pub(super) fn set_password(tx: &mut Tx<'_>, user: Uuid, hash: &str) -> Result<()> {
    tx.execute("UPDATE console_users SET password = $2 WHERE id = $1", params![user, hash])?;
    Ok(())
}

pub(super) fn set_role(tx: &mut Tx<'_>, user: Uuid, role: Role) -> Result<()> {
    tx.execute("UPDATE console_users SET role = $2 WHERE id = $1", params![user, role.as_str()])?;
    Ok(())
}

pub(super) fn set_disabled(tx: &mut Tx<'_>, user: Uuid, disabled: bool) -> Result<()> {
    tx.execute("UPDATE console_users SET disabled = $2 WHERE id = $1", params![user, disabled])?;
    Ok(())
}

/// Takes over what a provider says of somebody now, and answers their account. Who is disabled stays so.
pub(super) fn from_provider(tx: &mut Tx<'_>, account: &Account) -> Result<Account> {
    const SQL: &str = "INSERT INTO console_users
        (id, login, name, password, role, disabled, created, signed_in)
        VALUES ($1, $2, $3, NULL, $4, 0, $5, NULL)
        ON CONFLICT (login) DO UPDATE SET name = excluded.name, role = excluded.role
        RETURNING id, login, name, password, role, disabled, created, signed_in";
    let Account { id, login, name, role, created, .. } = account;
    tx.one(SQL, params![id, login, name, role.as_str(), created])
}

/// Writes down that somebody is on the way to a provider.
pub(super) fn leave_for_provider(
    tx: &mut Tx<'_>,
    state: &[u8],
    verifier: &str,
    nonce: &str,
    next: &str,
    ends: Timestamp,
) -> Result<()> {
    const SQL: &str = "INSERT INTO console_sign_ins (state, verifier, nonce, next, ends)
        VALUES ($1, $2, $3, $4, $5)";
    tx.execute(SQL, params![state, verifier, nonce, next, ends])?;
    Ok(())
}

/// Somebody comes back from a provider, once: verifier, nonce and where they want to go.
pub(super) fn come_back(
    tx: &mut Tx<'_>,
    state: &[u8],
    now: Timestamp,
) -> Result<Option<(String, String, String)>> {
    const SQL: &str = "DELETE FROM console_sign_ins WHERE state = $1 AND ends > $2
        RETURNING verifier, nonce, next";
    tx.optional(SQL, params![state, now])
}

/// Ends all of somebody's sessions.
pub(super) fn end_all(tx: &mut Tx<'_>, user: Uuid) -> Result<()> {
    tx.execute("DELETE FROM console_sessions WHERE user_id = $1", params![user])?;
    Ok(())
}

/// Adds an account, unless its login is taken.
pub(super) fn add(tx: &mut Tx<'_>, account: &Account) -> Result<bool> {
    const SQL: &str = "INSERT INTO console_users
        (id, login, name, password, role, disabled, created, signed_in)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (login) DO NOTHING";
    let Account { id, login, name, password, role, disabled, created, signed_in } = account;
    let added =
        tx.execute(SQL, params![id, login, name, password, role.as_str(), disabled, created, signed_in])?;
    Ok(added == 1)
}

/// The account that is known by this.
pub(super) fn by_login(tx: &mut Tx<'_>, login: &str) -> Result<Option<Account>> {
    const SQL: &str = "SELECT id, login, name, password, role, disabled, created, signed_in
        FROM console_users WHERE login = $1";
    tx.optional(SQL, params![login])
}

/// Begins a session; `false` when the account is disabled or gone by now.
pub(super) fn begin(
    tx: &mut Tx<'_>,
    hash: &[u8],
    user: Uuid,
    now: Timestamp,
    ends: Timestamp,
) -> Result<bool> {
    const SQL: &str = "INSERT INTO console_sessions (hash, user_id, created, seen, ends)
        VALUES ($1, $2, $3, $3, $4)";
    const SEEN: &str = "UPDATE console_users SET signed_in = $2 WHERE id = $1 AND disabled = 0";
    if tx.execute(SEEN, params![user, now])? == 0 {
        return Ok(false);
    }
    tx.execute(SQL, params![hash, user, now, ends])?;
    Ok(true)
}

/// The session with this hash, while it lasts and its account is not disabled.
pub(super) fn session(tx: &mut Tx<'_>, hash: &[u8], now: Timestamp) -> Result<Option<Session>> {
    const SQL: &str = "SELECT u.login, u.name, u.role, s.created, s.seen
        FROM console_sessions s JOIN console_users u ON u.id = s.user_id
        WHERE s.hash = $1 AND s.ends > $2 AND u.disabled = 0";
    tx.optional(SQL, params![hash, now])
}

/// A session was used.
pub(super) fn touch(tx: &mut Tx<'_>, hash: &[u8], now: Timestamp, ends: Timestamp) -> Result<()> {
    tx.execute("UPDATE console_sessions SET seen = $2, ends = $3 WHERE hash = $1", params![hash, now, ends])?;
    Ok(())
}

/// Ends a session.
pub(super) fn end(tx: &mut Tx<'_>, hash: &[u8]) -> Result<bool> {
    Ok(tx.execute("DELETE FROM console_sessions WHERE hash = $1", params![hash])? == 1)
}

/// Counts an attempt, and answers how many there were in a window that ends then.
pub(super) fn attempt(
    tx: &mut Tx<'_>,
    what: &[u8],
    now: Timestamp,
    window_ends: Timestamp,
) -> Result<(i64, Timestamp)> {
    const SQL: &str = "INSERT INTO console_attempts (what, tries, ends) VALUES ($1, 1, $3)
        ON CONFLICT (what) DO UPDATE SET
            tries = CASE WHEN console_attempts.ends <= $2 THEN 1 ELSE console_attempts.tries + 1 END,
            ends = CASE WHEN console_attempts.ends <= $2 THEN $3 ELSE console_attempts.ends END
        RETURNING tries, ends";
    tx.one(SQL, params![what, now, window_ends])
}

/// Whoever got in begins anew.
pub(super) fn forgive(tx: &mut Tx<'_>, what: &[u8]) -> Result<()> {
    tx.execute("DELETE FROM console_attempts WHERE what = $1", params![what])?;
    Ok(())
}

/// Removes what is over.
pub(super) fn tidy(tx: &mut Tx<'_>, now: Timestamp) -> Result<()> {
    for table in ["console_sessions", "console_attempts", "console_sign_ins"] {
        tx.execute(&format!("DELETE FROM {table} WHERE ends <= $1"), params![now])?;
    }
    Ok(())
}
