-- The organizations of the embedded registry and the certificate their messages are encrypted to.
CREATE TABLE registry_organizations (
    org TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    entity_type TEXT NOT NULL,
    street TEXT,
    postal_code TEXT,
    postal_area TEXT,
    country TEXT,
    certificate TEXT NOT NULL,
    endpoint_url TEXT NOT NULL,
    resource TEXT NOT NULL,
    changed INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What they take part in. `document_types` is a JSON array of text.
CREATE TABLE registry_processes (
    org TEXT NOT NULL,
    process TEXT NOT NULL,
    service TEXT NOT NULL,
    document_types TEXT NOT NULL,
    PRIMARY KEY (org, process)
) STRICT, WITHOUT ROWID;
