import { calendarWords } from '../../text/calendar';
import { tintOf } from '../../ui/icons';
import { type Day, hoursOf, midnightsOf, type Span, type Zoom } from './days';
import { dayName, hoursLabel, stamp, time } from './format';
import { clipped, labelFor, type Packed, percent, shareOf } from './geometry';
import { type Block, HEAD, type Placed, type PlacedLane, rowHeight } from './lanes';
import { type Moved, partsOf } from './movedOverride';

/** The timeline drawing. Positions along the time are shares of the width; text keeps its size. */

export interface Scene {
  view: Span;
  days: readonly Day[];
  zoom: Zoom;
  zone: string;
  otherZone: string | null;
  placed: Placed;
  /** The instant of the now-line, in milliseconds since 1970. */
  now: number;
  widthPx: number;
  /** The span selected by pointer or keyboard. */
  chosen: (Span & { lane: string }) | null;
  /** The override that is being moved. */
  held: Moved | null;
  /** Shows grips on overrides that the viewer can move. */
  movable: boolean;
}

const DAY_NAME_PX = 52;
const SHORT_NAME_PX = 24;
const NOW_TAG_PX = 21;
/** The width of the label with the length of a day. */
const HOURS_PX = 40;
const HOURS_APART = { day: 2, week: 24, weeks: 24, month: 24 } as const;

/** Days, weekends, hours, the midnights of the second zone, and the lines between groups of lanes. */
export function Grid({ scene }: { scene: Scene }) {
  const { days, view, placed, zone, zoom, otherZone, now, widthPx } = scene;
  const hours = days.flatMap((day) => hoursOf(zone, day, HOURS_APART[zoom]));
  const elsewhere = otherZone === null ? [] : midnightsOf(otherZone, view);
  return (
    <>
      {days.map((day) => (
        <DayColumn key={day.date} day={day} scene={scene} />
      ))}
      {hours.map(({ instant, label }) => (
        <g key={instant}>
          <line class="grid" x1={at(view, instant)} x2={at(view, instant)} y1={HEAD - 12} y2={placed.height} />
          {Math.abs(shareOf(view, instant) - shareOf(view, now)) * widthPx > HOURS_PX && (
            <text x={at(view, instant)} y={HEAD - 18} text-anchor="middle">
              {label}
            </text>
          )}
        </g>
      ))}
      {elsewhere.map((instant) => (
        <line key={instant} class="mid" x1={at(view, instant)} x2={at(view, instant)} y1={HEAD - 13} y2={HEAD - 7} />
      ))}
      {placed.rules.map((y) => (
        <line key={y} class="grid" x1="0" x2="100%" y1={y} y2={y} />
      ))}
    </>
  );
}

function DayColumn({ day, scene }: { day: Day; scene: Scene }) {
  const { view, placed, now, widthPx } = scene;
  const x = at(view, day.from);
  const width = shareOf(view, day.to) - shareOf(view, day.from);
  const px = width * widthPx;
  const name = dayName(day.date, px >= DAY_NAME_PX ? 'full' : px >= SHORT_NAME_PX ? 'number' : 'week');
  const today = day.from <= now && now < day.to;
  const fromTag = (shareOf(view, now) - shareOf(view, day.from)) * widthPx;
  const underTag = fromTag > -NOW_TAG_PX && fromTag < HOURS_PX + NOW_TAG_PX;
  return (
    <>
      {day.weekend && <rect class="weekend" x={x} y="0" width={percent(width)} height={placed.height} />}
      <line class="grid" x1={x} x2={x} y1="0" y2={placed.height} />
      <text class={today ? 'today' : undefined} x={x} dx={px >= DAY_NAME_PX ? 8 : 4} y="22">
        {name}
      </text>
      {day.hours !== 24 && !underTag && (
        <text x={x} dx={px >= DAY_NAME_PX ? 8 : 4} y="40">
          {hoursLabel(day.hours)}
        </text>
      )}
    </>
  );
}

export function Lanes({ scene }: { scene: Scene }) {
  return (
    <>
      {scene.placed.lanes.map((placed) => (
        <g key={placed.lane.key}>
          {placed.blocks.map((block) => (
            <BlockBox key={block.key} block={block} placed={placed} scene={scene} />
          ))}
        </g>
      ))}
      <Chosen scene={scene} />
    </>
  );
}

function BlockBox({ block, placed, scene }: { block: Packed<Block>; placed: PlacedLane; scene: Scene }) {
  const { view, held } = scene;
  const height = rowHeight(placed.lane);
  const place = { y: placed.y + block.row * (placed.height / rowsOf(placed)), height };
  const taken = held !== null && block.takes?.id === held.id;
  const tint = tintOfBlock(block);
  return (
    <>
      <svg
        class={[tint, (taken || block.moving) && 'faded'].filter(Boolean).join(' ') || undefined}
        x={at(view, block.from)}
        width={percent(shareOf(view, block.to) - shareOf(view, block.from))}
        {...place}
        data-block={block.key}
      >
        <title>{block.title}</title>
        <BoxInside block={block} height={height} scene={scene} />
        {scene.movable && block.takes && !block.moving && <Grips of={block.takes} block={block} scene={scene} />}
      </svg>
      {taken && <HeldBox held={held} block={block} scene={scene} {...place} />}
    </>
  );
}

