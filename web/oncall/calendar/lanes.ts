import type { Span } from './days';
import { clipped, type Packed, packed } from './geometry';

/** Lays out lanes from top to bottom. Heights are in pixels; time is not used here. */

export type BlockKind = 'shift' | 'over' | 'gap' | 'thin';

/** A span in a lane: its person, its reason, and the override behind it. */
export interface Block extends Span {
  key: string;
  kind: BlockKind;
  label: string;
  /** A full sentence for the tooltip and for screen readers. */
  title: string;
  /** E-mail address of the person whose colour the block has; null for a gap. */
  who: string | null;
  /** The override that can be moved here, with its full span. */
  takes?: Span & { id: string };
  /** Moved, but not confirmed by the server yet. */
  moving?: boolean;
}

export interface Lane {
  key: string;
  name: string;
  note?: string;
  /** The final schedule; its lane is taller. */
  final?: boolean;
  blocks: readonly Block[];
}

/** Lanes between two separator lines. */
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

/** Lays out the blocks in view. A lane has as many rows as blocks overlap in it. */
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

/** The lane at a height, in pixels. */
export const laneAt = ({ lanes }: Placed, y: number): PlacedLane | null =>
  lanes.find((each) => each.y <= y && y < each.y + each.height) ?? null;

/** The overrides in view that can be moved. */
export const movable = ({ lanes }: Placed): (Span & { id: string })[] =>
  lanes.flatMap(({ blocks }) => blocks.flatMap(({ takes, moving }) => (takes === undefined || moving ? [] : takes)));
