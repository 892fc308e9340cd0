import { type Db, statement } from '../../kernel/db/pool';
import { kindOf, notifyReaders } from '../../kernel/events/events';
import { type Claim, LEASE_MS } from '../../kernel/jobs/jobs';
import type { Alert } from '../contract';
import type { AlertContext, Ending, Report, Said, TruncatedGroup } from '../domain';

/** An alert as its row. */
export interface AlertRow {
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
  /** Counts the changes of severity, message and context; `revised_by` is the report that made the last. */
  revision: number;
  revised_by: string | null;
  /** The severity that the last change rose to; null if it was no rise. */
  raised_to: Alert['severity'] | null;
  /** The words of the first report; null while nothing has changed. */
  first_said: Said | null;
}

/** A rise of an alert's severity: the revision that brought it, and how high. */
export interface Rise {
  revision: number;
  to: Alert['severity'];
}

/** The caller that a job speaks for, as far as it is worth keeping. */
export interface SavedCaller {
  actor: string;
  kind: 'user' | 'key' | 'integration' | 'system' | 'anonymous';
  requestId: string;
}

/** How many reports of an alert are to be attached. */
export interface Reported {
  id: string;
  reports: number;
  /** The first of them made the alert. */
  made?: boolean;
  /** They raised the severity of an alert that fired already. */
  raised?: Rise | null;
}

export type AlertJobs = {
  /** Attach these alerts to incidents; promised with the alerts themselves. Those `made` by one report each say no more. */
  attach: { made?: string[]; alerts: Reported[]; by: SavedCaller; since: string };
  /** Tell incidents that these alerts ended. */
  'report-ended': {
    alerts: { alert_id: string; ended_at: string; replaced?: boolean }[];
    by: SavedCaller;
    since: string;
    group?: TruncatedGroup;
  };
  /** Tell incidents how many alerts of a group its source holds back. */
  'report-group': { group: TruncatedGroup; alerts: string[]; by: SavedCaller; since: string };
  retention: Record<string, never>;
};

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
].map((name) => `alerts.${name}`);

/** Re-reports of one alert that are kept; each takes the place of an old one. */
const REPORTS_KEPT = 200;
/** Texts of one alert that are kept, likewise. */
const TEXTS_KEPT = 20;

const rankOf = (severity: string): string =>
  `array_position(cast('{low, medium, high, critical}' as text[]), cast(${severity} as text))`;
const RISES = `${rankOf('coalesce(excluded.raised_to, excluded.severity)')} > ${rankOf('alerts.severity')}`;
/** Whether a report says something else than its alert did: then its words take the place of the alert's. */
const CHANGES = `((alerts.severity, alerts.message, alerts.context)
  is distinct from (excluded.severity, excluded.message, excluded.context) or ${RISES})`;

/**
 * Everything a group of reports needs in one statement, and so in one way to the server and back: that is what bounds how
 * many groups a second there can be. Written sorted, so that two transactions that meet the same conditions meet them in
 * the same order. Job and event are what `enqueueClaimed` and `record` would write, one each however many alerts.
 */
