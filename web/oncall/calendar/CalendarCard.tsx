import { useLocation } from 'preact-iso';
import { useKeys } from '../../shell/keys';
import { Button } from '../../ui/button';
import { Card, Skeleton } from '../../ui/card';
import { now } from '../../ui/times';
import { Segments } from '../../ui/views';
import { oncallWords as words } from '../../words/oncallTeam';
import type { Chosen } from './choosing';
import { type Day, type Span, spanOfDays, ZOOMS } from './days';
import { type Course, columnsOf, groupsOf, labelOf, type OverrideShown } from './model';
import { hoursLabel, longDay, rangeName } from './names';
import { PhoneCalendar } from './PhoneCalendar';
import { ShiftList } from './ShiftList';
import { Timeline } from './Timeline';
import { dateAfter, hrefOf, nextZoom, type View } from './view';
import { ZonePick } from './ZonePick';
import { dateAt } from './zones';

/** The calendar with what moves it: earlier, later, today, how much, on whose clocks. */
export interface CalendarCardProps {
  team: string;
  view: View;
  phone: boolean;
  zone: string;
  otherZone: string | null;
  timeZone: string;
  days: readonly Day[];
  course: Course | undefined;
  overrides: readonly OverrideShown[];
  onChosen?: ((chosen: Chosen) => void) | undefined;
  onMoved?: ((id: string, to: Span) => void) | undefined;
  /** A form is open over the calendar. */
  asking: boolean;
  onBlock(key: string): void;
  onOverride(override: OverrideShown): void;
}

export function CalendarCard(props: CalendarCardProps) {
  const { team, view, phone, zone, timeZone, days, course, overrides, onOverride } = props;
  const { route } = useLocation();
  const today = dateAt(timeZone, now.value);
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
      {course !== undefined && <ShiftList course={course} overrides={overrides} zone={zone} onOverride={onOverride} />}
    </Card>
  );
}

interface Going {
  onGo(change: Partial<View>): void;
}

const Moves = ({ view, phone, today, onGo }: Going & { view: View; phone: boolean; today: string }) => (
  <span class="row">
    <Button small icon="prev" label={words.earlier} onClick={() => onGo({ date: dateAfter(view, phone, -1) })} />
    <Button small onClick={() => onGo({ date: today })}>
      {words.today}
    </Button>
    <Button small icon="next" label={words.later} onClick={() => onGo({ date: dateAfter(view, phone, 1) })} />
    {!phone && (
      <Segments
        label={words.zoom}
        of={ZOOMS.map((id) => ({ id, text: words.zooms[id] }))}
        current={view.zoom}
        onPick={(zoom) => onGo({ zoom })}
      />
    )}
  </span>
);

function Drawing(props: CalendarCardProps & Going & { course: Course }) {
  const { view, phone, zone, otherZone, days, course, overrides, onChosen, onMoved, asking, onBlock, onGo } = props;
  const groups = groupsOf(course, overrides, zone);
  const label = labelOf(course, zone, days.at(-1)?.date ?? '');
  if (!phone) {
    return (
      <Timeline
        days={days}
        zoom={view.zoom}
        zone={zone}
        otherZone={otherZone}
        groups={groups}
        now={now.value}
        label={label}
        onChosen={onChosen}
        onMoved={onMoved}
        onBlock={onBlock}
        asking={asking}
      />
    );
  }
  return (
    <PhoneCalendar
      view={spanOfDays(days)}
      days={days}
      zone={zone}
      now={now.value}
      columns={columnsOf(groups)}
      label={label}
      onBlock={onBlock}
      onSwipe={(by) => onGo({ date: dateAfter(view, true, by) })}
    />
  );
}

function Legend({ zone, otherZone, timeZone, days, onChosen, onGo }: CalendarCardProps & Going) {
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
      {onChosen && <span class="muted wide">{words.dragHint}</span>}
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
