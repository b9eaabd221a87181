-- Messages that their channel is asked about (`pollable`): since when, and when the next time.
ALTER TABLE exchange_conversations ADD COLUMN watched_since INTEGER;
ALTER TABLE exchange_conversations ADD COLUMN ask_at INTEGER;
CREATE INDEX exchange_conversations_ask ON exchange_conversations (service, ask_at) WHERE pollable = 1;
