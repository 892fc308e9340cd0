import { Problem } from '../../kernel/ports/problem';
import type { Incident, Status } from '../contract';

/** The state machine of an incident: which states may follow which, and what entering one means. */

/** A state that something enters; nothing becomes open again. */
export type NewStatus = Exclude<Status, 'open'>;

const ALLOWED: Record<Status, readonly NewStatus[]> = {
  open: ['acknowledged', 'in_progress', 'resolved'],
  acknowledged: ['in_progress', 'resolved'],
  in_progress: ['resolved'],
  resolved: [],
};

/** What the state machine reads of an incident. */
export type TransitionState = Pick<Incident, 'status' | 'created_at' | 'acknowledged_at'>;

/** What entering a state changes. The two spans are set only where this very transition set them. */
export interface Transition {
  from: Status;
  to: NewStatus;
  acknowledgedAt: Date | null;
  resolvedAt: Date | null;
  mttaMs: number | null;
  mttrMs: number | null;
}

/**
 * The transition to `to`, or null where the incident already stands there. A person who resolves an incident that was not
 * acknowledged acknowledges it by that; a source that ends its alerts does not.
 * @throws Problem `conflict` where it is not allowed
 */
export function transition(
  incident: TransitionState,
  to: Status,
  now: Date,
  { byPerson }: { byPerson: boolean },
): Transition | null {
  const { status: from } = incident;
  if (from === to) return null;
  const entered = ALLOWED[from].find((allowed) => allowed === to);
  if (entered === undefined) throw new Problem('conflict', refusal(from, to));
  const age = Math.max(0, now.getTime() - Date.parse(incident.created_at));
  const first = incident.acknowledged_at === null && (to !== 'resolved' || byPerson);
  return {
    from,
    to: entered,
    acknowledgedAt: first ? now : null,
    resolvedAt: to === 'resolved' ? now : null,
    mttaMs: first ? age : null,
    mttrMs: to === 'resolved' ? age : null,
  };
}

/** How long after its resolution an incident can be reopened. */
const REOPEN_WITHIN_MS = 7 * 86_400_000;

/** @throws Problem `conflict` if the incident is not resolved, or was resolved more than seven days ago */
export function requireReopenable({ status, resolved_at }: Pick<Incident, 'status' | 'resolved_at'>, now: Date): void {
  if (status !== 'resolved' || resolved_at === null) {
    throw new Problem('conflict', `Only a resolved incident can be reopened. This one is ${status}`);
  }
  if (now.getTime() - Date.parse(resolved_at) <= REOPEN_WITHIN_MS) return;
  throw new Problem('conflict', `This incident was resolved more than 7 days ago, on ${resolved_at}. Open a new one`);
}

/** Clients of the original compare this sentence, so it keeps the list style of its language. */
function refusal(from: Status, to: Status): string {
  const allowed = ALLOWED[from].map((status) => `'${status}'`).join(', ');
  return `Cannot transition from '${from}' to '${to}'. Allowed: ${allowed === '' ? 'none (terminal state)' : `[${allowed}]`}`;
}
