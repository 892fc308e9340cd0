import '../oncall.css';
import { useLocation } from 'preact-iso';
import { ProblemBanner } from '../../live/problems';
import { type Ports, ports } from '../../ports';
import { coverageWords as words } from '../../text/coverage';
import { Card, Empty, Skeleton } from '../../ui/card';
import { Badge } from '../../ui/icons';
import { Segments } from '../../ui/navigation';
import { Page } from '../../ui/page';
import { At } from '../../ui/time';
import { HERE, spanBetween } from '../../ui/times';
import { useQuery } from '../../useQuery';
import { coverQuery } from '../calendar/cover';
import { stamp } from '../calendar/format';
import { dateAt } from '../calendar/zones';
import { WeakPeople } from '../reach/WeakPeople';
import { OncallTabs } from '../tabs';

/** The coverage report: every coming span in which a page reaches no one, each with links to the remedies. */

type Coverage = Awaited<ReturnType<Ports['oncall']['coverage']>>;
type Gap = Coverage['gaps'][number];
type Fix = Gap['mends'][number];

const DAYS = ['30', '90', '400'] as const;
const MOST_SHOWN = 100;

export function CoveragePage() {
  const { query, route } = useLocation();
  const days = DAYS.find((each) => each === query['days']) ?? '30';
  const asked = useQuery(`coverage ${days}`, () => ports.oncall.coverage({ days: Number(days) }), {
    modules: ['oncall'],
  });
  const { value, problem, turning } = asked;
  return (
    <Page
      title={words.title}
      heading={value === undefined ? words.title : headingOf(value)}
      below={<OncallTabs current="coverage" />}
      actions={
        <Segments
          label={words.ahead}
          of={DAYS.map((id) => ({ id, text: words.days(id) }))}
          current={days}
          onPick={(next) => route(next === '30' ? '/coverage' : `/coverage?days=${next}`, true)}
        />
      }
    >
      {problem !== null && <ProblemBanner problem={problem} onAgain={asked.again} />}
      {value === undefined || turning ? (
        problem === null && <Skeleton rows={5} />
      ) : (
        <>
          <Gaps of={value} />
          {value.people.length > 0 && <WeakPeople of={value.people} total={value.people_total} />}
        </>
      )}
    </Page>
  );
}

const headingOf = ({ covered, gaps }: Coverage): string => {
  if (covered) return words.covered;
  const whole = gaps.filter((gap) => gap.whole).length;
  return whole > 0 ? words.nobodyReached(whole) : words.stepsOnly(gaps.length);
};

function Gaps({ of: { gaps, gaps_total, policies, to } }: { of: Coverage }) {
  if (gaps.length === 0) {
    return (
      <div class="card">
        <Empty title={words.none}>
          <p>{words.checked(policies, stamp(HERE, Date.parse(to)))}</p>
        </Empty>
      </div>
    );
  }
  const shown = gaps.slice(0, MOST_SHOWN);
  return (
    <Card
      title={words.gaps}
      count={gaps_total}
      footer={
        <span class="small muted">
          {gaps_total > shown.length && words.more(gaps_total - shown.length)}{' '}
          {words.checked(policies, stamp(HERE, Date.parse(to)))}
        </span>
      }
    >
      <ol class="list">
        {shown.map((gap) => (
          <GapRow key={`${gap.team} ${gap.starts_at}`} of={gap} />
        ))}
      </ol>
    </Card>
  );
}

function GapRow({ of }: { of: Gap }) {
  const [from, to] = [Date.parse(of.starts_at), Date.parse(of.ends_at)];
  return (
    <li>
      <div class="grow stack tight">
        <div class="row wrap">
          <strong>{of.team ?? words.unowned}</strong>
          <Badge {...(of.whole && { tone: 'warn' as const })}>
            {of.whole ? words.whole[of.lack] : words.steps(of.steps.map(({ step }) => step))}
          </Badge>
          <span class="second">
            <At at={of.starts_at}>{stamp(HERE, from)}</At> {words.to} {stamp(HERE, to)}
          </span>
          <span class="muted">{spanBetween(of.starts_at, of.ends_at)}</span>
        </div>
        {of.people.length > 0 && (
          <p class="small second">{words.people(of.people.map(({ name }) => name).join(', '))}</p>
        )}
        <Fixes of={of.mends} />
      </div>
    </li>
  );
}

/** The remedies of a gap, each with a link to its page. */
function Fixes({ of }: { of: readonly Fix[] }) {
  return (
    <ul class="small mends">
      {of.map((mend) => (
        <li key={mend.text}>
          <FixLink of={mend} />
        </li>
      ))}
    </ul>
  );
}

function hrefOf({ kind, team, role, at, until, step }: Fix): string | null {
  if (kind === 'channel') return '/admin';
  if (kind === 'setting') return '/services';
  if (team === null) return null;
  const base = `/oncall/${encodeURIComponent(team)}`;
  if (kind === 'person') return `${base}/edit`;
  if (kind === 'policy') return step === null ? `${base}/policy` : `${base}/policy?step=${step}`;
  // A team without members needs a rotation, a role without a person an override.
  if (role === null || at === null || until === null) return `${base}/edit?add=person`;
  const [from, to] = [Date.parse(at), Date.parse(until)];
  return `${base}?${new URLSearchParams({ zoom: 'week', date: dateAt(HERE, from), ...coverQuery({ role, from, to }) })}`;
}

function FixLink({ of }: { of: Fix }) {
  const href = hrefOf(of);
  return href === null ? <span>{of.text}</span> : <a href={href}>{of.text}</a>;
}
