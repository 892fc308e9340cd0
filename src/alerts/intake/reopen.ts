import type { Db } from '../../kernel/db/pool';
import { type Claim, complete, enqueue } from '../../kernel/jobs/jobs';
import type { Report } from '../domain';
import { type AlertRow, closeResolved, type Reported, report, type SavedCaller, type Stored } from '../store/alerts';
import { correlate } from '../store/links';
import type { Attached } from './correlation';

/** The links in which incidents' answer differs from what the alerts know, or were expected to join. */
export const newLinks = (alerts: readonly AlertRow[], answers: Map<string, Attached>) =>
  alerts.flatMap(({ id, incident_id: known }) => {
    const incidentId = answers.get(id)?.incident_id;
    return incidentId !== undefined && known !== incidentId ? [{ id, incident_id: incidentId }] : [];
  });

/**
 * The alerts that were reported again after somebody had resolved their incident. The report that made an alert came
 * before all that happened to it: where its job is told that it ended, the job itself attached it, before a crash lost the
 * answer, and what was resolved then is what it reported.
 */
export const reportedSince = (
  alerts: readonly AlertRow[],
  answers: Map<string, Attached>,
  repeated: (alert: AlertRow) => boolean,
): AlertRow[] => alerts.filter((alert) => answers.get(alert.id)?.result === 'ended' && repeated(alert));

export interface Succession {
  now: Date;
  alerts: readonly AlertRow[];
  answers: Map<string, Attached>;
  /** The job that asked; who lost it leaves everything to whoever has it now. */
  claim: Claim;
  reportsOf(alert: AlertRow): number;
  /** False where the alert was made by the very report that is attached. */
  repeated(alert: AlertRow): boolean;
  /** What the successor of an alert says. */
  successor(alert: AlertRow): Report;
  by: SavedCaller;
}

/**
 * Somebody resolved the incident of an alert that was reported again: the alert is closed, and a new one of the same
 * condition takes its reports. Together with all other answers of the group, and the end of its job, or not at all.
 * @throws Error when the job has been taken over by somebody else
 */
export async function reopenAlerts(trx: Db, succession: Succession): Promise<Stored & { reports: Report[] }> {
  const { now, alerts, answers, claim, by } = succession;
  const gone = reportedSince(alerts, answers, succession.repeated);
  const rows: (Reported & { fingerprint: string; incident_id: string })[] = gone.map((alert) => ({
    id: alert.id,
    fingerprint: alert.fingerprint,
    reports: succession.reportsOf(alert),
    incident_id: answers.get(alert.id)?.incident_id as string,
  }));
  const orphaned = await closeResolved(trx, now, rows);
  await correlate(trx, newLinks(alerts, answers));
  await reportReplaced(trx, [...orphaned], succession);
  if ((await complete(trx, [claim])).length === 0) throw new Error('The job was taken over by another worker.');
  const reports = gone.filter(({ id }) => orphaned.has(id)).map((alert) => succession.successor(alert));
  return { ...(await report(trx, now, reports, by)), reports };
}

/** Should the incident be reopened, it must not wait for the end of alerts whose condition others carry on. */
async function reportReplaced(trx: Db, ids: readonly string[], { now, by }: Succession): Promise<void> {
  if (ids.length === 0) return;
  const alerts = ids.map((alert_id) => ({ alert_id, ended_at: now.toISOString(), replaced: true }));
  await enqueue(trx, now, [{ kind: 'report-ended', payload: { alerts, by, since: now.toISOString() } }]);
}
