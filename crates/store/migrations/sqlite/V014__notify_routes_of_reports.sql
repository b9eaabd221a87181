-- The route by which a provider took a message: its reference is unique there, and perhaps nowhere else.
-- None for what was taken before there were several routes.
ALTER TABLE notify_notifications ADD COLUMN route TEXT;
-- The route by which a report came; none where it is not known.
ALTER TABLE notify_reports ADD COLUMN route TEXT;
-- Which channel a report is about, since the channels share words.
ALTER TABLE notify_reports ADD COLUMN channel TEXT NOT NULL DEFAULT 'sms';
