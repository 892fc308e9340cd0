import { type Db, withRetry } from '../../kernel/db/pool';
import { BY_SYSTEM } from '../../kernel/events/events';
import { enqueue } from '../../kernel/jobs/jobs';
import { systemCaller } from '../../kernel/ports/contract';
import type { Incident } from '../contract';
import type { Deps } from '../deps';
import { afterNoOne, type NextAction } from '../domain/escalation';
import { verdictOf, whyNoOne } from '../domain/reach';
import type { Entry } from '../domain/timeline';
import { recordEntries } from '../records/recordEntries';
import { lockIncident, lockIncidents, setReach } from '../store/changes';
import { type EscalationRow, lockEscalation, lockEscalations, moveOn } from '../store/escalation';
import {
  addOutcomes,
  isPending,
  lockGroup,
  type OutcomeOf,
  type StoredGroup,
  setNoOne,
  setPending,
  setReached,
} from '../store/pages';
import { armNow, restart } from '../store/pause';
import { armsOf, promisesOf } from './runStep';
import { restartJob } from './snooze';
import { exhaustedEntry } from './stepEntries';
import { ASSIGNEE_NOT_REACHED, notReachedEntry } from './unreachableAssignee';

/**
 * The effects of pages that were accepted, failed, or took too long. Only the latest step advances its escalation, and only
 * at its turn; all other results are only recorded.
 */

const NOT_REACHED = 'The step before reached no one';
const NEXT_IN_TURN = 'The person in turn was not reached';

/** Adds results of notifications, and decides whether their steps reached a person. */
export async function heed(deps: Deps, trx: Db, outcomes: readonly OutcomeOf[]): Promise<void> {
  if (outcomes.length === 0) return;
  const incidents = await lockIncidents(trx, [...new Set(outcomes.map(({ incidentId }) => incidentId))]);
  await lockEscalations(trx, [...incidents.keys()]);
  const known = outcomes.filter(({ incidentId }) => incidents.has(incidentId));
  await decide(deps, trx, incidents, await addOutcomes(trx, known), known);
}

/**
 * Decides whether a step or an assignment reached a person, when its time is over.
 * @param catchUp reads all events of notify first: after a restart, a page may have been accepted without being recorded here
 * @throws Problem `unavailable` if notify does not answer
 */
export async function judge(
  deps: Deps,
  catchUp: () => Promise<unknown>,
  { key, incident_id: incidentId }: { key: string; incident_id: string },
): Promise<void> {
  const { db } = deps;
  if (!(await isPending(db, key))) return;
  await catchUp();
  await withRetry(db, async (trx) => {
    const incident = await lockIncident(trx, incidentId);
    if (incident === null) return;
    await lockEscalation(trx, incidentId);
    const group = await lockGroup(trx, key);
    if (group !== null) await decide(deps, trx, new Map([[incidentId, incident]]), [group]);
  });
  deps.poke();
}

async function decide(
  deps: Deps,
  trx: Db,
  incidents: ReadonlyMap<string, Incident>,
  groups: readonly StoredGroup[],
  outcomes: readonly OutcomeOf[] = [],
): Promise<void> {
  const now = deps.clock.now();
  const judged = groups.map((group) => ({ group, verdict: verdictOf(group, now, deps.reachedWithinMs) }));
  const changed = judged.filter(({ group, verdict }) => verdict !== group.reach);
  const reached = changed.filter(({ verdict }) => verdict === 'reached').map(({ group }) => group);
  if (reached.length > 0) {
    await setReached(
      trx,
      reached.map(({ key }) => key),
    );
  }
  const entries = reached.filter(({ reach }) => reach === 'no_one').map((group) => lateEntry(group, outcomes, now));
  for (const { group, verdict } of changed) {
    if (verdict === 'pending') await setPending(trx, group.key);
    const incident = incidents.get(group.incidentId);
    if (verdict !== 'no_one' || incident === undefined) continue;
    await setNoOne(trx, group.key);
    entries.push(
      ...(group.turn === null
        ? await afterAssignment(trx, incident, group, now)
        : await afterStepOf(deps, trx, incident, group, now)),
    );
  }
  await recordEntries(trx, entries, BY_SYSTEM);
}

