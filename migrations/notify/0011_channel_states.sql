-- The state of each channel, by its latest attempts. A refusal of one recipient does not change it.
create table channel_states (
  channel text primary key,
  state text not null check (state in ('not_configured', 'untried', 'working', 'failing')),
  since timestamptz not null,
  last_error text
);
insert into channel_states (channel, state, since)
select channel, 'not_configured', now() from unnest(cast('{email, slack, webhook, mock}' as text[])) as c(channel);
