-- An alert that is attached sets `updated_at` itself, so the trigger runs only for updates that do not set it.
drop trigger incidents_updated_at on incidents;
create trigger incidents_updated_at before update on incidents for each row
  when (new.updated_at is not distinct from old.updated_at) execute function fill_updated_at();

-- With free space on the page, such an update changes no index.
alter table incidents set (fillfactor = 70);
alter table correlation_slots set (fillfactor = 50);
