import { randomUUID } from 'node:crypto';
import type { Db } from '../../kernel/db/pool';
import { enqueue } from '../../kernel/jobs/jobs';
import type { Caller } from '../../kernel/ports/contract';
import { invalid } from '../../kernel/ports/problem';
import { blank } from '../../kernel/ports/values';
import type { Incident, Status } from '../contract';
import type { Deps } from '../deps';
import type { Transition } from '../domain/states';
import { type Assignee, type Entry, reachability } from '../domain/timeline';
import { personNamed, refuseAmbiguous } from '../escalation/responders';
import { restartWithoutAssignee } from '../escalation/unreachableAssignee';
import { type IncidentJob, originOf } from '../jobKinds';
import { reassign } from '../store/changes';

/** The assignee of an incident: named by a change, or the person who acknowledged it. */

interface Change {
  status?: Status | null | undefined;
  assigned_to?: string | null | undefined;
}

/** The assignee after a change; without a name if the change takes the assignee away. */
export type NewAssignee = Omit<Assignee, 'name'> & { name: string | null };

/**
 * The assignee that a change names, looked up before its transaction; null if it names none. A blank text takes the
 * assignee away, but not from an incident that the same change acknowledges: its person gets it (see `take`).
 * @throws Problem `invalid` if several people have that name and the incident's team does not decide
 */
export async function newAssignee(
  deps: Deps,
  { status, assigned_to: text }: Change,
  before: Incident,
  caller: Caller,
): Promise<NewAssignee | null> {
  if (text === null || text === undefined) return null;
  if (blank(text)) return isTakingOver(status) || !isAssigned(before) ? null : { name: null, email: null };
  const person = await personNamed(deps, text.trim(), before, caller);
  refuseAmbiguous(person);
  return { ...person, name: text };
}

const isAssigned = ({ assigned_to }: Pick<Incident, 'assigned_to'>): boolean => !blank(assigned_to ?? '');

const isTakingOver = (status: Change['status']): boolean => status === 'acknowledged' || status === 'in_progress';

/**
 * Whether a change assigns an incident without an assignee to its caller: a user who acknowledges it, or starts work on it,
 * and names no assignee. API keys, integrations and background jobs get no incidents.
 */
export const isTakeover = ({ status, assigned_to: named }: Change, { kind }: Caller): boolean =>
  kind === 'user' && isTakingOver(status) && blank(named ?? '');

/** The caller as an assignee, with their name from oncall. Looked up before the transaction. */
export async function callerAsAssignee(deps: Deps, caller: Caller): Promise<Assignee> {
  const { actor } = caller;
  const email = caller.email?.toLowerCase() ?? null;
  if (email === null) return { name: actor, email };
  const { name, unverified } = await personNamed(deps, email, { team: null }, caller);
  return { name: unverified || name === email ? actor : name, email };
}

/** Assigns a locked incident to the person that acknowledges it, unless it was assigned meanwhile; sends no page. */
export async function take(
  trx: Db,
  incident: Incident,
  { name, email }: Assignee,
  { now, caller }: { now: Date; caller: Caller },
): Promise<Entry[]> {
  if (isAssigned(incident)) return [];
  await reassign(trx, incident.id, { to: name, email, at: now });
  const detail = { previous: incident.assigned_to, new: name, reason: 'acknowledged' };
  return [{ incidentId: incident.id, eventType: 'assigned', actor: caller.actor, detail, at: now }];
}

/**
 * Assigns a locked incident whose status becomes `status`, and enqueues the page to the new assignee.
 * @throws Problem `invalid` if the change takes the assignee of an acknowledged incident away
 */
export async function assign(
  trx: Db,
  incident: Incident,
  assignee: NewAssignee,
  { status, now, caller }: { status: Status; now: Date; caller: Caller },
): Promise<Entry[]> {
  const { id, assigned_to: previous } = incident;
  const { name, email, unverified = false } = assignee;
  if (isSameAs(incident, assignee)) return [];
  if (name === null) requireRemovable(status);
  await reassign(trx, id, { to: name, email, at: now });
  const detail = { previous, new: name, ...(name !== null && reachability(assignee)) };
  const pages = name !== null && status !== 'resolved';
  if (pages && (unverified || (email !== null && email !== incident.assignee_email))) {
    await enqueue(trx, now, [pageAssignee(id, name, email, caller)]);
  }
  return [{ incidentId: id, eventType: 'assigned', actor: caller.actor, detail, at: now }];
}

/** Whether on-call knows no person of this name, so that there is no address to page. */
export const isUnknown = ({ name, email, unverified = false }: NewAssignee): boolean =>
  name !== null && email === null && !unverified;

/**
 * Restarts the stopped policy of a locked incident that a change assigned to an unknown name, after its transition. No one
 * has the incident then, unless a user acknowledged it by this change: an API key acknowledges for no person.
 */
export async function pageForUnknown(
  trx: Db,
  { id }: Incident,
  assignee: NewAssignee,
  { change, now, caller }: { change: Transition | null; now: Date; caller: Caller },
): Promise<Entry[]> {
  const { name } = assignee;
  const isOver = change?.to === 'resolved';
  if (name === null || !isUnknown(assignee) || isOver || (change !== null && caller.kind === 'user')) return [];
  return restartWithoutAssignee(trx, { id, name }, { now, caller });
}

/** Whether the incident has this assignee already: the same text, and no other person than the one it means. */
function isSameAs(incident: Incident, { name, email, unverified = false }: NewAssignee): boolean {
  if (name === null) return !isAssigned(incident);
  if (name !== incident.assigned_to) return false;
  return email === incident.assignee_email ? email !== null || !unverified : email === null;
}

function requireRemovable(status: Status): void {
  if (!isTakingOver(status)) return;
  const message = `Must not be blank: the incident is ${status}. Name a person, or take the acknowledgement back`;
  throw invalid([{ path: 'assigned_to', message }]);
}

const pageAssignee = (incidentId: string, name: string, email: string | null, caller: Caller): IncidentJob => ({
  kind: 'page_assignee',
  payload: { ...originOf(caller), key: randomUUID(), incident_id: incidentId, assigned_to: name, email },
});
