/**
 * Vocabulary. A **rotation** hands one slot to the next every `length` units, counted from its **handoff** (a local
 * date-time). A **turn** is the number of such hand-offs since then, negative before it. A **slot** holds the people
 * who are on call together. The **turn offset** is what edits add, so that they keep whoever is on call.
 */
export interface Person {
  name: string;
  email: string;
}

export interface Rotation {
  unit: 'daily' | 'weekly';
  length: number;
  /** Local date-time in the zone of the version. */
  handoff: string;
  slots: Person[][];
  turn_offset: number;
}

const DAY_MS = 86_400_000;
const UNIT_MS: Record<Rotation['unit'], number> = { daily: DAY_MS, weekly: 7 * DAY_MS };

const anchorMs = (rotation: Rotation): number => Date.parse(`${rotation.handoff}Z`);

/** How long one turn lasts. */
export const turnMs = ({ unit, length }: Pick<Rotation, 'unit' | 'length'>): number => UNIT_MS[unit] * length;

/** Hand-offs since the anchor, rounded down, so that it also counts backwards before it. */
export const turnsSince = (rotation: Rotation, at: Date): number =>
  Math.floor((at.getTime() - anchorMs(rotation)) / turnMs(rotation));

export const modulo = (n: number, size: number): number => ((n % size) + size) % size;

/** Which slot has its turn. */
export const slotIndexAt = (rotation: Rotation, at: Date): number =>
  modulo(turnsSince(rotation, at) + rotation.turn_offset, rotation.slots.length);

export const slotAt = (rotation: Rotation, at: Date): Person[] => rotation.slots[slotIndexAt(rotation, at)] ?? [];

/** The first instant after `at` when the next slot has its turn; null where there is only one, which has it for ever. */
export function nextTurnAt(rotation: Rotation, at: Date): Date | null {
  if (rotation.slots.length < 2) return null;
  return new Date(anchorMs(rotation) + (turnsSince(rotation, at) + 1) * turnMs(rotation));
}
