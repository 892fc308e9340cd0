import type { Clock } from '../../kernel/clock';
import type { Db } from '../../kernel/db/pool';
import { orderedId } from '../../kernel/ids';
import { complete, enqueue } from '../../kernel/jobs/jobs';
import type { Report, SavedCaller } from '../domain';
import { storeWithHolds } from '../holds/storeHeld';
import type { Decider } from '../rules/decider';
import { closeResolved } from '../store/endings';
import { saveLinks } from '../store/links';
import type { Answers } from './correlation';
import { endedMembers, type Group, newLinks } from './group';

export interface ReopenDeps {
  clock: Clock;
  decider: Decider;
}

/**
 * Closes the alerts of ended members and stores their reports as new alerts. The same transaction also saves the links of
 * all other members and completes the job.
 * @returns the new alerts with the job that attaches them; null if all ended members had ended at their source meanwhile
 * @throws Error if another worker has taken over the job, or if a mute was changed at the same time
 */
export async function reopenAlerts(
  trx: Db,
  { clock, decider }: ReopenDeps,
  group: Group,
  answers: Answers,
): Promise<Group | null> {
  const now = clock.now();
  const { claim, by } = group;
  const ended = endedMembers(group, answers);
  const closing = ended.map(({ alert, report }) => ({
    id: alert.id,
    fingerprint: alert.fingerprint,
    reports: report.count,
    incident_id: answers.get(alert.id)?.incident_id as string,
  }));
  const orphaned = await closeResolved(trx, now, closing);
  await saveLinks(trx, newLinks(group, answers));
  await reportReplaced(trx, now, [...orphaned], by);
  if ((await complete(trx, [claim])).length === 0) throw new Error('The job was taken over by another worker.');
  const reports = ended.filter(({ alert }) => orphaned.has(alert.id)).map(({ report }) => successorOf(report, now));
  // The new alert begins now, so a mute that began after the alert before it can mute it.
  const { kept } = await decider.decide(reports, trx);
  const stored = await storeWithHolds(trx, now, kept, by, { counts: false });
  return stored.group && { ...stored.group, by };
}

const successorOf = (report: Report, now: Date): Report => ({ ...report, id: orderedId(now), incident_id: null });

/** If the resolved incident is reopened, it must not wait for the end of alerts that others replaced. */
async function reportReplaced(trx: Db, now: Date, ids: readonly string[], by: SavedCaller): Promise<void> {
  if (ids.length === 0) return;
  const alerts = ids.map((alert_id) => ({ alert_id, ended_at: now.toISOString(), replaced: true }));
  await enqueue(trx, now, [{ kind: 'report-ended', payload: { alerts, by, since: now.toISOString() } }]);
}
