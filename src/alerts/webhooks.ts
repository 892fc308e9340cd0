import type { Clock } from '../kernel/clock';
import type { Caller } from '../kernel/contract';
import { type Db, withRetry } from '../kernel/db';
import { type NewEvent, record } from '../kernel/events';
import { enqueue } from '../kernel/jobs';
import { saved } from './attaching';
import type { AlertFact } from './contract';
import { type Ending, fingerprintOfKey, type Sender } from './domain';
import type { AlertEvent } from './formats/event';
import type { Receiving } from './receiving';
import { end } from './store/alerts';
import type { IntegrationRow } from './store/integrations';

/** What became of a vendor's delivery: reports taken, alerts ended, and endings of what did not fire. */
export interface Delivered {
  accepted: number;
  resolved: number;
  ignored: number;
}

export interface WebhookDeps {
  db: Db;
  clock: Clock;
  receiving: Receiving;
  /** Called after a commit that promised jobs. */
  promised: () => void;
}

/** The last word on each condition counts; it may stand in one delivery twice. */
const lastOfEach = (events: readonly AlertEvent[]): AlertEvent[] => [
  ...new Map(events.map((event) => [event.key, event])).values(),
];

/** Takes in what a vendor's webhook brought. All of it is stored when this returns; repeating it changes only counts. */
export function webhooks({ db, clock, receiving, promised }: WebhookDeps) {
  async function endAll(events: readonly AlertEvent[], sender: Sender, caller: Caller): Promise<number> {
    if (events.length === 0) return 0;
    const now = clock.now();
    const endings = events.map(({ key, endedAt }): Ending => {
      const happened = endedAt !== null && endedAt <= now ? endedAt : now;
      return { fingerprint: fingerprintOfKey(sender, key), ended_at: happened, source_ended_at: endedAt };
    });
    const ended = await withRetry(db, async (trx) => {
      const rows = await end(trx, endings);
      const alerts = rows.map(({ id, ended_at }) => ({ alert_id: id, ended_at: ended_at.toISOString() }));
      const jobs = chunks(alerts).map((chunk) => ({
        kind: 'report-ended' as const,
        payload: { alerts: chunk, by: saved(caller), since: now.toISOString() },
      }));
      await enqueue(trx, now, jobs);
      await record(
        trx,
        chunks(alerts).map(
          (chunk): NewEvent<AlertFact> => ({
            kind: 'alerts_ended',
            subject: chunk[0]?.alert_id as string,
            actor: caller.actor,
            data: { alerts: chunk.length },
            at: now,
          }),
        ),
        caller,
      );
      return rows.length;
    });
    if (ended > 0) promised();
    return ended;
  }

  return async (
    integration: IntegrationRow,
    events: readonly AlertEvent[],
    request: Pick<Caller, 'requestId' | 'trace'>,
  ): Promise<Delivered> => {
    const caller: Caller = { ...request, actor: integration.name, kind: 'integration', role: null, email: null };
    const sender: Sender = { actor: integration.name, integrationId: integration.id };
    const last = lastOfEach(events);
    const firing = last.filter(({ status }) => status === 'firing');
    const over = last.filter(({ status }) => status === 'resolved');
    const [, resolved] = await Promise.all([
      Promise.all(firing.map(({ key, report }) => receiving.take({ ...report, dedup_key: key }, sender, caller))),
      endAll(over, sender, caller),
    ]);
    return { accepted: firing.length, resolved, ignored: over.length - resolved };
  };
}
export type Deliver = ReturnType<typeof webhooks>;

const CHUNK = 1_000;

const chunks = <T>(items: readonly T[]): T[][] =>
  Array.from({ length: Math.ceil(items.length / CHUNK) }, (_, i) => items.slice(i * CHUNK, (i + 1) * CHUNK));
