import { type Db, withRetry } from '../../kernel/db/pool';
import { BY_SYSTEM } from '../../kernel/events/events';
import { complete, enqueue, type RunningJob } from '../../kernel/jobs/jobs';
import { type Caller, systemCaller } from '../../kernel/ports/contract';
import { unavailable } from '../../kernel/ports/problem';
import type { Incident } from '../contract';
import type { Deps } from '../deps';
import { countingOf, longestOf } from '../domain/reach';
import { unknownEntry } from '../domain/timeline';
import { type IncidentJobKinds, systemCallerOf } from '../jobKinds';
import { recordEntries } from '../records/recordEntries';
import { addAddress, lockIncident, setReach } from '../store/changes';
import { writeAssignment } from '../store/pages';
import { restart } from '../store/pause';
import { findIncident } from '../store/reads';
import { pageOf } from './page';
import { personNamed } from './responders';
import { judgeAt } from './runStep';
import { SEVERITY_RAISED } from './severity';
import { restartJob } from './snooze';
import { restartWithoutAssignee } from './unreachableAssignee';

/** Pages to the assignee of an incident: after an assignment, and if its severity rises while a person works on it. */

type Told = readonly {
  notification_id: string;
  reachable: boolean;
  page_id?: string | undefined;
  rules?: number | undefined;
}[];

interface AssigneePage {
  key: string;
  id: string;
  name: string;
  told: Told;
  detail: Record<string, unknown>;
  at: Date;
}

/**
 * Pages a new assignee, unless the incident was resolved or assigned to another person meanwhile.
 * @throws Problem `unavailable` while oncall or notify is away
 */
export async function pageAssignee(deps: Deps, ask: IncidentJobKinds['page_assignee'], job: RunningJob): Promise<void> {
  const caller = systemCallerOf(ask);
  const incident = await findIncident(deps.db, ask.incident_id);
  if (incident === null || incident.status === 'resolved' || incident.assigned_to !== ask.assigned_to) return;
  const name = ask.assigned_to;
  const people = ask.email === null ? await peopleMeant(deps, incident, name) : [{ name, email: ask.email }];
  if (people.length === 0) return unknownAssignee(deps, job, incident.id, name, caller);
  const key = `${incident.id}:assignee:${ask.key}`;
  const to = people.map((person) => ({ kind: 'person' as const, ...person }));
  const { told } = await deps.notify.tell(pageOf(incident, key, to), caller);
  const detail = {
    told: told.map(({ to: n, channel, reachable }) => ({ ...people[n], role: 'assignee', channel, reachable })),
    why: people.length > 1 ? 'several_of_this_name' : 'assigned',
  };
  await savePages(deps, job, { key, name, told, detail, at: deps.clock.now(), id: incident.id });
}

/**
 * Pages the assignee about a risen severity, or restarts the policy if they cannot be paged.
 * @throws Problem `unavailable` while oncall or notify is away
 */
export async function pageRaised(deps: Deps, ask: IncidentJobKinds['page_raised'], job: RunningJob): Promise<void> {
  const incident = await findIncident(deps.db, ask.incident_id);
  if (incident === null || !isTaken(incident)) return;
  const caller = systemCallerOf(ask);
  const key = `${incident.id}:raised:${ask.key}`;
  const told = await tellAssignee(deps, incident, key, caller);
  const shown = told.map(({ notification_id: _, page_id: __, rules: ___, ...rest }) => rest);
  if (!told.some(({ reachable }) => reachable)) return restartPolicy(deps, job, incident.id, shown, caller);
  const detail = { told: shown, why: 'severity_raised' };
  const name = incident.assigned_to as string;
  await savePages(deps, job, { key, name, told, detail, at: deps.clock.now(), id: incident.id });
}

/** Pages the assignee of an incident once for this key. Returns an empty list if there is no address. */
async function tellAssignee(deps: Deps, incident: Incident, key: string, caller: Caller) {
  const { assigned_to: name, assignee_email: email } = incident;
  if (name === null) return [];
  const people = email === null ? await peopleMeant(deps, incident, name) : [{ name, email }];
  if (people.length === 0) return [];
  const to = people.map((person) => ({ kind: 'person' as const, ...person }));
  const { told } = await deps.notify.tell(pageOf(incident, key, to), caller);
  return told.map(({ to: n, channel, reachable, notification_id, page_id, rules }) => ({
    ...people[n],
    role: 'assignee',
    channel,
    reachable,
    notification_id,
    page_id,
    rules,
  }));
}

