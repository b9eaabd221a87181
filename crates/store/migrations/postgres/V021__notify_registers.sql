-- Altinn's own number of an organization, by which rights are held. Without a better one it is the
-- organization's number.
ALTER TABLE notify_register_organizations ADD COLUMN party_id BIGINT NOT NULL DEFAULT 0;
UPDATE notify_register_organizations SET party_id = CAST(org_number AS BIGINT);
CREATE INDEX notify_register_organizations_by_party ON notify_register_organizations (party_id);

-- Who may receive what on whose behalf, beside the rights written into an organization's list of users.
-- `*` stands for every resource or action.
CREATE TABLE notify_register_rights (
    party_id BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    resource TEXT COLLATE "C" NOT NULL,
    action TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (party_id, user_id, resource, action)
);

-- A copy of the national feed of organizations' notification addresses, by the feed's own ids.
CREATE TABLE notify_register_addresses (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    org_number TEXT COLLATE "C" NOT NULL,
    email TEXT COLLATE "C",
    mobile TEXT COLLATE "C",
    updated TEXT COLLATE "C" NOT NULL
);
CREATE INDEX notify_register_addresses_by_organization ON notify_register_addresses (org_number);

-- How far a feed has been read: the `updated` of the last entry, as the feed writes it.
CREATE TABLE notify_register_feeds (
    name TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    since TEXT COLLATE "C" NOT NULL,
    whole BIGINT NOT NULL,
    read_at BIGINT NOT NULL
);
