import type { Layer } from './layers';
import { modulo } from './localDates';
import type { Version } from './onCall';
import { windowsOf } from './restrictions';
import { keyOf, type Person, slotOf, turnsOf } from './rotation';
import { minuteOf, zoneOf } from './zones';

/**
 * Keeps the person on call through an edit: the turn offset of a new layer is set so that a member who is on call stays
 * on call.
 */

type Draft = Pick<Version, 'time_zone' | 'layers'>;

/**
 * The layers of a draft with the turn offsets that apply from `at`. A layer continues the one with its name in the
 * version before, else the one in the same place among the layers of its role. If the person on call is not a member
 * any more, the next one of the old order who stays takes the turn.
 */
export function keepTurns(draft: Draft, before: Version | null, at: Date): Layer[] {
  return draft.layers.map((layer) => {
    const fresh = { ...layer, rotation: { ...layer.rotation, turn_offset: 0 } };
    const previous = before === null ? undefined : predecessorOf(layer, draft.layers, before.layers);
    if (previous === undefined || before === null) return fresh;
    const slot = successorOf(previous, turnAt(previous, before.time_zone, at), layer);
    if (slot === null) return fresh;
    const { rotation } = fresh;
    const turn_offset = modulo(slot - turnAt(fresh, draft.time_zone, at), rotation.slots.length);
    return { ...fresh, rotation: { ...rotation, turn_offset } };
  });
}

/** Versions in order of time; the planned ones get turn offsets that continue the version before each. */
export function keptInTurn<V extends Version>(versions: readonly V[], now: Date): V[] {
  const kept: V[] = [];
  for (const version of versions) {
    const before = kept.at(-1);
    const planned = before !== undefined && version.effective_from > now;
    const layers = planned ? keepTurns(version, before, version.effective_from) : version.layers;
    const same = layers.every(({ rotation }, i) => rotation.turn_offset === version.layers[i]?.rotation.turn_offset);
    kept.push(same ? version : { ...version, layers });
  }
  return kept;
}

function predecessorOf(layer: Layer, draft: readonly Layer[], before: readonly Layer[]): Layer | undefined {
  const named = before.find(({ name, role }) => name === layer.name && role === layer.role);
  if (named !== undefined) return named;
  const names = new Set(draft.map(({ name }) => name));
  const renamed = before.filter(({ name, role }) => role === layer.role && !names.has(name));
  const known = new Set(before.map(({ name }) => name));
  const place = draft.filter(({ name, role }) => role === layer.role && !known.has(name)).indexOf(layer);
  return renamed[place];
}

const turnAt = ({ rotation, restrictions = [] }: Layer, timeZone: string, at: Date): number => {
  const zone = zoneOf(timeZone);
  return turnsOf(rotation, windowsOf(restrictions, zone), zone).at(minuteOf(at));
};

/**
 * The place in the new order of the slot that has the turn, or of the next slot in the old order of which a member
 * remains.
 */
function successorOf({ rotation: old }: Layer, turn: number, { rotation }: Layer): number | null {
  const current = slotOf(old, turn);
  for (let ahead = 0; ahead < old.slots.length; ahead++) {
    const found = sameOccurrence(old.slots, (current + ahead) % old.slots.length, rotation.slots);
    if (found !== null) return found;
  }
  return null;
}

/** The place of a slot in a new order. If the same people have several turns, the second turn stays the second. */
function sameOccurrence(old: readonly Person[][], index: number, slots: readonly Person[][]): number | null {
  const wanted = old[index] as Person[];
  const same = slots.flatMap((slot, place) => (isSame(slot, wanted) ? place : []));
  if (same.length > 0) {
    const earlier = old.slice(0, index).filter((slot) => isSame(slot, wanted)).length;
    return same[Math.min(earlier, same.length - 1)] as number;
  }
  const overlapping = slots.findIndex((slot) => slot.some((person) => isAmong(person, wanted)));
  return overlapping === -1 ? null : overlapping;
}

const isAmong = (person: Person, people: readonly Person[]): boolean =>
  people.some((each) => keyOf(each) === keyOf(person));

const isSame = (a: readonly Person[], b: readonly Person[]): boolean =>
  a.every((person) => isAmong(person, b)) && b.every((person) => isAmong(person, a));
