import type { IncidentsContract } from '../incidents/contract';
import type { Clock } from '../kernel/clock';
import type { Db } from '../kernel/db/pool';
import { BY_SYSTEM, type NewEvent, type RecordedEvent, record, SYSTEM_ACTOR } from '../kernel/events/events';
import { type Follower, follow } from '../kernel/events/follow';
import { enqueue } from '../kernel/jobs/jobs';
import type { Log } from '../kernel/observe/observe';
import { type Port, systemCaller } from '../kernel/ports/contract';
import { idOf } from '../kernel/ports/values';
import type { AlertsEvent } from './contract';
import { chunks } from './lifecycle/chunks';
import { flappingEndedJob } from './lifecycle/flapping';
import { forgetIdentitiesOf } from './store/flapping';
import { addResolutions, type Resolution, removeResolutions } from './store/resolutions';
import { handleUpstreamEvents, isUpstreamEvent } from './upstream/upstreamEvents';

const RESOLVED = 'incident_resolved';
/** Kinds after which an incident is open again. */
const OPEN_AGAIN = ['incident_reopened', 'incident_undone'];
/** Reason of a resolution by the source; no alert of such an incident is firing. */
const BY_THE_SOURCE = 'all_alerts_ended';

export interface FollowDeps {
  db: Db;
  clock: Clock;
  log: Log;
  incidents: Port<IncidentsContract>;
}

/**
 * Follows events of incidents and stores which incidents a person resolved, so that their firing alerts can show it, and
 * which affect the services that depend on theirs.
 */
export function followIncidents({ db, clock, log, incidents }: FollowDeps): Follower {
  const caller = systemCaller('alerts-follows-incidents');
  return follow({
    db,
    name: 'alerts',
    source: 'incidents',
    clock,
    log,
    read: (after, wait_ms, limit) => incidents.events({ ...(after !== null && { after }), wait_ms, limit }, caller),
    concerns: (event) => isUpstreamEvent(event) || isOfResolution(event),
    handle: async (trx, events) => {
      await saveResolutions(trx, events.filter(isOfResolution), clock.now());
      await handleUpstreamEvents(trx, events, clock.now());
    },
  });
}

const isOfResolution = ({ kind, data }: RecordedEvent): boolean =>
  OPEN_AGAIN.includes(kind) || (kind === RESOLVED && data['reason'] !== BY_THE_SOURCE);

/** A report to incidents that was on its way when a person resolved the incident has arrived by then. */
const ON_ITS_WAY_MS = 15_000;

/** A person who resolves an incident ends the flapping of its identities; their changes count from 0 again. */
async function endFlapping(trx: Db, incidentIds: readonly string[], now: Date): Promise<void> {
  const flapped = await forgetIdentitiesOf(trx, incidentIds);
  if (flapped.length === 0) return;
  const runAt = new Date(now.getTime() + ON_ITS_WAY_MS);
  await enqueue(
    trx,
    now,
    chunks(flapped).map((fingerprints) => flappingEndedJob(fingerprints, now, runAt)),
  );
}

/** Only the last event of each incident counts. */
async function saveResolutions(trx: Db, events: readonly RecordedEvent[], at: Date): Promise<void> {
  const last = new Map(
    events.flatMap((event) => (idOf(event.subject) === null ? [] : [[event.subject, event] as const])),
  );
  const [subject] = last.keys();
  if (subject === undefined) return;
  const resolved = [...last.values()].filter(({ kind }) => kind === RESOLVED);
  await addResolutions(
    trx,
    resolved.map(
      (event): Resolution => ({
        incident_id: event.subject,
        resolved_by: event.actor,
        resolved_at: new Date(event.at),
      }),
    ),
  );
  await endFlapping(
    trx,
    resolved.map(({ subject: id }) => id),
    at,
  );
  await removeResolutions(
    trx,
    [...last.values()].filter(({ kind }) => kind !== RESOLVED).map((event) => event.subject),
  );
  const data = { incidents: [...last.keys()] };
  const event: NewEvent<AlertsEvent> = { kind: 'alerts_incidents_changed', subject, actor: SYSTEM_ACTOR, data, at };
  await record(trx, [event], BY_SYSTEM);
}
