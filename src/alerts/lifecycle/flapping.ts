import type { IncidentsContract } from '../../incidents/contract';
import type { Clock } from '../../kernel/clock';
import { type Db, withRetry } from '../../kernel/db/pool';
import { enqueue, type HandlersOf, type JobOf } from '../../kernel/jobs/jobs';
import { type Port, systemCaller } from '../../kernel/ports/contract';
import { type FlappingSettings, type IdentityChanges, quietIn, UNCHANGED, withChanges } from '../domain/flapping';
import { retryWhileAway } from '../retry';
import { fires } from '../store/alerts';
import type { EndedAlert } from '../store/endings';
import { forgetIdentity, lockIdentities, lockIdentity, saveIdentities } from '../store/flapping';
import type { AlertJobs } from '../store/jobKinds';

/** The changes of identities, and the end of flapping. */

/**
 * Adds the beginning and the end of alerts that end now to the changes of their identities. The caller has locked the
 * alerts. The job that ends the flapping commits with the change.
 */
export async function noteChanges(
  trx: Db,
  ended: readonly Pick<EndedAlert, 'fingerprint' | 'created_at'>[],
  now: Date,
  settings: FlappingSettings,
): Promise<void> {
  if (ended.length === 0 || settings.changes < 2) return;
  const before = await lockIdentities(
    trx,
    ended.map(({ fingerprint }) => fingerprint),
    now,
  );
  const after = new Map<string, IdentityChanges>();
  for (const { fingerprint, created_at } of ended) {
    const times = [created_at.getTime(), now.getTime()];
    after.set(fingerprint, withChanges(before.get(fingerprint) ?? UNCHANGED, times, settings));
  }
  await saveIdentities(trx, after);
  const flapping = [...after].filter(([, { flappingSince }]) => flappingSince !== null);
  await enqueue(
    trx,
    now,
    flapping.map(([fingerprint, state]) => lookAgain(fingerprint, now, quietIn(state, now.getTime(), settings))),
  );
}

const lookAgain = (fingerprint: string, now: Date, inMs: number): JobOf<AlertJobs> => ({
  kind: 'end-flapping',
  key: `end-flapping ${fingerprint}`,
  payload: { fingerprint },
  runAt: new Date(now.getTime() + inMs),
  reschedule: true,
});

/** The job that reports to incidents that identities flap no longer. */
export const flappingEndedJob = (fingerprints: readonly string[], now: Date, runAt = now): JobOf<AlertJobs> => ({
  kind: 'flapping-ended',
  payload: { fingerprints: [...fingerprints], since: now.toISOString() },
  runAt,
});

export interface FlappingDeps {
  db: Db;
  clock: Clock;
  incidents: Port<IncidentsContract>;
  settings: FlappingSettings;
}

/** Handlers of the jobs that end flapping. */
export const flappingJobs = ({
  db,
  clock,
  incidents,
  settings,
}: FlappingDeps): Pick<HandlersOf<AlertJobs>, 'end-flapping' | 'flapping-ended'> => ({
  /** While the identity fires, nothing happens: its next end enqueues the job again. */
  'end-flapping': ({ fingerprint }) =>
    withRetry(db, async (trx) => {
      const state = await lockIdentity(trx, fingerprint);
      if (state === null || state.flappingSince === null || (await fires(trx, fingerprint))) return;
      const now = clock.now();
      const left = quietIn(state, now.getTime(), settings);
      if (left > 0) return enqueue(trx, now, [lookAgain(fingerprint, now, left)]);
      await forgetIdentity(trx, fingerprint);
      await enqueue(trx, now, [flappingEndedJob([fingerprint], now)]);
    }),

  async 'flapping-ended'({ fingerprints, since }) {
    await retryWhileAway(clock, since, () => incidents.flappingEnded({ fingerprints }, systemCaller('flapping-ended')));
  },
});
