import '../oncall.css';
import { useState } from 'preact/hooks';
import { useLocation, useRoute } from 'preact-iso';
import { lazyPart } from '../../lazy';
import { ProblemBanner } from '../../live/problems';
import { usePeople } from '../../people';
import { ports } from '../../ports';
import { mayAsk } from '../../session';
import { oncallWords as words } from '../../text/oncallTeam';
import { Button } from '../../ui/button';
import { Empty, Skeleton } from '../../ui/card';
import { Dock, Page } from '../../ui/page';
import { HERE, now } from '../../ui/times';
import { useQuery } from '../../useQuery';
import { Feeds } from '../feeds/Feeds';
import type { Schedule } from '../members';
import { OverrideDialog } from '../overrides/OverrideDialog';
import { OverrideFacts } from '../overrides/OverrideFacts';
import { newOverride } from '../overrides/overrideForm';
import { useMovePreview } from '../overrides/useMovePreview';
import { TeamTabs } from '../TeamTabs';
import { useOverrides, useScheduleShifts } from '../useScheduleShifts';
import { CalendarCard } from './CalendarCard';
import { readCover } from './cover';
import { daysOf, type Span, spanOfDays } from './days';
import { type OverrideShown, overrideKey, type ScheduleShifts, scopeOf } from './lanesFromShifts';
import { NowFigures } from './NowFigures';
import { usePhone } from './phone';
import { daysShown, hrefOf, readView, zonesOf } from './view';
import { DAY, dateAt, HOUR } from './zones';

/** A team's calendar page: who is on call now, the timeline, and the dialogs that add or change overrides. */

const TroubleNow = lazyPart(() => import('../reach/WeakPeople').then(({ TroubleNow: part }) => part));
const FIGURES_AHEAD = 30 * DAY;

export function CalendarPage() {
  const { params } = useRoute();
  const team = params['team'] ?? '';
  const schedule = useQuery(`schedule ${team}`, () => ports.oncall.getSchedule({ team }), { modules: ['oncall'] });
  if (schedule.problem?.kind === 'not-found') return <NoSchedule team={team} />;
  if (schedule.value === undefined) {
    return (
      <Page title={words.title(team)}>
        {schedule.problem !== null ? (
          <ProblemBanner problem={schedule.problem} onAgain={schedule.again} />
        ) : (
          <Skeleton rows={6} />
        )}
      </Page>
    );
  }
  return <TeamCalendar schedule={schedule.value} />;
}

const NoSchedule = ({ team }: { team: string }) => (
  <Page title={words.title(team)}>
    <div class="card">
      <Empty title={words.noSchedule}>
        <p>{words.noScheduleHint}</p>
        {mayAsk('oncall', 'putSchedule') && (
          <Button main href={`/oncall/${encodeURIComponent(team)}/edit`}>
            {words.makeSchedule}
          </Button>
        )}
      </Empty>
    </div>
  </Page>
);

/** The dialog that is open over the page. */
type Open =
  | { kind: 'set'; from?: number; to?: number; lane?: string; out?: string }
  | { kind: 'override'; of: OverrideShown };

