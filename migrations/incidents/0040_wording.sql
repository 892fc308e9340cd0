-- The latest copy of the alert, if it differs from the snapshot at its attachment.
alter table alert_links add column latest jsonb;
-- The alert that the title follows, with its description and links.
alter table incidents add column context jsonb;
