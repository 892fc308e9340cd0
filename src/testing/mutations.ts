import { isRecord } from '../alerts/formats/read';
import { changedAt, OTHERS, placesIn, TEXTS, TIMES, without } from './badBodies';

/** A source of random numbers that repeats with its seed. */
export interface Chance {
  /** A whole number from 0 to below `below`. */
  int(below: number): number;
  pick<T>(items: readonly T[]): T;
}

/** @param seed any whole number */
export function chanceOf(seed: number): Chance {
  let state = seed >>> 0;
  // Mulberry32.
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const int = (below: number): number => Math.floor(next() * below);
  return { int, pick: (items) => items[int(items.length)] as (typeof items)[number] };
}

type Change = (body: unknown, chance: Chance) => unknown;

const atPlace =
  (change: (value: unknown, chance: Chance) => unknown): Change =>
  (body, chance) =>
    changedAt(body, chance.int(placesIn(body)), (value) => change(value, chance));

/** Changes of a body's values. */
const CHANGES: readonly Change[] = [
  atPlace((_value, chance) => chance.pick(OTHERS)),
  atPlace((_value, chance) => chance.pick(TEXTS)),
  atPlace((_value, chance) => chance.pick(TIMES)),
  atPlace(without),
  atPlace((value) => [value, value]),
  atPlace((value) => ({ [(JSON.stringify(value) ?? '').slice(0, 20)]: value })),
  atPlace((value) => (typeof value === 'string' ? value.toUpperCase() : typeof value === 'number' ? -value : -1)),
  atPlace((value, chance) => (isRecord(value) ? { ...value, [chance.pick(TEXTS)]: chance.pick(OTHERS) } : value)),
  atPlace((value, chance) => (Array.isArray(value) ? Array.from({ length: chance.int(60) }, () => value[0]) : value)),
];

/** A damaged copy of some bytes: one byte changed, removed or repeated, a cut, or two parts exchanged. */
function damaged(bytes: Buffer, chance: Chance): Buffer {
  const at = chance.int(Math.max(1, bytes.length));
  const [head, tail] = [bytes.subarray(0, at), bytes.subarray(at)];
  const ways = [
    () => Buffer.concat([head, Buffer.from([chance.int(256)]), tail.subarray(1)]),
    () => Buffer.concat([head, tail.subarray(1)]),
    () => Buffer.concat([head, tail.subarray(0, 9), tail]),
    () => head,
    () => Buffer.concat([tail, head]),
  ];
  return chance.pick(ways)();
}

const DAMAGED_OF = 5;

/** A body after one to four random changes; every fifth one is damaged as bytes too. */
export function mutated(body: unknown, chance: Chance): Buffer {
  let changed = body;
  for (let left = 1 + chance.int(4); left > 0; left--) changed = chance.pick(CHANGES)(changed, chance);
  const bytes = Buffer.from(JSON.stringify(changed) ?? '');
  return chance.int(DAMAGED_OF) === 0 ? damaged(bytes, chance) : bytes;
}
