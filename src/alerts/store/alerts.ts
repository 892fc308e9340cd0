import type { Db } from '../../kernel/db/pool';
import type { Alert } from '../contract';
import type { AlertContext, Decision, DefaultRoute, ReportText } from '../domain';

/** A row of the table `alerts`. */
export interface AlertRow extends Decision {
  id: string;
  service: string;
  severity: Alert['severity'];
  message: string;
  source: string;
  labels: Alert['labels'];
  fingerprint: string;
  timestamp: Date;
  incident_id: string | null;
  created_at: Date;
  status: Alert['status'];
  count: number;
  last_seen_at: Date;
  ended_at: Date | null;
  integration_id: string | null;
  reported_by: string;
  context: AlertContext | null;
  /** Counts the changes of severity, message and context; `revised_by` is the id of the report that made the last. */
  revision: number;
  revised_by: string | null;
  /** The severity after the last change, if it rose; otherwise null. */
  raised_to: Alert['severity'] | null;
  /** Text of the first report; null until a report changes it. */
  first_said: ReportText | null;
  /** The alert ends then, unless it is reported again; null if it does not expire. */
  expires_at: Date | null;
  /** True if it ended because its source did not report it again. */
  expired: boolean;
  /** When the tool's own acknowledgement arrived, and from which sender; null without one. */
  acknowledged_at: Date | null;
  acknowledged_by: string | null;
  default_route: DefaultRoute | null;
  /** The report that released the alert from its mute. */
  released_by: string | null;
}

/** The columns of `AlertRow`, each with its table. */
export const COLUMNS = [
  'id',
  'service',
  'severity',
  'message',
  'source',
  'labels',
  'fingerprint',
  'timestamp',
  'incident_id',
  'created_at',
  'status',
  'count',
  'last_seen_at',
  'ended_at',
  'integration_id',
  'reported_by',
  'context',
  'revision',
  'revised_by',
  'raised_to',
  'first_said',
  'expires_at',
  'expired',
  'acknowledged_at',
  'acknowledged_by',
  'decision',
  'reported',
  'muted_by',
  'muted_until',
  'hold_key',
  'routing',
  'default_route',
  'released_by',
].map((name) => `alerts.${name}`);

/** True if an alert of this condition is firing. */
export async function fires(db: Db, fingerprint: string): Promise<boolean> {
  return (await db('alerts').where({ fingerprint, status: 'firing' }).first('id')) !== undefined;
}

/** Alerts by their ids, sorted by fingerprint. Unknown ids are left out. */
export const byId = (db: Db, ids: readonly string[]): Promise<AlertRow[]> =>
  db('alerts')
    .whereIn('id', ids as string[])
    .select(COLUMNS)
    .orderBy('fingerprint');

/** True if one of these alerts was created after `since` and is, or will be, attached to an incident; muted ones are not. */
export async function anyAttachedSince(db: Db, ids: readonly string[], since: Date): Promise<boolean> {
  const found = await db('alerts')
    .whereIn('id', ids as string[])
    .where('created_at', '>', since)
    .whereNull('muted_by')
    .first('id');
  return found !== undefined;
}

/** The id of the alert of a condition: the firing one, else the last one; null if it never fired. */
export async function latestOf(db: Db, fingerprint: string): Promise<string | null> {
  const firing = await db('alerts').where({ fingerprint, status: 'firing' }).first('id');
  if (firing !== undefined) return firing.id;
  const ended = await db('alerts').where({ fingerprint }).orderBy('created_at', 'desc').first('id');
  return ended?.id ?? null;
}

/** This id, if an alert of this integration has it; otherwise null. */
export async function ofIntegration(db: Db, integrationId: string, id: string): Promise<string | null> {
  const row = await db('alerts').where({ id, integration_id: integrationId }).first('id');
  return row?.id ?? null;
}

/** Firing alerts, the newest `limit` ones. */
export const firingAlerts = (db: Db, limit: number): Promise<AlertRow[]> =>
  db('alerts').where({ status: 'firing' }).select(COLUMNS).orderBy('created_at', 'desc').limit(limit);

/** Alerts in the order of their creation, newest first, from the one after `last`; from the newest if it is null. */
export function newestBefore(
  db: Db,
  last: Pick<AlertRow, 'id' | 'created_at'> | null,
  limit: number,
): Promise<AlertRow[]> {
  const query = db('alerts').select(COLUMNS).orderByRaw('created_at desc, id desc').limit(limit);
  return last === null ? query : query.whereRaw('(created_at, id) < (?, ?)', [last.created_at, last.id]);
}

/** The firing alerts of conditions, by fingerprint. */
export async function firingOf(db: Db, fingerprints: readonly string[]): Promise<Map<string, AlertRow>> {
  const rows: AlertRow[] = await db('alerts')
    .where({ status: 'firing' })
    .whereIn('fingerprint', [...fingerprints])
    .select(COLUMNS);
  return new Map(rows.map((row) => [row.fingerprint, row]));
}
