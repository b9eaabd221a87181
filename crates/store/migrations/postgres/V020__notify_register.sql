-- The embedded register of contact details, for set-ups that have no other. Filled by import only.
CREATE TABLE notify_register_persons (
    national_id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    name TEXT COLLATE "C",
    reserved BIGINT NOT NULL,
    email TEXT COLLATE "C",
    email_confirmed BIGINT,
    mobile TEXT COLLATE "C",
    mobile_confirmed BIGINT
);

-- `emails` and `mobiles` are JSON lists, both NULL where the organization itself has no record of
-- addresses, so that its main unit's are used. `users` is a JSON list of those who have registered
-- their own addresses there.
CREATE TABLE notify_register_organizations (
    org_number TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    name TEXT COLLATE "C",
    main_unit TEXT COLLATE "C",
    emails TEXT COLLATE "C",
    mobiles TEXT COLLATE "C",
    users TEXT COLLATE "C" NOT NULL
);

-- Persons without a national identity number: `epost:<address>` or a user name.
CREATE TABLE notify_register_accounts (
    username TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    email TEXT COLLATE "C",
    mobile TEXT COLLATE "C"
);
