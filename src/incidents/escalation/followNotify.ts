import type { Db } from '../../kernel/db/pool';
import type { RecordedEvent } from '../../kernel/events/events';
import { type Follower, follow } from '../../kernel/events/follow';
import { enqueue } from '../../kernel/jobs/jobs';
import { systemCaller } from '../../kernel/ports/contract';
import { idOf } from '../../kernel/ports/values';
import type { Deps } from '../deps';
import { groupKeyOf } from '../domain/reach';
import type { Entry } from '../domain/timeline';
import type { IncidentJob } from '../jobKinds';
import type { OutcomeOf } from '../store/pages';
import { insertEntriesIfKnown } from '../store/timeline';
import { retryDeliveriesJobs } from './extraRun';
import { heed } from './reach';
import { RECHECK_WAITING, recheckAfterProof } from './recheck';

const OUTCOMES = {
  notification_sent: 'sent',
  notification_failed: 'failed',
  page_unreached: 'failed',
  notification_delivered: 'delivered',
  notification_undelivered: 'undelivered',
} as const;
const FAILURES = ['notification_failed', 'notification_undelivered'];
const RESTORED = 'channel_restored';
/** A person has another address, so an exhausted policy may page them. */
const VERIFIED = 'contact_method_verified';

/**
 * Follows notify: pages that were accepted or failed move the escalation, and a failed page is shown on its incident.
 */
export function followNotify(deps: Deps): Follower {
  const { db, clock, log, notify } = deps;
  const caller = systemCaller('incidents-follows-notify');

  async function handle(trx: Db, events: RecordedEvent[]): Promise<void> {
    await insertEntriesIfKnown(trx, events.flatMap(failedPage));
    await heed(deps, trx, events.flatMap(outcomeOf));
    await enqueue(trx, clock.now(), jobsAfterRestore(events, clock.now()));
  }

  return follow({
    db,
    name: 'incidents',
    source: 'notify',
    clock,
    log,
    read: (after, wait_ms, limit) => notify.events({ ...(after !== null && { after }), wait_ms, limit }, caller),
    concerns: ({ kind }) => kind in OUTCOMES || kind === RESTORED || kind === VERIFIED,
    handle,
  });
}

/**
 * A restored channel may deliver what failed before, and has addresses if it was not configured. A contact method that was
 * verified may deliver, even at an address that failed before.
 */
function jobsAfterRestore(events: readonly RecordedEvent[], now: Date): IncidentJob[] {
  const channels = new Set(events.flatMap(({ kind, data }) => (kind === RESTORED ? String(data['channel']) : [])));
  const people = new Set(
    events.flatMap(({ kind, data }) => (kind === VERIFIED ? String(data['person']).toLowerCase() : [])),
  );
  return [
    ...[...people].map(recheckAfterProof),
    ...[...channels].flatMap((channel) => retryDeliveriesJobs(channel, now)),
    ...(channels.size > 0 ? [RECHECK_WAITING] : []),
  ];
}

/**
 * A page that is unreached because all its messages failed outranks an earlier acceptance: what was accepted did not arrive.
 * One that no address accepted yet is reached by a late acceptance.
 */
const outcomeIn = ({ kind, data }: RecordedEvent): OutcomeOf['outcome'] | undefined =>
  kind === 'page_unreached' && data['reason'] === 'failed' ? 'undelivered' : OUTCOMES[kind as keyof typeof OUTCOMES];

function outcomeOf(event: RecordedEvent): OutcomeOf[] {
  const { kind, data } = event;
  const outcome = outcomeIn(event);
  const incidentId = idOf(String(data['incident_id']));
  const key = incidentId === null ? null : groupKeyOf(data['key'], incidentId);
  if (outcome === undefined || incidentId === null || key === null) return [];
  // Other rules of the page may follow a failed message.
  if (FAILURES.includes(kind) && data['page_id'] !== undefined) return [];
  const person = data['person'] as { name: string } | null | undefined;
  const name = person?.name ?? String(data['recipient'] ?? '');
  return [
    {
      key,
      incidentId,
      notificationId: String(data['page_id'] ?? data['notification_id']),
      outcome,
      name,
      channel: String(data['channel'] ?? ''),
    },
  ];
}

function failedPage({ kind, data, at }: RecordedEvent): Entry[] {
  const incidentId = idOf(String(data['incident_id']));
  // A notice of an outcome is no page.
  if (!FAILURES.includes(kind) || incidentId === null || data['outcome'] !== undefined) return [];
  const { notification_id, channel, recipient, reason } = data;
  const detail = { notification_id, channel, recipient, reason };
  return [{ incidentId, eventType: 'page_failed', actor: 'system', detail, at: new Date(at) }];
}
