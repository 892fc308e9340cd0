import { inSlices } from '../../kernel/async/slices';
import { mapSteps } from '../../kernel/async/steps';
import type { Db } from '../../kernel/db/pool';
import { enqueue, type JobOf } from '../../kernel/jobs/jobs';
import type { Severity } from '../../kernel/ports/values';
import type { HeartbeatSchedule } from '../contract';
import { type Beating, type DownCause, deadlineOf, type Pulse } from '../domain/heartbeats';
import type { AlertJobs } from './jobKinds';

/** A heartbeat: its definition, its pulse, and the deadline that its last change computed. */
export interface HeartbeatRow extends Beating {
  id: string;
  pingId: string;
  name: string;
  slug: string;
  /** Exactly one of the two is set. */
  team: string | null;
  service: string | null;
  severity: Severity;
  createdAt: Date;
  createdBy: string;
  deletedAt: Date | null;
  pings: number;
  lastPingAt: Date | null;
  lastRunMs: number | null;
  dueAt: Date | null;
  downAt: Date | null;
  /** True while its alert fires. */
  alerting: boolean;
  /** Set if a tool made it by the key of its integration. */
  tool: { integrationId: string; name: string } | null;
  details: HeartbeatDetails;
}

/** What a tool's API keeps of a heartbeat in addition. */
export interface HeartbeatDetails {
  description?: string | undefined;
  /** Message of its alert. */
  message?: string | undefined;
  tags?: string[] | undefined;
}

interface Stored {
  id: string;
  ping_id: string;
  name: string;
  slug: string;
  team: string | null;
  service: string | null;
  severity: Severity;
  period: number | null;
  cron: string | null;
  time_zone: string | null;
  grace: number;
  paused: boolean;
  created_at: Date;
  created_by: string;
  deleted_at: Date | null;
  pings: number;
  last_ping_at: Date | null;
  last_run_ms: number | null;
  since: Date | null;
  runs: { rid: string | null; at: string }[];
  down_since: Date | null;
  down_cause: DownCause | null;
  down_detail: string | null;
  outage_from: Date | null;
  outage_until: Date | null;
  due_at: Date | null;
  down_at: Date | null;
  alerting: boolean;
  integration_id: string | null;
  external_name: string | null;
  details: HeartbeatDetails;
}

const scheduleOf = ({ period, cron, time_zone, grace }: Stored): HeartbeatSchedule =>
  period !== null ? { period, grace } : { cron: cron as string, time_zone: time_zone as string, grace };

const pulseOf = (row: Stored): Pulse => ({
  since: row.since,
  runs: row.runs.map(({ rid, at }) => ({ rid, at: new Date(at) })),
  down:
    row.down_since === null
      ? null
      : { since: row.down_since, cause: row.down_cause as DownCause, detail: row.down_detail },
  outage: row.outage_from === null ? null : { from: row.outage_from, until: row.outage_until as Date },
});

const heartbeatOf = (row: Stored): HeartbeatRow => ({
  id: row.id,
  pingId: row.ping_id,
  name: row.name,
  slug: row.slug,
  team: row.team,
  service: row.service,
  severity: row.severity,
  schedule: scheduleOf(row),
  paused: row.paused,
  createdAt: row.created_at,
  createdBy: row.created_by,
  deletedAt: row.deleted_at,
  pings: row.pings,
  lastPingAt: row.last_ping_at,
  lastRunMs: row.last_run_ms,
  pulse: pulseOf(row),
  dueAt: row.due_at,
  downAt: row.down_at,
  alerting: row.alerting,
  tool: row.integration_id === null ? null : { integrationId: row.integration_id, name: row.external_name as string },
  details: row.details,
});

const definitionOf = (heartbeat: HeartbeatRow) => {
  const { schedule } = heartbeat;
  const isCron = 'cron' in schedule;
  return {
    name: heartbeat.name,
    slug: heartbeat.slug,
    team: heartbeat.team,
    service: heartbeat.service,
    severity: heartbeat.severity,
    period: isCron ? null : schedule.period,
    cron: isCron ? schedule.cron : null,
    time_zone: isCron ? schedule.time_zone : null,
    grace: schedule.grace,
    details: JSON.stringify(heartbeat.details),
  };
};