/** The CSS class that colours a block. */
export const tintOfBlock = ({ who }: Block): string | undefined => (who === null ? undefined : tintOf(who));

function BoxInside({ block, height, scene }: { block: Block; height: number; scene: Scene }) {
  const widthPx = (shareOf(scene.view, block.to) - shareOf(scene.view, block.from)) * scene.widthPx;
  const look = lookOf(block, scene.now);
  return (
    <>
      <rect class={look.box} x="1.5" y="1" width="100%" height={height - 2} rx="4" />
      <text class={look.text} x="6" y={height / 2 + 4}>
        {labelIn(block, widthPx)}
      </text>
    </>
  );
}

/** A gap in the past is not drawn as a warning. */
export function lookOf({ kind, to }: Block, now: number): { box: string; text: string } {
  if (kind === 'gap') return to <= now ? { box: 'away', text: 'who2' } : { box: 'gap', text: 'gaptext' };
  return { box: kind === 'over' ? 'shift over' : kind, text: 'who' };
}

/** The scale of the text in the drawing. */
const BOLD = 1.1;

/** As much of a label as fits. A gap loses its length first; a word is never cut. */
export function labelIn({ kind, label }: Block, widthPx: number): string {
  if (kind !== 'gap') return labelFor(label, widthPx);
  return [label, calendarWords.nobody].find((text) => labelFor(text, widthPx / BOLD) === text) ?? '';
}

/** Grips at the edges of an override. An edge in the past has none. */
function Grips({ of, block, scene }: { of: Span; block: Block; scene: Scene }) {
  const parts = partsOf(of, scene.now);
  return (
    <>
      {parts.includes('whole') && <rect class="grip whole" width="100%" height="100%" />}
      {parts.includes('start') && of.from === block.from && <rect class="grip" width="8" height="100%" />}
      {parts.includes('end') && of.to === block.to && (
        <rect class="grip" x="100%" width="8" height="100%" transform="translate(-8 0)" />
      )}
    </>
  );
}

interface HeldBoxProps {
  held: Moved;
  block: Block;
  scene: Scene;
  y: number;
  height: number;
}

/** The new position of a moved override, labelled with its times. */
function HeldBox({ held, block, scene, y, height }: HeldBoxProps) {
  const tint = tintOfBlock(block);
  const seen = clipped(scene.view, held);
  if (seen === null) return null;
  const [x, width] = [shareOf(scene.view, seen.from), shareOf(scene.view, seen.to) - shareOf(scene.view, seen.from)];
  const times = `${stamp(scene.zone, held.from)} – ${stamp(scene.zone, held.to)}`;
  const end = x > 0.5;
  return (
    <>
      <svg class={tint} x={percent(x)} width={percent(width)} y={y} height={height}>
        <BoxInside block={{ ...block, ...seen }} height={height} scene={scene} />
      </svg>
      <rect class="chosen" x={percent(x)} width={percent(width)} y={y} height={height} rx="4" />
      <text class="heldtimes" x={percent(end ? x + width : x)} y={y - 4} text-anchor={end ? 'end' : 'start'}>
        {times}
      </text>
    </>
  );
}

const rowsOf = ({ blocks }: PlacedLane): number => Math.max(1, ...blocks.map(({ row }) => row + 1));

function Chosen({ scene: { chosen, placed, view } }: { scene: Scene }) {
  const lane = placed.lanes.find((each) => each.lane.key === chosen?.lane);
  if (chosen === null || lane === undefined) return null;
  const from = shareOf(view, Math.max(view.from, chosen.from));
  const to = shareOf(view, Math.min(view.to, chosen.to));
  if (to <= from) return null;
  return <rect class="chosen" x={percent(from)} y={lane.y} width={percent(to - from)} height={lane.height} rx="4" />;
}

/** The now-line with its time. It covers the name of a day if they overlap. */
export function NowLine({ scene: { view, now, placed, zone } }: { scene: Scene }) {
  if (now < view.from || now >= view.to) return null;
  const x = at(view, now);
  return (
    <>
      <line class="now" x1={x} x2={x} y1="46" y2={placed.height} />
      <rect
        class="nowtag"
        x={x}
        y="32"
        width={2 * NOW_TAG_PX}
        height="18"
        rx="4"
        transform={`translate(${-NOW_TAG_PX} 0)`}
      />
      <text class="nowtext" x={x} y="45" text-anchor="middle">
        {time(zone, now)}
      </text>
    </>
  );
}

const at = (view: Span, instant: number): string => percent(shareOf(view, instant));
