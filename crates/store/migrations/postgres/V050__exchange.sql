-- One sequence for every numeric id that clients see. The row says where the sequence began: nobody
-- has to wait for a number until somebody else has committed.
CREATE SEQUENCE exchange_ids;

CREATE TABLE exchange_numbers (
    name TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    last BIGINT NOT NULL
);

-- What is known about one message, for as long as the client wants to know it.
CREATE TABLE exchange_conversations (
    id BIGINT NOT NULL PRIMARY KEY,
    owner TEXT COLLATE "C" NOT NULL,
    direction TEXT COLLATE "C" NOT NULL CHECK (direction IN ('OUTGOING', 'INCOMING')),
    message_id TEXT COLLATE "C" NOT NULL,
    conversation_id TEXT COLLATE "C" NOT NULL,
    sender TEXT COLLATE "C" NOT NULL,
    sender_identifier TEXT COLLATE "C" NOT NULL,
    receiver TEXT COLLATE "C",
    receiver_identifier TEXT COLLATE "C",
    process_identifier TEXT COLLATE "C" NOT NULL,
    document_identifier TEXT COLLATE "C" NOT NULL,
    message_reference TEXT COLLATE "C" NOT NULL,
    message_title TEXT COLLATE "C" NOT NULL,
    service TEXT COLLATE "C" NOT NULL,
    external_system_reference TEXT COLLATE "C",
    pollable BIGINT NOT NULL,
    finished BIGINT NOT NULL,
    expiry BIGINT NOT NULL,
    last_update BIGINT NOT NULL,
    user_agent TEXT COLLATE "C"
);

CREATE UNIQUE INDEX exchange_conversations_message ON exchange_conversations (owner, message_id, direction);
CREATE INDEX exchange_conversations_conversation ON exchange_conversations (owner, conversation_id);
CREATE INDEX exchange_conversations_updated ON exchange_conversations (owner, last_update);
CREATE INDEX exchange_conversations_expiry ON exchange_conversations (owner, expiry) WHERE finished = 0;
CREATE INDEX exchange_conversations_pollable ON exchange_conversations (owner, last_update) WHERE pollable = 1;

-- One row for each status a message has had. `queued` while it waits in the status queue.
CREATE TABLE exchange_statuses (
    id BIGINT NOT NULL PRIMARY KEY,
    owner TEXT COLLATE "C" NOT NULL,
    conversation BIGINT NOT NULL REFERENCES exchange_conversations (id) ON DELETE CASCADE,
    message_id TEXT COLLATE "C" NOT NULL,
    conversation_id TEXT COLLATE "C" NOT NULL,
    status TEXT COLLATE "C" NOT NULL,
    description TEXT COLLATE "C",
    raw_receipt TEXT COLLATE "C",
    last_update BIGINT NOT NULL,
    queued BIGINT NOT NULL
);

CREATE UNIQUE INDEX exchange_statuses_once ON exchange_statuses (conversation, status);
CREATE INDEX exchange_statuses_owner ON exchange_statuses (owner, id);
CREATE INDEX exchange_statuses_message ON exchange_statuses (owner, message_id, id);
CREATE INDEX exchange_statuses_conversation ON exchange_statuses (owner, conversation_id, id);
CREATE INDEX exchange_statuses_status ON exchange_statuses (owner, status, id);
CREATE INDEX exchange_statuses_updated ON exchange_statuses (owner, last_update);
CREATE INDEX exchange_statuses_queue ON exchange_statuses (owner, id) WHERE queued = 1;

-- Messages on their way out, from draft until the channel has them.
CREATE TABLE exchange_outbox (
    id BYTEA NOT NULL PRIMARY KEY,
    number BIGINT NOT NULL,
    owner TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('draft', 'queued')),
    message_id TEXT COLLATE "C" NOT NULL,
    conversation_id TEXT COLLATE "C" NOT NULL,
    process TEXT COLLATE "C" NOT NULL,
    sender_identifier TEXT COLLATE "C" NOT NULL,
    receiver_identifier TEXT COLLATE "C",
    service TEXT COLLATE "C" NOT NULL,
    sbd TEXT COLLATE "C" NOT NULL,
    main_document TEXT COLLATE "C",
    arkivmelding_files TEXT COLLATE "C",
    files_bytes BIGINT NOT NULL,
    expires BIGINT NOT NULL,
    last_updated BIGINT NOT NULL,
    user_agent TEXT COLLATE "C",
    package_blob TEXT COLLATE "C",
    package_bytes BIGINT,
    package_for BYTEA
);

CREATE UNIQUE INDEX exchange_outbox_message ON exchange_outbox (owner, message_id);
CREATE UNIQUE INDEX exchange_outbox_number ON exchange_outbox (owner, number);
CREATE INDEX exchange_outbox_package ON exchange_outbox (package_blob) WHERE package_blob IS NOT NULL;

