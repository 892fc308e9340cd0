import { type Db, notifyAfterCommit, statement } from '../../kernel/db/pool';
import { kindOf, notifyReaders } from '../../kernel/events/events';
import { type Claim, JOBS_CHANNEL, LEASE_MS } from '../../kernel/jobs/jobs';
import type { Report, SavedCaller } from '../domain';
import { type AlertRow, COLUMNS } from './alerts';

/** How many re-reports of an alert are kept; a newer one overwrites the oldest. */
const REPORTS_KEPT = 200;
/** How many texts of an alert are kept, in the same way. */
export const TEXTS_KEPT = 20;

const rankOf = (severity: string): string =>
  `array_position(cast('{low, medium, high, critical}' as text[]), cast(${severity} as text))`;
const RISES = `${rankOf('coalesce(excluded.raised_to, excluded.severity)')} > ${rankOf('alerts.severity')}`;
/** True if a report differs from its alert in severity, message or context; the report's values then replace the alert's. */
const CHANGES = `((alerts.severity, alerts.message, alerts.context)
  is distinct from (excluded.severity, excluded.message, excluded.context) or ${RISES})`;

/**
 * Stores a group of reports in one statement. One round trip for each group is what limits the number of groups in a second.
 * Rows are written sorted by fingerprint, so that two transactions with the same conditions lock them in the same order.
 * The job and the event are the rows that `enqueueClaimed` and `record` would write, one of each for the whole group.
 * Alerts that expire within the same second share an `expire` job. A later report moves the expiry by a job of its own.
 */
const REPORT = statement<ReportedRow>(`
  with r as materialized (
    select * from jsonb_to_recordset(cast(:reports as jsonb)) as r(id uuid, service text, severity text, message text,
           source text, labels jsonb, fingerprint text, timestamp timestamptz, count int, integration_id uuid,
           reported_by text, incident_id uuid, context jsonb, raised_to text, first_said jsonb, expires_at timestamptz)),
  reported as (
    insert into alerts (id, service, severity, message, source, labels, fingerprint, timestamp, created_at, count,
                        last_seen_at, integration_id, reported_by, incident_id, context, raised_to, first_said, expires_at)
    select id, service, severity, message, source, labels, fingerprint, timestamp, :now, count, :now, integration_id,
           reported_by, incident_id, context, raised_to, first_said, expires_at
      from r order by fingerprint
    on conflict (fingerprint) where status = 'firing' do update
       set count = alerts.count + excluded.count, last_seen_at = greatest(alerts.last_seen_at, excluded.last_seen_at),
           severity = excluded.severity, message = excluded.message, expires_at = excluded.expires_at,
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
  rereports as (
    insert into alert_reports (alert_id, place, at, reports, reported_by, integration_id)
    select reported.id, reported.count % ${REPORTS_KEPT}, :now, r.count, r.reported_by, r.integration_id
      from reported join r using (fingerprint) where reported.id <> r.id
    on conflict (alert_id, place) do update
       set at = excluded.at, reports = excluded.reports, reported_by = excluded.reported_by,
           integration_id = excluded.integration_id),
  texts as (
    insert into alert_texts (alert_id, place, at, severity, message, context, reported_by)
    select reported.id, reported.revision % ${TEXTS_KEPT}, :now, reported.severity, reported.message, reported.context,
           r.reported_by
      from reported join r using (fingerprint) where reported.revised_by = r.id
    on conflict (alert_id, place) do update
       set at = excluded.at, severity = excluded.severity, message = excluded.message, context = excluded.context,
           reported_by = excluded.reported_by),
  job as (
    insert into jobs (kind, payload, run_at, created_at, attempts, leased_until)
    select 'attach', json_build_object('by', cast(:by as json), 'since', cast(:since as text),
             'made', coalesce(json_agg(id) filter (where made and reports = 1), '[]'),
             'alerts', coalesce(json_agg(json_build_object('id', id, 'reports', reports, 'made', made, 'raised', raised))
                                filter (where reports > 1 or not made), '[]')),
           :now, :now, 1, :until
      from stored
    returning id, attempts),
  expiry as (
    insert into jobs (kind, payload, run_at, created_at)
    select 'expire', json_build_object('alerts', json_agg(id)), due, :now
      from (select id, date_trunc('second', expires_at + interval '999 milliseconds') as due
              from reported where expires_at is not null) e
     group by due),
  event as (
    insert into events (kind, subject, actor, actor_kind, data, at)
    select 'alerts_received', min(cast(id as text)), :actor, :actor_kind,
           jsonb_build_object('reports', sum(reports), 'new_alerts', count(*) filter (where made)), :now
      from stored)
  select id as job, attempts,
         (select coalesce(json_agg(earlier) filter (where not made), '[]') from stored) as earlier
    from job`);

interface ReportedRow {
  job: number;
  attempts: number;
  /** Alerts that were firing before. All others equal the reports that created them, so they are not read back. */
  earlier: AlertJson[];
}

/** An alert after a report was stored. */
export interface StoredReport {
  alert: AlertRow;
  report: Report;
  /** True if the report created the alert; false if the alert was firing before. */
  created: boolean;
}

type Instants = 'timestamp' | 'created_at' | 'last_seen_at';
type OptionalInstants = 'ended_at' | 'expires_at' | 'acknowledged_at';
/** An alert as Postgres returns it in JSON: instants are text. */
type AlertJson = Omit<AlertRow, Instants | OptionalInstants> &
  Record<Instants, string> &
  Record<OptionalInstants, string | null>;

/**
 * Stores reports, at most one for each condition. A report creates an alert, or is added to the firing alert of its
 * condition. The same transaction inserts the `attach` job, claimed by the caller for one lease (5 s).
 * @returns the alerts in the order of the reports, and the claim of the job; null if there is nothing to store
 */
export async function storeReports(
  db: Db,
  now: Date,
  reports: readonly Report[],
  by: SavedCaller,
): Promise<{ stored: StoredReport[]; claim: Claim } | null> {
  if (reports.length === 0) return null;
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
  if (reports.some(({ expires_at }) => expires_at !== null && isSoon(expires_at, now)))
    notifyAfterCommit(db, JOBS_CHANNEL);
  const { job, attempts, earlier } = row as ReportedRow;
  const firing = new Map(earlier.map((alert) => [alert.fingerprint, alert]));
  const stored = reports.map((report): StoredReport => {
    const before = firing.get(report.fingerprint);
    if (before === undefined) return { alert: rowFromReport(report, now), report, created: true };
    return { alert: rowFromJson(before), report, created: false };
  });
  return { stored, claim: { id: Number(job), attempts } };
}

/** A worker polls at least once per lease, so a job that is due later needs no notification. */
const isSoon = (due: Date, now: Date): boolean => due.getTime() - now.getTime() <= 2 * LEASE_MS;

/** The alert that a report creates. Written out field by field: this is the hot path, and V8 is slow at spreads. */
const rowFromReport = (first: Report, now: Date): AlertRow => ({
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
  expires_at: first.expires_at,
  expired: false,
  acknowledged_at: null,
  acknowledged_by: null,
});

const rowFromJson = (row: AlertJson): AlertRow => ({
  ...row,
  timestamp: new Date(row.timestamp),
  created_at: new Date(row.created_at),
  last_seen_at: new Date(row.last_seen_at),
  ended_at: null,
  expires_at: dateOf(row.expires_at),
  acknowledged_at: dateOf(row.acknowledged_at),
});

const dateOf = (text: string | null): Date | null => (text === null ? null : new Date(text));
