-- What a request's body boiled down to, so that a repetition with another body can be told from one with
-- the same. Chains from before have none.
ALTER TABLE notify_chains ADD COLUMN digest TEXT;

-- Bytes of the files that went with an e-mail.
ALTER TABLE notify_notifications ADD COLUMN attachment_bytes INTEGER;

-- Files of composed e-mail. `url` is a bearer secret: whoever has it can read the file.
CREATE TABLE notify_attachments (
    order_id BLOB NOT NULL,
    number INTEGER NOT NULL,
    filename TEXT NOT NULL,
    mime_type TEXT NOT NULL,
    url TEXT NOT NULL,
    PRIMARY KEY (order_id, number)
) STRICT, WITHOUT ROWID;
