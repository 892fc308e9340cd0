-- What somebody was told ahead of time: who comes on, who goes off, which gap begins. The key says it; it is told once.
create table notices (
  key text primary key,
  promised_at timestamptz not null
);
create index notices_by_age on notices (promised_at);
