import type { Db } from '../../kernel/db/pool';
import type { Severity } from '../../kernel/ports/values';
import type { Incident } from '../contract';
import type { Position } from '../domain/escalation';
import type { Routing } from '../domain/routing';
import { INCIDENT_COLUMNS, type IncidentRow, toIncident, WITH_ESCALATION } from './rows';

/** Data for the escalation countdown in rows of the incident list. */

/** These incidents with their escalations; unknown ids are left out. */
export async function incidentsWithEscalations(db: Db, ids: readonly string[]): Promise<Incident[]> {
  const { rows } = await db.raw(`select ${INCIDENT_COLUMNS} from ${WITH_ESCALATION} where i.id = any(?::uuid[])`, [
    [...ids],
  ]);
  return rows.map((row: IncidentRow) => toIncident(row));
}

/** The page of one step. */
export interface PageRow {
  incident_id: string;
  step: number;
  at: Date;
  /** The people and rooms that were paged; a room that only gets a notice is not. */
  names: string[];
}

/** The newest pages of each incident, oldest first, without messages to the fallback, which belong to no step. */
export async function pagesOf(db: Db, ids: readonly string[], most: number): Promise<PageRow[]> {
  const { rows } = await db.raw(
    `select t.incident_id, (t.detail->>'step')::int as step, t.created_at as at,
            array(select told->>'name' from jsonb_array_elements(t.detail->'told') as told
                   where told->>'role' <> 'room') as names
       from unnest(?::uuid[]) as wanted(id)
      cross join lateral (
        select incident_id, detail, created_at, seq from incident_timeline
         where incident_id = wanted.id and event_type in ('paged', 'escalated') and jsonb_typeof(detail->'told') = 'array'
           and jsonb_typeof(detail->'step') = 'number'
         order by created_at desc, seq desc limit ?) t
      order by t.seq`,
    [[...ids], most],
  );
  return rows;
}

/** An incident and its scheduled step. */
export interface ScheduledStep {
  service: string;
  severity: Severity;
  routing: Routing | null;
  /** Null if no step is scheduled; the end of the policy may be. */
  next: (Position & { at: Date }) | null;
}

/** The scheduled step of an incident; undefined if the incident is unknown. */
export async function scheduledStep(db: Db, id: string): Promise<ScheduledStep | undefined> {
  const { rows } = await db.raw(
    `select i.service, i.severity, i.routing, e.next_step as step, e.next_round as round, e.next_cycle as cycle, e.next_step_at as at
       from ${WITH_ESCALATION} where i.id = ?`,
    [id],
  );
  if (rows[0] === undefined) return undefined;
  const { service, severity, routing, step, round, cycle, at } = rows[0];
  return { service, severity, routing, next: at === null || step === null ? null : { step, round, cycle, at } };
}
