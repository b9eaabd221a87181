-- A peek by channel reads no message of other channels, however many wait.
CREATE INDEX exchange_inbox_service ON exchange_inbox (owner, locked, service, place, number);
