import { seconds } from '../../kernel/clock';
import { kindOf } from '../../kernel/events/events';
import type { Caller } from '../../kernel/ports/contract';
import type { IncidentOutcome } from '../../notify/contract';
import type { Incident, Status } from '../contract';
import type { Deps } from '../deps';
import { actorInWords } from '../domain/actor';
import type { Transition } from '../domain/states';
import { headlineOf } from '../domain/timeline';
import { type IncidentJob, type IncidentJobKinds, originOf, systemCallerOf } from '../jobKinds';
import { findIncident } from '../store/reads';
import { personNamed } from './responders';

/** Notices that an incident was acknowledged or resolved, to the people who were paged, unless the change was undone. */

type Ask = IncidentJobKinds['outcome'];
type Withdrawal = IncidentJobKinds['withdraw'];
type Correction = NonNullable<Parameters<Deps['notify']['cancel']>[0]['correction']>;
interface Cause {
  now: Date;
  caller: Caller;
  /** Whether the source ended the last alert. */
  bySource?: boolean;
}

const AFTER_MS = seconds(15);
/** The width of the column. */
const NAME_LENGTH = 255;

/**
 * The notice of one acknowledgement or resolution, due 15 s later. There is one job of each kind per incident: a later
 * acknowledgement takes the place of one whose notice is still due.
 */
export const outcomeOf = (
  incidentId: string,
  outcome: IncidentOutcome,
  { now, caller, bySource = false }: Cause,
): IncidentJob => ({
  kind: 'outcome',
  key: `outcome:${outcome}:${incidentId}`,
  payload: {
    ...originOf(caller),
    incident_id: incidentId,
    outcome,
    at: now.toISOString(),
    by: { ...actedBy(caller), by_source: bySource },
  },
  runAt: new Date(now.getTime() + AFTER_MS),
  reschedule: true,
});

const actedBy = (caller: Caller): Ask['by'] => ({
  name: caller.actor.slice(0, NAME_LENGTH).toWellFormed(),
  email: caller.email,
  kind: kindOf(caller),
});

/** The notices of a transition to the people who were paged. Starting work on an open incident acknowledges it. */
export function outcomesOf(incidentId: string, { from, to }: Transition, cause: Cause): IncidentJob[] {
  if (to === 'resolved') return [outcomeOf(incidentId, 'resolved', cause)];
  return from === 'open' ? [outcomeOf(incidentId, 'acknowledged', cause)] : [];
}

/**
 * Withdraws the queued notices that a change of status from `from` to `to` makes untrue, because it takes an earlier
 * change back, and corrects those that went out. The notice of a later change is due after `AFTER_MS` at the earliest, so
 * it is not among them.
 */
export function withdrawalsOf(incidentId: string, from: Status, to: Status, { now, caller }: Cause): IncidentJob[] {
  if (from === to) return [];
  const outcomes: IncidentOutcome[] = from === 'resolved' ? ['resolved'] : [];
  if (to === 'open') outcomes.push('acknowledged');
  const told_before = new Date(now.getTime() + AFTER_MS).toISOString();
  const corrects = { outcomes, at: now.toISOString(), by: actedBy(caller) };
  return outcomes.map((outcome, n) => ({
    kind: 'withdraw',
    // One correction, however many outcomes the change takes back.
    payload: { ...originOf(caller), incident_id: incidentId, outcome, told_before, ...(n === 0 && { corrects }) },
  }));
}

/**
 * Sends a notice that is due. A repeated run sends nothing twice, because notify knows the key. If the change is undone
 * during the call to notify, its job may have withdrawn the notice too early, so it is withdrawn here again.
 * @throws Problem `unavailable` while notify is away
 */
