-- Notices sent ahead of time: a person comes on or goes off call, or a gap begins. Each key is sent once.
create table notices (
  key text primary key,
  promised_at timestamptz not null
);
create index notices_by_age on notices (promised_at);
