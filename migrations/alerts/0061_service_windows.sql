-- Minutes without an alert after which the next alert of a service opens a new incident, instead of
-- CORRELATION_WINDOW_MINUTES.
create table service_windows (
  service varchar(255) primary key,
  minutes integer not null check (minutes > 0),
  updated_at timestamptz not null,
  updated_by text not null
);
