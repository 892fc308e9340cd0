import { hash } from 'node:crypto';
import type { Clock } from '../../kernel/clock';
import type { Db } from '../../kernel/db/pool';
import { enqueue, type JobOf } from '../../kernel/jobs/jobs';
import type { Caller } from '../../kernel/ports/contract';
import type { TruncatedGroup } from '../domain';
import type { Reading } from '../formats/format';
import { savedCaller } from '../intake/caller';
import { noteGroup } from '../store/groups';
import type { AlertJobs } from '../store/jobKinds';

const MOST_HIDDEN = 1_000_000_000;
const CHUNK = 1_000;

/**
 * The group of a delivery, if its source holds back alerts (`truncatedAlerts` of Alertmanager) or did so lately; otherwise
 * null.
 * @param group as the delivery names it
 */
export async function groupOf(
  { db, clock }: { db: Db; clock: Clock },
  source: string,
  group: Reading['group'],
): Promise<TruncatedGroup | null> {
  if (group === undefined) return null;
  const hidden = Number.isFinite(group.hidden) ? Math.min(Math.max(0, Math.trunc(group.hidden)), MOST_HIDDEN) : 0;
  const key = hash('sha256', group.key);
  const version = await noteGroup(db, { source, key, hidden }, clock.now());
  return version === null ? null : { source, key, version, hidden };
}

/** Enqueues jobs that report a group to incidents, with the alerts that its delivery shows as firing. */
export async function enqueueGroup(
  { db, clock }: { db: Db; clock: Clock },
  group: TruncatedGroup,
  firing: readonly string[],
  caller: Caller,
): Promise<void> {
  const now = clock.now();
  const alerts = group.hidden === 0 ? [] : [...new Set(firing)];
  const jobs: JobOf<AlertJobs>[] = [];
  for (let at = 0; at === 0 || at < alerts.length; at += CHUNK) {
    const payload = { group, alerts: alerts.slice(at, at + CHUNK), by: savedCaller(caller), since: now.toISOString() };
    jobs.push({ kind: 'report-group', payload });
  }
  await db.transaction((trx) => enqueue(trx, now, jobs));
}
