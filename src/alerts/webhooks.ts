import type { Clock } from '../kernel/clock';
import type { Caller } from '../kernel/contract';
import { type Db, withRetry } from '../kernel/db';
import { type NewEvent, record } from '../kernel/events';
import { enqueue } from '../kernel/jobs';
import type { ListBody } from '../kernel/listBody';
import { invalid } from '../kernel/problem';
import { saved } from './attaching';
import type { AlertFact } from './contract';
import { type Ending, fingerprintOfKey, type Sender, type TruncatedGroup } from './domain';
import { formats } from './formats';
import type { AlertEvent } from './formats/event';
import { groupOf, promiseGroup } from './groups';
import { leftOutEvent } from './leftOut';
import type { Receiving } from './receiving';
import { end, fires } from './store/alerts';
import type { IntegrationRow } from './store/integrations';

/** What became of a vendor's delivery: reports taken, alerts ended, and endings of what did not fire. */
export interface Delivered {
  accepted: number;
  resolved: number;
  ignored: number;
  /** Alerts beyond the first ten thousand of a delivery; absent if there were none. */
  left_out?: number;
}

/** So many alerts of one delivery are taken. */
export const MOST_ALERTS = 10_000;

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
  async function endAll(
    events: readonly AlertEvent[],
    sender: Sender,
    caller: Caller,
    group: TruncatedGroup | null,
  ): Promise<number> {
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
        payload: { alerts: chunk, by: saved(caller), since: now.toISOString(), ...(group && { group }) },
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

  async function deliverEvents(
    events: readonly AlertEvent[],
    sender: Sender,
    caller: Caller,
    group: TruncatedGroup | null = null,
  ): Promise<Delivered & { firing: string[] }> {
    const last = lastOfEach(events);
    const firing = last.filter(({ status }) => status === 'firing');
    const over = last.filter(({ status }) => status === 'resolved');
    const [taken, resolved] = await Promise.all([
      Promise.all(firing.map(({ key, report }) => receiving.take({ ...report, dedup_key: key }, sender, caller))),
      endAll(over, sender, caller, group),
    ]);
    const ids = taken.map(({ alert_id }) => alert_id);
    return { accepted: firing.length, resolved, ignored: over.length - resolved, firing: ids };
  }

  /** Reports how many alerts of a delivery were left out, or that a delivery of the same group is complete again. */
  async function noteLeftOut({ rest, total }: ListBody, sender: Sender, caller: Caller): Promise<number> {
    const leftOut = Math.max(0, (total ?? 0) - MOST_ALERTS);
    const note = leftOutEvent(rest, leftOut, sender.actor, MOST_ALERTS);
    const wanted = leftOut > 0 || (await fires(db, fingerprintOfKey(sender, note.key)));
    if (wanted) await deliverEvents([note], sender, caller);
    return leftOut;
  }

  return async (
    integration: IntegrationRow,
    format: keyof typeof formats,
    payload: ListBody,
    request: Pick<Caller, 'requestId' | 'trace'>,
  ): Promise<Delivered> => {
    const caller: Caller = { ...request, actor: integration.name, kind: 'integration', role: null, email: null };
    const sender: Sender = { actor: integration.name, integrationId: integration.id };
    // All faults are found before anything is stored: those of the payload's head here, those of its list before.
    const head = formats[format](payload.rest);
    if (payload.strangers.length > 0) {
      throw invalid(payload.strangers.map((i) => ({ path: `alerts.${i}`, message: 'Must be an object' })));
    }
    const group = await groupOf({ db, clock }, integration.id, payload.rest);
    const { firing, ...delivered } = await deliverEvents(head, sender, caller, group);
    for await (const alerts of payload.slices()) {
      const part = await deliverEvents(formats[format]({ ...(payload.rest as object), alerts }), sender, caller, group);
      delivered.accepted += part.accepted;
      delivered.resolved += part.resolved;
      delivered.ignored += part.ignored;
      if (group !== null) for (const id of part.firing) firing.push(id);
    }
    if (group !== null) {
      await promiseGroup({ db, clock }, group, firing, caller);
      promised();
    }
    const leftOut = await noteLeftOut(payload, sender, caller);
    return leftOut > 0 ? { ...delivered, left_out: leftOut } : delivered;
  };
}
export type Deliver = ReturnType<typeof webhooks>;

const CHUNK = 1_000;

const chunks = <T>(items: readonly T[]): T[][] =>
  Array.from({ length: Math.ceil(items.length / CHUNK) }, (_, i) => items.slice(i * CHUNK, (i + 1) * CHUNK));
