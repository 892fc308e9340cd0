-- What an alert says now, if that differs from the snapshot that it was attached with.
alter table alert_links add column latest jsonb;
-- The alert that the title follows, with its description and links.
alter table incidents add column context jsonb;
