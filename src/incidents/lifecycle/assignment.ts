import { randomUUID } from 'node:crypto';
import type { Db } from '../../kernel/db/pool';
import { enqueue } from '../../kernel/jobs/jobs';
import type { Caller } from '../../kernel/ports/contract';
import type { Incident, Status } from '../contract';
import type { Deps } from '../deps';
import { type Assignee, type Entry, reachability } from '../domain/timeline';
import { personNamed, refuseAmbiguous } from '../escalation/responders';
import { type IncidentJob, originOf } from '../jobKinds';
import { reassign } from '../store/changes';

/** To whom an incident is assigned: by name or address, or because a person acknowledged it. */

interface Change {
  status?: Status | null | undefined;
  assigned_to?: string | null | undefined;
}

/**
 * The assignee that a change names, asked before its transaction; null if it assigns the incident to no other text.
 * @throws Problem `invalid` if several people have that name and the incident's team does not decide
 */
export async function newAssignee(
  rooms: Deps,
  { assigned_to: text }: Change,
  before: Incident,
  caller: Caller,
): Promise<Assignee | null> {
  if (text === null || text === undefined || text === (before.assigned_to ?? '')) return null;
  if (text.trim() === '') return { name: text, email: null, unverified: true };
  const person = await personNamed(rooms, text.trim(), before, caller);
  refuseAmbiguous(person);
  return { ...person, name: text };
}

const isAssigned = ({ assigned_to }: Pick<Incident, 'assigned_to'>): boolean => (assigned_to ?? '').trim() !== '';

/**
 * The person that gets an unassigned incident by acknowledging it, or by starting work on it; null if the change names an
 * assignee itself, and for API keys, integrations and the clockwork. Asked before the transaction.
 */
export async function takerOf(
  rooms: Deps,
  { status, assigned_to: named }: Change,
  before: Incident,
  caller: Caller,
): Promise<Assignee | null> {
  const { kind, actor } = caller;
  if (kind !== 'user' || (status !== 'acknowledged' && status !== 'in_progress')) return null;
  if (typeof named === 'string' || isAssigned(before)) return null;
  const email = caller.email?.toLowerCase() ?? null;
  if (email === null) return { name: actor, email };
  const { name, unverified } = await personNamed(rooms, email, before, caller);
  return { name: unverified || name === email ? actor : name, email };
}

/** Assigns a locked incident to the person that acknowledges it, unless it was assigned meanwhile; pages nobody. */
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

/** Assigns a locked incident, whose status becomes `status`, and enqueues the page to the new assignee. */
export async function assign(
  trx: Db,
  incident: Incident,
  assignee: Assignee,
  { status, now, caller }: { status: Status; now: Date; caller: Caller },
): Promise<Entry[]> {
  const { id, assigned_to: previous } = incident;
  const { name, email, unverified = false } = assignee;
  if (name === (previous ?? '')) return [];
  await reassign(trx, id, { to: name, email, at: now });
  const unasked = unverified && name.trim() !== '';
  const wanted = unasked || (email !== null && email !== incident.assignee_email);
  if (wanted && status !== 'resolved') await enqueue(trx, now, [pageAssignee(id, name, email, caller)]);
  const detail = { previous, new: name, ...reachability(assignee) };
  return [{ incidentId: id, eventType: 'assigned', actor: caller.actor, detail, at: now }];
}

const pageAssignee = (incidentId: string, name: string, email: string | null, caller: Caller): IncidentJob => ({
  kind: 'page_assignee',
  payload: { ...originOf(caller), key: randomUUID(), incident_id: incidentId, assigned_to: name, email },
});
