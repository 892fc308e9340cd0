/**
 * A schedule during editing: plain data, and functions that return a changed copy, so that the original remains for
 * comparison and undo.
 */
export const ROLES = ['primary', 'secondary'] as const;
export const UNITS = ['hourly', 'daily', 'weekly', 'monthly'] as const;
export const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

export type Role = (typeof ROLES)[number];
export type Unit = (typeof UNITS)[number];
export type WeekDay = (typeof DAYS)[number];

export interface Member {
  name: string;
  email: string;
}

export interface Restriction {
  days?: WeekDay[] | null | undefined;
  from: string;
  to: string;
}

export interface Rotation {
  unit: Unit;
  length: number;
  /** A local date-time in the zone of the schedule. */
  handoff: string;
  slots: Member[][];
  turns: 'always' | 'in_restrictions';
}

export interface DraftLayer {
  name: string;
  role: Role;
  level: number;
  rotation: Rotation;
  restrictions: Restriction[];
  starts_at: string | null;
  ends_at: string | null;
}

export interface Draft {
  time_zone: string;
  layers: DraftLayer[];
}

const MOST_OF_A_NAME = 255;

/** A new layer: no members, weekly turns, hand-off on Mondays at 09:00. */
export function newLayer(draft: Draft, monday: string): DraftLayer {
  const role: Role = draft.layers.some((layer) => layer.role === 'primary') ? 'secondary' : 'primary';
  return {
    name: freeName(draft, role),
    role,
    level: 0,
    rotation: { unit: 'weekly', length: 1, handoff: `${monday}T09:00`, slots: [], turns: 'always' },
    restrictions: [],
    starts_at: null,
    ends_at: null,
  };
}

function freeName({ layers }: Draft, wish: string): string {
  const taken = new Set(layers.map(({ name }) => name));
  let name = wish;
  for (let n = 2; taken.has(name); n++) name = `${wish} ${n}`;
  return name.slice(0, MOST_OF_A_NAME);
}

export const withLayer = (draft: Draft, index: number, change: Partial<DraftLayer>): Draft => ({
  ...draft,
  layers: changedAt(draft.layers, index, (layer) => ({ ...layer, ...change })),
});

export const withRotation = (draft: Draft, index: number, change: Partial<Rotation>): Draft =>
  withLayer(draft, index, { rotation: { ...(draft.layers[index] as DraftLayer).rotation, ...change } });

/** Copies of a list with one item changed, removed, or moved by one place; an invalid position changes nothing. */
export const changedAt = <T>(list: readonly T[], index: number, change: (item: T) => T): T[] =>
  list.map((item, at) => (at === index ? change(item) : item));

export const without = <T>(list: readonly T[], index: number): T[] => list.filter((_, at) => at !== index);

export function movedItem<T>(list: readonly T[], index: number, by: 1 | -1): T[] {
  const [one, other] = [list[index], list[index + by]];
  if (one === undefined || other === undefined) return [...list];
  return list.map((item, at) => (at === index ? other : at === index + by ? one : item));
}

/** Adds a person to a slot; a person is in a slot once, regardless of the case of the address. */
export function joinSlot(slots: readonly Member[][], index: number, member: Member): Member[][] {
  return changedAt(slots, index, (slot) => (slot.some((each) => sameAddress(each, member)) ? slot : [...slot, member]));
}

const sameAddress = (a: Member, b: Member): boolean => a.email.trim().toLowerCase() === b.email.trim().toLowerCase();

/** Names of the layers that differ between two drafts. */
export function layersThatDiffer(mine: Draft, theirs: Draft): string[] {
  const names = [...new Set([...mine.layers, ...theirs.layers].map(({ name }) => name))];
  const said = (draft: Draft, name: string) => JSON.stringify(draft.layers.find((layer) => layer.name === name));
  return names.filter((name) => said(mine, name) !== said(theirs, name));
}

/** The reason why a draft cannot be previewed or saved yet; the server checks the rest and answers 422. */
export type Lack = 'no_layers' | 'no_members' | 'no_handoff' | 'twice';

export function lackOf({ layers }: Draft): { lack: Lack; layer: string } | null {
  if (layers.length === 0) return { lack: 'no_layers', layer: '' };
  const names = layers.map(({ name }) => name);
  for (const [index, { name, rotation }] of layers.entries()) {
    if (rotation.slots.every((slot) => slot.length === 0)) return { lack: 'no_members', layer: name };
    if (rotation.handoff === '') return { lack: 'no_handoff', layer: name };
    if (names.indexOf(name) !== index) return { lack: 'twice', layer: name };
  }
  return null;
}
