-- What is kept for some time only, oldest first.
CREATE INDEX exchange_outbox_drafts ON exchange_outbox (owner, last_updated) WHERE state = 'draft';
CREATE INDEX exchange_conversations_finished ON exchange_conversations (owner, last_update) WHERE finished = 1;
CREATE INDEX exchange_statuses_queue_age ON exchange_statuses (owner, last_update) WHERE queued = 1;
