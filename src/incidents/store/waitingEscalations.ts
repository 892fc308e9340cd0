import type { Db } from '../../kernel/db/pool';
import type { Severity } from '../../kernel/ports/values';
import type { Routing } from '../domain/routing';

/** Escalations that wait and can run earlier, by incident. */

/** The predicate of the index `escalations_waiting`. */
const WAITING = `e.next_step is not null and e.turn > 0 and (e.state = 'exhausted' or e.next_cycle > e.cycle
  or (e.next_step = e.step and e.next_round = e.round and e.next_cycle = e.cycle))`;

const AT_WORK = `case when e.at_work_cycle = e.cycle then e.at_work end as "atWork"`;

/**
 * What an escalation waits for: the next try of an exhausted policy, support hours, or the end of the time in which the
 * person who reopened the incident is assumed to work on it.
 */
export type WaitsFor = 'retry' | 'support_hours' | 'person_at_work';

export interface WaitingRow {
  incidentId: string;
  waitsFor: WaitsFor;
  /** The turn of the step taken last; the fence of an earlier run. */
  turn: number;
  nextStepAt: Date;
  service: string;
  severity: Severity;
  team: string | null;
  routing: Routing | null;
  /** The address of the person who reopened the incident, if no step of this cycle pages them; else null. */
  atWork: string | null;
  /** The assignee if no address is known; else null. */
  unknownAssignee: string | null;
  /** The addresses that the last cycle paged; null if an earlier version did not keep them. */
  tried: string[] | null;
}

/** The next ones after an incident that wait longer than `now`, in the order of their ids. */
export async function waitingAfter(
  db: Db,
  { after, now, limit }: { after: string | null; now: Date; limit: number },
): Promise<WaitingRow[]> {
  const { rows } = await db.raw(
    `select e.incident_id as "incidentId", e.turn, e.next_step_at as "nextStepAt", i.service, i.severity, i.team, i.routing,
            case when e.state = 'exhausted' then 'retry' when e.next_cycle > e.cycle then 'person_at_work'
                 else 'support_hours' end as "waitsFor",
            ${AT_WORK}, case when i.assignee_email is null then i.assigned_to end as "unknownAssignee",
            case when g.unknown then null else g.tried end as tried
       from escalations e join incidents i on i.id = e.incident_id
      cross join lateral (
        select bool_or(p.recipients is null) as unknown,
               coalesce(array_agg(distinct r.address) filter (where r.address is not null), '{}') as tried
          from page_groups p left join lateral jsonb_array_elements_text(p.recipients) as r(address) on true
         where p.incident_id = e.incident_id and p.cycle = e.cycle and p.counting is not null) g
      where ${WAITING} and e.next_step_at > :now
        and e.incident_id > coalesce(cast(:after as uuid), '00000000-0000-0000-0000-000000000000')
      order by e.incident_id limit :limit`,
    { after, now, limit },
  );
  return rows;
}

export interface FailedDelivery extends Pick<WaitingRow, 'incidentId' | 'turn' | 'atWork'> {
  /** The earliest time of another run. */
  at: Date;
}

/**
 * The next exhausted ones whose last cycle sent pages by a channel at `restoredAt` or before, none of which was accepted. After
 * an extra run the next one comes `spacingMs` after its pages at the earliest, so that a channel that fails and works in
 * turn does not page all the time.
 */
export async function failedDeliveriesAfter(
  db: Db,
  {
    channel,
    restoredAt,
    after,
    now,
    spacingMs,
    limit,
  }: {
    channel: string | null;
    restoredAt: Date;
    after: string | null;
    now: Date;
    spacingMs: number;
    limit: number;
  },
): Promise<FailedDelivery[]> {
  const { rows } = await db.raw(
    `select e.incident_id as "incidentId", e.turn, ${AT_WORK},
            greatest(cast(:now as timestamptz), case when e.resume_at is not null
              then g.told_at + cast(:spacingMs as double precision) * interval '1 millisecond' end) as at
       from escalations e
      cross join lateral (
        select max(p.told_at) as told_at from page_groups p
         where p.incident_id = e.incident_id and p.cycle = e.cycle and p.counting is not null and p.reach = 'no_one'
           and p.told_at <= cast(:restoredAt as timestamptz)
           and (p.recipients is null or cast(:channel as text) is null or exists (
                 select 1 from jsonb_array_elements_text(p.recipients) as r(address)
                  where split_part(r.address, ' ', 1) = :channel))) g
      where ${WAITING} and e.state = 'exhausted'
        and e.incident_id > coalesce(cast(:after as uuid), '00000000-0000-0000-0000-000000000000')
        and g.told_at is not null
      order by e.incident_id limit :limit`,
    { channel, restoredAt, after, now, spacingMs, limit },
  );
  return rows;
}

/**
 * Lets a locked escalation run at `at`, if it still waits for a later time. The regular time of an exhausted policy is
 * kept for afterwards, and the person at work is not paged in the next cycle either. False if the step was taken, or runs as early already.
 */
export async function bringForward(
  trx: Db,
  { incidentId, turn, at }: { incidentId: string; turn: number; at: Date },
): Promise<boolean> {
  const { rowCount } = await trx.raw(
    `update escalations e set next_step_at = :at,
            at_work_cycle = case when e.at_work_cycle = e.cycle then e.next_cycle else e.at_work_cycle end,
            resume_at = case when e.state = 'exhausted' then coalesce(e.resume_at, e.next_step_at) else e.resume_at end
      where e.incident_id = :incidentId and e.turn = :turn and ${WAITING} and e.next_step_at > :at`,
    { incidentId, turn, at },
  );
  return rowCount === 1;
}
