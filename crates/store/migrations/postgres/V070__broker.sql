-- A file in transit. `upload` names the blob of the upload under way or of the one that was kept;
-- `stored` says whether its bytes are there.
CREATE TABLE broker_transfers (
    id BYTEA NOT NULL PRIMARY KEY,
    sender TEXT COLLATE "C" NOT NULL,
    resource TEXT COLLATE "C" NOT NULL,
    file_name TEXT COLLATE "C" NOT NULL,
    senders_reference TEXT COLLATE "C",
    checksum TEXT COLLATE "C",
    properties TEXT COLLATE "C" NOT NULL,
    use_virus_scan BIGINT NOT NULL,
    created BIGINT NOT NULL,
    expires BIGINT NOT NULL,
    status TEXT COLLATE "C" NOT NULL,
    status_text TEXT COLLATE "C",
    status_changed BIGINT NOT NULL,
    published BIGINT,
    bytes BIGINT,
    upload BYTEA,
    stored BIGINT NOT NULL,
    purge_at BIGINT
);

CREATE INDEX broker_transfers_sender ON broker_transfers (sender, resource, created);
CREATE INDEX broker_transfers_upload ON broker_transfers (upload);
CREATE INDEX broker_transfers_sender_status ON broker_transfers (sender, resource, status, status_changed);

-- Who shall have it. Resource, status and times of the transfer are repeated here, so that a
-- receiver's poll reads one index and nothing else.
CREATE TABLE broker_recipients (
    transfer BYTEA NOT NULL,
    recipient TEXT COLLATE "C" NOT NULL,
    resource TEXT COLLATE "C" NOT NULL,
    created BIGINT NOT NULL,
    transfer_status TEXT COLLATE "C" NOT NULL,
    transfer_changed BIGINT NOT NULL,
    status TEXT COLLATE "C" NOT NULL,
    status_changed BIGINT NOT NULL,
    PRIMARY KEY (transfer, recipient)
);

CREATE INDEX broker_recipients_waiting
    ON broker_recipients (recipient, resource, transfer_status, status, transfer_changed);
CREATE INDEX broker_recipients_created ON broker_recipients (recipient, resource, created);

-- Every status a transfer (recipient NULL) or one of its recipients has had.
CREATE TABLE broker_history (
    transfer BYTEA NOT NULL,
    number BIGINT NOT NULL,
    recipient TEXT COLLATE "C",
    status TEXT COLLATE "C" NOT NULL,
    status_text TEXT COLLATE "C" NOT NULL,
    changed BIGINT NOT NULL,
    PRIMARY KEY (transfer, number)
);

ALTER TABLE broker_transfers SET (fillfactor = 85,
    autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 1000);
ALTER TABLE broker_recipients SET (fillfactor = 85,
    autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 1000);
