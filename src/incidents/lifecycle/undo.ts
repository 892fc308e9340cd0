import { ownerOf } from '../../kernel/db/idempotency';
import { type Db, withRetry } from '../../kernel/db/pool';
import { enqueue } from '../../kernel/jobs/jobs';
import type { Caller, Service } from '../../kernel/ports/contract';
import { Problem } from '../../kernel/ports/problem';
import type { Incident, IncidentsContract } from '../contract';
import type { Deps } from '../deps';
import { retitled } from '../domain/revision';
import type { Entry } from '../domain/timeline';
import { withdrawalsOf } from '../escalation/outcome';
import { RECHECK_WAITING } from '../escalation/recheck';
import { restartJob, snoozeOver } from '../escalation/snooze';
import type { IncidentJob } from '../jobKinds';
import { knownId, notFound } from '../records/incidentId';
import { recordEntries } from '../records/recordEntries';
import { lockIncident, relinkAlerts, takeFreeSlot } from '../store/changes';
import { hasUndecidedPages } from '../store/pages';
import { findIncident } from '../store/reads';
import { addTotals } from '../store/totals';
import {
  type Before,
  changedSince,
  type EscalationBefore,
  lastChangeBy,
  restoreEscalation,
  restoreIncident,
  takeBefore,
  UNDO_WITHIN_MS,
  type Undoable,
} from '../store/undo';
import { cancelOf, watchOf } from './transitions';

/** The operation `undo`: reverts the caller's last change, if nothing else changed the incident. */

/** The operation `undo`. */
export function undoing({ db, clock, poke }: Deps): Pick<Service<IncidentsContract>, 'undo'> {
  /** Slots are locked before incidents; a refusal rolls the slot back. */
  async function lockForUndo(trx: Db, id: string): Promise<Incident> {
    const before = await findIncident(trx, id);
    if (before?.status === 'resolved') await takeFreeSlot(trx, before, clock.now());
    const locked = await lockIncident(trx, id);
    if (locked === null) throw notFound();
    // Resolved between the two: the slot must be claimed first, so the lock is given up.
    if (locked.status === 'resolved' && before?.status !== 'resolved') throw changedMeanwhile();
    return locked;
  }

  return {
    async undo({ id: text }, caller) {
      const id = knownId(text);
      const incident = await withRetry(db, async (trx) => {
        const locked = await lockForUndo(trx, id);
        const now = clock.now();
        const last = await takeBefore(trx, id);
        requireOwn(last, caller, await lastChangeBy(trx, id, caller.actor));
        if (await changedSince(trx, id, last)) throw changedMeanwhile();
        requireRecent(last, now);
        await recordEntries(trx, [await undo(trx, locked, last, { now, caller })], caller);
        return (await findIncident(trx, id)) as Incident;
      });
      poke();
      return incident;
    },
  };
}

const changedMeanwhile = () => new Problem('conflict', 'The incident was changed meanwhile, so this is not undone');

/** Changes that cannot be undone because they page again, with the action to use instead. */
const PAGES_AGAIN: Record<string, string> = {
  reopened: 'Reopening an incident pages again, so it is not undone. Resolve the incident instead',
  unacknowledged: 'Taking an acknowledgement back pages again, so it is not undone. Acknowledge the incident instead',
  snooze_ended: 'The end of a snooze pages again, so it is not undone. Snooze or acknowledge the incident instead',
};

/** @throws Problem `conflict` if the caller changed nothing that can be undone */
function requireOwn(last: Undoable | null, caller: Caller, lastChange: string | null): asserts last is Undoable {
  const instead = lastChange === null ? undefined : PAGES_AGAIN[lastChange];
  if (instead !== undefined) throw new Problem('conflict', instead);
  if (last === null) throw new Problem('conflict', 'There is no last change of yours to undo');
  if (last.owner !== ownerOf(caller)) throw changedMeanwhile();
}

function requireRecent({ changedAt }: Undoable, now: Date): void {
  if (now.getTime() - changedAt.getTime() <= UNDO_WITHIN_MS) return;
  throw new Problem('conflict', 'A change can be undone for 60 seconds. Reopen or unacknowledge the incident instead');
}

