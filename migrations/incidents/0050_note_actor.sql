-- The user or key that wrote a note; `author` is the name that the request gave. Null in rows of earlier versions.
alter table incident_notes add column actor text;
