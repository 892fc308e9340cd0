import { seconds } from '../../kernel/clock';
import type { Db } from '../../kernel/db/pool';
import { payloadsOf } from '../../kernel/jobs/jobs';
import { systemCaller } from '../../kernel/ports/contract';
import { unavailable } from '../../kernel/ports/problem';
import { blank } from '../../kernel/ports/values';
import type { Deps } from '../deps';
import { isDeferrable, isPage } from '../domain/escalation';
import { recipientOf } from '../domain/reach';
import { routeOf } from '../domain/routing';
import type { IncidentJob } from '../jobKinds';
import { addAddress } from '../store/changes';
import { type WaitingRow, waitingAfter } from '../store/waitingEscalations';
import { AT_A_TIME, bringRunsForward, type ExtraRun, firstStep, type StepPayload } from './extraRun';
import { personNamed } from './responders';

/** After a change on call, policies that wait are checked: would they page another responder now? */

const RESPONDER_FOUND = 'Another responder can be paged';
const HOURS_CHANGED = 'Support hours no longer apply';

/** Covers steps that were running at the time of a change: their results are saved by then. */
const ONCE_MORE_MS = seconds(5);

/** The job that rechecks all policies that wait; several changes at once are one job. */
export const RECHECK_WAITING: IncidentJob = { kind: 'recheck_exhausted', key: 'recheck_exhausted', payload: {} };

/** The job after a contact method of a person was verified: policies that paged the person in vain page them again. */
export const recheckAfterProof = (person: string): IncidentJob => ({
  kind: 'recheck_exhausted',
  key: `recheck_exhausted:of:${person}`,
  payload: { person },
});

/** The jobs after a change on call: a recheck now, and another one for steps that were running meanwhile. */
export const rechecksAfterChange = (now: Date): IncidentJob[] => [
  RECHECK_WAITING,
  {
    ...RECHECK_WAITING,
    key: 'recheck_exhausted:once_more',
    runAt: new Date(now.getTime() + ONCE_MORE_MS),
    reschedule: true,
  },
];

/**
 * Runs policies that wait although they would page now: an exhausted one that would page another address than its last
 * cycle did, or whose unknown assignee is known now; one that waits for support hours that no longer apply; one that waits
 * for the person who reopened the incident, if another person is on call; an exhausted one that would page `person`,
 * who has a newly verified contact method. If a hand-off or support hours come earlier than the time it waits for, the policy
 * runs at that time.
 * @throws Problem `unavailable` while oncall is away
 */
export async function recheckWaiting(
  deps: Deps,
  { after = null, person = null }: { after?: string | null; person?: string | null },
): Promise<void> {
  const rows = await waitingAfter(deps.db, { after, now: deps.clock.now(), limit: AT_A_TIME });
  const pending = await pendingSteps(deps.db, rows);
  const outlooks = new Map<string, Outlook>();
  const runs: ExtraRun[] = [];
  for (const row of rows) {
    const { team = null, policy = null } = row.routing ?? {};
    const key = JSON.stringify([isDeferrable(row.severity), row.service, team, policy]);
    const outlook = outlooks.get(key) ?? (await outlookOf(deps, row));
    outlooks.set(key, outlook);
    const found = await runOf(deps, row, { ...outlook, proven: person }, pending.get(row.incidentId));
    if (found !== null) runs.push(found);
  }
  const last = rows.length < AT_A_TIME ? undefined : rows.at(-1)?.incidentId;
  const next: IncidentJob[] =
    last === undefined
      ? []
      : [
          {
            kind: 'recheck_exhausted',
            key: person === null ? `recheck_exhausted:${last}` : `recheck_exhausted:of:${person}:${last}`,
            payload: { after: last, ...(person !== null && { person }) },
          },
        ];
  await bringRunsForward(deps, runs, next);
}

/** The next steps of policies that are not exhausted, as they were enqueued, by incident. */
async function pendingSteps(db: Db, rows: readonly WaitingRow[]): Promise<Map<string, StepPayload>> {
  const turns = new Map(rows.flatMap((row) => (row.waitsFor === 'retry' ? [] : [[row.incidentId, row.turn + 1]])));
  const payloads = await payloadsOf<StepPayload>(db, 'step', 'incident_id', [...turns.keys()]);
  const awaited = payloads.filter(({ incident_id, turn }) => turns.get(incident_id) === turn);
  return new Map(awaited.map((payload) => [payload.incident_id, payload]));
}

