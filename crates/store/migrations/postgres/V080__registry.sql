-- The organizations of the embedded registry and the certificate their messages are encrypted to.
CREATE TABLE registry_organizations (
    org TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    name TEXT COLLATE "C" NOT NULL,
    entity_type TEXT COLLATE "C" NOT NULL,
    street TEXT COLLATE "C",
    postal_code TEXT COLLATE "C",
    postal_area TEXT COLLATE "C",
    country TEXT COLLATE "C",
    certificate TEXT COLLATE "C" NOT NULL,
    endpoint_url TEXT COLLATE "C" NOT NULL,
    resource TEXT COLLATE "C" NOT NULL,
    changed BIGINT NOT NULL
);

-- What they take part in. `document_types` is a JSON array of text.
CREATE TABLE registry_processes (
    org TEXT COLLATE "C" NOT NULL,
    process TEXT COLLATE "C" NOT NULL,
    service TEXT COLLATE "C" NOT NULL,
    document_types TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (org, process)
);
