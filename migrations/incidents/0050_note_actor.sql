-- Who wrote a note, beside the author that the request gave. Null in rows of earlier versions.
alter table incident_notes add column actor text;
