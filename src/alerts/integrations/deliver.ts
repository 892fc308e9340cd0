import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../../kernel/clock';
import type { Db } from '../../kernel/db/pool';
import { breather, type ListBody } from '../../kernel/http/listBody';
import type { Caller } from '../../kernel/ports/contract';
import { invalid } from '../../kernel/ports/problem';
import { type Ending, endingOf, instantOf, type ReportInput, type TruncatedGroup } from '../domain';
import { fingerprintOfKey, type Sender } from '../domain/fingerprint';
import { sequenceOf } from '../domain/sequence';
import {
  type AlertEvent,
  type Delivered,
  type FormatRequest,
  MOST_ALERTS,
  type Reading,
  type ReportEndpoint,
  type Taken,
} from '../formats/format';
import type { Intake } from '../intake/intake';
import type { AlertChanges } from '../lifecycle/changes';
import { fires } from '../store/alerts';
import type { IntegrationRow } from '../store/integrations';
import type { Counters } from './counters';
import { enqueueGroup, groupOf } from './groups';
import { leftOutEvent } from './leftOut';
import { type Part, partsOf } from './payloads';
import { AT_ONCE, readBody, readItems } from './readItems';
import { applySettings } from './settings';

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
  changes: AlertChanges;
  counters: Pick<Counters, 'add'>;
  /** Called after a commit that enqueued jobs, so that they start at once. */
  wakeWorker: () => void;
}

/** What a delivery changed, and the ids of its firing alerts. */
type Counted = Omit<Delivered, 'left_out'> & { firing: string[] };
type Settled = Pick<Counted, 'resolved' | 'ignored'> & { acknowledged: number };

/** A sender's request: the integration, its caller, and the group whose delivery this is. */
interface Context {
  integration: IntegrationRow;
  sender: Sender;
  caller: Caller;
  group: TruncatedGroup | null;
  /** The part of the request that each event was read from. */
  parts: ReadonlyMap<AlertEvent, Part>;
}

/** Stores what a tool's request reports. Everything is stored when it resolves; a repeated request changes counts only. */
export function createDeliver({ db, clock, intake, changes, counters, wakeWorker }: DeliverDeps) {
  async function settle(events: readonly AlertEvent[], context: Context): Promise<Settled> {
    const { integration, sender, caller, group, parts } = context;
    if (events.length === 0) return { resolved: 0, ignored: 0, acknowledged: 0 };
    const acknowledged = lastOfEach(events.filter(({ status }) => status === 'acknowledged'));
    const ended = lastOfEach(events.filter(({ status }) => status === 'resolved'));
    const fingerprints = acknowledged.map(({ key }) => fingerprintOfKey(sender, key));
    const noted = (await changes.acknowledge(fingerprints, caller)).length;
    const endings: Ending[] = [];
    const breathe = breather();
    for (const event of ended) {
      const payload = parts.get(event)?.() ?? null;
      endings.push(endingOf(fingerprintOfKey(sender, event.key), event.endedAt, clock.now(), payload));
      await breathe();
    }
    const keepsOpen = !integration.auto_resolve;
    const resolved = (await changes.resolve(endings, caller, { group, keepsOpen })).length;
    const settled = acknowledged.length + ended.length;
    return { resolved, ignored: settled - resolved - noted, acknowledged: noted };
  }

  /** Takes alerts at once; other requests are served in between. */
  async function takeAll(events: readonly AlertEvent[], { integration, sender, caller, parts }: Context) {
    const taken: ReturnType<typeof intake.take>[] = [];
    const breathe = breather();
    for (const event of events) {
      const input = inputOf(applySettings(event, integration, clock.now()), parts.get(event)?.() ?? null);
      const taking = intake.take(input, sender, caller);
      // A failure is reported by the end of this function, not while the loop waits.
      taking.catch(() => undefined);
      taken.push(taking);
      await breathe();
    }
    return Promise.all(taken);
  }

  async function deliverEvents(events: readonly AlertEvent[], context: Context): Promise<Counted> {
    const { integration } = context;
    const { before, firing, others, after } = sequenceOf(events, conditionOf);
    const first = await settle(before, context);
    const last = lastOfEach(firing);
    const [taken, beside] = await Promise.all([takeAll(last, context), settle(others, context)]);
    counters.add(integration.id, {
      accepted: taken.length,
      deduplicated: taken.filter(({ deduplicated }) => deduplicated).length,
      first_alert_id: taken.find(({ alert_id }) => alert_id !== null)?.alert_id ?? null,
    });
    const settled = [first, beside, await settle(after, context)];
    const sum = (name: keyof Settled): number => settled.reduce((total, counts) => total + counts[name], 0);
    const acknowledged = sum('acknowledged');
    return {
      accepted: last.length,
      resolved: sum('resolved'),
      ignored: sum('ignored'),
      ...(acknowledged > 0 && { acknowledged }),
      firing: taken.flatMap(({ alert_id }) => (alert_id === null ? [] : [alert_id])),
    };
  }

  /** Opens or ends the alert about alerts that were left out. @returns how many were left out */
  async function noteLeftOut(total: number, group: Reading['group'], context: Context): Promise<number> {
    const { sender } = context;
    const leftOut = Math.max(0, total - MOST_ALERTS);
    const note = leftOutEvent(group?.key ?? '', leftOut, sender.actor, MOST_ALERTS);
    const wanted = leftOut > 0 || (await fires(db, fingerprintOfKey(sender, note.key)));
    if (wanted) await deliverEvents([note], { ...context, group: null, parts: new Map() });
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
    const parts = partsOf(endpoint, body.rest, head.events);
    const context: Context = { integration, sender, caller, group, parts };
    if (head.events.length > AT_ONCE) await setImmediate();
    const { firing: alertIds, ...counts } = await deliverEvents(head.events, context);
    const firing = [...alertIds];
    for await (const items of body.slices()) {
      const { events, parts } = await readItems(endpoint, { ...request, body: body.rest }, items);
      const taken = await deliverEvents(events, { ...context, parts });
      counts.accepted += taken.accepted;
      counts.resolved += taken.resolved;
      counts.ignored += taken.ignored;
      if (taken.acknowledged !== undefined) counts.acknowledged = (counts.acknowledged ?? 0) + taken.acknowledged;
      if (group !== null) for (const id of taken.firing) firing.push(id);
    }
    if (group !== null) {
      await enqueueGroup({ db, clock }, group, firing, caller);
      wakeWorker();
    }
    const leftOut = endpoint.list === undefined ? 0 : await noteLeftOut(body.total ?? 0, head.group, context);
    const all: Delivered = leftOut > 0 ? { ...counts, left_out: leftOut } : counts;
    return { counts: all, events: head.events, alertIds, requestId: ids.requestId };
  };
}
export type Deliver = ReturnType<typeof createDeliver>;

/** The last event of each condition: a delivery can contain a condition twice. */
const lastOfEach = (events: readonly AlertEvent[]): AlertEvent[] => [
  ...new Map(events.map((event) => [event.key, event])).values(),
];

/** An event as the parts of a request are ordered by it. */
const conditionOf = ({ key, status, endedAt, report }: AlertEvent) => ({
  key,
  status,
  endedAt,
  startedAt: report.timestamp ? instantOf(report.timestamp) : null,
});

const inputOf = ({ key, report, expiresAt }: AlertEvent, payload: string | null): ReportInput => ({
  ...report,
  dedup_key: key,
  ...(payload !== null && { payload }),
  ...(expiresAt !== undefined && { expires_at: expiresAt.toISOString() }),
});
