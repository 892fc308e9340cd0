import { useRef } from 'preact/hooks';
import { calendarWords } from '../../text/calendar';
import { type Day, type Span, spanOfDays } from './days';
import { instantAt } from './geometry';
import { type Group, placed } from './lanes';
import { PhoneHeld } from './phoneHeld';
import { columnAt, columnsIn, heightOf, PHONE_HEAD, PhoneDrawing, type PhoneZoom } from './phoneTimeline';
import { SelectionStatus } from './SelectionStatus';
import type { SelectionHandlers } from './useSelection';
import { useTouch } from './useTouch';
import { useWidth } from './width';

/** The calendar on a phone: time runs down, with a column for each role and one for overrides. */
interface PhoneProps extends Omit<SelectionHandlers, 'asking'>, Partial<Pick<SelectionHandlers, 'asking'>> {
  days: readonly Day[];
  zoom: PhoneZoom;
  zone: string;
  now: number;
  groups: readonly Group[];
  label: string;
  /** The override shown in a block, if any. */
  takesAt?: (key: string) => (Span & { id: string }) | undefined;
  /** Next page (+1) or previous page (−1). */
  onSwipe?: (by: 1 | -1) => void;
}

const WIDTH_BEFORE_MEASURED = 320;

export function PhoneCalendar(props: PhoneProps) {
  const { days, zoom, zone, now, groups, label, takesAt, onSwipe, ...doings } = props;
  const { onChosen, onMoved } = doings;
  const frame = useRef<HTMLDivElement>(null);
  const drawing = useRef<SVGSVGElement>(null);
  const widthPx = useWidth(frame, WIDTH_BEFORE_MEASURED);
  const view = spanOfDays(days);
  const layout = placed(view, groups);
  const columns = columnsIn(layout);
  const height = PHONE_HEAD + heightOf(view, zoom) + 2;
  const under = ({ clientX, clientY }: PointerEvent) => {
    const box = drawing.current?.getBoundingClientRect() ?? { left: 0, top: 0, width: 1, height };
    const y = ((clientY - box.top) * height) / box.height - PHONE_HEAD;
    const share = Math.min(1, Math.max(0, y / heightOf(view, zoom)));
    const lane = columnAt(columns, (clientX - box.left) / box.width)?.lane.key ?? null;
    return { instant: instantAt(view, share), lane };
  };
  const options = { ...doings, asking: props.asking ?? false, placed: layout, days, zone, zoom, now, under };
  const { chosen, held, onKeyDown, ...thumb } = useTouch(
    { ...options, takesAt: takesAt ?? (() => undefined), onSwipe: onSwipe ?? (() => {}) },
    drawing,
  );
  const scene = { view, days, zoom, zone, now, widthPx, columns, chosen, held };
  return (
    <div class="pad">
      <div
        ref={frame}
        role="group"
        aria-label={onChosen ? calendarWords.byKeys(onMoved !== undefined) : calendarWords.timeline}
        tabIndex={onChosen ? 0 : undefined}
        onKeyDown={onChosen ? onKeyDown : undefined}
      >
        <svg ref={drawing} class="cal down" height={height} role="img" aria-label={label} {...thumb}>
          <PhoneDrawing scene={scene} />
          <PhoneHeld scene={scene} />
        </svg>
        <SelectionStatus chosen={chosen} held={held} placed={layout} zone={zone} />
      </div>
    </div>
  );
}
