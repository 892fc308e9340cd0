import { days, minutes } from '../kernel/clock';
import { type Caller, systemCaller } from '../kernel/contract';
import type { Db } from '../kernel/db';
import { forgetEvents } from '../kernel/events';
import { forgetKeys } from '../kernel/idempotency';
import { enqueue, type HandlersOf } from '../kernel/jobs';
import type { Rooms } from './rooms';
import { forgetAudit } from './store/audit';
import { forgetHits } from './store/hits';
import { forgetKeysRevoked } from './store/keys';
import { forgetSessions } from './store/sessions';
import { forgetTokens } from './store/setup';

type Kinds = {
  retention: object;
  sweep_hits: object;
  /** A user or key lost its access, and with it the calendar feeds it made. */
  end_feeds: EndFeeds;
};
type EndFeeds = Parameters<Rooms['ports']['oncall']['endFeedsOf']>[0];

/** Promised with the change of the account, and kept until on-call has heard of it. */
export const promiseEndOfFeeds = (trx: Db, payload: EndFeeds): Promise<void> =>
  enqueue(trx, new Date(payload.at), [{ kind: 'end_feeds', payload }]);

/** The caller and instant of a change that ends feeds. */
export const endedBy = ({ actor, kind }: Caller, at: Date): Pick<EndFeeds, 'at' | 'by' | 'by_kind'> => ({
  at: at.toISOString(),
  by: actor,
  by_kind: kind,
});

const BATCH = 1_000;
const BATCHES = 100;
const CLOCKWORK_DAYS = 7;
/** How long an ended session is still answered with 401 instead of 403. */
const ENDED_SESSION_DAYS = 30;

type Recurring = 'retention' | 'sweep_hits';
export const PACE: Record<Recurring, number> = { retention: days(1), sweep_hits: minutes(10) };

export function createJobs({ db, clock, settings, ports }: Rooms): HandlersOf<Kinds> {
  const again = (kind: Recurring) => schedule({ db, clock }, kind, PACE[kind]);
  return {
    async retention() {
      const before = (age: number) => new Date(clock.now().getTime() - days(age));
      await inBatches(() => forgetSessions(db, before(ENDED_SESSION_DAYS), BATCH));
      await inBatches(() => forgetKeysRevoked(db, before(settings.retentionDays), BATCH));
      await forgetTokens(db, before(1));
      await forgetKeys(db, clock.now());
      await inBatches(() => forgetAudit(db, before(settings.auditDays), BATCH));
      await forgetEvents(db, { people: before(settings.auditDays), clockwork: before(CLOCKWORK_DAYS) });
      await again('retention');
    },
    async sweep_hits() {
      await forgetHits(db, clock.now());
      await again('sweep_hits');
    },
    async end_feeds(payload) {
      await ports.oncall.endFeedsOf(payload, systemCaller(`feeds-${payload.username}`));
    },
  };
}

/** Promises the next run; where one is promised already, that one stands. */
export async function schedule(
  { db, clock }: Pick<Rooms, 'db' | 'clock'>,
  kind: Recurring,
  inMs: number,
): Promise<void> {
  const now = clock.now();
  await enqueue(db, now, [{ kind, payload: {}, key: kind, runAt: new Date(now.getTime() + inMs) }]);
}

async function inBatches(forget: () => Promise<number>): Promise<void> {
  for (let batch = 0; batch < BATCHES; batch++) if ((await forget()) < BATCH) return;
}
