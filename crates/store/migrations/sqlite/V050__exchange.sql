-- One sequence for every numeric id that clients see.
CREATE TABLE exchange_numbers (
    name TEXT NOT NULL PRIMARY KEY,
    last INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What is known about one message, for as long as the client wants to know it.
CREATE TABLE exchange_conversations (
    id INTEGER NOT NULL PRIMARY KEY,
    owner TEXT NOT NULL,
    direction TEXT NOT NULL CHECK (direction IN ('OUTGOING', 'INCOMING')),
    message_id TEXT NOT NULL,
    conversation_id TEXT NOT NULL,
    sender TEXT NOT NULL,
    sender_identifier TEXT NOT NULL,
    receiver TEXT,
    receiver_identifier TEXT,
    process_identifier TEXT NOT NULL,
    document_identifier TEXT NOT NULL,
    message_reference TEXT NOT NULL,
    message_title TEXT NOT NULL,
    service TEXT NOT NULL,
    external_system_reference TEXT,
    pollable INTEGER NOT NULL,
    finished INTEGER NOT NULL,
    expiry INTEGER NOT NULL,
    last_update INTEGER NOT NULL,
    user_agent TEXT
) STRICT;

CREATE UNIQUE INDEX exchange_conversations_message ON exchange_conversations (owner, message_id, direction);
CREATE INDEX exchange_conversations_conversation ON exchange_conversations (owner, conversation_id);
CREATE INDEX exchange_conversations_updated ON exchange_conversations (owner, last_update);
CREATE INDEX exchange_conversations_expiry ON exchange_conversations (owner, expiry) WHERE finished = 0;
CREATE INDEX exchange_conversations_pollable ON exchange_conversations (owner, last_update) WHERE pollable = 1;

-- One row for each status a message has had. `queued` while it waits in the status queue.
CREATE TABLE exchange_statuses (
    id INTEGER NOT NULL PRIMARY KEY,
    owner TEXT NOT NULL,
    conversation INTEGER NOT NULL REFERENCES exchange_conversations (id) ON DELETE CASCADE,
    message_id TEXT NOT NULL,
    conversation_id TEXT NOT NULL,
    status TEXT NOT NULL,
    description TEXT,
    raw_receipt TEXT,
    last_update INTEGER NOT NULL,
    queued INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX exchange_statuses_once ON exchange_statuses (conversation, status);
CREATE INDEX exchange_statuses_owner ON exchange_statuses (owner, id);
CREATE INDEX exchange_statuses_message ON exchange_statuses (owner, message_id, id);
CREATE INDEX exchange_statuses_conversation ON exchange_statuses (owner, conversation_id, id);
CREATE INDEX exchange_statuses_status ON exchange_statuses (owner, status, id);
CREATE INDEX exchange_statuses_updated ON exchange_statuses (owner, last_update);
CREATE INDEX exchange_statuses_queue ON exchange_statuses (owner, id) WHERE queued = 1;

-- Messages on their way out, from draft until the channel has them.
CREATE TABLE exchange_outbox (
    id BLOB NOT NULL PRIMARY KEY,
    number INTEGER NOT NULL,
    owner TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('draft', 'queued')),
    message_id TEXT NOT NULL,
    conversation_id TEXT NOT NULL,
    process TEXT NOT NULL,
    sender_identifier TEXT NOT NULL,
    receiver_identifier TEXT,
    service TEXT NOT NULL,
    sbd TEXT NOT NULL,
    main_document TEXT,
    arkivmelding_files TEXT,
    files_bytes INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    last_updated INTEGER NOT NULL,
    user_agent TEXT,
    package_blob TEXT,
    package_bytes INTEGER,
    package_for BLOB
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX exchange_outbox_message ON exchange_outbox (owner, message_id);
CREATE UNIQUE INDEX exchange_outbox_number ON exchange_outbox (owner, number);
CREATE INDEX exchange_outbox_package ON exchange_outbox (package_blob) WHERE package_blob IS NOT NULL;

-- Their files, in the order they were added. Bytes are in blobs.
CREATE TABLE exchange_outbox_files (
    message BLOB NOT NULL REFERENCES exchange_outbox (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    name TEXT NOT NULL,
    title TEXT,
    media_type TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    sha256 BLOB NOT NULL,
    blob TEXT NOT NULL,
    PRIMARY KEY (message, number)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX exchange_outbox_files_name ON exchange_outbox_files (message, name);
CREATE UNIQUE INDEX exchange_outbox_files_blob ON exchange_outbox_files (blob);

-- Messages that wait for a client. `place` orders the queue: the arrival, or later when readers have
-- let go of it several times.
CREATE TABLE exchange_inbox (
    id BLOB NOT NULL PRIMARY KEY,
    number INTEGER NOT NULL,
    owner TEXT NOT NULL,
    message_id TEXT NOT NULL,
    conversation_id TEXT NOT NULL,
    process TEXT NOT NULL,
    sender_identifier TEXT NOT NULL,
    receiver_identifier TEXT,
    service TEXT NOT NULL,
    kind TEXT NOT NULL,
    sbd TEXT NOT NULL,
    container_blob TEXT,
    container_bytes INTEGER,
    place INTEGER NOT NULL,
    locked INTEGER NOT NULL,
    locked_until INTEGER NOT NULL,
    releases INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    last_updated INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

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
    owner TEXT NOT NULL,
    message_id TEXT NOT NULL,
    sender_identifier TEXT NOT NULL,
    reference TEXT NOT NULL,
    service TEXT NOT NULL,
    sbd TEXT NOT NULL,
    acknowledged INTEGER NOT NULL,
    received INTEGER NOT NULL,
    PRIMARY KEY (owner, message_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX exchange_received_age ON exchange_received (received);

-- Statuses on their way back to the sender of a message.
CREATE TABLE exchange_feedback (
    id BLOB NOT NULL PRIMARY KEY,
    owner TEXT NOT NULL,
    service TEXT NOT NULL,
    message_id TEXT NOT NULL,
    conversation_id TEXT NOT NULL,
    receiver TEXT NOT NULL,
    status TEXT NOT NULL,
    sbd TEXT NOT NULL,
    channel TEXT,
    created INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Packages that could not be opened or believed, kept for somebody to look at.
CREATE TABLE exchange_set_aside (
    id BLOB NOT NULL PRIMARY KEY,
    owner TEXT NOT NULL,
    service TEXT NOT NULL,
    reference TEXT NOT NULL,
    sender TEXT NOT NULL,
    message_id TEXT,
    reason TEXT NOT NULL,
    blob TEXT,
    created INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX exchange_set_aside_reference ON exchange_set_aside (owner, service, reference);
CREATE INDEX exchange_set_aside_blob ON exchange_set_aside (blob) WHERE blob IS NOT NULL;
