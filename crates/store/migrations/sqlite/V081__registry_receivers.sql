-- Organizations without an installation of their own have no certificate. `svarut_level` is the highest
-- security level at which SvarUt reaches the organization, NULL where SvarUt does not know it;
-- `bus_certificate` is for the message bus of eInnsyn, where it is not the other one.
CREATE TABLE registry_organizations_new (
    org TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    entity_type TEXT NOT NULL,
    street TEXT,
    postal_code TEXT,
    postal_area TEXT,
    country TEXT,
    certificate TEXT,
    endpoint_url TEXT NOT NULL,
    resource TEXT NOT NULL,
    changed INTEGER NOT NULL,
    svarut_level INTEGER,
    bus_certificate TEXT
) STRICT, WITHOUT ROWID;

INSERT INTO registry_organizations_new
    SELECT org, name, entity_type, street, postal_code, postal_area, country, certificate, endpoint_url,
        resource, changed, NULL, NULL
    FROM registry_organizations;

DROP TABLE registry_organizations;

ALTER TABLE registry_organizations_new RENAME TO registry_organizations;

-- Citizens: their digital mailbox, their address on paper, and their general practitioner.
CREATE TABLE registry_persons (
    person TEXT NOT NULL PRIMARY KEY,
    active INTEGER NOT NULL,
    reserved INTEGER NOT NULL,
    notifiable INTEGER NOT NULL,
    secret_address INTEGER NOT NULL,
    email TEXT,
    mobile TEXT,
    language TEXT,
    mailbox_supplier TEXT,
    mailbox_address TEXT,
    mailbox_certificate TEXT,
    first_name TEXT NOT NULL,
    middle_name TEXT,
    last_name TEXT NOT NULL,
    street TEXT,
    postal_code TEXT,
    postal_area TEXT,
    country TEXT,
    practitioner INTEGER,
    changed INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Actors in health, by their number in that sector's address register.
CREATE TABLE registry_health (
    her_id INTEGER NOT NULL PRIMARY KEY,
    org TEXT NOT NULL,
    name TEXT NOT NULL,
    parent_her_id INTEGER,
    parent_name TEXT,
    certificate TEXT,
    changed INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