const pulseColumns = ({ pulse, ...heartbeat }: HeartbeatRow) => ({
  paused: heartbeat.paused,
  deleted_at: heartbeat.deletedAt,
  pings: heartbeat.pings,
  last_ping_at: heartbeat.lastPingAt,
  last_run_ms: heartbeat.lastRunMs,
  since: pulse.since,
  runs: JSON.stringify(pulse.runs),
  down_since: pulse.down?.since ?? null,
  down_cause: pulse.down?.cause ?? null,
  down_detail: pulse.down?.detail ?? null,
  outage_from: pulse.outage?.from ?? null,
  outage_until: pulse.outage?.until ?? null,
  due_at: heartbeat.dueAt,
  down_at: heartbeat.downAt,
  alerting: heartbeat.alerting,
});

/** The heartbeat with the deadline that its pulse has now. */
export function withDeadline(heartbeat: HeartbeatRow): HeartbeatRow {
  const deadline = deadlineOf(heartbeat);
  return { ...heartbeat, dueAt: deadline?.dueAt ?? null, downAt: deadline?.downAt ?? null };
}

/**
 * Enqueues the next look at a heartbeat. One job per heartbeat: a later call replaces the time of an earlier one.
 * @param runAt null if nothing is to happen before the next ping
 */
export async function enqueueLook(trx: Db, now: Date, looks: readonly { id: string; runAt: Date }[]): Promise<void> {
  const jobs = looks.map(
    ({ id, runAt }): JobOf<AlertJobs> => ({
      ...{ kind: 'heartbeat', key: `heartbeat ${id}`, payload: { id }, runAt, reschedule: true },
    }),
  );
  await enqueue(trx, now, jobs);
}

const living = (db: Db) => db<Stored>('heartbeats').whereNull('deleted_at');

/** All heartbeats, oldest first. */
export const allHeartbeats = async (db: Db, most: number): Promise<HeartbeatRow[]> =>
  inSlices(mapSteps(await living(db).orderBy(['created_at', 'id']).limit(most), heartbeatOf));

export async function countHeartbeats(db: Db): Promise<number> {
  const row = await db('heartbeats').whereNull('deleted_at').count({ count: '*' }).first();
  return Number(row?.['count'] ?? 0);
}

export async function heartbeatById(db: Db, id: string): Promise<HeartbeatRow | undefined> {
  const row = await living(db).where({ id }).first();
  return row && heartbeatOf(row);
}

/** The heartbeats that an integration made, by the tool's own names. */
export const heartbeatsOfTool = async (db: Db, integrationId: string): Promise<HeartbeatRow[]> =>
  (await living(db).where({ integration_id: integrationId }).orderBy(['created_at', 'id'])).map(heartbeatOf);

/** The heartbeat that an integration made by this name; undefined if there is none. */
export async function heartbeatOfTool(db: Db, integrationId: string, name: string): Promise<HeartbeatRow | undefined> {
  const row = await living(db).where({ integration_id: integrationId, external_name: name }).first();
  return row && heartbeatOf(row);
}

/** A heartbeat that a person made, by its slug. */
export async function heartbeatBySlug(db: Db, slug: string): Promise<HeartbeatRow | undefined> {
  const row = await living(db).where({ slug }).whereNull('integration_id').first();
  return row && heartbeatOf(row);
}

/** The heartbeat, also if it is deleted; other transactions wait until this one ends. */
export async function lockHeartbeat(trx: Db, id: string): Promise<HeartbeatRow | undefined> {
  const row = await trx<Stored>('heartbeats').where({ id }).forUpdate().first();
  return row && heartbeatOf(row);
}

