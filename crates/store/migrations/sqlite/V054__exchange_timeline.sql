-- What happened to a message besides its statuses: what was packed, who looked at it, what was answered.
-- For operators, for as long as the conversation is kept. `files` are as a client named them.
CREATE TABLE exchange_timeline (
    conversation INTEGER NOT NULL REFERENCES exchange_conversations (id) ON DELETE CASCADE,
    id BLOB NOT NULL,
    at INTEGER NOT NULL,
    cause TEXT NOT NULL,
    actor TEXT,
    detail TEXT,
    PRIMARY KEY (conversation, id)
) STRICT, WITHOUT ROWID;

-- Under which id the ledger has a message's attempts, also when it has left the outbox.
ALTER TABLE exchange_conversations ADD COLUMN outgoing BLOB;

-- Operators look for messages by their parties, their sender's reference and their channel's; the latest
-- come first.
CREATE INDEX IF NOT EXISTS exchange_conversations_sender ON exchange_conversations (owner, sender_identifier, id);
CREATE INDEX IF NOT EXISTS exchange_conversations_receiver ON exchange_conversations (owner, receiver_identifier, id)
    WHERE receiver_identifier IS NOT NULL;
CREATE INDEX IF NOT EXISTS exchange_conversations_reference ON exchange_conversations (owner, message_reference, id);
CREATE INDEX IF NOT EXISTS exchange_conversations_transfer ON exchange_conversations (owner, external_system_reference, id)
    WHERE external_system_reference IS NOT NULL;

-- What came of one message's receipts and packages.
CREATE INDEX exchange_feedback_message ON exchange_feedback (owner, message_id);
CREATE INDEX exchange_set_aside_message ON exchange_set_aside (owner, message_id) WHERE message_id IS NOT NULL;
