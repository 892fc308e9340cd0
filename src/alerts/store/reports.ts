import { type Db, notifyAfterCommit, statement } from '../../kernel/db/pool';
import { kindOf, notifyReaders } from '../../kernel/events/events';
import { type Claim, JOBS_CHANNEL, LEASE_MS } from '../../kernel/jobs/jobs';
import type { Report, SavedCaller } from '../domain';
import { type AlertRow, COLUMNS } from './alerts';
import { HISTORY } from './history';
import { holdMutes } from './releases';
import { noticeAffected } from './upstreamNotices';

/** How many re-reports of an alert are kept; a newer one overwrites the oldest. */
const REPORTS_KEPT = 200;

const rankOf = (severity: string): string =>
  `array_position(cast('{low, medium, high, critical}' as text[]), cast(${severity} as text))`;
const RISES = `${rankOf('coalesce(excluded.raised_to, excluded.severity)')} > ${rankOf('alerts.severity')}`;
/** True if a report differs from its alert in severity, message or context; the report's values then replace the alert's. */
const CHANGES = `((alerts.severity, alerts.message, alerts.context)
  is distinct from (excluded.severity, excluded.message, excluded.context) or ${RISES})`;

/** The alert rises, and no rule of now asks to page no one about it. */
const BEGINS_TO_PAGE = `(${RISES} and alerts.routing ->> 'not_paged_by' is not null and excluded.routing ->> 'not_paged_by' is null)`;
/** True if the alert was muted or held before the report. A report mutes and holds no alert that fires already. */
const MUTED = 'alerts.muted_by is not null';

/**
 * Stores a group of reports in one statement. One round trip for each group is what limits the number of groups in a second.
 * Rows are written sorted by fingerprint, so that two transactions with the same conditions lock them in the same order.
 * The job and the event are the rows that `enqueueClaimed` and `record` would write, one of each for the whole group.
 * A new alert of an identity that is armed makes it flap.
 * Alerts that expire within the same second share an `expire` job. A later report moves the expiry by a job of its own.
 */
