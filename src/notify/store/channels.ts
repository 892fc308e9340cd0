import type { Db } from '../../kernel/db';
import type { ChannelName } from '../contract';

export interface ChannelState {
  queued: number;
  last_sent_at: Date | null;
  last_failed_at: Date | null;
  last_failure: string | null;
}

/** What became of the latest notifications by a channel. Each answer stands at the head of an index. */
export async function stateOf(db: Db, channel: ChannelName): Promise<ChannelState> {
  const { rows } = await db.raw(
    `select (select coalesce(sum(change), 0) from tallies where channel = :channel and status = 'queued')::int as queued,
            sent.sent_at as last_sent_at, failed.created_at as last_failed_at, failed.reason as last_failure
       from (select 1) as one
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
