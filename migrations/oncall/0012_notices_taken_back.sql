-- How long before a hand-off people of this team are told; null as the house has it, 0 not at all.
alter table teams add column handoff_notice_minutes integer check (handoff_notice_minutes between 0 and 10080);

-- A hand-off that was told ahead and is then planned otherwise is taken back: when it would have been, and what to tell then.
alter table notices add column at timestamptz, add column withdrawal jsonb;
create index notices_ahead on notices (at) where at is not null;
