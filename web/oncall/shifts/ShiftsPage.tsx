import { ProblemBanner } from '../../live/problems';
import { type Ports, ports } from '../../ports';
import { myShiftsWords as words } from '../../text/myShifts';
import { Card, Empty, Skeleton } from '../../ui/card';
import { Badge } from '../../ui/icons';
import { Page } from '../../ui/page';
import { At } from '../../ui/time';
import { HERE, now, span, spanBetween } from '../../ui/times';
import { useQuery } from '../../useQuery';
import { stamp } from '../calendar/format';
import { dateAt } from '../calendar/zones';
import { Feeds } from '../feeds/Feeds';
import { OncallTabs } from '../tabs';

/** The viewer's own shifts in every team, in the viewer's zone, and their calendar feed. */

type Mine = Awaited<ReturnType<Ports['oncall']['myShifts']>>;
type Shift = Mine['shifts'][number];

export function ShiftsPage() {
  const mine = useQuery('my-shifts', () => ports.oncall.myShifts({}), { modules: ['oncall'] });
  const { value, problem } = mine;
  return (
    <Page
      title={words.title}
      heading={value === undefined ? words.title : headingOf(value)}
      below={<OncallTabs current="shifts" />}
    >
      {problem !== null && <ProblemBanner problem={problem} onAgain={mine.again} />}
      {value === undefined ? (
        problem === null && <Skeleton rows={4} />
      ) : value.email === null ? (
        <Unknown />
      ) : (
        <div class="cols two">
          <Coming of={value} />
          <Feeds team={null} />
        </div>
      )}
    </Page>
  );
}

function headingOf({ on_call, shifts }: Mine): string {
  if (on_call.length > 0) return words.onCall([...new Set(on_call.map(({ team }) => team))].join(', '));
  const next = shifts.find(({ starts_at }) => Date.parse(starts_at) > now.peek());
  return next === undefined ? words.notOnCall : words.next(stamp(HERE, Date.parse(next.starts_at)), next.team);
}

const Unknown = () => (
  <div class="card">
    <Empty title={words.unknown}>
      <p>{words.unknownHint}</p>
    </Empty>
  </div>
);

function Coming({ of: { shifts } }: { of: Mine }) {
  if (shifts.length === 0) {
    return (
      <div class="card">
        <Empty title={words.none}>
          <p>{words.noneHint}</p>
        </Empty>
      </div>
    );
  }
  const total = shifts.reduce((sum, { starts_at, ends_at }) => sum + Date.parse(ends_at) - Date.parse(starts_at), 0);
  return (
    <Card title={words.shifts} end={<span class="muted">{words.total(span(total / 1_000), shifts.length)}</span>}>
      <ol class="list">
        {shifts.map((shift) => (
          <ShiftRow key={`${shift.team} ${shift.role} ${shift.starts_at}`} of={shift} />
        ))}
      </ol>
    </Card>
  );
}

function ShiftRow({ of: { team, role, starts_at, ends_at, source } }: { of: Shift }) {
  const [from, to] = [Date.parse(starts_at), Date.parse(ends_at)];
  const running = from <= now.value && now.value < to;
  return (
    <li>
      <div class="grow">
        <div>
          <At at={starts_at}>{stamp(HERE, from)}</At> <span class="muted">{words.until(stamp(HERE, to))}</span>
        </div>
        <div class="small second dots">
          <a href={`/oncall/${encodeURIComponent(team)}?date=${dateAt(HERE, from)}`}>{team}</a>
          <span>{words.roles[role]}</span>
          <span>{source.kind === 'layer' ? words.layer(source.layer) : (source.reason ?? words.override)}</span>
        </div>
      </div>
      {running && <Badge tone="on">{words.now}</Badge>}
      <span class="small second nowrap">{spanBetween(starts_at, ends_at)}</span>
    </li>
  );
}