/**
 * Asks oncall which person the assignee is, and stores their address. If several people have the name, all are paged,
 * because it is too late to refuse the change.
 */
async function peopleMeant(deps: Deps, incident: Incident, name: string): Promise<{ name: string; email: string }[]> {
  const person = await personNamed(deps, name.trim(), incident, systemCaller(`assignee-${incident.id}`));
  if (person.unverified) {
    throw Object.assign(unavailable('On-call did not answer which person the assignee is.'), { neighbour: 'oncall' });
  }
  if (person.candidates !== undefined) return person.candidates.map((each) => ({ name: each.name, email: each.email }));
  if (person.email === null) return [];
  await addAddress(deps.db, incident.id, name, person.email);
  return [{ name, email: person.email }];
}

/** Saves the pages of an assignment and completes the job. If no page was sent, the reach is decided at once. */
async function savePages(
  deps: Deps,
  job: RunningJob,
  { key, id, name, told, detail, at }: AssigneePage,
): Promise<void> {
  const { db, reachedWithinMs } = deps;
  const pages = told.filter(({ reachable }) => reachable);
  const counting = countingOf(pages);
  const rules = longestOf(pages);
  await withRetry(db, async (trx) => {
    if ((await lockIncident(trx, id)) === null || (await complete(trx, [job])).length === 0) return;
    const { early } = await writeAssignment(trx, { key, incidentId: id, assignedTo: name, counting, rules, at });
    await recordEntries(trx, [{ incidentId: id, eventType: 'paged', actor: 'system', detail, at }], BY_SYSTEM);
    if (counting.length > 0) await setUnlessReached(trx, id);
    const now = early || counting.length === 0;
    await enqueue(trx, at, [
      judgeAt(key, id, new Date(at.getTime() + reachedWithinMs * rules)),
      ...(now ? [judgeAt(key, id, at)] : []),
    ]);
  });
  deps.poke();
}

/** Marks an assignee as unknown who could not be looked up earlier, and restarts the policy if it is stopped. */
async function unknownAssignee(deps: Deps, job: RunningJob, id: string, name: string, caller: Caller): Promise<void> {
  const { db, clock } = deps;
  await withRetry(db, async (trx) => {
    const incident = await lockIncident(trx, id);
    if ((await complete(trx, [job])).length === 0 || incident === null) return;
    const now = clock.now();
    const isOver = incident.status === 'resolved' || incident.assigned_to !== name;
    const restarted = isOver ? [] : await restartWithoutAssignee(trx, { id, name }, { now, caller });
    await recordEntries(trx, [unknownEntry(id, name, now), ...restarted], BY_SYSTEM);
  });
  deps.poke();
}

/** Restarts the policy at step 1, because the assignee cannot be paged about an increased severity. */
async function restartPolicy(deps: Deps, job: RunningJob, id: string, told: object[], caller: Caller): Promise<void> {
  const { db, clock } = deps;
  await withRetry(db, async (trx) => {
    const incident = await lockIncident(trx, id);
    if ((await complete(trx, [job])).length === 0 || incident === null || !isTaken(incident)) return;
    const at = clock.now();
    const turn = await restart(trx, id, at);
    const detail = { told, why: 'severity_raised' };
    await recordEntries(trx, [{ incidentId: id, eventType: 'nobody_reached', actor: 'system', detail, at }], caller);
    if (turn !== null) await enqueue(trx, at, [restartJob(id, turn, SEVERITY_RAISED, caller)]);
  });
  deps.poke();
}

/** The reach becomes `pending`, unless a person was reached. */
async function setUnlessReached(trx: Db, id: string): Promise<void> {
  await setReach(trx, id, 'pending', 'no_one');
  await setReach(trx, id, 'pending', 'not_paged');
}

/** Whether a person works on the incident, so that its escalation is stopped. */
const isTaken = ({ status }: Incident): boolean => status === 'acknowledged' || status === 'in_progress';
