import { seconds } from '../../kernel/clock';
import type { Db } from '../../kernel/db/pool';
import { LATEST, type RecordedEvent } from '../../kernel/events/events';
import type { EventsFeed } from '../../kernel/events/feed';
import { beginAt, type Follower, follow } from '../../kernel/events/follow';
import { enqueue } from '../../kernel/jobs/jobs';
import { idOf } from '../../kernel/ports/values';
import type { IncidentEventKind } from '../contract';
import type { Deps } from '../deps';
import type { IncidentJob } from '../jobKinds';

/**
 * Follows the changes of this module itself: messages that show an incident are updated as it changes. The events commit with
 * the changes, so no change is lost, and the hot path of correlation writes nothing more.
 */

/** Changes that a message shows. Its first state comes with it. */
const SHOWN: ReadonlySet<string> = new Set<IncidentEventKind>([
  'incident_acknowledged',
  'incident_unacknowledged',
  'incident_in_progress',
  'incident_resolved',
  'incident_reopened',
  'incident_undone',
  'incident_ack_timed_out',
  'incident_assigned',
  'incident_escalated',
  'incident_severity_changed',
]);
/** Changes by alerts, of which a storm makes many. */
const BY_ALERTS: ReadonlySet<string> = new Set<IncidentEventKind>(['alerts_correlated', 'alerts_revised']);
/** The number of alerts in a message may be twice as old. In a storm, each incident of many gets alerts all the time. */
const GATHER_MS = seconds(10);
/** Pause after a page of events, so that a storm's events are handled in pages and not each alone. */
const REST_MS = 250;

const FOLLOWER = { name: 'messages', source: 'incidents' };

/** The first start of this version: messages that were sent before are not updated, so earlier events are not read. */
export async function beginWithNewChanges({ db }: Pick<Deps, 'db'>, feed: EventsFeed): Promise<void> {
  await beginAt({ db, ...FOLLOWER }, (await feed.wait(LATEST, 0)).cursor);
}

export function followChanges({ db, clock, log, poke }: Deps, feed: EventsFeed): Follower {
  async function handle(trx: Db, events: RecordedEvent[]): Promise<void> {
    const now = clock.now();
    const changed = [...changedIncidents(events)];
    // Spread, so that a storm's incidents are not all due at once.
    const later = (place: number): Date => new Date(now.getTime() + GATHER_MS * (1 + place / changed.length));
    await enqueue(
      trx,
      now,
      changed.map(([id, soon], place) => showJob(id, soon ? now : later(place))),
    );
    poke();
  }

  return follow({
    db,
    ...FOLLOWER,
    clock,
    log,
    read: feed.wait,
    concerns: ({ kind }) => SHOWN.has(kind) || BY_ALERTS.has(kind),
    handle,
    restMs: REST_MS,
  });
}

/** The incidents that events are about, and whether one of the changes is more than an alert. */
function changedIncidents(events: readonly RecordedEvent[]): Map<string, boolean> {
  const changed = new Map<string, boolean>();
  for (const { kind, subject, data } of events) {
    if (SHOWN.has(kind)) changed.set(subject, true);
    else for (const id of namedIn(data)) changed.set(id, changed.get(id) ?? false);
  }
  return new Map([...changed].filter(([id]) => idOf(id) !== null));
}

/** The incidents that an event about alerts names: ids, or ids with the number of alerts. */
const namedIn = ({ incidents }: RecordedEvent['data']): string[] =>
  Array.isArray(incidents)
    ? incidents.map((one: unknown) =>
        typeof one === 'string' ? one : String((one as { incident_id?: unknown }).incident_id),
      )
    : [];

/** There is one job for each incident, so that its states arrive in order. */
const showJob = (incident_id: string, runAt: Date): IncidentJob => ({
  kind: 'show_incident',
  key: `show:${incident_id}`,
  payload: { incident_id },
  runAt,
});