const REPORT = statement<ReportedRow>(`
  with r as materialized (
    select * from jsonb_to_recordset(cast(:reports as jsonb)) as r(id uuid, service text, severity text, message text,
           source text, labels jsonb, fingerprint text, timestamp timestamptz, count int, integration_id uuid,
           reported_by text, incident_id uuid, context jsonb, raised_to text, first_said jsonb)),
  reported as (
    insert into alerts (id, service, severity, message, source, labels, fingerprint, timestamp, created_at, count,
                        last_seen_at, integration_id, reported_by, incident_id, context, raised_to, first_said)
    select id, service, severity, message, source, labels, fingerprint, timestamp, :now, count, :now, integration_id,
           reported_by, incident_id, context, raised_to, first_said
      from r order by fingerprint
    on conflict (fingerprint) where status = 'firing' do update
       set count = alerts.count + excluded.count, last_seen_at = greatest(alerts.last_seen_at, excluded.last_seen_at),
           severity = excluded.severity, message = excluded.message,
           context = case when ${CHANGES} then excluded.context else alerts.context end,
           revision = alerts.revision + case when ${CHANGES} then 1 else 0 end,
           revised_by = case when ${CHANGES} then excluded.id else alerts.revised_by end,
           raised_to = case when not ${CHANGES} then alerts.raised_to
                            when ${RISES} then coalesce(excluded.raised_to, excluded.severity) end,
           first_said = case when ${CHANGES} then coalesce(alerts.first_said, jsonb_build_object(
             'severity', alerts.severity, 'message', alerts.message, 'context', alerts.context)) else alerts.first_said end
    returning ${COLUMNS.join(', ')}),
  stored as materialized (
    select reported.id, r.count as reports, reported.id = r.id as made,
           case when reported.revised_by = r.id and reported.raised_to is not null
                then json_build_object('revision', reported.revision, 'to', reported.raised_to) end as raised,
           case when reported.id <> r.id then to_jsonb(reported) end as earlier
      from reported join r using (fingerprint)),
  retold as (
    insert into alert_reports (alert_id, place, at, reports, reported_by, integration_id)
    select reported.id, reported.count % ${REPORTS_KEPT}, :now, r.count, r.reported_by, r.integration_id
      from reported join r using (fingerprint) where reported.id <> r.id
    on conflict (alert_id, place) do update
       set at = excluded.at, reports = excluded.reports, reported_by = excluded.reported_by,
           integration_id = excluded.integration_id),
  reworded as (
    insert into alert_texts (alert_id, place, at, severity, message, context, reported_by)
    select reported.id, reported.revision % ${TEXTS_KEPT}, :now, reported.severity, reported.message, reported.context,
           r.reported_by
      from reported join r using (fingerprint) where reported.revised_by = r.id
    on conflict (alert_id, place) do update
       set at = excluded.at, severity = excluded.severity, message = excluded.message, context = excluded.context,
           reported_by = excluded.reported_by),
  promised as (
    insert into jobs (kind, payload, run_at, created_at, attempts, leased_until)
    select 'attach', json_build_object('by', cast(:by as json), 'since', cast(:since as text),
             'made', coalesce(json_agg(id) filter (where made and reports = 1), '[]'),
             'alerts', coalesce(json_agg(json_build_object('id', id, 'reports', reports, 'made', made, 'raised', raised))
                                filter (where reports > 1 or not made), '[]')),
           :now, :now, 1, :until
      from stored
    returning id, attempts),
  noted as (
    insert into events (kind, subject, actor, actor_kind, data, at)
    select 'alerts_received', min(cast(id as text)), :actor, :actor_kind,
           jsonb_build_object('reports', sum(reports), 'new_alerts', count(*) filter (where made)), :now
      from stored)
  select id as job, attempts,
         (select coalesce(json_agg(earlier) filter (where not made), '[]') from stored) as earlier
    from promised`);

interface ReportedRow {
  job: number;
  attempts: number;
  /** Those that fire already; the others are as their reports made them. */
  earlier: AlertJson[];
}

export interface Stored {
  alerts: AlertRow[];
  /** The job that promises to attach them, held by the caller; null where there was nothing to store. */
  claim: Claim | null;
}

type Instants = 'timestamp' | 'created_at' | 'last_seen_at' | 'ended_at';
/** An alert as JSON, in which instants are text. */
type AlertJson = Omit<AlertRow, Instants> & Record<Exclude<Instants, 'ended_at'>, string>;

/**
 * Stores reports (one per condition): each becomes an alert, or counts into the one of its condition that fires. With
 * them the promise that they will be attached, which is the caller's own to keep for as long as a lease.
 */
export async function report(db: Db, now: Date, reports: readonly Report[], by: SavedCaller): Promise<Stored> {
  if (reports.length === 0) return { alerts: [], claim: null };
  const [row] = await REPORT(db, {
    now,
    reports: JSON.stringify(reports),
    by: JSON.stringify(by),
    since: now.toISOString(),
    until: new Date(now.getTime() + LEASE_MS),
    actor: by.actor,
    actor_kind: kindOf(by),
  });
  notifyReaders(db);
  const { job, attempts, earlier } = row as ReportedRow;
  const repeated = new Set(earlier.map(({ fingerprint }) => fingerprint));
  const alerts = reports.filter(({ fingerprint }) => !repeated.has(fingerprint)).map((each) => madeOf(each, now));
  return { alerts: [...alerts, ...earlier.map(earlierOf)], claim: { id: Number(job), attempts } };
}

