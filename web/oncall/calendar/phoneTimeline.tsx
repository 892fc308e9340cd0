import { type Day, hoursOf, type Span } from './days';
import { dayName, hoursLabel, time } from './format';
import { clipped, type Packed, packed, percent, shareOf } from './geometry';
import type { Block, Lane, Placed } from './lanes';
import type { Moved } from './movedOverride';
import { labelIn, lookOf, tintOfBlock } from './timelineParts';
import type { Selected } from './useSelection';
import type { PHONE_ZOOMS } from './view';
import { HOUR } from './zones';

/** The calendar drawing on a phone: time runs down in pixels, with a column for each lane. */

export type PhoneZoom = (typeof PHONE_ZOOMS)[number];

export interface PhoneScene {
  view: Span;
  days: readonly Day[];
  zoom: PhoneZoom;
  zone: string;
  now: number;
  widthPx: number;
  columns: readonly Column[];
  chosen: Selected | null;
  held: Moved | null;
}

/** A lane with its position and width, in per cent of the drawing's width. */
export interface Column {
  lane: Lane;
  left: number;
  width: number;
}

export const HOUR_PX: Record<PhoneZoom, number> = { day: 22, week: 3, month: 1 };
/** The scale of the text on a phone. */
const PHONE_LETTERS = 1.12;
export const PHONE_HEAD = 20;
const NAME_PX = 16;
/** The left edge of the columns, right of the day names, and the space between columns. */
const FIRST_COLUMN = 18;
const AIR = 2;
/** The position of a day's name, and the distance to the now-line below which the name moves down. */
const NAME_Y = 17;
const NEAR_PX = 20;
const BELOW_PX = 24;
const HOURS_APART = 2;

export function columnsIn({ lanes }: Placed): Column[] {
  const pitch = (100 - FIRST_COLUMN) / Math.max(1, lanes.length);
  return lanes.map(({ lane }, index) => ({ lane, left: FIRST_COLUMN + index * pitch, width: pitch - AIR }));
}

export const columnAt = (columns: readonly Column[], share: number): Column | undefined =>
  columns.find(({ left, width }) => left <= share * 100 && share * 100 < left + width);

export const heightOf = ({ from, to }: Span, zoom: PhoneZoom): number => ((to - from) / HOUR) * HOUR_PX[zoom];

export const yIn = ({ view, zoom }: PhoneScene, instant: number): number =>
  shareOf(view, instant) * heightOf(view, zoom);
export const tallIn = (scene: PhoneScene, { from, to }: Span): number => yIn(scene, to) - yIn(scene, from);

export function PhoneDrawing({ scene }: { scene: PhoneScene }) {
  return (
    <>
      {scene.columns.map(({ lane, left }) => (
        <text key={lane.key} x={`${left}%`} y="12">
          {lane.name}
        </text>
      ))}
      <g transform={`translate(0 ${PHONE_HEAD})`}>
        {scene.days.map((day) => (
          <DayRow key={day.date} day={day} scene={scene} />
        ))}
        {scene.columns.map((column) => (
          <Blocks key={column.lane.key} column={column} scene={scene} />
        ))}
        <NowRow scene={scene} />
      </g>
    </>
  );
}

function DayRow({ day, scene }: { day: Day; scene: PhoneScene }) {
  const [y, height] = [yIn(scene, day.from), tallIn(scene, day)];
  const { now, zone, zoom } = scene;
  const today = day.from <= now && now < day.to;
  const nowAt = yIn(scene, now);
  const near = (at: number): boolean => Math.abs(nowAt - at) < NEAR_PX;
  const hidden = near(y + NAME_Y - 5);
  const name = hidden ? nowAt + BELOW_PX : y + NAME_Y;
  // Leaves the name out if it does not fit between the now-line and the end of the day.
  const room = !hidden || name < y + height;
  return (
    <>
      {day.weekend && <rect class="weekend" x="0" y={y} width="100%" height={height} />}
      <line class="grid" x1="0" x2="100%" y1={y} y2={y} />
      {room && (
        <text class={today ? 'today' : undefined} x="0" y={name}>
          {dayName(day.date, 'full')}
        </text>
      )}
      {day.hours !== 24 && zoom !== 'month' && (
        <text x="0" y={name + 17}>
          {hoursLabel(day.hours)}
        </text>
      )}
      {zoom === 'day' &&
        hoursOf(zone, day, HOURS_APART).map(({ instant, label }) => (
          <g key={instant}>
            <line class="grid" x1="13%" x2="100%" y1={yIn(scene, instant)} y2={yIn(scene, instant)} />
            {!near(yIn(scene, instant)) && (
              <text x="0" y={yIn(scene, instant) + 4}>
                {label}
              </text>
            )}
          </g>
        ))}
    </>
  );
}

function Blocks({ column: { lane, left, width: whole }, scene }: { column: Column; scene: PhoneScene }) {
  const { spans, rows } = packed(lane.blocks.flatMap((block) => clipped(scene.view, block) ?? []));
  const width = whole / rows;
  return (
    <>
      {spans.map((block) => (
        <BlockBox key={block.key} block={block} left={left + block.row * width} width={width} scene={scene} />
      ))}
    </>
  );
}

interface BoxProps {
  block: Block | Packed<Block>;
  left: number;
  width: number;
  scene: PhoneScene;
}

function BlockBox({ block, left, width, scene }: BoxProps) {
  const taken = block.takes !== undefined && block.takes.id === scene.held?.id;
  const tint = tintOfBlock(block);
  return (
    <svg
      class={[tint, (taken || block.moving) && 'faded'].filter(Boolean).join(' ') || undefined}
      x={percent(left / 100)}
      y={yIn(scene, block.from)}
      width={`${width}%`}
      height={Math.max(3, tallIn(scene, block))}
      data-block={block.key}
    >
      <title>{block.title}</title>
      <Inside block={block} width={width} scene={scene} />
    </svg>
  );
}

export function Inside({ block, width, scene }: Omit<BoxProps, 'left'>) {
  const look = lookOf(block, scene.now);
  const height = Math.max(3, tallIn(scene, block));
  return (
    <>
      <rect class={look.box} x="1" y="1" width="99%" height={Math.max(1, height - 2)} rx="4" />
      {height >= NAME_PX && (
        <text class={look.text} x="8" y={Math.min(18, height / 2 + 5)}>
          {labelIn(block, ((scene.widthPx * width) / 100 - 4) / PHONE_LETTERS)}
        </text>
      )}
    </>
  );
}

function NowRow({ scene }: { scene: PhoneScene }) {
  const { view, now, zone } = scene;
  if (now < view.from || now >= view.to) return null;
  const at = yIn(scene, now);
  return (
    <>
      <line class="now" x1="44" x2="100%" y1={at} y2={at} />
      <rect class="nowtag" x="0" y={at - 9} width="44" height="18" rx="4" />
      <text class="nowtext" x="22" y={at + 4} text-anchor="middle">
        {time(zone, now)}
      </text>
    </>
  );
}
