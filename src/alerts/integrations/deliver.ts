import type { Clock } from '../../kernel/clock';
import { type Db, withRetry } from '../../kernel/db/pool';
import { type NewEvent, record } from '../../kernel/events/events';
import type { ListBody } from '../../kernel/http/listBody';
import { enqueue } from '../../kernel/jobs/jobs';
import type { Caller } from '../../kernel/ports/contract';
import { invalid } from '../../kernel/ports/problem';
import type { AlertsEvent } from '../contract';
import type { Ending, TruncatedGroup } from '../domain';
import { fingerprintOfKey, type Sender } from '../domain/fingerprint';
import {
  type AlertEvent,
  type Delivered,
  type FormatRequest,
  MOST_ALERTS,
  type Reading,
  type ReportEndpoint,
  type Taken,
} from '../formats/format';
import { savedCaller } from '../intake/caller';
import type { Intake } from '../intake/intake';
import { fires } from '../store/alerts';
import { end } from '../store/endings';
import type { IntegrationRow } from '../store/integrations';
import { enqueueGroup, groupOf } from './groups';
import { leftOutEvent } from './leftOut';

/** A request at an endpoint of a format. */
export interface Delivery {
  integration: IntegrationRow;
  endpoint: Pick<ReportEndpoint, 'list' | 'read'>;
  request: Omit<FormatRequest, 'body'>;
  body: ListBody;
  /** Ids of the request, which calls of other modules carry on. */
  ids: Pick<Caller, 'requestId' | 'trace'>;
}

export interface DeliverDeps {
  db: Db;
  clock: Clock;
  intake: Pick<Intake, 'take'>;
  /** Called after a commit that enqueued jobs, so that they start at once. */
  wakeWorker: () => void;
}

/** The last event of each condition: a delivery can contain a condition twice. */
const lastOfEach = (events: readonly AlertEvent[]): AlertEvent[] => [
  ...new Map(events.map((event) => [event.key, event])).values(),
];

/** Stores what a tool's request reports. Everything is stored when it resolves; a repeated request changes counts only. */
export function createDeliver({ db, clock, intake, wakeWorker }: DeliverDeps) {
  async function resolveAlerts(
    events: readonly AlertEvent[],
    sender: Sender,
    caller: Caller,
    group: TruncatedGroup | null,
  ): Promise<number> {
    if (events.length === 0) return 0;
    const now = clock.now();
    const endings = events.map(({ key, endedAt }): Ending => {
      const at = endedAt !== null && endedAt <= now ? endedAt : now;
      return { fingerprint: fingerprintOfKey(sender, key), ended_at: at, source_ended_at: endedAt };
    });
    const ended = await withRetry(db, async (trx) => {
      const rows = await end(trx, endings);
      const alerts = rows.map(({ id, ended_at }) => ({ alert_id: id, ended_at: ended_at.toISOString() }));
      const jobs = chunks(alerts).map((chunk) => ({
        kind: 'report-ended' as const,
        payload: { alerts: chunk, by: savedCaller(caller), since: now.toISOString(), ...(group && { group }) },
      }));
      await enqueue(trx, now, jobs);
      await record(
        trx,
        chunks(alerts).map(
          (chunk): NewEvent<AlertsEvent> => ({
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
    if (ended > 0) wakeWorker();
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
    const ended = last.filter(({ status }) => status === 'resolved');
    const [taken, resolved] = await Promise.all([
      Promise.all(firing.map(({ key, report }) => intake.take({ ...report, dedup_key: key }, sender, caller))),
      resolveAlerts(ended, sender, caller, group),
    ]);
    const ids = taken.map(({ alert_id }) => alert_id);
    return { accepted: firing.length, resolved, ignored: ended.length - resolved, firing: ids };
  }

  /** Opens or ends the alert about alerts that were left out. @returns how many were left out */
  async function noteLeftOut(total: number, group: Reading['group'], sender: Sender, caller: Caller): Promise<number> {
    const leftOut = Math.max(0, total - MOST_ALERTS);
    const note = leftOutEvent(group?.key ?? '', leftOut, sender.actor, MOST_ALERTS);
    const wanted = leftOut > 0 || (await fires(db, fingerprintOfKey(sender, note.key)));
    if (wanted) await deliverEvents([note], sender, caller);
    return leftOut;
  }

  return async ({ integration, endpoint, request, body, ids }: Delivery): Promise<Taken> => {
    const caller: Caller = { ...ids, actor: integration.name, kind: 'integration', role: null, email: null };
    const sender: Sender = { actor: integration.name, integrationId: integration.id };
    // All faults are found before anything is stored: the list was checked while the body was read, the rest is here.
    const head = readBody(endpoint, { ...request, body: body.rest });
    if (body.invalidIndexes.length > 0) {
      throw invalid(body.invalidIndexes.map((i) => ({ path: `${endpoint.list}.${i}`, message: 'Must be an object' })));
    }
    const group = await groupOf({ db, clock }, integration.id, head.group);
    const { firing: alertIds, ...counts } = await deliverEvents(head.events, sender, caller, group);
    const firing = [...alertIds];
    for await (const items of body.slices()) {
      const part = readBody(endpoint, {
        ...request,
        body: { ...(body.rest as object), [String(endpoint.list)]: items },
      });
      const taken = await deliverEvents(part.events, sender, caller, group);
      counts.accepted += taken.accepted;
      counts.resolved += taken.resolved;
      counts.ignored += taken.ignored;
      if (group !== null) for (const id of taken.firing) firing.push(id);
    }
    if (group !== null) {
      await enqueueGroup({ db, clock }, group, firing, caller);
      wakeWorker();
    }
    const leftOut = endpoint.list === undefined ? 0 : await noteLeftOut(body.total ?? 0, head.group, sender, caller);
    const all: Delivered = leftOut > 0 ? { ...counts, left_out: leftOut } : counts;
    return { counts: all, events: head.events, alertIds, requestId: ids.requestId };
  };
}
export type Deliver = ReturnType<typeof createDeliver>;

const CHUNK = 1_000;

const chunks = <T>(items: readonly T[]): T[][] =>
  Array.from({ length: Math.ceil(items.length / CHUNK) }, (_, i) => items.slice(i * CHUNK, (i + 1) * CHUNK));

/** @throws Problem `invalid`, also for a body that is nested deeper than it can be written as text */
function readBody({ read }: Pick<ReportEndpoint, 'read'>, request: FormatRequest): Reading {
  try {
    return read(request);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw invalid([{ path: '', message: 'The body is nested too deeply' }]);
  }
}
