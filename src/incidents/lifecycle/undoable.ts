import type { Db } from '../../kernel/db/pool';
import type { Caller } from '../../kernel/ports/contract';
import type { Transition } from '../domain/states';
import type { Entry } from '../domain/timeline';
import { type Before, keepBefore } from '../store/undo';

/** Changes that can be undone, and the state before them. */

/** Keeps the state before a change in its transaction, after its entries are recorded. */
export function keepForUndo(
  trx: Db,
  id: string,
  before: Before,
  {
    change,
    clockTouched,
    now,
    caller,
  }: { change: Transition | null; clockTouched: boolean; now: Date; caller: Caller },
): Promise<unknown> {
  return keepBefore(trx, id, {
    actor: caller.actor,
    actorKind: caller.kind,
    changedAt: now,
    resolved: change?.to === 'resolved' ? 1 : 0,
    mttaMs: change?.mttaMs ?? null,
    mttrMs: change?.mttrMs ?? null,
    incident: before.incident,
    clock: clockTouched ? before.clock : null,
  });
}

/**
 * Whether an update can be undone: it changed status, assignee or severity. A rise of severity that ended a snooze has
 * started the escalation again.
 */
export function isUndoable(entries: readonly Entry[], change: Transition | null): boolean {
  const kinds = entries.map(({ eventType }) => eventType);
  const restarted = change === null && kinds.includes('severity_changed') && kinds.includes('snooze_ended');
  return !restarted && kinds.some((kind) => kind !== 'note_added');
}
