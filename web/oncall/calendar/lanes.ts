import type { Span } from './days';
import { clipped, type Packed, packed } from './geometry';

/** Where lanes lie, one below the other. Heights are pixels; nothing here knows time. */

export type BlockKind = 'shift' | 'over' | 'gap' | 'thin';

/** One span of a lane: who, why, and what it is to the hand that presses it. */
export interface Block extends Span {
  key: string;
  kind: BlockKind;
  label: string;
  /** The whole of it as a sentence, for whoever hovers or listens. */
  title: string;
  /** E-mail address of the person whose tint it has; null where it is nobody's. */
  who: string | null;
  /** The override that a hand takes up here, with the whole of its span. */
  takes?: Span & { id: string };
  /** It was put here, and the server has not said so yet. */
  moving?: boolean;
}

export interface Lane {
  key: string;
  name: string;
  note?: string;
  /** The outcome: taller than what it is made of. */
  final?: boolean;
  blocks: readonly Block[];
}

/** Lanes that belong together, between two hairlines. */
export interface Group {
  key: string;
  lanes: readonly Lane[];
}

export interface PlacedLane {
  lane: Lane;
  y: number;
  height: number;
  blocks: Packed<Block>[];
}

export interface Placed {
  lanes: PlacedLane[];
  rules: number[];
  height: number;
}

export const HEAD = 64;
const PAD = 8;
const AIR = 10;
const FINAL_AIR = 8;
export const ROW = 28;
export const FINAL_ROW = 36;

export const rowHeight = (lane: Lane): number => (lane.final ? FINAL_ROW : ROW);

/** What is in view, laid out; a lane takes as many rows as overlap in it. */
export function placed(view: Span, groups: readonly Group[]): Placed {
  const lanes: PlacedLane[] = [];
  const rules: number[] = [];
  let y = HEAD;
  for (const group of groups) {
    rules.push(y);
    y += PAD;
    for (const lane of group.lanes) {
      const seen = lane.blocks.flatMap((block) => clipped(view, block) ?? []);
      const { spans, rows } = packed(seen);
      const pitch = rowHeight(lane) + (lane.final ? FINAL_AIR : AIR);
      lanes.push({ lane, y, height: rows * pitch, blocks: spans });
      y += rows * pitch;
    }
    y += PAD / 2;
  }
  return { lanes, rules, height: y };
}

/** The lane under a hand. */
export const laneAt = ({ lanes }: Placed, y: number): PlacedLane | null =>
  lanes.find((each) => each.y <= y && y < each.y + each.height) ?? null;

/** Everything in view that can be taken up. */
export const takeable = ({ lanes }: Placed): (Span & { id: string })[] =>
  lanes.flatMap(({ blocks }) => blocks.flatMap(({ takes, moving }) => (takes === undefined || moving ? [] : takes)));