/** Runs the next step now, or ends the policy, because the latest step reached no one. */
async function afterStepOf(deps: Deps, trx: Db, { id }: Incident, group: StoredGroup, now: Date): Promise<Entry[]> {
  const { turn, answer } = group;
  const memory = await lockEscalation(trx, id);
  if (turn === null || answer === null || memory === null || memory.turn !== turn) return [];
  if (memory.state === 'stopped') {
    // A step by hand of an incident that a person works on.
    const changed = await setReach(trx, id, 'no_one', 'pending');
    return changed ? [noOneEntry(id, memory, group, null, now)] : [];
  }
  if (!waitsFor(memory)) return [];
  const after = afterNoOne(memory, answer, now);
  if (!(await moveOn(trx, { incidentId: id, turn }, armsOf(after)))) return [];
  const ask = {
    request_id: `unreached-${id}`,
    ...(isSameTurn(after) ? { reason: NEXT_IN_TURN, passed_over: answer.tried ?? [] } : { reason: NOT_REACHED }),
  };
  await enqueue(trx, now, promisesOf(deps, { incidentId: id, turn }, after, ask, true));
  deps.metrics.unreached();
  const entry = noOneEntry(id, memory, group, after.kind === 'exhausted' ? null : after.at, now);
  if (after.kind !== 'exhausted') return [entry];
  if (after.retry !== null) await setReach(trx, id, 'no_one');
  return [entry, exhaustedEntry(id, now, after.retry?.at ?? null)];
}

const isSameTurn = (after: NextAction): boolean => after.kind === 'step' && after.isSameTurn === true;

/** Continues the policy from its present step, or from its first, because the assignee cannot be reached. */
async function afterAssignment(trx: Db, incident: Incident, group: StoredGroup, now: Date): Promise<Entry[]> {
  const { id, status, assigned_to } = incident;
  const memory = await lockEscalation(trx, id);
  if (memory === null || memory.snoozed || status === 'resolved' || assigned_to !== group.assignedTo) return [];
  if (memory.state !== 'running' || memory.due) await goOn(trx, incident, memory, now);
  return [notReachedEntry(id, assigned_to, now)];
}

async function goOn(trx: Db, { id }: Incident, { armed, turn }: EscalationRow, now: Date): Promise<void> {
  const caller = systemCaller(`unreached-${id}`);
  const next = armed === null ? await restart(trx, id, now) : turn + 1;
  if (next === null) return;
  if (armed !== null) await armNow(trx, id, now);
  await enqueue(trx, now, [restartJob(id, next, ASSIGNEE_NOT_REACHED, caller)]);
  await setReach(trx, id, 'pending', 'no_one');
}

/**
 * Whether the escalation still waits for this step: its timer is for the next step of the same cycle or for the end of the
 * policy, which may have passed just now. An escalation that was restarted has a timer for another cycle.
 */
function waitsFor({ state, due, armed, cycle }: EscalationRow): boolean {
  if (state === 'exhausted') return armed === null;
  return due && (armed === null || armed.cycle === cycle);
}

/** The entry of a step that reached no one. */
function noOneEntry(
  incidentId: string,
  { step, round }: EscalationRow,
  group: StoredGroup,
  next: Date | null,
  at: Date,
): Entry {
  const detail = { step, round, why: whyNoOne(group), next_step_at: next?.toISOString() ?? null };
  return { incidentId, eventType: 'nobody_reached', actor: 'system', detail, at };
}

/** The entry of a page that was accepted late; it changes nothing else. */
function lateEntry({ key, incidentId, notifiedAt }: StoredGroup, outcomes: readonly OutcomeOf[], now: Date): Entry {
  const accepted = outcomes.find((each) => each.key === key && each.outcome !== 'failed');
  const waited = notifiedAt === null ? 0 : now.getTime() - notifiedAt.getTime();
  const detail = {
    late: true,
    name: accepted?.name ?? null,
    channel: accepted?.channel ?? null,
    waited_seconds: Math.round(waited / 1_000),
  };
  return { incidentId, eventType: 'paged', actor: 'system', detail, at: now };
}
