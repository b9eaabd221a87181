-- Those who may sign in to the console. `login` is a lower-case name, or, for those whom a provider of
-- OpenID Connect has signed in, its issuer, a blank and its name for them. `password` is an Argon2id hash as
-- PHC text, and NULL for the latter.
CREATE TABLE console_users (
    id BYTEA NOT NULL PRIMARY KEY,
    login TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    password TEXT COLLATE "C",
    role TEXT COLLATE "C" NOT NULL,
    disabled BIGINT NOT NULL,
    created BIGINT NOT NULL,
    signed_in BIGINT
);

CREATE UNIQUE INDEX console_users_login ON console_users (login);

-- Who is signed in now. `hash` is SHA-256 of what the browser holds; `ends` moves on with use.
CREATE TABLE console_sessions (
    hash BYTEA NOT NULL PRIMARY KEY,
    user_id BYTEA NOT NULL,
    created BIGINT NOT NULL,
    seen BIGINT NOT NULL,
    ends BIGINT NOT NULL
);

CREATE INDEX console_sessions_user ON console_sessions (user_id);

CREATE INDEX console_sessions_ends ON console_sessions (ends);

-- How often somebody tried to sign in lately, by SHA-256 of the account or of the address they came from.
CREATE TABLE console_attempts (
    what BYTEA NOT NULL PRIMARY KEY,
    tries BIGINT NOT NULL,
    ends BIGINT NOT NULL
);

CREATE INDEX console_attempts_ends ON console_attempts (ends);

-- Who has been sent to a provider of OpenID Connect and is not back yet. `state` is SHA-256 of what the
-- browser and the provider hand back.
CREATE TABLE console_sign_ins (
    state BYTEA NOT NULL PRIMARY KEY,
    verifier TEXT COLLATE "C" NOT NULL,
    nonce TEXT COLLATE "C" NOT NULL,
    next TEXT COLLATE "C" NOT NULL,
    ends BIGINT NOT NULL
);

CREATE INDEX console_sign_ins_ends ON console_sign_ins (ends);
