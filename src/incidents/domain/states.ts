import { Problem } from '../../kernel/ports/problem';
import type { Incident, Status } from '../contract';

/** The state machine of an incident: the allowed transitions and their effects. */

/** A status that a transition can lead to. No transition leads to `open`: see reopen and unacknowledge. */
export type NewStatus = Exclude<Status, 'open'>;

const ALLOWED: Record<Status, readonly NewStatus[]> = {
  open: ['acknowledged', 'in_progress', 'resolved'],
  acknowledged: ['in_progress', 'resolved'],
  in_progress: ['resolved'],
  resolved: [],
};

/** The fields of an incident that the state machine reads. */
export type TransitionState = Pick<Incident, 'status' | 'created_at' | 'acknowledged_at'>;

/** The effects of a transition. The two times in milliseconds are set only by the transition that measures them. */
export interface Transition {
  from: Status;
  to: NewStatus;
  acknowledgedAt: Date | null;
  resolvedAt: Date | null;
  mttaMs: number | null;
  mttrMs: number | null;
}

/**
 * The transition to `to`, or null if the incident has that status already. The first person who acknowledges what only a
 * machine acknowledged counts as the one who acknowledged it. If a person resolves an incident that was not
 * acknowledged, that also acknowledges it; if its source ends its alerts, it does not.
 * @throws Problem `conflict` if the state machine does not allow the transition
 */
export function transition(
  incident: TransitionState,
  to: Status,
  now: Date,
  { byPerson }: { byPerson: boolean },
): Transition | null {
  const { status: from } = incident;
  if (from === to) return isFirstByPerson(incident, byPerson) ? acknowledgedBy(incident, now) : null;
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

/** Whether a person acknowledges an incident that only a machine has acknowledged. */
const isFirstByPerson = ({ status, acknowledged_at }: TransitionState, byPerson: boolean): boolean =>
  byPerson && status === 'acknowledged' && acknowledged_at === null;

const acknowledgedBy = ({ created_at }: TransitionState, now: Date): Transition => ({
  from: 'acknowledged',
  to: 'acknowledged',
  acknowledgedAt: now,
  resolvedAt: null,
  mttaMs: Math.max(0, now.getTime() - Date.parse(created_at)),
  mttrMs: null,
});

/**
 * The acknowledgement of an open incident by a monitoring tool; null in any other state. No person acknowledged it, so it
 * has no time of that and measures nothing.
 */
export function machineAcknowledgement({ status }: Pick<TransitionState, 'status'>): Transition | null {
  if (status !== 'open') return null;
  return { from: 'open', to: 'acknowledged', acknowledgedAt: null, resolvedAt: null, mttaMs: null, mttrMs: null };
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

/** The text is part of the API: existing clients compare it, so it keeps its list syntax. */
function refusal(from: Status, to: Status): string {
  const allowed = ALLOWED[from].map((status) => `'${status}'`).join(', ');
  return `Cannot transition from '${from}' to '${to}'. Allowed: ${allowed === '' ? 'none (terminal state)' : `[${allowed}]`}`;
}
