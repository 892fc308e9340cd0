import type { IncidentsContract } from '../incidents/contract';
import type { Clock } from '../kernel/clock';
import type { Db } from '../kernel/db/pool';
import { BY_SYSTEM, type NewEvent, type RecordedEvent, record, SYSTEM_ACTOR } from '../kernel/events/events';
import { type Follower, follow } from '../kernel/events/follow';
import type { Log } from '../kernel/observe/observe';
import { type Port, systemCaller } from '../kernel/ports/contract';
import { idOf } from '../kernel/ports/values';
import type { AlertFact } from './contract';
import { addResolutions, type Resolution, removeResolutions } from './store/resolutions';

/** Follows incidents: an alert that fires although a person resolved its incident says so. */

const RESOLVED = 'incident_resolved';
/** Kinds after which an incident is open again. */
const OPEN_AGAIN = ['incident_reopened', 'incident_undone'];
/** The reason of a resolution that the source caused: then no alert of the incident fires. */
const BY_THE_SOURCE = 'all_alerts_ended';

export interface FollowingDeps {
  db: Db;
  clock: Clock;
  log: Log;
  incidents: Port<IncidentsContract>;
}

export function followIncidents({ db, clock, log, incidents }: FollowingDeps): Follower {
  const caller = systemCaller('alerts-follows-incidents');
  return follow({
    db,
    name: 'alerts',
    source: 'incidents',
    clock,
    log,
    read: (after, wait_ms, limit) => incidents.events({ ...(after !== null && { after }), wait_ms, limit }, caller),
    concerns: ({ kind, data }) => OPEN_AGAIN.includes(kind) || (kind === RESOLVED && data['reason'] !== BY_THE_SOURCE),
    handle: (trx, events) => heed(trx, events, clock.now()),
  });
}

/** The last fact about each incident counts. */
async function heed(trx: Db, events: readonly RecordedEvent[], at: Date): Promise<void> {
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
  await removeResolutions(
    trx,
    [...last.values()].filter(({ kind }) => kind !== RESOLVED).map((event) => event.subject),
  );
  const data = { incidents: [...last.keys()] };
  const fact: NewEvent<AlertFact> = { kind: 'alerts_incidents_changed', subject, actor: SYSTEM_ACTOR, data, at };
  await record(trx, [fact], BY_SYSTEM);
}
