import { useRef } from 'preact/hooks';
import type { Day, Span } from './days';
import { labelIn, lookOf, useTintOf } from './drawing';
import { clipped, packed, percent, shareOf } from './geometry';
import type { Block } from './lanes';
import { dayName, hoursLabel, time } from './names';
import { useWidth } from './width';
import { HOUR } from './zones';

/** The same schedule for a thumb: days going down, a column for each role. */

export interface PhoneColumn {
  name: string;
  blocks: readonly Block[];
}

const HOUR_PX = 2.43;
const WIDTH_BEFORE_MEASURED = 320;
/** Letters are larger on a phone. */
const PHONE_LETTERS = 1.12;
const HEAD = 20;
const NAME_PX = 14;
const COLUMNS = [18, 60] as const;
const COLUMN_WIDTH = 40;
/** Where a day's name stands, and how near the time of now may come before the name steps below it. */
const NAME_Y = 17;
const NEAR_PX = 20;
const BELOW_PX = 24;

interface PhoneProps {
  view: Span;
  days: readonly Day[];
  zone: string;
  now: number;
  columns: readonly PhoneColumn[];
  label: string;
  onBlock(key: string): void;
  /** Later (+1) or earlier (−1). */
  onSwipe(by: 1 | -1): void;
}

/** A thumb that moves so far to the side means another week. */
const SWIPE_PX = 60;

export function PhoneCalendar(props: PhoneProps) {
  const { view, days, columns, label, onBlock, onSwipe } = props;
  const frame = useRef<HTMLDivElement>(null);
  const widthPx = useWidth(frame, WIDTH_BEFORE_MEASURED);
  const began = useRef<{ x: number; y: number } | null>(null);
  const height = ((view.to - view.from) / HOUR) * HOUR_PX;
  const y = (instant: number): number => shareOf(view, instant) * height;
  const released = (event: PointerEvent) => {
    const start = began.current;
    began.current = null;
    if (start === null) return;
    const [dx, dy] = [event.clientX - start.x, event.clientY - start.y];
    if (Math.abs(dx) >= SWIPE_PX && Math.abs(dx) > 2 * Math.abs(dy)) onSwipe(dx < 0 ? 1 : -1);
  };
  const pressed = ({ target }: MouseEvent) => {
    const key = (target as Element).closest('[data-block]')?.getAttribute('data-block');
    if (key) onBlock(key);
  };
  return (
    <div class="pad">
      <div ref={frame}>
        <svg
          class="cal down"
          height={HEAD + height + 2}
          role="img"
          aria-label={label}
          onPointerDown={({ clientX: x, clientY: y }) => (began.current = { x, y })}
          onPointerUp={released}
          onClick={pressed}
        >
          {columns.map(({ name }, index) => (
            <text key={name} x={`${COLUMNS[index]}%`} y="12">
              {name}
            </text>
          ))}
          <g transform={`translate(0 ${HEAD})`}>
            {days.map((day) => (
              <DayRow key={day.date} day={day} y={y(day.from)} height={y(day.to) - y(day.from)} now={props.now} />
            ))}
            {columns.map((column, index) => (
              <Column
                key={column.name}
                column={column}
                left={COLUMNS[index] as number}
                view={view}
                now={props.now}
                widthPx={widthPx}
                y={y}
              />
            ))}
            <NowRow view={view} now={props.now} zone={props.zone} y={y} />
          </g>
        </svg>
      </div>
    </div>
  );
}

function DayRow({ day, y, height, now }: { day: Day; y: number; height: number; now: number }) {
  const today = day.from <= now && now < day.to;
  const nowAt = y + ((now - day.from) / HOUR) * HOUR_PX;
  const name = Math.abs(nowAt - (y + NAME_Y - 5)) < NEAR_PX ? nowAt + BELOW_PX : y + NAME_Y;
  return (
    <>
      {day.weekend && <rect class="weekend" x="0" y={y} width="100%" height={height} />}
      <line class="grid" x1="0" x2="100%" y1={y} y2={y} />
      <text class={today ? 'today' : undefined} x="0" y={name}>
        {dayName(day.date, 'full')}
      </text>
      {day.hours !== 24 && (
        <text x="0" y={name + 17}>
          {hoursLabel(day.hours)}
        </text>
      )}
    </>
  );
}

interface ColumnProps {
  column: PhoneColumn;
  now: number;
  widthPx: number;
  left: number;
  view: Span;
  y: (instant: number) => number;
}

function Column({ column, left, view, now, widthPx, y }: ColumnProps) {
  const { spans, rows } = packed(column.blocks.flatMap((block) => clipped(view, block) ?? []));
  const width = COLUMN_WIDTH / rows;
  return (
    <>
      {spans.map((block) => (
        <BlockBox
          key={block.key}
          block={block}
          now={now}
          left={left + block.row * width}
          top={y(block.from)}
          width={width}
          widthPx={(widthPx * width) / 100}
          height={Math.max(3, y(block.to) - y(block.from))}
        />
      ))}
    </>
  );
}

interface BoxProps {
  block: Block;
  now: number;
  left: number;
  top: number;
  width: number;
  widthPx: number;
  height: number;
}

function BlockBox({ block, now, left, top, width, widthPx, height }: BoxProps) {
  const look = lookOf(block, now);
  return (
    <svg
      class={useTintOf(block)}
      x={percent(left / 100)}
      y={top}
      width={`${width}%`}
      height={height}
      data-block={block.key}
    >
      <title>{block.title}</title>
      <rect class={look.box} x="1" y="1" width="99%" height={Math.max(1, height - 2)} rx="4" />
      {height >= NAME_PX && (
        <text class={look.text} x="8" y={Math.min(18, height / 2 + 5)}>
          {labelIn(block, (widthPx - 4) / PHONE_LETTERS)}
        </text>
      )}
    </svg>
  );
}

function NowRow({ view, now, zone, y }: Pick<PhoneProps, 'view' | 'now' | 'zone'> & Pick<ColumnProps, 'y'>) {
  if (now < view.from || now >= view.to) return null;
  const at = y(now);
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
