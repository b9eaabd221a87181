-- Those who may sign in to the console. `login` is a lower-case name, or, for those whom a provider of
-- OpenID Connect has signed in, its issuer, a blank and its name for them. `password` is an Argon2id hash as
-- PHC text, and NULL for the latter.
CREATE TABLE console_users (
    id BLOB NOT NULL PRIMARY KEY,
    login TEXT NOT NULL,
    name TEXT NOT NULL,
    password TEXT,
    role TEXT NOT NULL,
    disabled INTEGER NOT NULL,
    created INTEGER NOT NULL,
    signed_in INTEGER
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX console_users_login ON console_users (login);

-- Who is signed in now. `hash` is SHA-256 of what the browser holds; `ends` moves on with use.
CREATE TABLE console_sessions (
    hash BLOB NOT NULL PRIMARY KEY,
    user_id BLOB NOT NULL,
    created INTEGER NOT NULL,
    seen INTEGER NOT NULL,
    ends INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX console_sessions_user ON console_sessions (user_id);

CREATE INDEX console_sessions_ends ON console_sessions (ends);

-- How often somebody tried to sign in lately, by SHA-256 of the account or of the address they came from.
CREATE TABLE console_attempts (
    what BLOB NOT NULL PRIMARY KEY,
    tries INTEGER NOT NULL,
    ends INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX console_attempts_ends ON console_attempts (ends);

-- Who has been sent to a provider of OpenID Connect and is not back yet. `state` is SHA-256 of what the
-- browser and the provider hand back.
CREATE TABLE console_sign_ins (
    state BLOB NOT NULL PRIMARY KEY,
    verifier TEXT NOT NULL,
    nonce TEXT NOT NULL,
    next TEXT NOT NULL,
    ends INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX console_sign_ins_ends ON console_sign_ins (ends);
