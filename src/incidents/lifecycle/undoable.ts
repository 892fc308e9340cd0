import { ownerOf } from '../../kernel/db/idempotency';
import type { Db } from '../../kernel/db/pool';
import type { Caller } from '../../kernel/ports/contract';
import type { Transition } from '../domain/states';
import type { Entry } from '../domain/timeline';
import { type Before, type EscalationBefore, keepBefore, readBefore } from '../store/undo';

/** Changes that can be undone, and the state before them. */

/** Saves the state before a change, in its transaction and after its entries. */
export function keepForUndo(
  trx: Db,
  id: string,
  before: Before,
  { change, now, caller }: { change: Transition | null; now: Date; caller: Caller },
): Promise<unknown> {
  return keepBefore(trx, id, {
    owner: ownerOf(caller),
    actorKind: caller.kind,
    changedAt: now,
    resolved: change?.to === 'resolved' ? 1 : 0,
    mttaMs: change?.mttaMs ?? null,
    mttrMs: change?.mttrMs ?? null,
    incident: before.incident,
    clock: before.clock,
  });
}

/**
 * The escalation that an undo of an update restores; null if the update did not touch it. `claimed`: the
 * update set the status, so it stopped the escalation. An update that pages (it ended a wait for support hours, assigned an
 * incident whose escalation is stopped, or acknowledged it for an unknown assignee) is marked, because the undo must also cancel those pages.
 */
export async function keptEscalation(
  trx: Db,
  id: string,
  { clock: before }: Before,
  { claimed, assigned }: { claimed: boolean; assigned: boolean },
): Promise<EscalationBefore | null> {
  // An acknowledgement can have taken the first step before its job did.
  const mayTake = before !== null && before.turn < before.first_turn;
  if (before === null || (claimed && !assigned && !mayTake)) return before;
  const { clock: after } = await readBefore(trx, id);
  const starts = after?.state === 'running' && after.next_step_at !== before.next_step_at;
  const takes = claimed && !assigned && after?.turn !== before.turn;
  if (starts || takes || (assigned && !claimed && before.state === 'stopped')) return { ...before, pages: true };
  return claimed ? before : null;
}

/**
 * Whether an update can be undone: it changed status, assignee or severity. An increased severity that ended a snooze has
 * restarted the escalation, so it cannot.
 */
export function isUndoable(entries: readonly Entry[], change: Transition | null): boolean {
  const kinds = entries.map(({ eventType }) => eventType);
  const restarted = change === null && kinds.includes('severity_changed') && kinds.includes('snooze_ended');
  return !restarted && kinds.some((kind) => kind !== 'note_added');
}
