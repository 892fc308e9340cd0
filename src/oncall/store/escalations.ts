import { randomUUID } from 'node:crypto';
import type * as z from 'zod';
import type { Db } from '../../kernel/db/pool';
import type { AttributedEvent } from '../../kernel/events/events';
import { notifyAfter, RECORD, valuesOf } from '../../kernel/jobs/sqlParts';
import type { StepTold } from '../contract';
import { OUTSIDE_SUPPORT_HOURS, type StepTarget, type Why } from '../domain/policy';
import { type HistoryEntry, INSERT_HISTORY } from './history';

export type NotifiedRow = z.infer<typeof StepTold>;

/** The result of a step when it first ran; a repeat returns the same. */
export interface StepAnswer {
  why: Why;
  wait_minutes: number;
  /** Absent: one is enough. */
  acknowledgements?: number | undefined;
  /** Absent: the people do not take turns, or no other could be reached. */
  others_in_turn?: number;
  steps: number;
  repeat: number;
  next_handoff_at: string | null;
  /** Missing in rows from before support hours existed. */
  wait_until?: string | null;
  /** The step would have paged the spared person. */
  spared?: boolean;
  /** What the route names that does not exist. */
  missing?: ('team' | 'policy')[];
}

export interface Escalation {
  id: string;
  key: string;
  team: string | null;
  incident_id: string;
  step: number;
  round: number;
  reason: string;
  message: string;
  severity: string | null;
  targets: StepTarget[];
  answer: StepAnswer;
  told: NotifiedRow[] | null;
  created_at: Date;
}

export type NewEscalation = Omit<Escalation, 'id' | 'told'>;

const COLUMNS = 'id, key, team, incident_id, step, round, reason, message, severity, targets, answer, created_at';

/** Records a step under its key, with its history and events; null if the key was used before. */
export async function addEscalation(
  db: Db,
  escalation: NewEscalation,
  { entry, events }: { entry?: HistoryEntry; events: readonly AttributedEvent[] },
): Promise<Escalation | null> {
  const id = randomUUID();
  const parts = { jobs: [], events };
  const historyPart =
    entry === undefined ? '' : `history_added as (${INSERT_HISTORY} where exists (select 1 from added)),`;
  const { rows } = await db.raw(
    `with added as (
       insert into escalations (${COLUMNS})
       select ${COLUMNS} from jsonb_to_record(cast(:row as jsonb)) as r(
         id uuid, key text, team text, incident_id text, step int, round int, reason text, message text, severity text,
         targets jsonb, answer jsonb, created_at timestamptz)
       on conflict (key) do nothing returning id),
     ${historyPart}
     noted as (${RECORD} where exists (select 1 from added))
     select id from added`,
    {
      row: JSON.stringify({ ...escalation, id }),
      ...(entry !== undefined && { entries: JSON.stringify([entry]) }),
      events: valuesOf(escalation.created_at, parts).events,
    },
  );
  if (rows.length === 0) return null;
  notifyAfter(db, escalation.created_at, parts);
  return { ...escalation, id, told: null };
}

/** The step that was recorded under a key. */
export const escalationByKey = (db: Db, key: string): Promise<Escalation | undefined> =>
  db('escalations').where({ key }).first();

/** Saves the notifications of a step; false if another call saved them first. */
export async function saveNotified(db: Db, id: string, told: readonly NotifiedRow[]): Promise<boolean> {
  const updated = await db('escalations')
    .where({ id, told: null })
    .update({ told: JSON.stringify(told) });
  return updated === 1;
}

/** The number of escalations to a team for an incident that only callers know. */
export async function countEscalations(trx: Db, team: string, incidentId: string): Promise<number> {
  const row = await trx('escalations').where({ team, incident_id: incidentId }).count({ n: '*' }).first();
  return Number(row?.['n'] ?? 0);
}

export interface EscalationFilter {
  team?: string | undefined;
  page: number;
  per_page: number;
}

/** A page of escalations, oldest first, without the first pages of incidents; page 1 holds the newest rows. */
export async function readEscalations(
  db: Db,
  { team, page, per_page }: EscalationFilter,
): Promise<{ total: number; rows: Escalation[] }> {
  // The same condition as the indexes `escalations_listed…`, so that they serve the page and the count.
  const listed = () =>
    db('escalations')
      .whereRaw(`(step > 1 or round > 0) and answer ->> 'why' <> '${OUTSIDE_SUPPORT_HOURS}'`)
      .andWhere(team === undefined ? {} : { team });
  const rows: Escalation[] = await listed()
    .orderBy('seq', 'desc')
    .limit(per_page)
    .offset((page - 1) * per_page);
  const counted = await listed().count({ total: '*' }).first();
  return { total: Number(counted?.['total'] ?? 0), rows: rows.reverse() };
}
