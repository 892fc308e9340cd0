import { mapSteps, type Steps } from '../../kernel/async/steps';
import { type Layer, scannedADay } from './layers';
import { DAY_MINUTES } from './localDates';
import type { Version } from './onCall';
import { overrideSpan } from './overrides';
import type { Person } from './rotation';
import { versionSpans } from './shifts';
import type { Override, Role } from './types';
import { minuteAfter, minuteOf } from './zones';

/**
 * The estimated cost of a query for a span. **Work** counts the changes of who is on call, times the layers and people
 * that each change reads; one unit takes about a microsecond. **Size** is the answer in bytes of JSON. Both are upper
 * bounds.
 */
export interface Cost {
  work: number;
  bytes: number;
}

/** The limits of one query; a span that costs more is refused. */
export const MOST: Cost = { work: 220_000, bytes: 16 * 1024 * 1024 };

/** The lists that an answer holds: shifts, hand-offs, or the duties of each layer. */
export type Listed = 'shifts' | 'handoffs' | 'layers';

/** The fixed cost of a change, in layers. */
const EACH_CHANGE = 5;
/** Reading a window or a turn costs much less than a change. */
const SCANS_EACH_LAYER = 20;
/** Reading a member costs less than reading a layer. */
const MEMBERS_EACH_LAYER = 10;
const TURNS_A_DAY = { hourly: 24, daily: 1, weekly: 1 / 7, monthly: 1 / 28 } as const;
const WEEK = 7;
/** The JSON of a shift, a hand-off and a duty of a layer, without the people and names in it. */
const SHIFT_BYTES = 200;
const HANDOFF_BYTES = 120;
const DUTY_BYTES = 110;
const PERSON_BYTES = 24;

function changesADay({ rotation: { unit, length, slots, turns }, restrictions = [] }: Layer): number {
  const units = TURNS_A_DAY[unit] / (turns === 'in_restrictions' ? 1 : length);
  const windows = restrictions.reduce((sum, { days }) => sum + (2 * (days?.length ?? WEEK)) / WEEK, 0);
  return windows + (slots.length < 2 ? 0 : units);
}

const jsonBytes = (text: string): number => Buffer.byteLength(JSON.stringify(text));

const bytesOfPerson = ({ name, email }: Person): number => PERSON_BYTES + jsonBytes(name) + jsonBytes(email);

/** The largest slot of a layer: its number of people and their bytes. */
function fullest({ rotation: { slots } }: Layer): { people: number; bytes: number } {
  return slots.reduce(
    (most, slot) => ({
      people: Math.max(most.people, slot.length),
      bytes: Math.max(
        most.bytes,
        slot.reduce((sum, person) => sum + bytesOfPerson(person), 0),
      ),
    }),
    { people: 0, bytes: 0 },
  );
}

interface LayerCost {
  role: Role;
  level: number;
  name: number;
  changes: number;
  scanned: number;
  people: number;
  bytes: number;
}

const costOfLayer = (layer: Layer): LayerCost => ({
  role: layer.role,
  level: layer.level,
  name: jsonBytes(layer.name),
  changes: changesADay(layer),
  scanned: scannedADay(layer),
  ...fullest(layer),
});

const sum = <T>(items: readonly T[], of: (item: T) => number): number => items.reduce((all, item) => all + of(item), 0);

/** The cost of each layer; interruptible, because it reads the name of each member. */
const layerCostsIn = ({ layers }: Pick<Version, 'layers'>): Steps<LayerCost[]> => mapSteps(layers, costOfLayer);

/** The cost of one day of a version. */
function costADay(
  { layers }: Pick<Version, 'layers'>,
  costs: readonly LayerCost[],
  listed: readonly Listed[],
  members = false,
): Cost {
  const changes = sum(costs, (layer) => layer.changes);
  const more = sum(costs, ({ people }) => Math.max(0, people - 1));
  const all = members ? sum(layers, ({ rotation }) => rotation.slots.flat().length) / MEMBERS_EACH_LAYER : 0;
  const work =
    changes * (EACH_CHANGE + layers.length + more + all) + sum(costs, (layer) => layer.scanned) / SCANS_EACH_LAYER;
  return { work, bytes: sum(listed, (list) => BYTES_A_DAY[list](costs)) };
}

