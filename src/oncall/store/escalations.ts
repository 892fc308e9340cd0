import { randomUUID } from 'node:crypto';
import type * as z from 'zod';
import type { Db } from '../../kernel/db';
import type { StepTold } from '../contract';
import type { ToTell, Why } from '../domain/policy';

export type ToldRow = z.infer<typeof StepTold>;

/** What a step answered when it was taken first; a repeat answers the same. */
export interface StepAnswer {
  why: Why;
  wait_minutes: number;
  steps: number;
  repeat: number;
  next_handoff_at: string | null;
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
  targets: ToTell[];
  answer: StepAnswer;
  told: ToldRow[] | null;
  created_at: Date;
}

export type NewEscalation = Omit<Escalation, 'id' | 'told'>;

/** Records a step under its key; null where the key was used before. */
export async function addEscalation(trx: Db, escalation: NewEscalation): Promise<Escalation | null> {
  const id = randomUUID();
  const { targets, answer } = escalation;
  const row = { ...escalation, id, targets: JSON.stringify(targets), answer: JSON.stringify(answer) };
  const added = await trx('escalations').insert(row).onConflict('key').ignore().returning('id');
  return added.length === 0 ? null : { ...escalation, id, told: null };
}

export const escalationByKey = (db: Db, key: string): Promise<Escalation> => db('escalations').where({ key }).first();

/** Writes back whom notify told; answers false where another call was first. */
export async function setTold(db: Db, id: string, told: readonly ToldRow[]): Promise<boolean> {
  const updated = await db('escalations')
    .where({ id, told: null })
    .update({ told: JSON.stringify(told) });
  return updated === 1;
}

/** How often an incident that nobody else knows has been escalated to a team. */
export async function countEscalations(trx: Db, team: string, incidentId: string): Promise<number> {
  const row = await trx('escalations').where({ team, incident_id: incidentId }).count({ n: '*' }).first();
  return Number(row?.['n'] ?? 0);
}

/** The last `limit`, oldest first, without the first pages of incidents. */
export async function readEscalations(
  db: Db,
  { team, limit }: { team?: string | undefined; limit: number },
): Promise<Escalation[]> {
  const rows: Escalation[] = await db('escalations')
    .whereRaw('(step > 1 or round > 0)')
    .andWhere(team === undefined ? {} : { team })
    .orderBy('seq', 'desc')
    .limit(limit);
  return rows.reverse();
}
