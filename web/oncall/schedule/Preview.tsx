import { ProblemBanner } from '../../live/problems';
import { ports } from '../../ports';
import { scheduleWords as words } from '../../text/schedule';
import { Card, Skeleton } from '../../ui/card';
import { HERE, now, spanBetween } from '../../ui/times';
import { useQuery } from '../../useQuery';
import { type Day, daysOf, spanOfDays } from '../calendar/days';
import { stampBoth } from '../calendar/format';
import { columnsOf, groupsOf, labelOf, type ScheduleShifts } from '../calendar/lanesFromShifts';
import { PhoneCalendar } from '../calendar/PhoneCalendar';
import { usePhone } from '../calendar/phone';
import { Timeline } from '../calendar/Timeline';
import { dateAt } from '../calendar/zones';
import { useDebounced } from '../useDebounced';
import { type Draft, lackOf } from './draft';

/** The shifts of a draft, computed by the server during editing; nothing is stored. */

const DAYS_AHEAD = 28;
const DAYS_ON_PHONE = 7;
const MOST_GAPS = 4;

export function Preview({ team, draft, zone }: { team: string | null; draft: Draft; zone: string }) {
  const settled = useDebounced(draft);
  const lack = lackOf(settled);
  const first = dateAt(HERE, now.peek());
  const phone = usePhone();
  const count = phone ? DAYS_ON_PHONE : DAYS_AHEAD;
  const days = daysOf(HERE, first, count);
  const view = spanOfDays(days);
  const from = new Date(view.from).toISOString();
  const to = new Date(view.to).toISOString();
  const key = lack === null ? `preview ${team} ${first} ${count} ${JSON.stringify(settled)}` : null;
  const { value, problem, turning } = useQuery(key, () => ports.oncall.previewSchedule({ team, ...settled, from, to }));
  return (
    <Card title={words.preview(phone)} end={turning ? <span class="muted">{words.previewing}</span> : undefined}>
      {lack !== null ? (
        <p class="pad second">{words.nothingYet}</p>
      ) : problem !== null ? (
        <div class="pad">
          <ProblemBanner problem={problem} />
        </div>
      ) : value === undefined ? (
        <Skeleton rows={3} />
      ) : (
        <>
          <Drawn course={value} days={days} zone={zone} phone={phone} />
          <Gaps of={value.gaps} zone={zone} />
        </>
      )}
    </Card>
  );
}

interface DrawnProps {
  course: ScheduleShifts;
  days: readonly Day[];
  zone: string;
  phone: boolean;
}

function Drawn({ course, days, zone, phone }: DrawnProps) {
  const groups = groupsOf(course, [], HERE);
  const shared = {
    days,
    zone: HERE,
    now: now.value,
    label: labelOf(course, HERE, days.at(-1)?.date ?? ''),
    onBlock: () => undefined,
  };
  if (!phone) return <Timeline {...shared} zoom="month" otherZone={zone === HERE ? null : zone} groups={groups} />;
  return <PhoneCalendar {...shared} zoom="week" groups={columnsOf(groups)} />;
}

function Gaps({
  of,
  zone,
}: {
  of: readonly { role: 'primary' | 'secondary'; starts_at: string; ends_at: string }[];
  zone: string;
}) {
  const ahead = of.filter(({ ends_at }) => Date.parse(ends_at) > now.peek());
  const primary = ahead.filter(({ role }) => role === 'primary');
  const all = [...primary, ...ahead.filter(({ role }) => role === 'secondary')];
  return (
    <ul class="pad small stack tight">
      {primary.length === 0 && <li class="second">{words.noGap}</li>}
      {all.slice(0, MOST_GAPS).map(({ role, starts_at, ends_at }) => (
        <li class={role === 'primary' ? 'fault' : 'second'} key={`${role} ${starts_at}`}>
          {words.gap(role, stampBoth(HERE, zone, Date.parse(starts_at)), spanBetween(starts_at, ends_at))}
        </li>
      ))}
      {all.length > MOST_GAPS && <li class="muted">{words.moreGaps(all.length - MOST_GAPS)}</li>}
    </ul>
  );
}
