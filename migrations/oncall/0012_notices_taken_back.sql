-- How many minutes before a hand-off the people of the team are notified; null for the default, 0 for no notice.
alter table teams add column handoff_notice_minutes integer check (handoff_notice_minutes between 0 and 10080);

-- The hand-off of a notice, and the message that withdraws the notice if the hand-off changes.
alter table notices add column at timestamptz, add column withdrawal jsonb;
create index notices_ahead on notices (at) where at is not null;
