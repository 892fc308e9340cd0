-- A link is inserted by a transaction that holds the lock of its incident, and is deleted in the same statement as the
-- incident. The check of the foreign key would only cost time for every alert.
alter table alert_links drop constraint alert_links_incident_id_fkey;
