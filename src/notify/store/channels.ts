import type { Db } from '../../kernel/db/pool';
import type { CHANNEL_STATES, ChannelName } from '../contract';
import type { Outcome } from '../domain';

export interface ChannelState {
  state: (typeof CHANNEL_STATES)[number] | null;
  since: Date | null;
  last_error: string | null;
  queued: number;
  last_sent_at: Date | null;
  last_failed_at: Date | null;
  last_failure: string | null;
}

/** What became of the latest notifications by a channel. Each answer stands at the head of an index. */
export async function stateOf(db: Db, channel: ChannelName): Promise<ChannelState> {
  const { rows } = await db.raw(
    `select (select coalesce(sum(change), 0) from tallies where channel = :channel and status = 'queued')::int as queued,
            states.state, states.since, states.last_error, sent.sent_at as last_sent_at, failed.created_at as last_failed_at, failed.reason as last_failure
       from (select 1) as one
            left join channel_states states on states.channel = :channel
            left join lateral (
              select sent_at from notifications where channel = :channel and status = 'sent'
               order by created_at desc, id desc limit 1) sent on true
            left join lateral (
              select created_at, reason from notifications where channel = :channel and status = 'failed'
               order by created_at desc, id desc limit 1) failed on true`,
    { channel },
  );
  return rows[0];
}

/**
 * The state of a channel by the latest attempt that says something of it, as parts of the statement that ends the
 * attempt. A channel that works again is a fact: whom nothing reached can be paged now.
 */
export const MOVES_CHANNEL = `
     was as (select channel, state from channel_states where channel = :channel),
     moved as (
       update channel_states s
          set state = :channelState, last_error = :channelError,
              since = case when s.state = :channelState then s.since else cast(:channelNow as timestamptz) end
         from was
        where s.channel = was.channel and (s.state <> :channelState or s.last_error is distinct from :channelError)
       returning s.channel, s.state, was.state as was),
     restored as (
       insert into events (kind, subject, actor, actor_kind, data, at)
       select 'channel_restored', channel, 'system', 'system', jsonb_build_object('channel', channel), :channelNow from moved
        where state = 'working' and was = 'failing'),`;

/** What `MOVES_CHANNEL` reads. */
export const stateValues = (channel: ChannelName, outcome: Outcome, now: Date) => ({
  channel,
  channelState: outcome.channel ?? null,
  channelError: outcome.channel === 'failing' && outcome.outcome === 'failed' ? outcome.reason : null,
  channelNow: now,
});

/** Writes which channels are configured. Answers those that were not, or did not exist, and are now; they start untried. */
export async function writeConfigured(
  trx: Db,
  configured: ReadonlyMap<ChannelName, boolean>,
  now: Date,
): Promise<ChannelName[]> {
  const given = [...configured].map(([channel, set]) => ({ channel, state: set ? 'untried' : 'not_configured' }));
  const { rows } = await trx.raw(
    `with given as (select * from jsonb_to_recordset(cast(:rows as jsonb)) as g(channel text, state text)),
     moved as (
       insert into channel_states as s (channel, state, since) select channel, state, :now from given order by channel
       on conflict (channel) do update set state = excluded.state, since = excluded.since, last_error = null
        where (s.state = 'not_configured') <> (excluded.state = 'not_configured')
       returning s.channel, s.state)
     select moved.channel from moved where moved.state = 'untried'`,
    { rows: JSON.stringify(given), now },
  );
  return rows.map(({ channel }: { channel: ChannelName }) => channel);
}
