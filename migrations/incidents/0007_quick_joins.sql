-- Every alert that joins an incident counts itself there and says when; the trigger has something to do only for who did not.
drop trigger incidents_updated_at on incidents;
create trigger incidents_updated_at before update on incidents for each row
  when (new.updated_at is not distinct from old.updated_at) execute function fill_updated_at();

-- With room on the page such an update touches no index.
alter table incidents set (fillfactor = 70);
alter table correlation_slots set (fillfactor = 50);
