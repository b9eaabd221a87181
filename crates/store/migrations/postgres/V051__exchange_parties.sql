-- Which of our own organizations a message concerns: its sender on the way out, its receiver on the way in.
ALTER TABLE exchange_conversations ADD COLUMN party TEXT COLLATE "C" NOT NULL DEFAULT '';
UPDATE exchange_conversations
    SET party = CASE WHEN direction = 'OUTGOING' THEN sender_identifier ELSE coalesce(receiver_identifier, '') END;
ALTER TABLE exchange_statuses ADD COLUMN party TEXT COLLATE "C" NOT NULL DEFAULT '';
UPDATE exchange_statuses
    SET party = coalesce((SELECT c.party FROM exchange_conversations c WHERE c.id = exchange_statuses.conversation), '');
CREATE INDEX exchange_statuses_party ON exchange_statuses (owner, party, id) WHERE queued = 1;

-- What whoever peeked last calls itself.
ALTER TABLE exchange_inbox ADD COLUMN user_agent TEXT COLLATE "C";

-- A peek by receiver, sender or conversation reads no message of others, however many wait.
CREATE INDEX exchange_inbox_receiver ON exchange_inbox (owner, locked, receiver_identifier, place, number);
CREATE INDEX exchange_inbox_sender ON exchange_inbox (owner, locked, sender_identifier, place, number);
CREATE INDEX exchange_inbox_conversation ON exchange_inbox (owner, locked, conversation_id, place, number);
