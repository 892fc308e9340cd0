import { type Db, withRetry } from '../../kernel/db/pool';
import { SYSTEM_ACTOR } from '../../kernel/events/events';
import { enqueue } from '../../kernel/jobs/jobs';
import { decide } from '../rules/decide';
import { subjectOf } from '../rules/decider';
import type { RuleDeps } from '../rules/deps';
import { attachReleased } from '../rules/release';
import type { AlertRow } from '../store/alerts';
import { lockEndedInDelay, releaseEnded } from '../store/flapping';

/**
 * A flapping identity counts as firing for a delay. If its alert ended just before the delay is over, the alert is attached
 * and ended there, so that its incident opens and stays open while the identity flaps.
 */
export async function attachEndedInDelay(
  { db, clock, configuration }: RuleDeps,
  alerts: readonly string[],
): Promise<void> {
  const current = await configuration.refreshed();
  await withRetry(db, async (trx: Db) => {
    const now = clock.now();
    const due = (await lockEndedInDelay(trx, alerts, now)).filter((row) => {
      const { mute, droppedBy } = decide(subjectOf(row), current, now);
      return mute === null && droppedBy === null;
    });
    if (due.length === 0) return;
    await releaseEnded(
      trx,
      due.map(({ id }) => id),
    );
    await attachReleased(trx, due, now);
    await enqueue(trx, now, [
      { kind: 'report-ended', payload: { alerts: due.map(endOf), by: BY, since: now.toISOString() } },
    ]);
  });
}

const BY = { actor: SYSTEM_ACTOR, kind: 'system' as const, requestId: 'release-held' };

const endOf = ({ id, ended_at, last_seen_at }: AlertRow) => ({
  alert_id: id,
  ended_at: (ended_at ?? last_seen_at).toISOString(),
});