const BYTES_A_DAY: Record<Listed, (layers: readonly LayerCost[]) => number> = {
  // A shift ends at a hand-off of its layer, and when a layer above begins or ends.
  shifts: (layers) =>
    sum(layers, (layer) => {
      const above = layers.filter(({ role, level }) => role === layer.role && level > layer.level);
      return (layer.changes + sum(above, ({ changes }) => changes)) * shiftBytes(layer);
    }),
  // A hand-off also names the people who stay.
  handoffs: (layers) =>
    sum(layers, (layer) => {
      const same = layers.filter(({ role }) => role === layer.role);
      return layer.changes * (HANDOFF_BYTES + sum(same, ({ bytes }) => bytes) + layer.bytes);
    }),
  layers: (layers) => sum(layers, ({ changes, bytes }) => changes * (DUTY_BYTES + bytes)),
};

const shiftBytes = ({ people, bytes, name }: LayerCost): number => people * (SHIFT_BYTES + name) + bytes;

export interface CostQuery {
  versions: readonly Version[];
  overrides?: readonly Override[];
  listed?: readonly Listed[];
  /** Whether each change reads all members, including those who are not on call. */
  members?: boolean;
}

interface SpanCost {
  version: Version | null;
  start: number;
  end: number;
  costs: readonly LayerCost[];
}

/** Estimates the cost of a span. */
export function* costIn(
  { versions, overrides = [], listed = [], members = false }: CostQuery,
  from: Date,
  to: Date,
): Steps<Cost> {
  const spans: SpanCost[] = [];
  for (const span of versionSpans(versions, minuteOf(from), minuteAfter(to))) {
    spans.push({ ...span, costs: span.version === null ? [] : yield* layerCostsIn(span.version) });
  }
  const cost = costOfOverrides(spans, overrides, listed);
  for (const { version, costs, start, end } of spans) {
    if (version === null) continue;
    const day = costADay(version, costs, listed, members);
    cost.work += (day.work * (end - start)) / DAY_MINUTES;
    cost.bytes += (day.bytes * (end - start)) / DAY_MINUTES;
    yield;
  }
  return cost;
}

/** Each override causes two changes, and each change reads all people on call and all other overrides that run then. */
function costOfOverrides(spans: readonly SpanCost[], overrides: readonly Override[], listed: readonly Listed[]): Cost {
  const [first, last] = [spans.at(0), spans.at(-1)];
  if (overrides.length === 0 || first === undefined || last === undefined) return { work: 0, bytes: 0 };
  const touching = overrides.map(overrideSpan).filter(({ start, end }) => start < last.end && first.start < end);
  const people = Math.max(...spans.map(({ costs }) => sum(costs, (layer) => layer.people + 1)));
  const bytes = Math.max(...spans.map(({ costs }) => sum(costs, shiftBytes)));
  const together = mostTogether(touching);
  const changes = 2 * touching.length;
  const eachBytes = bytes + together * (SHIFT_BYTES + LONGEST_PERSON);
  return { work: changes * (EACH_CHANGE + people + together), bytes: listed.length > 0 ? changes * eachBytes : 0 };
}

/** The longest person in an override, with the reason. */
const LONGEST_PERSON = 300;

/** The largest number of spans that overlap. */
function mostTogether(spans: readonly { start: number; end: number }[]): number {
  const edges = spans
    .flatMap(({ start, end }): [number, number][] => [
      [start, 1],
      [end, -1],
    ])
    .sort(([a, up], [b, down]) => a - b || up - down);
  let [running, most] = [0, 0];
  for (const [, step] of edges) {
    running += step;
    most = Math.max(most, running);
  }
  return most;
}

/** The number of days of the busiest version that one query can cover. */
export function* affordableDaysIn(versions: readonly Version[], listed: readonly Listed[] = []): Steps<number> {
  let most = MOST.work;
  for (const version of versions) {
    const { work, bytes } = costADay(version, yield* layerCostsIn(version), listed);
    most = Math.min(most, MOST.work / Math.max(work, 1), MOST.bytes / Math.max(bytes, 1));
  }
  return most;
}