export async function tellOutcome(deps: Deps, ask: Ask): Promise<void> {
  const { incident_id, outcome, at } = ask;
  const told_before = new Date(deps.clock.now().getTime() + AFTER_MS).toISOString();
  const incident = deps.notifyOutcome ? await findIncident(deps.db, incident_id) : null;
  if (incident === null || !stillHolds(incident, ask)) return;
  const caller = systemCallerOf(ask);
  const { name, addresses } = await actorOf(deps, incident, ask.by, caller);
  await deps.notify.tellOutcome(
    {
      key: `${incident_id}:${outcome}:${at}`,
      incident_id,
      outcome,
      message: `${outcome === 'resolved' ? 'Resolved' : 'Acknowledged'} by ${name}: ${headlineOf(incident)}`,
      severity: incident.severity,
      except: addresses,
    },
    caller,
  );
  const after = await findIncident(deps.db, incident_id);
  if (after === null || stillHolds(after, ask)) return;
  await withdrawOutcome(deps, { ...ask, told_before, corrects: { outcomes: [outcome], at, by: null } });
}

/** @throws Problem `unavailable` while notify or oncall is away */
export async function withdrawOutcome(deps: Deps, ask: Withdrawal): Promise<void> {
  const { incident_id, outcome, told_before, corrects } = ask;
  const correction = corrects && deps.notifyOutcome ? await correctionOf(deps, ask, corrects) : null;
  const withdrawn = { incident_id, reason: 'undone', outcome, told_before };
  await deps.notify.cancel({ ...withdrawn, ...(correction !== null && { correction }) }, systemCallerOf(ask));
}

/** The correction for those who were notified of the outcome; null if the outcome holds again by now. */
async function correctionOf(
  deps: Deps,
  ask: Withdrawal,
  { outcomes, at, by }: NonNullable<Withdrawal['corrects']>,
): Promise<Correction | null> {
  const { incident_id, outcome } = ask;
  const incident = await findIncident(deps.db, incident_id);
  const undone = outcome === 'resolved' ? incident?.status !== 'resolved' : incident?.status === 'open';
  if (incident === null || !undone) return null;
  const actor = by === null ? null : await actorOf(deps, incident, by, systemCallerOf(ask));
  const because = actor === null ? 'this was taken back' : `${actor.name} took it back`;
  return {
    key: `${incident_id}:${outcome}:taken_back:${at}`,
    outcomes,
    message: `Not ${outcome} any more: ${because}. ${headlineOf(incident)}`,
    severity: incident.severity,
    except: actor?.addresses ?? [],
  };
}

/** False if the change was undone, or if an acknowledgement ran out and the policy pages again. */
function stillHolds({ status, resolved_at, escalation }: Incident, { outcome, at }: Ask): boolean {
  if (outcome === 'resolved') return status === 'resolved' && resolved_at === at;
  return (status === 'acknowledged' || status === 'in_progress') && escalation?.state === 'stopped';
}

/**
 * The actor in words, and the e-mail addresses that get no notice because they are the actor's. A person is known by the
 * address of their account or, if oncall knows no person by that, by their name, if one person has it.
 */
async function actorOf(
  deps: Deps,
  incident: Incident,
  by: Ask['by'],
  caller: Caller,
): Promise<{ name: string; addresses: string[] }> {
  const { kind = null, by_source: bySource = false } = by;
  const isPerson = kind === null || kind === 'user' || kind === 'link';
  if (!isPerson) return { name: actorInWords({ name: by.name, kind, bySource }), addresses: [] };
  const person = await personOf(deps, incident, by, caller);
  const known = [by.email, by.name, person?.email ?? null].filter((text) => text?.includes('@') === true);
  return { name: person?.name ?? by.name, addresses: [...new Set(known as string[])] };
}

async function personOf(
  deps: Deps,
  incident: Incident,
  { name, email }: Ask['by'],
  caller: Caller,
): Promise<{ name: string; email: string } | null> {
  const { assigned_to, assignee_email } = incident;
  if (email !== null && assigned_to !== null && assignee_email === email) return { name: assigned_to, email };
  for (const text of email === null ? [name] : [email, name]) {
    const person = await personNamed(deps, text, incident, caller);
    // An address that oncall does not know comes back as its own name.
    if (person.email !== null && person.name !== person.email) return { name: person.name, email: person.email };
  }
  return null;
}