/** Locks the heartbeats with these slugs or ping ids, always in the same order. */
export async function lockPinged(
  trx: Db,
  { slugs, pingIds }: { slugs: readonly string[]; pingIds: readonly string[] },
): Promise<HeartbeatRow[]> {
  const { rows } = await trx.raw(
    `select * from heartbeats
      where deleted_at is null and (slug = any(cast(? as text[])) or ping_id = any(cast(? as uuid[])))
      order by id for update`,
    [[...slugs], [...pingIds]],
  );
  return rows.map(heartbeatOf);
}

/** Locks the heartbeats whose ping was due, or whose deadline was, in a span. */
export async function lockDue(trx: Db, { from, until }: { from: Date; until: Date }): Promise<HeartbeatRow[]> {
  const { rows } = await trx.raw(
    `select * from heartbeats
      where deleted_at is null and down_since is null and not paused
        and (due_at between :from and :until or down_at between :from and :until)
      order by id for update`,
    { from, until },
  );
  return rows.map(heartbeatOf);
}

/** Whether another heartbeat has this slug. */
export const slugTaken = async (db: Db, slug: string, except: string | null): Promise<boolean> =>
  (await living(db)
    .where({ slug })
    .modify((query) => {
      if (except !== null) query.whereNot({ id: except });
    })
    .first('id')) !== undefined;

/** Inserts a heartbeat. @returns false if its slug, or its name of its tool, is taken */
export async function addHeartbeat(trx: Db, heartbeat: HeartbeatRow): Promise<boolean> {
  const added = await trx('heartbeats')
    .insert({
      id: heartbeat.id,
      ping_id: heartbeat.pingId,
      created_at: heartbeat.createdAt,
      created_by: heartbeat.createdBy,
      integration_id: heartbeat.tool?.integrationId ?? null,
      external_name: heartbeat.tool?.name ?? null,
      ...definitionOf(heartbeat),
      ...pulseColumns(heartbeat),
    })
    .onConflict()
    .ignore()
    .returning('id');
  return added.length > 0;
}

/** Writes the definition and the pulse of a heartbeat that this transaction has locked. */
export const saveHeartbeat = (trx: Db, heartbeat: HeartbeatRow): Promise<number> =>
  trx('heartbeats')
    .where({ id: heartbeat.id })
    .update({ ...definitionOf(heartbeat), ...pulseColumns(heartbeat) });

/** Writes the pulses of heartbeats that this transaction has locked, in one statement. */
export async function savePulses(trx: Db, heartbeats: readonly HeartbeatRow[]): Promise<void> {
  if (heartbeats.length === 0) return;
  const rows = heartbeats.map((heartbeat) => ({
    id: heartbeat.id,
    ...pulseColumns(heartbeat),
    runs: heartbeat.pulse.runs,
  }));
  await trx.raw(
    `update heartbeats h
        set pings = n.pings, last_ping_at = n.last_ping_at, last_run_ms = n.last_run_ms, since = n.since, runs = n.runs,
            down_since = n.down_since, down_cause = n.down_cause, down_detail = n.down_detail,
            outage_from = n.outage_from, outage_until = n.outage_until, due_at = n.due_at, down_at = n.down_at,
            alerting = n.alerting
       from jsonb_to_recordset(cast(? as jsonb)) as n(id uuid, pings bigint, last_ping_at timestamptz, last_run_ms bigint,
            since timestamptz, runs jsonb, down_since timestamptz, down_cause text, down_detail text,
            outage_from timestamptz, outage_until timestamptz, due_at timestamptz, down_at timestamptz, alerting boolean)
      where h.id = n.id`,
    [JSON.stringify(rows)],
  );
}

/** Notes that the alert of a heartbeat has ended, unless it is down again. */
export const noteQuiet = (db: Db, id: string): Promise<number> =>
  db('heartbeats')
    .where({ id })
    .where((query) => query.whereNull('down_since').orWhere({ paused: true }))
    .update({ alerting: false });

/** Deletes the row of a deleted heartbeat, with its pings. */
export const removeDeleted = (db: Db, id: string): Promise<number> =>
  db('heartbeats').where({ id }).whereNotNull('deleted_at').delete();
