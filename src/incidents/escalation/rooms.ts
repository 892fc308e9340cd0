import { withRetry } from '../../kernel/db/pool';
import { BY_SYSTEM } from '../../kernel/events/events';
import { complete, type RunningJob } from '../../kernel/jobs/jobs';
import type { Caller } from '../../kernel/ports/contract';
import type { Deps } from '../deps';
import type { Entry, Opening } from '../domain/timeline';
import { type IncidentJob, type IncidentJobKinds, originOf, systemCallerOf } from '../jobKinds';
import { recordEntries } from '../records/recordEntries';
import type { Link } from '../store/openings';
import { findIncident } from '../store/reads';
import { pageOf } from './page';

/** Rooms that a rule names: they are notified when the incident opens, whether or not it pages. */

interface Room {
  incidentId: string;
  room: string;
}

/** The rooms of new incidents, each once. */
export function roomsOf(openings: readonly Opening[], links: readonly Link[]): Room[] {
  const opened = new Set(openings.map(({ id }) => id));
  const rooms = links.flatMap(({ incidentId, alert: { routing } }) =>
    opened.has(incidentId) && routing !== undefined && routing.room !== null ? { incidentId, room: routing.room } : [],
  );
  return [...new Map(rooms.map((each) => [`${each.incidentId} ${each.room}`, each])).values()];
}

/** The job that notifies a room of a new incident. */
export const roomJob = ({ incidentId, room }: Room, caller: Caller): IncidentJob => ({
  kind: 'notify_room',
  payload: { ...originOf(caller), incident_id: incidentId, room },
});

/** @throws Problem `unavailable` while notify is away */
export async function notifyRoom(deps: Deps, ask: IncidentJobKinds['notify_room'], job: RunningJob): Promise<void> {
  const { incident_id, room } = ask;
  const incident = await findIncident(deps.db, incident_id);
  if (incident === null) return;
  const page = pageOf(incident, `${incident_id}:room:${room}`.slice(0, 200), [{ kind: 'room', address: room }]);
  const { told } = await deps.notify.tell(page, systemCallerOf(ask));
  const shown = told.map(({ channel, recipient, reachable }) => ({
    ...{ name: recipient, email: null, role: 'room', channel, reachable },
  }));
  const detail = { told: shown, why: 'room_of_rule', room };
  const entry: Entry = {
    incidentId: incident_id,
    eventType: 'room_notified',
    actor: 'system',
    detail,
    at: deps.clock.now(),
  };
  await withRetry(deps.db, async (trx) => {
    if ((await complete(trx, [job])).length > 0) await recordEntries(trx, [entry], BY_SYSTEM);
  });
}
