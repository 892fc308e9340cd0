import type { Caller, Port } from '../kernel/contract';
import { type Db, withRetry } from '../kernel/db';
import { enqueue } from '../kernel/jobs';
import type { OncallContract } from '../oncall/contract';
import { type After, afterStep, reachedSomebody } from './domain/escalation';
import type { Entry } from './domain/opening';
import type { IncidentJob, IncidentJobKinds } from './promises';
import { recordEntries } from './recording';
import type { Rooms } from './rooms';
import { assignIfNobody, lockIncident } from './store/changes';
import { markTold, type Outcome, rememberStep, type TakenStep } from './store/escalation';

/** Telling whom a step is for, and writing down what came of it: the other half of every step. */

type Ask = IncidentJobKinds['step'];
export type Answer = Awaited<ReturnType<Port<OncallContract>['takeStep']>>;

const TOLD_SHOWN = 50;
const NOBODY_ACKNOWLEDGED = 'No acknowledgment within SLA';

export interface Telling {
  /** Asks oncall to tell, then records it and arms what follows. Repeating it tells and records nothing twice. */
  tellStep(taken: TakenStep, ask: Ask, caller: Caller): Promise<Answer>;
}

export function telling({ db, clock, oncall, metrics, fallbackTarget, poke }: Rooms): Telling {
  async function write(trx: Db, taken: TakenStep, ask: Ask, answer: Answer): Promise<boolean> {
    const now = clock.now();
    const { incidentId, turn } = taken;
    // Whoever changes an incident and its clock locks the incident first.
    if (taken.unassigned && (await lockIncident(trx, incidentId)) === null) return false;
    const memory = await markTold(trx, incidentId, turn, now);
    if (memory === null) return false;
    const assigned = taken.unassigned ? await assign(trx, taken, answer, now) : [];
    const goesOn = memory.turn === turn && memory.state === 'running';
    const after = goesOn ? afterStep(memory, answer, now) : null;
    const reached = reachedSomebody(answer.told);
    await rememberStep(trx, incidentId, { steps: answer.steps, reached, ...(after && { arms: armsOf(after) }) });
    if (after !== null) await enqueue(trx, now, promisesOf(taken, after, ask));
    const entries = [...assigned, toldEntry(taken, ask, answer, after, now)];
    if (after?.kind === 'exhausted') entries.push(exhaustedEntry(incidentId, now, after.again?.at ?? null));
    await recordEntries(trx, entries);
    return true;
  }

  /** What the clock promises next. A policy that reached nobody is tried again, and the fallback hears of it each time. */
  function promisesOf({ incidentId: incident_id, turn }: TakenStep, after: After, ask: Ask): IncidentJob[] {
    if (after.kind === 'ends') return [{ kind: 'exhaust', payload: { incident_id, turn }, runAt: after.at }];
    if (after.kind === 'step') return [{ ...nextStep(incident_id, turn + 1, ask), runAt: after.at }];
    if (after.again === null) return [];
    const { next, at } = after.again;
    const again = { ...nextStep(incident_id, turn + 1, { request_id: `retry-${incident_id}` }), runAt: at };
    if (fallbackTarget === null) return [again];
    return [again, { kind: 'fallback', payload: { incident_id, cycle: next.cycle, target: fallbackTarget } }];
  }

  return {
    async tellStep(taken, ask, caller) {
      const { incidentId, turn, title, service, severity, step, round } = taken;
      const { reason, announce = false, assignee = null } = ask;
      const answer = await oncall.takeStep(
        {
          key: `${incidentId}:${turn}`,
          incident_id: incidentId,
          service,
          title,
          severity,
          step,
          round,
          reason,
          assignee,
          announce,
        },
        caller,
      );
      const recorded = await withRetry(db, (trx) => write(trx, taken, ask, answer));
      if (recorded && !reachedSomebody(answer.told)) metrics.unreached();
      poke();
      return answer;
    },
  };
}

/** How the clock is wound up for what follows. */
function armsOf(after: After): NonNullable<Outcome['arms']> {
  if (after.kind === 'exhausted')
    return { state: 'exhausted', next: after.again?.next ?? null, at: after.again?.at ?? null };
  return { state: 'running', next: after.kind === 'step' ? after.next : null, at: after.at };
}

/** Where nobody was assigned at the opening, step 1 assigns the primary it told. */
async function assign(trx: Db, { incidentId, step }: TakenStep, { team, told }: Answer, at: Date): Promise<Entry[]> {
  const primary = step === 1 ? told.find(({ role }) => role === 'primary') : undefined;
  const assignee = primary === undefined ? null : { name: primary.name, email: primary.email };
  if (!(await assignIfNobody(trx, incidentId, { team, assignee, at }))) return [];
  return [{ incidentId, eventType: 'assigned', actor: 'system', detail: { assigned_to: assignee?.name }, at }];
}

const nextStep = (
  incidentId: string,
  turn: number,
  { request_id, trace }: Pick<Ask, 'request_id' | 'trace'>,
): IncidentJob => ({
  kind: 'step',
  payload: {
    request_id,
    ...(trace !== undefined && { trace }),
    incident_id: incidentId,
    turn,
    reason: NOBODY_ACKNOWLEDGED,
  },
});

function toldEntry(taken: TakenStep, ask: Ask, answer: Answer, after: After | null, at: Date): Entry {
  const { incidentId, turn, step, round } = taken;
  const { told, why } = answer;
  const eventType = !reachedSomebody(told) ? 'nobody_reached' : turn === 1 ? 'paged' : 'escalated';
  const detail = {
    step,
    round,
    // `reachable: false` is how the timeline says that somebody cannot be paged.
    told: told
      .slice(0, TOLD_SHOWN)
      .map(({ name, email, role, channel, reachable }) => ({ name, email, role, channel, reachable })),
    ...(told.length > TOLD_SHOWN && { told_total: told.length }),
    why,
    reason: ask.reason,
    next_step_at: after === null || after.kind === 'exhausted' ? null : after.at.toISOString(),
  };
  return { incidentId, eventType, actor: ask.by ?? 'system', detail, at };
}

export const exhaustedEntry = (incidentId: string, at: Date, again: Date | null): Entry => ({
  incidentId,
  eventType: 'escalation_exhausted',
  actor: 'system',
  detail: { next_step_at: again?.toISOString() ?? null, ...(again && { reason: 'nobody_reached' }) },
  at,
});
