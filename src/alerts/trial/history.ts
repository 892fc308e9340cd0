import { rawOf } from '../domain';
import { subjectOf } from '../rules/decider';
import type { Subject } from '../rules/matcherIndex';
import type { StoredHistory } from '../store/replay';
import type { Replayed } from './simulation';

/** The stored history of alerts as events to replay. Pure. */

/** So many re-reports of an alert are kept; earlier ones are only counted. */
const REPORTS_KEPT = 200;

export interface AlertHistory {
  /** In the order of time. */
  events: Replayed[];
  /** False if texts of the alert are no longer known, or were never kept; see `everyReport`. */
  complete: boolean;
}

/**
 * @param everyReport true if a rule counts reports: then an alert whose re-reports are no longer known one by one is not
 *   complete either. For all other rules a repeated report without a change only shows that the alert still fires.
 */
export function historyOfAlert(alert: StoredHistory, everyReport: boolean): AlertHistory {
  const { id, fingerprint, events, reports, count, revision, created_at, ended_at } = alert;
  const changes = events.flatMap(({ first, at, reported }) => (first || reported === null ? [] : [{ at, reported }]));
  const again = reports.reduce((sum, one) => sum + one.reports, 0);
  const overwritten = reports.length >= REPORTS_KEPT && again < count - 1;
  const of = { alert: id, fingerprint };
  let subject = firstSubject(alert);
  const began = created_at.getTime();
  const firstCount = overwritten ? 1 : Math.max(1, count - again);
  const replayed: Replayed[] = [{ ...of, at: began, kind: 'report', subject, count: firstCount }];
  const countAt = new Map(reports.map(({ at, reports: some }) => [Date.parse(at), some]));
  const reportedAt = new Map(changes.map(({ at, reported }) => [Date.parse(at), reported]));
  const times = [...new Set([...countAt.keys(), ...reportedAt.keys()])].sort((one, other) => one - other);
  for (const at of times) {
    const reported = reportedAt.get(at);
    if (reported !== undefined) subject = { ...subject, ...reported };
    replayed.push({ ...of, at: Math.max(at, began), kind: 'report', subject, count: countAt.get(at) ?? 0 });
  }
  if (ended_at !== null) {
    const last = replayed.at(-1)?.at ?? began;
    const at = Math.max(ended_at.getTime(), last);
    replayed.push({ ...of, at, kind: 'end', subject, count: 0, keepsOpen: alert.keeps_open });
  }
  return { events: replayed, complete: changes.length >= revision && !(everyReport && overwritten) };
}

/** The first report as its source sent it. */
function firstSubject(alert: StoredHistory): Subject {
  const first = alert.events.find((event) => event.first)?.reported ?? null;
  const subject = subjectOf(alert);
  if (first !== null) return { ...subject, ...first };
  const { severity, message } = alert.revision > 0 && alert.first_said !== null ? alert.first_said : rawOf(alert);
  return { ...subject, severity, message };
}