function TeamCalendar({ schedule: { team, time_zone: timeZone } }: { schedule: Schedule }) {
  const { query, route } = useLocation();
  const phone = usePhone();
  const may = mayAsk('oncall', 'addOverride');
  const [open, setOpened] = useState<Open | null>(() => (may ? readCover(query) : null));
  const view = readView(query, dateAt(HERE, now.peek()));
  const { zone, otherZone } = zonesOf(view, timeZone, HERE);
  const { first, count } = daysShown(view, phone);
  const days = daysOf(zone, first, count);
  const span = spanOfDays(days);
  const course = useScheduleShifts(team, span.from, span.to);
  const ahead = useAhead(team);
  const overrides = useOverrides(team, span.from, span.to);
  const people = usePeople();
  const all = overrides.value ?? [];
  const setOpen = (next: Open | null) => {
    setOpened(next);
    // Removes the request of a link from the address, so that a reload does not open the dialog again.
    if (query['cover'] !== undefined) route(hrefOf(team, view, dateAt(HERE, now.peek())), true);
  };
  const askAgain = async () => {
    await Promise.all([course.again(), ahead.again(), overrides.again()]);
  };
  const moving = useMovePreview(zone, span, askAgain);
  const shown = all.map(moving.shown);
  const drawn = moving.foreseen(course.value);
  const overrideOf = (id: string | undefined) => all.find((each) => each.id === id);
  const onMoved = (id: string, to: Span) => {
    const of = overrideOf(id);
    if (of !== undefined) void moving.move(of, to);
  };

  const onBlock = (key: string) => {
    const override = overrideUnder(course.value, shown, key);
    if (override !== undefined) setOpen({ kind: 'override', of: override });
    else if (may && course.value !== undefined) setOpen(overrideFor(course.value, key));
  };
  const changed = () => {
    setOpen(null);
    void askAgain();
  };
  const known = [
    ...new Map([...peopleOf(course.value), ...(people.value ?? [])].map((each) => [each.email, each])).values(),
  ];
  return (
    <Page
      title={words.title(team)}
      below={<TeamTabs team={team} current="calendar" />}
      actions={may && <Actions onSet={() => setOpen({ kind: 'set' })} />}
    >
      {course.problem !== null && <ProblemBanner problem={course.problem} onAgain={course.again} />}
      {ahead.value !== undefined && (
        <NowFigures
          course={ahead.value}
          zone={zone}
          otherZone={otherZone}
          onCover={
            may
              ? (gap) =>
                  setOpen({
                    kind: 'set',
                    from: Date.parse(gap.starts_at),
                    to: Date.parse(gap.ends_at),
                    lane: `final ${gap.role}`,
                  })
              : undefined
          }
        />
      )}
      <TroubleNow team={team} />
      <CalendarCard
        team={team}
        view={view}
        phone={phone}
        zone={zone}
        otherZone={otherZone}
        timeZone={timeZone}
        days={days}
        course={drawn}
        overrides={shown}
        onChosen={may ? ({ from, to, lane }) => setOpen({ kind: 'set', from, to, lane }) : undefined}
        onMoved={mayAsk('oncall', 'moveOverride') ? onMoved : undefined}
        onCarried={(of) => moving.carry(overrideOf(of?.id), of)}
        takesAt={(key) => spanOf(overrideUnder(drawn, all, key))}
        asking={open !== null}
        onBlock={onBlock}
        onOverride={(of) => setOpen({ kind: 'override', of })}
      />
      <Feeds team={team} />
      {may && (
        <Dock label={words.act}>
          <Button main icon="swap" onClick={() => setOpen({ kind: 'set' })}>
            {words.setOverride}
          </Button>
        </Dock>
      )}
      {open?.kind === 'set' && (
        <OverrideDialog
          team={team}
          zone={zone}
          otherZone={otherZone}
          began={newOverride({ zone, ...open, ...scopeOf(open.lane ?? '') }, now.peek())}
          layers={course.value?.layers.map(({ layer }) => layer) ?? []}
          people={known}
          onClose={() => setOpen(null)}
          onSet={changed}
        />
      )}
      {open?.kind === 'override' && (
        <OverrideFacts
          of={open.of}
          zone={zone}
          otherZone={otherZone}
          may={may}
          onClose={() => setOpen(null)}
          onGone={changed}
        />
      )}
    </Page>
  );
}

const Actions = ({ onSet }: { onSet(): void }) => (
  <div class="acts wide">
    <Button main icon="swap" onClick={onSet}>
      {words.setOverride}
    </Button>
  </div>
);

/** Starts at the current full hour, so that the query key changes only once an hour. */
function useAhead(team: string) {
  const hour = Math.floor(now.value / HOUR) * HOUR;
  return useScheduleShifts(team, hour, hour + FIGURES_AHEAD);
}

const peopleOf = (course: ScheduleShifts | undefined) => [
  ...(course?.layers.flatMap(({ shifts }) => shifts.flatMap(({ people }) => people)) ?? []),
  ...(course?.shifts.map(({ person }) => person) ?? []),
];

const shiftOf = ({ shifts }: ScheduleShifts, key: string): ScheduleShifts['shifts'][number] | undefined =>
  shifts.find(({ role, starts_at, person }) => key === `final ${role} ${Date.parse(starts_at)} ${person.email}`);

/** The override of a clicked block, in the override lane or in the final lane. */
function overrideUnder(course: ScheduleShifts | undefined, overrides: readonly OverrideShown[], key: string) {
  const source = course && shiftOf(course, key)?.source;
  return overrides.find(({ id }) => overrideKey(id) === key || (source?.kind === 'override' && source.id === id));
}

const spanOf = (of: OverrideShown | undefined) =>
  of && { id: of.id, from: Date.parse(of.starts_at), to: Date.parse(of.ends_at) };

/** The dialog for a clicked block: replaces the person of a shift, or fills a gap. */
function overrideFor(course: ScheduleShifts, key: string): Open {
  const shift = shiftOf(course, key);
  if (shift !== undefined) {
    return {
      kind: 'set',
      from: Date.parse(shift.starts_at),
      to: Date.parse(shift.ends_at),
      lane: `final ${shift.role}`,
      out: shift.person.email,
    };
  }
  const gap = course.gaps.find(({ role, starts_at }) => key === `gap ${role} ${Date.parse(starts_at)}`);
  return gap === undefined
    ? { kind: 'set' }
    : { kind: 'set', from: Date.parse(gap.starts_at), to: Date.parse(gap.ends_at), lane: `final ${gap.role}` };
}
