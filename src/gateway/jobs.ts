import { minutes } from '../kernel/clock';
import type { Db } from '../kernel/db/pool';
import { enqueue, type HandlersOf } from '../kernel/jobs/jobs';
import { dailyRetention } from '../kernel/jobs/retention';
import { type WalkJobs, walkHandlers } from '../kernel/jobs/walks';
import { type Caller, systemCaller } from '../kernel/ports/contract';
import { type PolledUpdate, takePolled } from './answers/polled';
import type { Deps } from './deps';
import { forgetOutages } from './selfWatch/store';
import { forgetAudit } from './store/audit';
import { forgetKeysRevoked } from './store/keys';
import { forgetHits } from './store/rateLimits';
import { forgetSessions } from './store/sessions';
import { forgetTokens } from './store/setup';
import { type Erasure, erasePerson } from './users/erase';

type Kinds = WalkJobs & {
  retention: object;
  sweep_hits: object;
  /** Ends the calendar feeds of a user or key that lost its access. */
  end_feeds: EndFeeds;
  /** Ends the feeds of environment keys that are not configured any more. */
  end_feeds_of_other_keys: EndOthers;
  /** Acts by an update that notify fetched from a provider. */
  polled_update: PolledUpdate;
  /** Erases the contact methods of a person whose account is deleted. */
  erase_person: Erasure;
};
type EndFeeds = Parameters<Deps['ports']['oncall']['endFeedsOf']>[0];
type EndOthers = Parameters<Deps['ports']['oncall']['endFeedsOfOtherKeys']>[0];

/** Enqueues the end of the feeds in the transaction that changes the account. The job is retried until oncall has done it. */
export const enqueueEndOfFeeds = (trx: Db, payload: EndFeeds): Promise<void> =>
  enqueue(trx, new Date(payload.at), [{ kind: 'end_feeds', payload }]);

/**
 * Enqueued at each start, because nothing else happens when a key is removed from API_KEYS. If several gateways start, the
 * keys of the last one count.
 */
export const enqueueEndOfOtherFeeds = (db: Db, now: Date, configured: string[]): Promise<void> =>
  enqueue(db, now, [{ kind: 'end_feeds_of_other_keys', payload: { configured, at: now.toISOString() } }]);

/** The caller and instant of a change that ends feeds. */
export const endedBy = ({ actor, kind }: Caller, at: Date): Pick<EndFeeds, 'at' | 'by' | 'by_kind'> => ({
  at: at.toISOString(),
  by: actor,
  by_kind: kind,
});

const BATCH = 1_000;
const BATCHES = 100;
/** Ended sessions are kept for so long: their tokens answer 401 (session ended) instead of 403 (invalid key). */
const ENDED_SESSION_DAYS = 30;

const SWEEP_EVERY_MS = minutes(10);

/** The handlers of the gateway's jobs. */
export function createJobs(deps: Deps): HandlersOf<Kinds> {
  const { db, clock, settings, ports } = deps;
  return {
    retention: dailyRetention({ db, clock, auditDays: settings.auditDays }, async (ago) => {
      await inBatches(() => forgetSessions(db, ago(ENDED_SESSION_DAYS), BATCH));
      await inBatches(() => forgetKeysRevoked(db, ago(settings.retentionDays), BATCH));
      await forgetTokens(db, ago(1));
      await forgetOutages(db, ago(settings.retentionDays));
      await inBatches(() => forgetAudit(db, ago(settings.auditDays), BATCH));
    }),
    ...walkHandlers({ db, clock }, (walk) => ports.alerts.walk(walk, systemCaller('self-watch'))),
    async sweep_hits() {
      await forgetHits(db, clock.now());
      await enqueueSweep({ db, clock });
    },
    async end_feeds(payload) {
      await ports.oncall.endFeedsOf(payload, systemCaller(`feeds-${payload.username}`));
    },
    async end_feeds_of_other_keys(payload) {
      await ports.oncall.endFeedsOfOtherKeys(payload, systemCaller('feeds-of-other-keys'));
    },
    erase_person: (erasure) => erasePerson(deps, erasure),
    polled_update: (update) => takePolled({ ...deps, publicUrl: settings.publicUrl }, update),
  };
}

/** Enqueues the next sweep of rate-limit counters; if one is enqueued already, that one stays. */
export async function enqueueSweep({ db, clock }: Pick<Deps, 'db' | 'clock'>): Promise<void> {
  const now = clock.now();
  const runAt = new Date(now.getTime() + SWEEP_EVERY_MS);
  await enqueue(db, now, [{ kind: 'sweep_hits', payload: {}, key: 'sweep_hits', runAt }]);
}

async function inBatches(forget: () => Promise<number>): Promise<void> {
  for (let batch = 0; batch < BATCHES; batch++) if ((await forget()) < BATCH) return;
}
