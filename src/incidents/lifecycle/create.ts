import { randomUUID } from 'node:crypto';
import { claimKey } from '../../kernel/db/idempotency';
import { withRetry } from '../../kernel/db/pool';
import { type NewEvent, record } from '../../kernel/events/events';
import { enqueue } from '../../kernel/jobs/jobs';
import type { Caller, Service } from '../../kernel/ports/contract';
import { blank } from '../../kernel/ports/values';
import type { Incident, IncidentEventKind, IncidentsContract } from '../contract';
import type { Deps } from '../deps';
import { type Assignee, type Opening, openingEntries } from '../domain/timeline';
import { personNamed, type Responder, refuseAmbiguous, respondersOf } from '../escalation/responders';
import { type IncidentJob, originOf } from '../jobKinds';
import { giveSlot, writeOpenings } from '../store/openings';
import { findIncident } from '../store/reads';

/** Opening an incident: its first job, its event, and the operation `create`. */

/** The job that sends the pages of step 1, which the opening itself has taken. */
export const firstStep = ({ id }: Opening, caller: Caller, named: Assignee | null = null): IncidentJob => ({
  kind: 'step',
  payload: {
    ...originOf(caller),
    incident_id: id,
    turn: 1,
    reason: 'Incident opened',
    announce: true,
    assignee: named === null || named.email === null ? null : { name: named.name, email: named.email },
  },
});

/** The event of a new incident. */
export const openedEvent = (
  { id, title, service, severity, assignee, at }: Opening,
  actor: string,
  origin: 'alert' | 'hand',
): NewEvent<IncidentEventKind> => ({
  kind: 'incident_created',
  subject: id,
  actor,
  data: { title, service, severity, assigned_to: assignee?.name ?? null, origin },
  at,
});

/** The operation `create`. */
export function createIncidentOpening(deps: Deps): Pick<Service<IncidentsContract>, 'create'> {
  const { db, clock, metrics } = deps;

  /** The team of the service, with the person that the caller named, or its primary. */
  async function responderFor(service: string, named: string, caller: Caller): Promise<Responder> {
    const [responders, person] = await Promise.all([
      respondersOf(deps, [{ service, team: null }], caller),
      named === '' ? null : personNamed(deps, named, { service, team: null }, caller),
    ]);
    if (person !== null) refuseAmbiguous(person);
    const { team, assignee } = responders(service, null);
    return { team, assignee: person ?? assignee };
  }

  async function create(input: Parameters<Service<IncidentsContract>['create']>[0], caller: Caller): Promise<Incident> {
    const text = input.assigned_to ?? '';
    const named = blank(text) ? '' : text.trim();
    const { team, assignee: person } = await responderFor(input.service, named, caller);
    const { title, service, severity } = input;
    const now = clock.now();
    const assignee = named === '' || person === null ? person : { ...person, name: named };
    const incident: Opening = { id: randomUUID(), title, service, severity, team, assignee, alertCount: 0, at: now };
    const jobs = [firstStep(incident, caller, named === '' ? null : person), ...askAgain(incident, caller)];
    const earlier = await withRetry(db, async (trx) => {
      const first = await claimKey(trx, now, caller, { operation: 'incidents.create', input, resourceId: incident.id });
      if (first !== null) return first;
      await giveSlot(trx, incident);
      await writeOpenings(trx, now, {
        openings: [incident],
        links: [],
        entries: openingEntries(incident, caller.actor),
      });
      await enqueue(trx, now, jobs);
      await record(trx, [openedEvent(incident, caller.actor, 'hand')], caller);
      return null;
    });
    if (earlier === null) {
      metrics.created(incident);
      deps.poke();
    }
    return (await findIncident(db, earlier ?? incident.id)) as Incident;
  }

  return { create };
}

/** If oncall did not answer which person a name means, a job asks again and pages them. */
function askAgain({ id, assignee }: Opening, caller: Caller): IncidentJob[] {
  if (!assignee?.unverified) return [];
  const payload = { ...originOf(caller), key: 'opened', incident_id: id, assigned_to: assignee.name, email: null };
  return [{ kind: 'page_assignee', payload }];
}