async function undo(
  trx: Db,
  { id, title, status: from, severity: rated, assigned_to }: Incident,
  last: Undoable,
  { now, caller }: { now: Date; caller: Caller },
): Promise<Entry> {
  const { incident, clock, resolved, mttaMs, mttrMs } = last;
  const { severity = rated } = incident;
  await restoreIncident(trx, id, last, { title: severity === rated ? title : retitled(title, severity), now });
  const alerts = resolved === 1 ? await relinkAlerts(trx, id) : 0;
  if (clock !== null) await resume(trx, id, clock, last, { now, caller });
  await enqueue(trx, now, withdrawalsOf(id, from, incident.status, { now, caller }));
  await addTotals(trx, [{ incidentId: id, resolved, mttaMs, mttrMs }], -1);
  const assignment = assigned_to === incident.assigned_to ? {} : { previous: assigned_to, new: incident.assigned_to };
  const rating = severity === rated ? {} : { previous_severity: rated, severity };
  const detail = { from, to: incident.status, ...assignment, ...rating, ...(alerts > 0 && { alerts }) };
  return { incidentId: id, eventType: 'undone', actor: caller.actor, detail, at: now };
}

/** Restores the escalation and enqueues its jobs. The pages of a change that paged are cancelled if they still wait. */
async function resume(
  trx: Db,
  id: string,
  clock: EscalationBefore,
  { incident }: Before,
  { now, caller }: { now: Date; caller: Caller },
): Promise<void> {
  const undecided = await hasUndecidedPages(trx, id, clock.state === 'exhausted' ? clock : { turn: clock.turn });
  const restored = withRepeatedStep(clock, incident, undecided, now);
  const turn = await restoreEscalation(trx, id, restored);
  const jobs = jobsOf(id, restored, incident, { turn, again: restored !== clock, now, caller });
  // While the escalation was stopped, no recheck considered it, and another responder may be on call since.
  if (restored.next_step !== null) jobs.push(RECHECK_WAITING);
  const cancel = clock.pages === true ? [cancelOf(id, 'undone', { now, caller })] : [];
  await enqueue(trx, now, [...cancel, ...jobs]);
}

/**
 * If pages of the last step were neither accepted nor failed (`undecided`), the change cancelled them, so that step runs
 * once more, even if it has reached a person already. If pages of the last cycle of an exhausted policy were still being
 * retried, the policy runs now; its regular time is kept for afterwards. Returns the same escalation if no step runs again.
 */
function withRepeatedStep(
  clock: EscalationBefore,
  { reach }: Before['incident'],
  undecided: boolean,
  now: Date,
): EscalationBefore {
  const { step, round, cycle, turn, first_turn, state, next_step_at, resume_at = null } = clock;
  if (state === 'exhausted' && undecided && next_step_at !== null && Date.parse(next_step_at) > now.getTime()) {
    const at_work_cycle = clock.at_work_cycle === cycle ? clock.next_cycle : (clock.at_work_cycle ?? null);
    return { ...clock, at_work_cycle, next_step_at: now.toISOString(), resume_at: resume_at ?? next_step_at };
  }
  if (state !== 'running' || turn < first_turn) return clock;
  if (!undecided && reach !== 'pending' && next_step_at !== null) return clock;
  return { ...clock, next_step: step, next_round: round, next_cycle: cycle, next_step_at: now.toISOString() };
}

/** The jobs of a restored escalation. `again`: its last step runs once more, and pages a known assignee too. */
function jobsOf(
  id: string,
  { state, heard_at, snoozed_until, next_step, next_step_at, ...clock }: EscalationBefore,
  { assigned_to: name, assignee_email: email }: Before['incident'],
  { turn, again, now, caller }: { turn: number; again: boolean; now: Date; caller: Caller },
): IncidentJob[] {
  const watch = heard_at === null ? [] : [watchOf(id)];
  const snooze = snoozed_until === null ? [] : [snoozeOver(id, new Date(snoozed_until))];
  if (state === 'stopped' || next_step_at === null) return [...watch, ...snooze];
  const due = new Date(Math.max(now.getTime(), Date.parse(next_step_at)));
  if (next_step === null) return [{ kind: 'exhaust', payload: { incident_id: id, turn }, runAt: due }];
  const assignee = again && name !== null && email !== null ? { name, email } : null;
  const reason = again ? `Undone by ${caller.actor}`.slice(0, 500) : 'No acknowledgment within SLA';
  const job = restartJob(id, turn + 1, reason, caller, { assignee, spare: sparedBy({ ...clock, next_step }) });
  return [...watch, ...snooze, { ...job, runAt: due }];
}

/** The person that the next step does not page: who reopened the incident, if it is the same step or an extra run. */
function sparedBy({
  at_work = null,
  at_work_cycle,
  ...clock
}: Omit<EscalationBefore, 'state' | 'heard_at' | 'snoozed_until' | 'next_step_at'>): string | undefined {
  const { step, round, cycle, next_step, next_round, next_cycle } = clock;
  const isLater = next_cycle === cycle && (next_step !== step || next_round !== round);
  return at_work === null || at_work_cycle !== next_cycle || isLater ? undefined : at_work;
}
