import type { Db } from '../../kernel/db/pool';
import type { Ending } from '../domain';
import { writeEnds } from './history';
import type { AttachItem } from './jobKinds';

/** An alert that a call ended. */
export interface EndedAlert {
  id: string;
  fingerprint: string;
  incident_id: string | null;
  created_at: Date;
  ended_at: Date;
}

/**
 * Ends firing alerts whose source reported their end. Repeating it changes nothing.
 * @returns the alerts that this call ended
 */
export async function end(trx: Db, endings: readonly Ending[], by: string): Promise<EndedAlert[]> {
  const { rows } = await trx.raw(
    `with due as (
       select a.id, e.ended_at
         from alerts a join json_to_recordset(cast(? as json))
              as e(fingerprint text, ended_at timestamptz, source_ended_at timestamptz)
           on e.fingerprint = a.fingerprint
        where a.status = 'firing' and (e.source_ended_at is null or a.timestamp <= e.source_ended_at)
        order by a.fingerprint for update of a)
     update alerts set status = 'resolved', ended_at = due.ended_at from due where alerts.id = due.id
     returning alerts.id, alerts.fingerprint, alerts.incident_id, alerts.created_at, alerts.ended_at`,
    [JSON.stringify(endings.map(({ payload: _, ...ending }) => ending))],
  );
  const payloads = new Map(endings.map(({ fingerprint, payload }) => [fingerprint, payload]));
  const ends = (rows as EndedAlert[]).flatMap(({ id, fingerprint, ended_at }) => {
    const payload = payloads.get(fingerprint) ?? null;
    return payload === null ? [] : [{ alert_id: id, at: ended_at, by, payload }];
  });
  await writeEnds(trx, ends);
  return rows;
}

/** An alert that expired. */
export interface ExpiredAlert {
  id: string;
  fingerprint: string;
  created_at: Date;
  ended_at: Date;
  last_seen_at: Date;
  integration_id: string | null;
}

/** Ends those of these alerts that still fire and are due to expire. Repeating it changes nothing. */
export async function expire(trx: Db, ids: readonly string[], now: Date): Promise<ExpiredAlert[]> {
  const { rows } = await trx.raw(
    `with due as (
       select id from alerts where id = any(cast(:ids as uuid[])) and status = 'firing' and expires_at <= :now
        order by fingerprint for update)
     update alerts set status = 'resolved', expired = true, ended_at = expires_at from due where alerts.id = due.id
     returning alerts.id, alerts.fingerprint, alerts.created_at, alerts.ended_at, alerts.last_seen_at, alerts.integration_id`,
    { ids: [...ids], now },
  );
  return rows;
}

/** Stores that tools acknowledged firing alerts. @returns the alerts, without the conditions that do not fire */
export async function acknowledge(
  trx: Db,
  fingerprints: readonly string[],
  { at, by }: { at: Date; by: string },
): Promise<Omit<EndedAlert, 'ended_at' | 'created_at'>[]> {
  const { rows } = await trx.raw(
    `with due as (
       select id from alerts where fingerprint = any(cast(:fingerprints as text[])) and status = 'firing'
        order by fingerprint for update)
     update alerts set acknowledged_at = :at, acknowledged_by = :by from due where alerts.id = due.id
     returning alerts.id, alerts.fingerprint, alerts.incident_id`,
    { fingerprints: [...fingerprints], at, by },
  );
  return rows;
}

/** Takes the acknowledgement of an alert back. */
export const withdrawAcknowledgement = (db: Db, id: string): Promise<number> =>
  db('alerts').where({ id }).update({ acknowledged_at: null, acknowledged_by: null });

/** Those of these alerts whose acknowledgement was not taken back. */
export const stillAcknowledged = (db: Db, ids: readonly string[]): Promise<string[]> =>
  db('alerts').whereIn('id', ids).whereNotNull('acknowledged_at').pluck('id');

/**
 * Closes alerts whose incident was resolved, and subtracts the reports that arrived after that from their count.
 * @returns ids of the alerts whose reports need a new alert: those closed here, and those that another process closed and
 *   replaced already. All other alerts ended at their source in the meantime.
 */
export async function closeResolved(
  trx: Db,
  now: Date,
  closing: readonly (AttachItem & { fingerprint: string; incident_id: string })[],
): Promise<Set<string>> {
  const { rows } = await trx.raw(
    `with e as (select * from json_to_recordset(cast(? as json)) as e(id uuid, reports int, incident_id uuid)),
     due as (
       select a.id from alerts a join e on e.id = a.id where a.status = 'firing' order by a.fingerprint for update of a)
     update alerts set status = 'resolved', ended_at = ?, count = greatest(1, alerts.count - e.reports),
            incident_id = e.incident_id
       from e join due on due.id = e.id where alerts.id = e.id
     returning alerts.id`,
    [JSON.stringify(closing), now],
  );
  const closed = idsOf(rows);
  const others = closing.filter(({ id }) => !closed.has(id));
  if (others.length === 0) return closed;
  const replaced = await trx.raw(
    `update alerts set count = greatest(1, alerts.count - e.reports)
       from json_to_recordset(cast(? as json)) as e(id uuid, reports int), alerts newer
      where alerts.id = e.id and newer.fingerprint = alerts.fingerprint and newer.status = 'firing'
     returning alerts.id`,
    [JSON.stringify(others)],
  );
  return new Set([...closed, ...idsOf(replaced.rows)]);
}

const idsOf = (rows: { id: string }[]): Set<string> => new Set(rows.map(({ id }) => id));
