-- What decides whether a channel is failing, and whether its recovery is an event. `faults` counts the faults of the
-- channel since `outage_since`, the first fault after which no recovery was announced. `suspects` are the recipients that
-- the server did not answer for since the last message it accepted; `unanswered` are those from before that.
alter table channel_states
  add column faults integer not null default 0,
  add column outage_since timestamptz,
  add column restored_at timestamptz,
  add column suspects text[] not null default '{}',
  add column unanswered text[] not null default '{}';

-- A channel that is failing now announces its recovery as before.
update channel_states set faults = 2, outage_since = since where state = 'failing';
