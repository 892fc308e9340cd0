import type { Db } from '../../kernel/db/pool';
import { SEVERITIES } from '../../kernel/ports/values';
import type { ChannelName } from '../contract';

interface Return {
  channel: ChannelName;
  /** When the channel was restored. Only attempts that were planned before are made earlier. */
  restoredAt: Date;
  now: Date;
  /** How many at most. */
  limit: number;
  /** Milliseconds between two attempts. */
  apartMs: number;
}

/**
 * Makes the next attempts on a channel due from now on, at most at the time that was planned: pages first, then the most
 * urgent and the newest. Leaves out attempts under way, those that the provider asked to delay, and all of them if the
 * channel fails again. Returns how many. Locked rows are left out, so that no other transaction can deadlock with it.
 */
export async function bringForward(db: Db, { channel, restoredAt, now, limit, apartMs }: Return): Promise<number> {
  const { rowCount } = await db.raw(
    `with waiting as materialized (
       select j.id as job, n.id as notification, n.outcome is not null as notice,
              array_position(cast(:urgency as text[]), cast(n.severity as text)) as urgency, n.created_at
         from jobs j join notifications n on n.id = cast(j.payload->>'notification_id' as uuid)
        where j.kind like 'deliver%' and j.leased_until is null and j.run_at > :now and j.created_at <= :restoredAt
          and j.payload->>'asked' is null and n.channel = :channel and n.status = 'queued'
          and exists (select 1 from channel_states where channel = :channel and state <> 'failing')
        order by notice, urgency, n.created_at desc, j.id
        limit :limit for update of j, n skip locked),
     placed as (
       select job, notification, cast(:now as timestamptz) + interval '1 millisecond' * :apartMs
                * (row_number() over (order by notice, urgency, created_at desc, job) - 1) as at
         from waiting),
     shown as (
       update notifications n set next_attempt_at = least(n.next_attempt_at, p.at) from placed p where n.id = p.notification)
     update jobs set run_at = least(jobs.run_at, p.at) from placed p where jobs.id = p.job`,
    { channel, restoredAt, now, limit, apartMs, urgency: [...SEVERITIES] },
  );
  return rowCount;
}
