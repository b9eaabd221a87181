-- What a request's body boiled down to, so that a repetition with another body can be told from one with
-- the same. Chains from before have none.
ALTER TABLE notify_chains ADD COLUMN digest TEXT COLLATE "C";

-- Bytes of the files that went with an e-mail.
ALTER TABLE notify_notifications ADD COLUMN attachment_bytes BIGINT;

-- Files of composed e-mail. `url` is a bearer secret: whoever has it can read the file.
CREATE TABLE notify_attachments (
    order_id BYTEA NOT NULL,
    number BIGINT NOT NULL,
    filename TEXT COLLATE "C" NOT NULL,
    mime_type TEXT COLLATE "C" NOT NULL,
    url TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (order_id, number)
);
