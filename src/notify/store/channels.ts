import type { Db } from '../../kernel/db/pool';
import type { CHANNEL_STATES, ChannelName } from '../contract';
import type { ChannelRecord } from '../domain/channelHealth';

export interface ChannelState {
  state: (typeof CHANNEL_STATES)[number] | null;
  since: Date | null;
  last_error: string | null;
  queued: number;
  last_sent_at: Date | null;
  last_failed_at: Date | null;
  last_failure: string | null;
}

/** The state of a channel, and its latest successful and failed notifications, each read at the head of an index. */
export async function stateOf(db: Db, channel: ChannelName): Promise<ChannelState> {
  const { rows } = await db.raw(
    `select (select coalesce(sum(change), 0) from tallies where channel = :channel and status = 'queued')::int as queued,
            states.state, states.since, states.last_error, sent.sent_at as last_sent_at, failed.created_at as last_failed_at, failed.reason as last_failure
       from (select 1) as one
            left join channel_states states on states.channel = :channel
            left join lateral (
              select max(newest.sent_at) as sent_at from unnest(cast('{sent, delivered, undelivered}' as text[])) as s(status),
                lateral (select sent_at from notifications where channel = :channel and status = s.status
                          order by created_at desc, id desc limit 1) newest) sent on true
            left join lateral (
              select newest.* from unnest(cast('{failed, undelivered}' as text[])) as s(status),
                lateral (select created_at, reason from notifications where channel = :channel and status = s.status
                          order by created_at desc, id desc limit 1) newest
               order by created_at desc limit 1) failed on true`,
    { channel },
  );
  return rows[0];
}

/**
 * Whether the record of `:channel` changes if `:recipient` was accepted: in a calm channel it does not, so that the many
 * deliveries of a storm do not wait for one row.
 */
export const CHANGES_BY_SUCCESS = `
  exists (select 1 from channel_states
           where channel = :channel and (state <> 'working' or last_error is not null or outage_since is not null
                                         or suspects <> '{}' or :recipient = any(unanswered)))`;

/** Locks the record of a channel until the transaction ends; undefined if it has none. */
export const lockChannel = (trx: Db, channel: ChannelName): Promise<ChannelRecord | undefined> =>
  trx('channel_states')
    .select('state', 'since', 'last_error', 'faults', 'outage_since', 'restored_at', 'suspects', 'unanswered')
    .where({ channel })
    .forUpdate()
    .first();

/** Saves the record of a channel that the transaction holds locked. */
export async function saveChannel(trx: Db, channel: ChannelName, record: ChannelRecord): Promise<void> {
  await trx('channel_states').where({ channel }).update(record);
}

/** Saves which channels are configured. Returns those that are configured now and were not before; they start untried. */
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
       on conflict (channel) do update set state = excluded.state, since = excluded.since, last_error = null, faults = 0,
              outage_since = null, suspects = default, unanswered = default
        where (s.state = 'not_configured') <> (excluded.state = 'not_configured')
       returning s.channel, s.state)
     select moved.channel from moved where moved.state = 'untried'`,
    { rows: JSON.stringify(given), now },
  );
  return rows.map(({ channel }: { channel: ChannelName }) => channel);
}

/** A channel with new settings starts untried. Its outage lasts until a message passes, so that its end is announced. */
export async function startUntried(trx: Db, channel: ChannelName, now: Date): Promise<void> {
  await trx('channel_states')
    .where({ channel })
    .whereIn('state', ['working', 'failing'])
    .update({ state: 'untried', since: now, last_error: null });
}
