-- A file in transit. `upload` names the blob of the upload under way or of the one that was kept;
-- `stored` says whether its bytes are there.
CREATE TABLE broker_transfers (
    id BLOB NOT NULL PRIMARY KEY,
    sender TEXT NOT NULL,
    resource TEXT NOT NULL,
    file_name TEXT NOT NULL,
    senders_reference TEXT,
    checksum TEXT,
    properties TEXT NOT NULL,
    use_virus_scan INTEGER NOT NULL,
    created INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    status TEXT NOT NULL,
    status_text TEXT,
    status_changed INTEGER NOT NULL,
    published INTEGER,
    bytes INTEGER,
    upload BLOB,
    stored INTEGER NOT NULL,
    purge_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX broker_transfers_sender ON broker_transfers (sender, resource, created);
CREATE INDEX broker_transfers_upload ON broker_transfers (upload);
CREATE INDEX broker_transfers_sender_status ON broker_transfers (sender, resource, status, status_changed);

-- Who shall have it. Resource, status and times of the transfer are repeated here, so that a
-- receiver's poll reads one index and nothing else.
CREATE TABLE broker_recipients (
    transfer BLOB NOT NULL,
    recipient TEXT NOT NULL,
    resource TEXT NOT NULL,
    created INTEGER NOT NULL,
    transfer_status TEXT NOT NULL,
    transfer_changed INTEGER NOT NULL,
    status TEXT NOT NULL,
    status_changed INTEGER NOT NULL,
    PRIMARY KEY (transfer, recipient)
) STRICT, WITHOUT ROWID;

CREATE INDEX broker_recipients_waiting
    ON broker_recipients (recipient, resource, transfer_status, status, transfer_changed);
CREATE INDEX broker_recipients_created ON broker_recipients (recipient, resource, created);

-- Every status a transfer (recipient NULL) or one of its recipients has had.
CREATE TABLE broker_history (
    transfer BLOB NOT NULL,
    number INTEGER NOT NULL,
    recipient TEXT,
    status TEXT NOT NULL,
    status_text TEXT NOT NULL,
    changed INTEGER NOT NULL,
    PRIMARY KEY (transfer, number)
) STRICT, WITHOUT ROWID;