const REPORT = statement<ReportedRow>(`
  with r as materialized (
    select * from jsonb_to_recordset(cast(:reports as jsonb)) as r(id uuid, service text, severity text, message text,
           source text, labels jsonb, fingerprint text, timestamp timestamptz, count int, integration_id uuid,
           reported_by text, incident_id uuid, context jsonb, raised_to text, first_said jsonb, expires_at timestamptz,
           decision jsonb, reported jsonb, muted_by uuid, muted_until timestamptz, hold_key text,
           routing jsonb, default_route jsonb, payload text)),
  written as (
    insert into alerts (id, service, severity, message, source, labels, fingerprint, timestamp, created_at, count,
                        last_seen_at, integration_id, reported_by, incident_id, context, raised_to, first_said, expires_at,
                        decision, reported, muted_by, muted_until, hold_key, routing, default_route)
    select id, service, severity, message, source, labels, fingerprint, timestamp, :now, count, :now, integration_id,
           reported_by, incident_id, context, raised_to, first_said, expires_at, decision, reported, muted_by, muted_until,
           hold_key, routing, default_route
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
             'severity', alerts.severity, 'message', alerts.message, 'context', alerts.context)) else alerts.first_said end,
           reported = excluded.reported,
           service = case when ${MUTED} then excluded.service else alerts.service end,
           labels = case when ${MUTED} then excluded.labels else alerts.labels end,
           decision = case when ${MUTED} then excluded.decision else alerts.decision end,
           muted_by = case when ${MUTED} then excluded.muted_by end,
           muted_until = case when ${MUTED} then excluded.muted_until end,
           hold_key = case when ${MUTED} then excluded.hold_key end,
           routing = case when ${MUTED} then excluded.routing
                          when ${BEGINS_TO_PAGE} then jsonb_set(alerts.routing, '{not_paged_by}', 'null')
                          else alerts.routing end,
           default_route = case when ${MUTED} then excluded.default_route else alerts.default_route end,
           released_by = case when ${MUTED} and excluded.muted_by is null then excluded.id else alerts.released_by end
    returning ${COLUMNS.join(', ')}),
  stored as materialized (
    select written.id, written.fingerprint, r.count as reports, written.id = r.id as made, written.muted_by is not null as muted,
           written.id = r.id or coalesce(written.released_by = r.id, false) as fresh,
           case when written.revised_by = r.id and written.raised_to is not null
                then json_build_object('revision', written.revision, 'to', written.raised_to) end as raised,
           case when written.id <> r.id then to_jsonb(written) end as earlier
      from written join r using (fingerprint)),
  rereports as (
    insert into alert_reports (alert_id, place, at, reports, reported_by, integration_id)
    select written.id, written.count % ${REPORTS_KEPT}, :now, r.count, r.reported_by, r.integration_id
      from written join r using (fingerprint) where written.id <> r.id
    on conflict (alert_id, place) do update
       set at = excluded.at, reports = excluded.reports, reported_by = excluded.reported_by,
           integration_id = excluded.integration_id),
  ${HISTORY},
  job as (
    insert into jobs (kind, payload, run_at, created_at, attempts, leased_until)
    select 'attach', json_build_object('by', cast(:by as json), 'since', cast(:since as text),
             'made', coalesce(json_agg(id) filter (where fresh and reports = 1), '[]'),
             'alerts', coalesce(json_agg(json_build_object('id', id, 'reports', reports, 'made', fresh, 'raised', raised))
                                filter (where reports > 1 or not fresh), '[]')),
           :now, :now, 1, :until
      from stored where not muted having count(*) > 0
    returning id, attempts),
  expiry as (
    insert into jobs (kind, payload, run_at, created_at)
    select 'expire', json_build_object('alerts', json_agg(id)), due, :now
      from (select id, date_trunc('second', expires_at + interval '999 milliseconds') as due
              from written where expires_at is not null) e
     group by due),
  flapping as (
    update identity_changes c set flapping_since = coalesce(c.flapping_since, :now)
      from stored where c.fingerprint = stored.fingerprint and stored.fresh
       and (c.flapping_since is not null or c.armed_until > :now)
    returning c.fingerprint),
  event as (
    insert into events (kind, subject, actor, actor_kind, data, at)
    select 'alerts_received', min(cast(id as text)), :actor, :actor_kind,
           jsonb_build_object('reports', sum(reports), 'new_alerts', count(*) filter (where made)), :now
      from stored)
  select job.id as job, job.attempts, e.earlier, (select json_agg(fingerprint) from flapping) as flapping
    from (select coalesce(json_agg(earlier) filter (where not made), '[]') as earlier from stored) e
    left join job on true`);

interface ReportedRow {
  /** Null if all alerts are muted or held. */
  job: number | null;
  attempts: number | null;
  /** Alerts that were firing before. All others equal the reports that created them, so they are not read back. */
  earlier: AlertJson[];
  /** The fingerprints of new and released alerts whose identity flaps. */
  flapping: string[] | null;
}

/** An alert after a report was stored. */
export interface StoredReport {
  alert: AlertRow;
  report: Report;
  /** True if the report created the alert, or released it from its mute; false if the alert was firing before. */
  created: boolean;
  /** True if the report created or released the alert, and its identity flaps. */
  flapping: boolean;
}

/** Thrown if a mute or a rule was changed since the reports were matched; the reports must be matched again. */
export class MuteChanged extends Error {
  override readonly name = 'MuteChanged';
  constructor() {
    super('A mute was changed at the same time.');
  }
}

/** Stored reports; `group` and its claim only if some alerts are neither muted nor held. */
export interface StoredReports {
  /** Alerts to attach, with the claim of the job that does it. */
  group: { members: StoredReport[]; claim: Claim } | null;
  /** Alerts that are muted or held. */
  muted: StoredReport[];
}

type Instants = 'timestamp' | 'created_at' | 'last_seen_at';
type OptionalInstants = 'ended_at' | 'expires_at' | 'acknowledged_at' | 'muted_until';
/** An alert as Postgres returns it in JSON: instants are text. */
type AlertJson = Omit<AlertRow, Instants | OptionalInstants> &
  Record<Instants, string> &
  Record<OptionalInstants, string | null>;

/**
 * Stores reports, at most one for each condition. A report creates an alert, or is added to the firing alert of its
 * condition. The same transaction inserts the `attach` job, claimed by the caller for one lease (5 s).
 * @throws MuteChanged
 */
