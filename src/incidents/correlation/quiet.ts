import type { Db } from '../../kernel/db/pool';
import type { Caller } from '../../kernel/ports/contract';
import type { Incident } from '../contract';
import { type Transition, transition } from '../domain/states';
import type { Entry } from '../domain/timeline';
import { ALL_ALERTS_ENDED, applyTransitions, type Changed } from '../lifecycle/transitions';
import { freeSlots, stillFiring } from '../store/changes';
import { openAtEnd } from './openAtEnd';

/**
 * Resolves those of these locked incidents in which no alert fires and that nothing keeps open, as the source would. The
 * caller holds their slots.
 * @returns the changes, and the entries to record
 */
export async function resolveQuiet(
  trx: Db,
  incidents: readonly Incident[],
  act: { now: Date; caller: Caller },
): Promise<{ changes: Changed[]; entries: Entry[] }> {
  const unresolved = incidents.filter(({ status }) => status !== 'resolved');
  if (unresolved.length === 0) return { changes: [], entries: [] };
  const firing = await stillFiring(
    trx,
    unresolved.map(({ id }) => id),
  );
  const quiet = new Map(unresolved.filter(({ id }) => !firing.has(id)).map((incident) => [incident.id, incident]));
  const kept = await openAtEnd(trx, [...quiet.keys()], quiet);
  const changes = [...quiet.values()]
    .filter(({ id }) => !kept.has(id))
    .map((incident) => ({
      incidentId: incident.id,
      change: transition(incident, 'resolved', act.now, { byPerson: false }) as Transition,
    }));
  if (changes.length === 0) return { changes, entries: [] };
  await freeSlots(
    trx,
    changes.map(({ incidentId }) => incidentId),
  );
  return { changes, entries: await applyTransitions(trx, changes, { ...act, because: { reason: ALL_ALERTS_ENDED } }) };
}
