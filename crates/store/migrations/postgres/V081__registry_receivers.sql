-- Organizations without an installation of their own have no certificate. `svarut_level` is the highest
-- security level at which SvarUt reaches the organization, NULL where SvarUt does not know it;
-- `bus_certificate` is for the message bus of eInnsyn, where it is not the other one.
ALTER TABLE registry_organizations ALTER COLUMN certificate DROP NOT NULL;

ALTER TABLE registry_organizations ADD COLUMN svarut_level BIGINT;

ALTER TABLE registry_organizations ADD COLUMN bus_certificate TEXT COLLATE "C";

-- Citizens: their digital mailbox, their address on paper, and their general practitioner.
CREATE TABLE registry_persons (
    person TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    active BIGINT NOT NULL,
    reserved BIGINT NOT NULL,
    notifiable BIGINT NOT NULL,
    secret_address BIGINT NOT NULL,
    email TEXT COLLATE "C",
    mobile TEXT COLLATE "C",
    language TEXT COLLATE "C",
    mailbox_supplier TEXT COLLATE "C",
    mailbox_address TEXT COLLATE "C",
    mailbox_certificate TEXT COLLATE "C",
    first_name TEXT COLLATE "C" NOT NULL,
    middle_name TEXT COLLATE "C",
    last_name TEXT COLLATE "C" NOT NULL,
    street TEXT COLLATE "C",
    postal_code TEXT COLLATE "C",
    postal_area TEXT COLLATE "C",
    country TEXT COLLATE "C",
    practitioner BIGINT,
    changed BIGINT NOT NULL
);

-- Actors in health, by their number in that sector's address register.
CREATE TABLE registry_health (
    her_id BIGINT NOT NULL PRIMARY KEY,
    org TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    parent_her_id BIGINT,
    parent_name TEXT COLLATE "C",
    certificate TEXT COLLATE "C",
    changed BIGINT NOT NULL
);
