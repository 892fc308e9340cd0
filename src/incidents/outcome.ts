import { seconds } from '../kernel/clock';
import type { Caller } from '../kernel/contract';
import type { IncidentOutcome } from '../notify/contract';
import { personNamed } from './asking';
import type { Incident } from './contract';
import { headlineOf } from './domain/opening';
import type { Transition } from './domain/states';
import { clockworkFor, type IncidentJob, type IncidentJobKinds, originOf } from './promises';
import type { Rooms } from './rooms';
import { findIncident } from './store/reads';

/** Those who were paged are notified who acknowledged and who resolved, unless it was undone meanwhile. */

type Ask = IncidentJobKinds['outcome'];
type Cause = { now: Date; caller: Caller };

const AFTER_MS = seconds(15);
/** As long as the timeline has room for. */
const NAME_LENGTH = 255;

/**
 * The notice of one acknowledgement or resolution, due 15 s later. There is one job of each kind per incident: a later
 * acknowledgement takes the place of one whose notice is still due.
 */
export const outcomeOf = (incidentId: string, outcome: IncidentOutcome, { now, caller }: Cause): IncidentJob => ({
  kind: 'outcome',
  key: `outcome:${outcome}:${incidentId}`,
  payload: {
    ...originOf(caller),
    incident_id: incidentId,
    outcome,
    at: now.toISOString(),
    by: { name: caller.actor.slice(0, NAME_LENGTH).toWellFormed(), email: caller.email },
  },
  runAt: new Date(now.getTime() + AFTER_MS),
  reschedule: true,
});

/** What a transition is to those who were paged. Work that starts on an open incident acknowledges it. */
export function outcomesOf(incidentId: string, { from, to }: Transition, cause: Cause): IncidentJob[] {
  if (to === 'resolved') return [outcomeOf(incidentId, 'resolved', cause)];
  return from === 'open' ? [outcomeOf(incidentId, 'acknowledged', cause)] : [];
}

/**
 * Sends a notice that is due. Repeating it notifies nobody twice, because notify knows the key.
 * @throws Problem `unavailable` while notify is away
 */
export async function tellOutcome(rooms: Rooms, ask: Ask): Promise<void> {
  const { incident_id, outcome, at } = ask;
  const incident = rooms.notifyOutcome ? await findIncident(rooms.db, incident_id) : null;
  if (incident === null || !stillHolds(incident, ask)) return;
  const caller = clockworkFor(ask);
  const by = await nameOf(rooms, incident, ask.by, caller);
  await rooms.notify.tellOutcome(
    {
      key: `${incident_id}:${outcome}:${at}`,
      incident_id,
      outcome,
      message: `${outcome === 'resolved' ? 'Resolved' : 'Acknowledged'} by ${by}: ${headlineOf(incident)}`,
      severity: incident.severity,
      except: [...new Set([ask.by.email ?? '', ask.by.name])].filter((text) => text.includes('@')),
    },
    caller,
  );
}

/** False where the change was undone, or where an acknowledgement ran out and the policy pages again. */
function stillHolds({ status, resolved_at, escalation }: Incident, { outcome, at }: Ask): boolean {
  if (outcome === 'resolved') return status === 'resolved' && resolved_at === at;
  return (status === 'acknowledged' || status === 'in_progress') && escalation?.state === 'stopped';
}

/** The name in the schedule of the person with this address, else the name they act under. */
async function nameOf(rooms: Rooms, incident: Incident, by: Ask['by'], caller: Caller): Promise<string> {
  if (by.email === null) return by.name;
  if (incident.assigned_to !== null && incident.assignee_email === by.email) return incident.assigned_to;
  const { name, email } = await personNamed(rooms, by.email, incident, caller);
  return email === null ? by.name : name;
}
