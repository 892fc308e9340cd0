import { useRef } from 'preact/hooks';
import { calendarWords } from '../../text/calendar';
import { type Day, spanOfDays, type Zoom } from './days';
import { placeOf } from './format';
import { type Group, HEAD, type Placed, placed, rowHeight } from './lanes';
import { SelectionStatus } from './SelectionStatus';
import { Grid, Lanes, NowLine, type Scene } from './timelineParts';
import { usePointer } from './usePointer';
import type { SelectionHandlers } from './useSelection';
import { useWidth } from './width';

/** The timeline on a desk: the drawing, and the names of its lanes beside it. */

interface TimelineProps extends Omit<SelectionHandlers, 'asking'>, Partial<Pick<SelectionHandlers, 'asking'>> {
  days: readonly Day[];
  zoom: Zoom;
  zone: string;
  otherZone: string | null;
  groups: readonly Group[];
  now: number;
  /** The drawing as sentences, for screen readers. */
  label: string;
}

const WIDTH_BEFORE_MEASURED = 900;

export function Timeline(props: TimelineProps) {
  const {
    days,
    zoom,
    zone,
    otherZone,
    groups,
    now,
    label,
    onChosen,
    onMoved,
    onCarried,
    onBlock,
    asking = false,
  } = props;
  const frame = useRef<HTMLDivElement>(null);
  const view = spanOfDays(days);
  const layout = placed(view, groups);
  const hands = { onChosen, onMoved, onCarried, onBlock, asking };
  const { chosen, held, onKeyDown, ...pointer } = usePointer({ placed: layout, days, zone, zoom, now, ...hands });
  const widthPx = useWidth(frame, WIDTH_BEFORE_MEASURED);
  const movable = onMoved !== undefined;
  const scene: Scene = { view, days, zoom, zone, otherZone, placed: layout, now, widthPx, chosen, held, movable };
  return (
    <div class="calwrap wide">
      <LaneNames placed={layout} otherZone={otherZone} />
      <div
        ref={frame}
        class={onChosen ? 'calpad' : undefined}
        role="group"
        aria-label={onChosen ? calendarWords.byKeys(onMoved !== undefined) : calendarWords.timeline}
        tabIndex={onChosen ? 0 : undefined}
        onKeyDown={onChosen ? onKeyDown : undefined}
      >
        <svg class="cal" height={layout.height} role="img" aria-label={label} {...pointer}>
          <Grid scene={scene} />
          <Lanes scene={scene} />
          <NowLine scene={scene} />
        </svg>
        <SelectionStatus chosen={chosen} held={held} placed={layout} zone={zone} />
      </div>
    </div>
  );
}

/** The width of a lane name in letters. */
const NAME_LETTERS = 17;
const shortened = (text: string, letters: number): string =>
  [...text].length <= letters ? text : `${[...text].slice(0, letters - 1).join('')}…`;

function LaneNames({ placed: { lanes, rules, height }, otherZone }: { placed: Placed; otherZone: string | null }) {
  return (
    <svg class="cal" height={height} aria-hidden="true">
      {otherZone !== null && (
        <text x="16" y={HEAD - 8}>
          {calendarWords.midnights(placeOf(otherZone))}
        </text>
      )}
      {rules.map((y) => (
        <line key={y} class="grid" x1="0" x2="100%" y1={y} y2={y} />
      ))}
      {lanes.map(({ lane, y }) => (
        <text key={lane.key} x="16" y={y + rowHeight(lane) / 2 + 4}>
          <title>{[lane.name, lane.note].filter(Boolean).join(' ')}</title>
          <tspan class="today">{lane.name}</tspan>
          {lane.note && (
            <tspan dx={lane.name === '' ? 0 : 6}>{shortened(lane.note, NAME_LETTERS - lane.name.length)}</tspan>
          )}
        </text>
      ))}
    </svg>
  );
}
