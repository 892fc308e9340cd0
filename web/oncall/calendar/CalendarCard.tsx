import { useLocation } from 'preact-iso';
import { useKeys } from '../../shell/keys';
import { oncallWords as words } from '../../text/oncallTeam';
import { Button } from '../../ui/button';
import { Card, Skeleton } from '../../ui/card';
import { Segments } from '../../ui/navigation';
import { HERE, now } from '../../ui/times';
import { type Day, type Span, ZOOMS } from './days';
import { hoursLabel, longDay, rangeName } from './format';
import { columnsOf, groupsOf, labelOf, type OverrideShown, type ScheduleShifts } from './lanesFromShifts';
import { PhoneCalendar } from './PhoneCalendar';
import { ShiftList } from './ShiftList';
import { Timeline } from './Timeline';
import type { SelectionHandlers } from './useSelection';
import { dateAfter, hrefOf, nextZoom, PHONE_ZOOMS, phoneZoom, type View } from './view';
import { ZonePick } from './ZonePick';
import { dateAt } from './zones';

/** The calendar and its toolbar: previous, next, today, zoom and time zone. */
export interface CalendarCardProps extends SelectionHandlers {
  team: string;
  view: View;
  phone: boolean;
  zone: string;
  otherZone: string | null;
  timeZone: string;
  days: readonly Day[];
  course: ScheduleShifts | undefined;
  overrides: readonly OverrideShown[];
  /** The override shown in a block, if any. */
  takesAt(key: string): (Span & { id: string }) | undefined;
  onOverride(override: OverrideShown): void;
}

export function CalendarCard(props: CalendarCardProps) {
  const { team, view, phone, zone, otherZone, days, course, overrides, onOverride } = props;
  const { route } = useLocation();
  const today = dateAt(HERE, now.value);
  const go = (change: Partial<View>) => route(hrefOf(team, { ...view, ...change }, today), true);
  useKeys({
    t: () => go({ date: today }),
    '[': () => go({ date: dateAfter(view, phone, -1) }),
    ']': () => go({ date: dateAfter(view, phone, 1) }),
    '+': () => go({ zoom: nextZoom(view.zoom, -1) }),
    '=': () => go({ zoom: nextZoom(view.zoom, -1) }),
    '-': () => go({ zoom: nextZoom(view.zoom, 1) }),
  });
  const title = rangeName(days[0]?.date ?? today, days.at(-1)?.date ?? today);
  return (
    <Card
      title={title}
      end={<Moves view={view} phone={phone} today={today} onGo={go} />}
      footer={<Legend {...props} onGo={go} />}
    >
      {course === undefined ? <Skeleton rows={6} /> : <Drawing {...props} course={course} onGo={go} />}
      {course !== undefined && <ShiftList {...{ course, overrides, zone, otherZone, onOverride }} />}
    </Card>
  );
}

interface Going {
  onGo(change: Partial<View>): void;
}

const Moves = ({ view, phone, today, onGo }: Going & { view: View; phone: boolean; today: string }) => (
  <span class="row wrap">
    <Button small icon="prev" label={words.earlier} onClick={() => onGo({ date: dateAfter(view, phone, -1) })} />
    <Button small onClick={() => onGo({ date: today })}>
      {words.today}
    </Button>
    <Button small icon="next" label={words.later} onClick={() => onGo({ date: dateAfter(view, phone, 1) })} />
    <Segments
      label={words.zoom}
      of={(phone ? PHONE_ZOOMS : ZOOMS).map((id) => ({ id, text: words.zooms[id] }))}
      current={phone ? phoneZoom(view.zoom) : view.zoom}
      onPick={(zoom) => onGo({ zoom })}
    />
  </span>
);

function Drawing(props: CalendarCardProps & Going & { course: ScheduleShifts }) {
  const { view, phone, zone, otherZone, days, course, overrides, takesAt, onGo } = props;
  const { onChosen, onMoved, onCarried, onBlock, asking } = props;
  const groups = groupsOf(course, overrides, zone);
  const label = labelOf(course, zone, days.at(-1)?.date ?? '');
  const shared = { days, zone, now: now.value, label, onChosen, onMoved, onCarried, onBlock, asking };
  if (!phone) return <Timeline {...shared} zoom={view.zoom} otherZone={otherZone} groups={groups} />;
  return (
    <PhoneCalendar
      {...shared}
      zoom={phoneZoom(view.zoom)}
      groups={columnsOf(groups)}
      takesAt={takesAt}
      onSwipe={(by) => onGo({ date: dateAfter(view, true, by) })}
    />
  );
}

function Legend({ phone, zone, otherZone, timeZone, days, onChosen, onGo }: CalendarCardProps & Going) {
  const changes = days.filter(({ hours }) => hours !== 24);
  return (
    <div class="row wrap small second grow">
      <span class="row">
        <Swatch kind="shift over p4" />
        {words.legendOverride}
      </span>
      <span class="row">
        <Swatch kind="gap" />
        {words.legendNobody}
      </span>
      {onChosen && <span class="muted">{phone ? words.holdHint : words.dragHint}</span>}
      {changes.map(({ date, hours }) => (
        <span key={date} class="muted">
          {(hours < 24 ? words.forward : words.back)(longDay(date), hoursLabel(hours))}
        </span>
      ))}
      <ZonePick zone={zone} otherZone={otherZone} timeZone={timeZone} onGo={onGo} />
    </div>
  );
}

const Swatch = ({ kind }: { kind: string }) => (
  <svg width="28" height="16" aria-hidden="true">
    <rect class={kind} x="1" y="1" width="26" height="14" rx="4" />
  </svg>
);
