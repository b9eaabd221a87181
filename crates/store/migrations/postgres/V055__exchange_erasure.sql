-- Messages to somebody that are not sent yet.
CREATE INDEX exchange_outbox_receiver ON exchange_outbox (owner, receiver_identifier)
    WHERE receiver_identifier IS NOT NULL;
