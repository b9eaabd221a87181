-- The embedded register of contact details, for set-ups that have no other. Filled by import only.
CREATE TABLE notify_register_persons (
    national_id TEXT NOT NULL PRIMARY KEY,
    name TEXT,
    reserved INTEGER NOT NULL,
    email TEXT,
    email_confirmed INTEGER,
    mobile TEXT,
    mobile_confirmed INTEGER
) STRICT, WITHOUT ROWID;

-- `emails` and `mobiles` are JSON lists, both NULL where the organization itself has no record of
-- addresses, so that its main unit's are used. `users` is a JSON list of those who have registered
-- their own addresses there.
CREATE TABLE notify_register_organizations (
    org_number TEXT NOT NULL PRIMARY KEY,
    name TEXT,
    main_unit TEXT,
    emails TEXT,
    mobiles TEXT,
    users TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Persons without a national identity number: `epost:<address>` or a user name.
CREATE TABLE notify_register_accounts (
    username TEXT NOT NULL PRIMARY KEY,
    email TEXT,
    mobile TEXT
) STRICT, WITHOUT ROWID;
