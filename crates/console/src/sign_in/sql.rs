//! Accounts, sessions and attempts in the store.

use jiff::Timestamp;
use store::{FromRow, Result, Row, Tx, params};
use uuid::Uuid;

use crate::role::Role;

/// Somebody who may sign in.
#[derive(Clone, Debug)]
pub(crate) struct Account {
    pub id: Uuid,
    /// What they are known by.
    pub login: String,
    /// What they are called.
    pub name: String,
    /// The hash of their password; `None` for those whom a provider signs in.
    pub password: Option<String>,
    pub role: Role,
    pub disabled: bool,
    pub created: Timestamp,
    /// The last time they signed in.
    pub signed_in: Option<Timestamp>,
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
    pub name: String,
    pub role: Role,
    pub created: Timestamp,
    pub seen: Timestamp,
}

impl FromRow for Session {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self {
            name: row.get("name")?,
            role: row.get("role")?,
            created: row.get("created")?,
            seen: row.get("seen")?,
        })
    }
}

/// How many accounts there are.
pub(crate) fn count(tx: &mut Tx<'_>) -> Result<i64> {
    tx.one("SELECT COUNT(*) FROM console_users", params![])
}

/// Adds an account, unless its login is taken.
pub(crate) fn add(tx: &mut Tx<'_>, account: &Account) -> Result<bool> {
    const SQL: &str = "INSERT INTO console_users
        (id, login, name, password, role, disabled, created, signed_in)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (login) DO NOTHING";
    let Account { id, login, name, password, role, disabled, created, signed_in } = account;
    let added =
        tx.execute(SQL, params![id, login, name, password, role.as_str(), disabled, created, signed_in])?;
    Ok(added == 1)
}

/// The account that is known by this.
pub(crate) fn by_login(tx: &mut Tx<'_>, login: &str) -> Result<Option<Account>> {
    const SQL: &str = "SELECT id, login, name, password, role, disabled, created, signed_in
        FROM console_users WHERE login = $1";
    tx.optional(SQL, params![login])
}

/// Begins a session; `false` when the account is disabled or gone by now.
pub(crate) fn begin(
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
pub(crate) fn session(tx: &mut Tx<'_>, hash: &[u8], now: Timestamp) -> Result<Option<Session>> {
    const SQL: &str = "SELECT u.name, u.role, s.created, s.seen
        FROM console_sessions s JOIN console_users u ON u.id = s.user_id
        WHERE s.hash = $1 AND s.ends > $2 AND u.disabled = 0";
    tx.optional(SQL, params![hash, now])
}

/// A session was used.
pub(crate) fn touch(tx: &mut Tx<'_>, hash: &[u8], now: Timestamp, ends: Timestamp) -> Result<()> {
    tx.execute("UPDATE console_sessions SET seen = $2, ends = $3 WHERE hash = $1", params![hash, now, ends])?;
    Ok(())
}

/// Ends a session.
pub(crate) fn end(tx: &mut Tx<'_>, hash: &[u8]) -> Result<bool> {
    Ok(tx.execute("DELETE FROM console_sessions WHERE hash = $1", params![hash])? == 1)
}

/// Counts an attempt, and answers how many there were in a window that ends then.
pub(crate) fn attempt(
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
pub(crate) fn forgive(tx: &mut Tx<'_>, what: &[u8]) -> Result<()> {
    tx.execute("DELETE FROM console_attempts WHERE what = $1", params![what])?;
    Ok(())
}

/// Removes what is over.
pub(crate) fn tidy(tx: &mut Tx<'_>, now: Timestamp) -> Result<()> {
    for table in ["console_sessions", "console_attempts", "console_sign_ins"] {
        tx.execute(&format!("DELETE FROM {table} WHERE ends <= $1"), params![now])?;
    }
    Ok(())
}