export async function storeReports(
  db: Db,
  now: Date,
  reports: readonly Report[],
  by: SavedCaller,
): Promise<StoredReports> {
  if (reports.length === 0) return { group: null, muted: [] };
  const mutes = mutesOf(reports);
  const write = (on: Db) => writeReports(on, now, reports, by);
  const writeAffected = async (trx: Db) => {
    const row = await write(trx);
    const alerts = storedIn(row, reports, now).map(({ alert }) => alert);
    await noticeAffected(trx, alerts, now);
    return row;
  };
  // The lock keeps the mutes as they are until the alerts are committed. A change waits, and then finds these alerts.
  const row = mutes.length === 0 ? await write(db) : await underLock(db, mutes, writeAffected);
  notifyReaders(db);
  if (reports.some(({ expires_at }) => expires_at !== null && isSoon(expires_at, now)))
    notifyAfterCommit(db, JOBS_CHANNEL);
  const stored = storedIn(row, reports, now);
  const { job, attempts } = row;
  if (job === null || attempts === null) return { group: null, muted: stored };
  const claim = { id: Number(job), attempts };
  if (stored.every(({ alert }) => alert.muted_by === null)) return { group: { members: stored, claim }, muted: [] };
  const members = stored.filter(({ alert }) => alert.muted_by === null);
  return { group: { members, claim }, muted: stored.filter(({ alert }) => alert.muted_by !== null) };
}

function storedIn({ earlier, flapping: flaps }: ReportedRow, reports: readonly Report[], now: Date): StoredReport[] {
  const firing = new Map(earlier.map((alert) => [alert.fingerprint, alert]));
  const all = new Set(flaps ?? []);
  return reports.map((report) => {
    const flapping = all.has(report.fingerprint);
    const before = firing.get(report.fingerprint);
    if (before === undefined) return { alert: rowFromReport(report, now), report, created: true, flapping };
    return { alert: rowFromJson(before), report, created: before.released_by === report.id, flapping };
  });
}

function mutesOf(reports: readonly Report[]): { id: string; version: number }[] {
  const mutes = new Map<string, number>();
  for (const { muted_by, muted_version } of reports) {
    if (muted_by !== null && muted_version !== null) mutes.set(muted_by, muted_version);
  }
  return [...mutes].map(([id, version]) => ({ id, version }));
}

/**
 * Locks the mutes of these reports against changes until the transaction ends.
 * @throws MuteChanged
 */
export async function lockMutes(trx: Db, reports: readonly Report[]): Promise<void> {
  if (!(await holdMutes(trx, mutesOf(reports)))) throw new MuteChanged();
}

function underLock<T>(
  db: Db,
  mutes: readonly { id: string; version: number }[],
  write: (trx: Db) => Promise<T>,
): Promise<T> {
  const locked = async (trx: Db): Promise<T> => {
    if (!(await holdMutes(trx, mutes))) throw new MuteChanged();
    return write(trx);
  };
  return db.isTransaction ? locked(db) : db.transaction(locked);
}

async function writeReports(db: Db, now: Date, reports: readonly Report[], by: SavedCaller): Promise<ReportedRow> {
  const [row] = await REPORT(db, {
    now,
    reports: JSON.stringify(reports),
    by: JSON.stringify(by),
    since: now.toISOString(),
    until: new Date(now.getTime() + LEASE_MS),
    actor: by.actor,
    actor_kind: kindOf(by),
  });
  return row as ReportedRow;
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
  decision: first.decision,
  reported: first.reported,
  muted_by: first.muted_by,
  muted_until: first.muted_until,
  hold_key: first.hold_key,
  routing: first.routing,
  default_route: first.default_route,
  released_by: null,
});

const rowFromJson = (row: AlertJson): AlertRow => ({
  ...row,
  timestamp: new Date(row.timestamp),
  created_at: new Date(row.created_at),
  last_seen_at: new Date(row.last_seen_at),
  ended_at: null,
  expires_at: dateOf(row.expires_at),
  acknowledged_at: dateOf(row.acknowledged_at),
  muted_until: dateOf(row.muted_until),
});

const dateOf = (text: string | null): Date | null => (text === null ? null : new Date(text));