/**
 * An alert as it stands when its first report made it: nothing of it need be read back. Written out, because V8 takes its
 * time over a spread that more is added to.
 */
const madeOf = (first: Report, now: Date): AlertRow => ({
  id: first.id,
  service: first.service,
  severity: first.severity,
  message: first.message,
  source: first.source,
  labels: first.labels,
  fingerprint: first.fingerprint,
  timestamp: first.timestamp,
  incident_id: first.incident_id,
  count: first.count,
  integration_id: first.integration_id,
  reported_by: first.reported_by,
  context: first.context,
  revision: 0,
  revised_by: null,
  raised_to: first.raised_to,
  first_said: first.first_said,
  created_at: now,
  last_seen_at: now,
  status: 'firing',
  ended_at: null,
});

const earlierOf = (row: AlertJson): AlertRow => ({
  ...row,
  timestamp: new Date(row.timestamp),
  created_at: new Date(row.created_at),
  last_seen_at: new Date(row.last_seen_at),
  ended_at: null,
});

/**
 * Closes alerts under whom somebody resolved the incident; the reports that found this out are not theirs any more.
 * Answers the ids whose reports need an alert of their own: those closed here, and those whose condition another
 * process gave a new alert. The rest ended at the source meanwhile.
 */
export async function closeResolved(
  trx: Db,
  now: Date,
  gone: readonly (Reported & { fingerprint: string; incident_id: string })[],
): Promise<Set<string>> {
  const { rows } = await trx.raw(
    `with e as (select * from json_to_recordset(cast(? as json)) as e(id uuid, reports int, incident_id uuid)),
     due as (
       select a.id from alerts a join e on e.id = a.id where a.status = 'firing' order by a.fingerprint for update of a)
     update alerts set status = 'resolved', ended_at = ?, count = greatest(1, alerts.count - e.reports),
            incident_id = e.incident_id
       from e join due on due.id = e.id where alerts.id = e.id
     returning alerts.id`,
    [JSON.stringify(gone), now],
  );
  const closed = idsOf(rows);
  const others = gone.filter(({ id }) => !closed.has(id));
  if (others.length === 0) return closed;
  const overtaken = await trx.raw(
    `update alerts set count = greatest(1, alerts.count - e.reports)
       from json_to_recordset(cast(? as json)) as e(id uuid, reports int), alerts newer
      where alerts.id = e.id and newer.fingerprint = alerts.fingerprint and newer.status = 'firing'
     returning alerts.id`,
    [JSON.stringify(others)],
  );
  return new Set([...closed, ...idsOf(overtaken.rows)]);
}

const idsOf = (rows: { id: string }[]): Set<string> => new Set(rows.map(({ id }) => id));

/** Ends what fires and was said to have ended; answers those it ended. Saying it again changes nothing. */
export async function end(
  trx: Db,
  endings: readonly Ending[],
): Promise<{ id: string; fingerprint: string; ended_at: Date }[]> {
  const { rows } = await trx.raw(
    `with due as (
       select a.id, e.ended_at
         from alerts a join json_to_recordset(cast(? as json))
              as e(fingerprint text, ended_at timestamptz, source_ended_at timestamptz)
           on e.fingerprint = a.fingerprint
        where a.status = 'firing' and (e.source_ended_at is null or a.timestamp <= e.source_ended_at)
        order by a.fingerprint for update of a)
     update alerts set status = 'resolved', ended_at = due.ended_at from due where alerts.id = due.id
     returning alerts.id, alerts.fingerprint, alerts.ended_at`,
    [JSON.stringify(endings)],
  );
  return rows;
}

/** Whether an alert of this condition fires. */
export async function fires(db: Db, fingerprint: string): Promise<boolean> {
  return (await db('alerts').where({ fingerprint, status: 'firing' }).first('id')) !== undefined;
}

export const byId = (db: Db, ids: readonly string[]): Promise<AlertRow[]> =>
  db('alerts')
    .whereIn('id', ids as string[])
    .select(COLUMNS)
    .orderBy('fingerprint');

/** Whether any of these alerts is still here and was made after `since`. */
export async function anySince(db: Db, ids: readonly string[], since: Date): Promise<boolean> {
  const found = await db('alerts')
    .whereIn('id', ids as string[])
    .where('created_at', '>', since)
    .first('id');
  return found !== undefined;
}
