import { signal } from '@preact/signals';
import type { Incident, Status } from '../../src/incidents/contract';
import { sentenceOf } from '../live/problems';
import { ports, problemOf } from '../ports';
import { isMe } from '../session';
import { incidents as words } from '../text/incidents';
import { say } from '../ui/toast';

/**
 * Changes of incidents. A change is shown at once, marked busy, and taken back with the reason if the server refuses.
 * The answer of the server is shown until a newer one is fetched.
 */
interface Change {
  of: Partial<Incident>;
  busy: boolean;
}

const changes = signal<ReadonlyMap<string, Change>>(new Map());
const MOST = 200;

function put(id: string, change: Change | null): void {
  const next = new Map(changes.peek());
  next.delete(id);
  if (change) next.set(id, change);
  if (next.size > MOST) next.delete(next.keys().next().value as string);
  changes.value = next;
}

/** The newest known version of an incident: as fetched, or as changed since. */
export function newest<T extends Incident>(incident: T): T {
  const change = changes.value.get(incident.id);
  if (!change) return incident;
  if (!change.busy && (change.of.updated_at ?? '') <= incident.updated_at) return incident;
  return { ...incident, ...change.of };
}

/** Whether the viewer changed it: then its row may move. */
export const wasMoved = (id: string): boolean => changes.value.has(id);

export const isBusy = (id: string): boolean => changes.value.get(id)?.busy ?? false;

/** A target state. Unacknowledged is reached by `unacknowledge` or `reopen`. */
export type Move = Exclude<Status, 'open'>;

/** The states that a person can select from a state; the server decides. */
const NEXT: Record<Status, readonly Move[]> = {
  open: ['acknowledged', 'in_progress', 'resolved'],
  acknowledged: ['in_progress', 'resolved'],
  in_progress: ['resolved'],
  resolved: [],
};
export const mayBecome = (from: Status, to: Move): boolean => NEXT[from].includes(to);

/** How many of the people who must acknowledge have done so, while the escalation still waits for others; else null. */
export function acknowledgedSoFar({ status, escalation }: Pick<Incident, 'status' | 'escalation'>) {
  const { state, acknowledgements: of } = escalation ?? {};
  if (status !== 'acknowledged' || state === 'stopped' || of === undefined || of.by.length >= of.wanted) return null;
  return { count: of.by.length, wanted: of.wanted, byMe: of.by.some(isMe) };
}

/** The second click of a double click must not act on the button that replaced the first. */
const REST_MS = 1_000;
const movedAt = new Map<string, number>();
export const isResting = (id: string): boolean => performance.now() - (movedAt.get(id) ?? -REST_MS) < REST_MS;
function rest(id: string): void {
  movedAt.delete(id);
  movedAt.set(id, performance.now());
  if (movedAt.size > MOST) movedAt.delete(movedAt.keys().next().value as string);
}

const shown = (incident: Incident): string => incident.title;

/** Moves one incident; `again` is called after it was undone. Does nothing within a second after the last move. */
export async function move(
  incident: Incident,
  to: Move,
  by: string | null,
  again?: () => Promise<void>,
): Promise<void> {
  if (isResting(incident.id)) return;
  rest(incident.id);
  const guess = {
    status: to,
    ...(to === 'acknowledged' && incident.assigned_to === null && by !== null && { assigned_to: by }),
    escalation: null,
  };
  put(incident.id, { of: guess, busy: true });
  try {
    const answer = await ports.incidents.update({ id: incident.id, status: to });
    put(incident.id, { of: answer, busy: false });
    rest(incident.id);
    say(words.moved[to](shown(incident)), () => void lead(incident.id, 'undo').then(again));
  } catch (error) {
    put(incident.id, null);
    say(words.failed(words.verb[to], sentenceOf(problemOf(error))));
  }
}

/** Undoes the last change of the viewer, reopens an incident or takes its acknowledgement back. */
export async function lead(id: string, way: 'undo' | 'reopen' | 'unacknowledge'): Promise<void> {
  try {
    const answer = await ports.incidents[way]({ id });
    put(id, { of: answer, busy: false });
    rest(id);
    say(words.led[way](shown(answer)));
  } catch (error) {
    say(words.failed(words.leads[way], sentenceOf(problemOf(error))));
  }
}

const MOST_AT_ONCE = 200;

/** Moves several incidents by one request. Each is accepted or refused alone, and a refused change is taken back. */
export async function moveAll(
  chosen: readonly Incident[],
  to: 'acknowledged' | 'resolved',
  note?: string,
): Promise<void> {
  const able = chosen.filter(({ status }) => mayBecome(status, to)).slice(0, MOST_AT_ONCE);
  for (const { id } of able) put(id, { of: { status: to, escalation: null }, busy: true });
  try {
    const ids = able.map(({ id }) => id);
    const { results } = await ports.incidents.bulk({ ids, status: to, ...(note && { notes: note }) });
    for (const { id, incident } of results) put(id, incident && { of: incident, busy: false });
    const moved = results.filter(({ done }) => done).map(({ id }) => id);
    const undo = moved.length > 0 ? () => void undoAll(moved) : undefined;
    say(words.movedAll(moved.length, words.done[to], results.length - moved.length), undo);
  } catch (error) {
    for (const { id } of able) put(id, null);
    say(words.failed(words.verb[to], sentenceOf(problemOf(error))));
  }
}

/** Undoes the last change of each; an incident that changed meanwhile stays as it is. */
async function undoAll(ids: readonly string[]): Promise<void> {
  try {
    const { results } = await ports.incidents.undoBulk({ ids: [...ids] });
    const undone = results.flatMap(({ incident }) => incident ?? []);
    for (const incident of undone) {
      put(incident.id, { of: incident, busy: false });
      rest(incident.id);
    }
    say(words.undoneAll(undone.length, results.length - undone.length));
  } catch (error) {
    say(words.failed(words.leads.undo, sentenceOf(problemOf(error))));
  }
}

/** Runs the next step of the policy now. */
export async function escalateNow(incident: Incident): Promise<void> {
  try {
    const { escalated_to } = await ports.incidents.escalateIncident({ id: incident.id });
    say(escalated_to === null ? words.escalatedNobody : words.escalated(escalated_to.name));
  } catch (error) {
    say(words.failed(words.escalateNow, sentenceOf(problemOf(error))));
  }
}
