import type { Db } from '../../kernel/db/pool';
import type { Decision } from '../domain';
import { type AlertRow, COLUMNS } from './alerts';

/** Firing alerts that a mute mutes, in the order of their ids, after `after`. */
export const mutedBy = (db: Db, muteId: string, after: string | null, most: number): Promise<AlertRow[]> =>
  db('alerts')
    .where({ muted_by: muteId, status: 'firing' })
    .where((query) => {
      if (after !== null) query.where('id', '>', after);
    })
    .select(COLUMNS)
    .orderBy('id')
    .limit(most);

/** The second decision about a muted or held alert. */
export interface SecondDecision extends Decision {
  id: string;
  /** The alert's revision, and its mute or rule, on which the decision is based. */
  revision: number;
  muted_before: string;
  service: string;
  severity: string;
  message: string;
  labels: object;
  /** A rule drops it now, so it ends without an incident. */
  dropped: boolean;
}

/**
 * Stores second decisions. An alert that ended, was reported with another text, or is no longer muted by the same mute is
 * left as it is, because a later report has decided about it.
 * @returns ids of the alerts that are stored
 */
export async function storeDecisions(trx: Db, decisions: readonly SecondDecision[], now: Date): Promise<Set<string>> {
  if (decisions.length === 0) return new Set();
  const { rows } = await trx.raw(
    `with d as (
       select * from jsonb_to_recordset(cast(? as jsonb)) as d(id uuid, revision int, muted_before uuid, service text,
              severity text, message text, labels jsonb, decision jsonb, reported jsonb, muted_by uuid,
              muted_until timestamptz, hold_key text, routing jsonb, dropped boolean)),
     due as (
       select a.id from alerts a join d on d.id = a.id
        where a.status = 'firing' and a.muted_by = d.muted_before and a.revision = d.revision
        order by a.fingerprint for update of a)
     update alerts set service = d.service, severity = d.severity, message = d.message, labels = d.labels,
            raised_to = null, decision = d.decision, routing = d.routing, reported = d.reported, muted_until = d.muted_until,
            hold_key = case when d.dropped then alerts.hold_key else d.hold_key end,
            muted_by = case when d.dropped then alerts.muted_by else d.muted_by end,
            status = case when d.dropped then 'resolved' else alerts.status end,
            ended_at = case when d.dropped then cast(? as timestamptz) end
       from d join due on due.id = d.id where alerts.id = d.id
     returning alerts.id`,
    [JSON.stringify(decisions), now],
  );
  return new Set(rows.map(({ id }: { id: string }) => id));
}

/**
 * Locks mutes against changes until the transaction ends.
 * @returns false if one has another version, or no longer exists
 */
export async function holdMutes(trx: Db, mutes: readonly { id: string; version: number }[]): Promise<boolean> {
  if (mutes.length === 0) return true;
  const { rows } = await trx.raw(
    `select m.id from mutes m
       join jsonb_to_recordset(cast(? as jsonb)) as k(id uuid, version int) on k.id = m.id and k.version = m.version
      order by m.id for share of m`,
    [JSON.stringify(mutes.map(({ id, version }) => ({ id, version })))],
  );
  return rows.length === mutes.length;
}