/** The pages that the policy of a service would send now, step by step, and what may change them. */
interface Outlook {
  pages: { recipient: string; email: string | null }[];
  handoffAt: Date | null;
  /** The begin of the support hours that its pages wait for; null if they do not wait. */
  supportAt: Date | null;
}

async function outlookOf(
  { oncall, clock }: Deps,
  { service, severity, routing }: Pick<WaitingRow, 'service' | 'severity' | 'routing'>,
): Promise<Outlook> {
  const caller = systemCaller('recheck-waiting');
  const route = routeOf(routing);
  const outlook: Outlook = { pages: [], handoffAt: null, supportAt: null };
  for (let step = 1, steps = 1; step <= steps; step++) {
    const at = clock.now().toISOString();
    const asked = { service, ...(route && { route }), severity, step, at, announce: false };
    const answer = await oncall.foreseeStep(asked, caller);
    const pages = answer.told.filter(isPage);
    outlook.pages.push(...pages.map((page) => ({ recipient: recipientOf(page), email: page.email })));
    if (answer.next_handoff_at !== null) outlook.handoffAt = new Date(answer.next_handoff_at);
    if (answer.wait_until !== null) outlook.supportAt = new Date(answer.wait_until);
    // Outside support hours no step pages.
    steps = answer.wait_until === null ? answer.steps : step;
  }
  return outlook;
}

/** The earlier run of a policy; null if it keeps waiting. */
async function runOf(
  deps: Deps,
  row: WaitingRow,
  outlook: Outlook & { proven: string | null },
  pending: StepPayload = firstStep(row, RESPONDER_FOUND),
): Promise<ExtraRun | null> {
  const { incidentId, turn, nextStepAt, waitsFor, atWork } = row;
  const now = deps.clock.now();
  const runAt = (at: Date, payload: StepPayload): ExtraRun | null =>
    at < nextStepAt ? { incidentId, turn, at, job: { kind: 'step', payload } } : null;
  if (waitsFor === 'person_at_work') {
    const payload = { ...pending, reason: RESPONDER_FOUND, ...(atWork !== null && { spare: atWork }) };
    return atWork !== null && othersOf(outlook, atWork).length > 0 ? runAt(now, payload) : null;
  }
  if (waitsFor === 'support_hours' && outlook.supportAt !== null) return runAt(outlook.supportAt, pending);
  const assignee = await foundAssignee(deps, row);
  if (waitsFor === 'support_hours') {
    return runAt(now, { ...pending, reason: HOURS_CHANGED, ...(assignee !== null && { assignee }) });
  }
  const at = assignee === null ? retryOf(row, outlook, now) : now;
  return at && runAt(at, firstStep(row, RESPONDER_FOUND, assignee));
}

/** The pages to others than the person who reopened the incident. */
const othersOf = ({ pages }: Outlook, atWork: string | null): Outlook['pages'] =>
  pages.filter(({ email }) => atWork === null || email?.toLowerCase() !== atWork);

/** The time of an extra run of an exhausted policy; null if it waits for its regular retry. */
function retryOf({ tried, atWork }: WaitingRow, outlook: Outlook & { proven: string | null }, now: Date): Date | null {
  const others = othersOf(outlook, atWork);
  if (tried !== null && others.some(({ recipient }) => !tried.includes(recipient))) return now;
  if (outlook.proven !== null && others.some(({ email }) => email?.toLowerCase() === outlook.proven)) return now;
  const { handoffAt } = outlook;
  return handoffAt !== null && handoffAt > now ? handoffAt : null;
}

/** The assignee of an incident if oncall knows them by now; their address is stored. */
async function foundAssignee(deps: Deps, { incidentId, unknownAssignee: name, service, team }: WaitingRow) {
  if (name === null || blank(name)) return null;
  const caller = systemCaller(`assignee-${incidentId}`);
  const { email, unverified } = await personNamed(deps, name.trim(), { service, team }, caller);
  if (unverified) throw unavailable('On-call did not answer who the assignee is.');
  return email !== null && (await addAddress(deps.db, incidentId, name, email)) ? { name, email } : null;
}
