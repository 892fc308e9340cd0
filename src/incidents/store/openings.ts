import type { Db } from '../../kernel/db/pool';
import type { AlertSnapshot } from '../contract';
import type { Entry, Opening } from '../domain/timeline';
import { entryRows, INSERT_ENTRIES } from './timeline';

/** A new link. */
export interface Link {
  incidentId: string;
  alert: AlertSnapshot;
}

/**
 * Inserts new incidents, each with an escalation at step 1 unless no one is paged, with their links and timeline entries, in one statement.
 * Returns how many alerts were linked: fewer than `links` if another transaction linked one first.
 */
export async function writeOpenings(
  trx: Db,
  now: Date,
  { openings, links, entries }: { openings: readonly Opening[]; links: readonly Link[]; entries: readonly Entry[] },
): Promise<number> {
  const { rows } = await trx.raw(
    `with opened as (select * from jsonb_to_recordset(cast(? as jsonb)) as o(id uuid, title text, service text,
          severity text, assigned_to text, assignee_email text, team text, alert_count int, created_at timestamptz, context jsonb,
          routing jsonb, not_paged_by text, reach text, state text, turn int)),
     incident as (
       insert into incidents
         (id, title, service, severity, assigned_to, assignee_email, team, alert_count, firing_count, created_at, updated_at,
          context, routing, not_paged_by, reach)
       select id, title, service, severity, assigned_to, assignee_email, team, alert_count, alert_count, created_at, created_at,
              context, routing, not_paged_by, reach
         from opened),
     clock as (
       insert into escalations (incident_id, state, turn, step, round) select id, state, turn, 1, 0 from opened),
     step as (
       insert into escalation_steps (incident_id, turn, step, round, taken_at) select id, 1, 1, 0, created_at from opened where turn = 1),
     entries as (${INSERT_ENTRIES}),
     linked as (
       insert into alert_links (alert_id, incident_id, firing, snapshot, attached_at)
       select alert_id, incident_id, true, snapshot, ?
         from jsonb_to_recordset(cast(? as jsonb)) as l(alert_id uuid, incident_id uuid, snapshot jsonb)
        order by alert_id
       on conflict (alert_id) do nothing returning 1)
     select count(*)::int as linked from linked`,
    [
      JSON.stringify(openings.map(openingRow)),
      JSON.stringify(entryRows(entries)),
      now,
      JSON.stringify(
        links.map(({ incidentId, alert }) => ({ alert_id: alert.id, incident_id: incidentId, snapshot: alert })),
      ),
    ],
  );
  return rows[0].linked;
}

/** The escalation of an incident that pages no one is stopped before its first step. */
const openingRow = ({ assignee, alertCount, at, routing = null, notPagedBy = null, ...rest }: Opening) => ({
  ...rest,
  routing,
  not_paged_by: notPagedBy,
  ...(notPagedBy === null
    ? { reach: 'pending', state: 'running', turn: 1 }
    : { reach: 'not_paged', state: 'stopped', turn: 0 }),
  assigned_to: assignee?.name ?? null,
  assignee_email: assignee?.email ?? null,
  alert_count: alertCount,
  created_at: at,
});

/** Gives the slot of its key to an incident that a person opened, because it is the newest incident of that key. */
export async function giveSlot(
  trx: Db,
  { id, service, severity, at }: Pick<Opening, 'id' | 'service' | 'severity' | 'at'>,
): Promise<void> {
  await trx.raw(
    `insert into correlation_slots (service, severity, incident_id, last_alert_at) values (?, ?, ?, ?)
     on conflict (service, severity) do update set incident_id = excluded.incident_id,
       last_alert_at = greatest(correlation_slots.last_alert_at, excluded.last_alert_at)`,
    [service, severity, id, at],
  );
}