-- Their files, in the order they were added. Bytes are in blobs.
CREATE TABLE exchange_outbox_files (
    message BYTEA NOT NULL REFERENCES exchange_outbox (id) ON DELETE CASCADE,
    number BIGINT NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    title TEXT COLLATE "C",
    media_type TEXT COLLATE "C" NOT NULL,
    bytes BIGINT NOT NULL,
    sha256 BYTEA NOT NULL,
    blob TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (message, number)
);

CREATE UNIQUE INDEX exchange_outbox_files_name ON exchange_outbox_files (message, name);
CREATE UNIQUE INDEX exchange_outbox_files_blob ON exchange_outbox_files (blob);

-- Messages that wait for a client. `place` orders the queue: the arrival, or later when readers have
-- let go of it several times.
CREATE TABLE exchange_inbox (
    id BYTEA NOT NULL PRIMARY KEY,
    number BIGINT NOT NULL,
    owner TEXT COLLATE "C" NOT NULL,
    message_id TEXT COLLATE "C" NOT NULL,
    conversation_id TEXT COLLATE "C" NOT NULL,
    process TEXT COLLATE "C" NOT NULL,
    sender_identifier TEXT COLLATE "C" NOT NULL,
    receiver_identifier TEXT COLLATE "C",
    service TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    sbd TEXT COLLATE "C" NOT NULL,
    container_blob TEXT COLLATE "C",
    container_bytes BIGINT,
    place BIGINT NOT NULL,
    locked BIGINT NOT NULL,
    locked_until BIGINT NOT NULL,
    releases BIGINT NOT NULL,
    expires BIGINT NOT NULL,
    last_updated BIGINT NOT NULL
);

CREATE UNIQUE INDEX exchange_inbox_message ON exchange_inbox (owner, message_id);
CREATE INDEX exchange_inbox_queue ON exchange_inbox (owner, locked, place, number);
CREATE INDEX exchange_inbox_process ON exchange_inbox (owner, locked, process, place, number);
CREATE UNIQUE INDEX exchange_inbox_number ON exchange_inbox (owner, number);
CREATE INDEX exchange_inbox_locks ON exchange_inbox (owner, locked_until) WHERE locked = 1;
-- Not led by the owner: the planner would take it for peeks, and sort the whole inbox.
CREATE INDEX exchange_inbox_expiry ON exchange_inbox (expires);
CREATE INDEX exchange_inbox_container ON exchange_inbox (container_blob) WHERE container_blob IS NOT NULL;

-- Every message id that has come in, so that a repeat is recognised also after the client has it.
CREATE TABLE exchange_received (
    owner TEXT COLLATE "C" NOT NULL,
    message_id TEXT COLLATE "C" NOT NULL,
    sender_identifier TEXT COLLATE "C" NOT NULL,
    reference TEXT COLLATE "C" NOT NULL,
    service TEXT COLLATE "C" NOT NULL,
    sbd TEXT COLLATE "C" NOT NULL,
    acknowledged BIGINT NOT NULL,
    received BIGINT NOT NULL,
    PRIMARY KEY (owner, message_id)
);

CREATE INDEX exchange_received_age ON exchange_received (received);

-- Statuses on their way back to the sender of a message.
CREATE TABLE exchange_feedback (
    id BYTEA NOT NULL PRIMARY KEY,
    owner TEXT COLLATE "C" NOT NULL,
    service TEXT COLLATE "C" NOT NULL,
    message_id TEXT COLLATE "C" NOT NULL,
    conversation_id TEXT COLLATE "C" NOT NULL,
    receiver TEXT COLLATE "C" NOT NULL,
    status TEXT COLLATE "C" NOT NULL,
    sbd TEXT COLLATE "C" NOT NULL,
    channel TEXT COLLATE "C",
    created BIGINT NOT NULL
);

-- Packages that could not be opened or believed, kept for somebody to look at.
CREATE TABLE exchange_set_aside (
    id BYTEA NOT NULL PRIMARY KEY,
    owner TEXT COLLATE "C" NOT NULL,
    service TEXT COLLATE "C" NOT NULL,
    reference TEXT COLLATE "C" NOT NULL,
    sender TEXT COLLATE "C" NOT NULL,
    message_id TEXT COLLATE "C",
    reason TEXT COLLATE "C" NOT NULL,
    blob TEXT COLLATE "C",
    created BIGINT NOT NULL
);

CREATE UNIQUE INDEX exchange_set_aside_reference ON exchange_set_aside (owner, service, reference);
CREATE INDEX exchange_set_aside_blob ON exchange_set_aside (blob) WHERE blob IS NOT NULL;

-- Queues: rows come and go, and the ends that are read must not fill with dead entries. Room in each page
-- for states that change without an index knowing.
ALTER TABLE exchange_outbox SET (fillfactor = 80,
    autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 500);
ALTER TABLE exchange_inbox SET (fillfactor = 80,
    autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 500);
ALTER TABLE exchange_feedback SET (
    autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 500);
-- Taken off the queue soon after they are written, and kept for long.
ALTER TABLE exchange_statuses SET (
    autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000);
ALTER TABLE exchange_conversations SET (fillfactor = 85,
    autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 1000);
