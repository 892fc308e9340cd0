import { minutes } from '../kernel/clock';
import type { Db } from '../kernel/db/pool';
import { enqueue, type HandlersOf } from '../kernel/jobs/jobs';
import { dailyRetention } from '../kernel/jobs/retention';
import { type Caller, systemCaller } from '../kernel/ports/contract';
import type { Deps } from './deps';
import { forgetAudit } from './store/audit';
import { forgetKeysRevoked } from './store/keys';
import { forgetHits } from './store/rateLimits';
import { forgetSessions } from './store/sessions';
import { forgetTokens } from './store/setup';

type Kinds = {
  retention: object;
  sweep_hits: object;
  /** A user or key lost its access, and with it the calendar feeds it made. */
  end_feeds: EndFeeds;
  /** A gateway started, maybe with fewer keys in its environment. */
  end_feeds_of_other_keys: EndOthers;
};
type EndFeeds = Parameters<Deps['ports']['oncall']['endFeedsOf']>[0];
type EndOthers = Parameters<Deps['ports']['oncall']['endFeedsOfOtherKeys']>[0];

/** Promised with the change of the account, and kept until on-call has heard of it. */
export const promiseEndOfFeeds = (trx: Db, payload: EndFeeds): Promise<void> =>
  enqueue(trx, new Date(payload.at), [{ kind: 'end_feeds', payload }]);

/**
 * Promised at each start, because a key that leaves API_KEYS leaves no other trace. Of several gateways the one that started
 * last decides.
 */
export const promiseEndOfOtherFeeds = (db: Db, now: Date, configured: string[]): Promise<void> =>
  enqueue(db, now, [{ kind: 'end_feeds_of_other_keys', payload: { configured, at: now.toISOString() } }]);

/** The caller and instant of a change that ends feeds. */
export const endedBy = ({ actor, kind }: Caller, at: Date): Pick<EndFeeds, 'at' | 'by' | 'by_kind'> => ({
  at: at.toISOString(),
  by: actor,
  by_kind: kind,
});

const BATCH = 1_000;
const BATCHES = 100;
/** How long an ended session is still answered with 401 instead of 403. */
const ENDED_SESSION_DAYS = 30;

const SWEEP_EVERY_MS = minutes(10);

export function createJobs({ db, clock, settings, ports }: Deps): HandlersOf<Kinds> {
  return {
    retention: dailyRetention({ db, clock, auditDays: settings.auditDays }, async (ago) => {
      await inBatches(() => forgetSessions(db, ago(ENDED_SESSION_DAYS), BATCH));
      await inBatches(() => forgetKeysRevoked(db, ago(settings.retentionDays), BATCH));
      await forgetTokens(db, ago(1));
      await inBatches(() => forgetAudit(db, ago(settings.auditDays), BATCH));
    }),
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
