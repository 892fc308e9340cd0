import type { Db } from '../../kernel/db/pool';
import { PINGS_KEPT } from '../contract';
import type { PingKind } from '../domain/heartbeats';

/** A ping as it is kept. */
export interface PingRow {
  heartbeat_id: string;
  /** Counts the pings of the heartbeat from 1. */
  number: number;
  at: Date;
  kind: PingKind;
  exit_code: number | null;
  rid: string | null;
  /** How long the run took that this ping ended. */
  run_ms: number | null;
  method: string;
  body: string | null;
  /** Bytes of the body as it was sent. */
  body_bytes: number;
}

const SHOWN = ['heartbeat_id', 'number', 'at', 'kind', 'exit_code', 'rid', 'run_ms', 'method', 'body_bytes'] as const;
export type PingShown = Pick<PingRow, (typeof SHOWN)[number]>;

/** Keeps pings; each overwrites the ping of its heartbeat that is PINGS_KEPT older. */
export async function addPings(trx: Db, pings: readonly PingRow[]): Promise<void> {
  // An upsert must not contain a row twice: only the last PINGS_KEPT of a heartbeat can stay.
  const last = new Map(pings.map((ping) => [`${ping.heartbeat_id} ${ping.number % PINGS_KEPT}`, ping]));
  if (last.size === 0) return;
  const rows = [...last.values()].map((ping) => ({ ...ping, place: ping.number % PINGS_KEPT }));
  await trx.raw(
    `insert into heartbeat_pings as p
            (heartbeat_id, place, number, at, kind, exit_code, rid, run_ms, method, body, body_bytes)
     select heartbeat_id, place, number, at, kind, exit_code, rid, run_ms, method, body, body_bytes
       from jsonb_to_recordset(cast(? as jsonb)) as n(heartbeat_id uuid, place smallint, number bigint, at timestamptz,
            kind text, exit_code smallint, rid uuid, run_ms bigint, method text, body text, body_bytes int)
      order by heartbeat_id, place
     on conflict (heartbeat_id, place) do update
        set number = excluded.number, at = excluded.at, kind = excluded.kind, exit_code = excluded.exit_code,
            rid = excluded.rid, run_ms = excluded.run_ms, method = excluded.method, body = excluded.body,
            body_bytes = excluded.body_bytes`,
    [JSON.stringify(rows)],
  );
}

/** The last pings of each heartbeat without their bodies, newest first, at most `most` of each. */
export async function lastPings(db: Db, ids: readonly string[], most: number): Promise<Map<string, PingShown[]>> {
  const { rows } = await db.raw(
    `select p.* from unnest(cast(? as uuid[])) as h(id), lateral (
       select ${SHOWN.join(', ')} from heartbeat_pings where heartbeat_id = h.id order by number desc limit ?) p`,
    [[...ids], most],
  );
  const byHeartbeat = new Map<string, PingShown[]>();
  for (const row of rows as PingShown[]) {
    const pings = byHeartbeat.get(row.heartbeat_id);
    if (pings === undefined) byHeartbeat.set(row.heartbeat_id, [row]);
    else pings.push(row);
  }
  return byHeartbeat;
}

/** The body of a ping; undefined if the ping is not kept. */
export async function bodyOfPing(db: Db, heartbeatId: string, number: number): Promise<string | undefined> {
  const row = await db('heartbeat_pings').where({ heartbeat_id: heartbeatId, number }).first('body');
  return row && (row.body ?? '');
}

/** The body of the last ping that reported a failure; undefined if there is none. */
export async function lastFailure(db: Db, heartbeatId: string): Promise<string | undefined> {
  const row = await db('heartbeat_pings')
    .where({ heartbeat_id: heartbeatId, kind: 'fail' })
    .orderBy('number', 'desc')
    .first('body');
  return row?.body ?? undefined;
}
