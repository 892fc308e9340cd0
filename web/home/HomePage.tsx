import { useRef } from 'preact/hooks';
import { CreateAction, CreateDock } from '../incidents/Create';
import { hrefOfIncident, IncidentRow, titleOf } from '../incidents/cells';
import { isBusy, move } from '../incidents/incidentActions';
import { NoOneBanner } from '../incidents/NoOneBanner';
import { lazyPart } from '../lazy';
import { isLive } from '../live/connection';
import { ProblemBanner } from '../live/problems';
import { Arrived } from '../live/useStableList';
import { ports } from '../ports';
import { mayAsk } from '../session';
import { home as words } from '../text/home';
import { incidents as list } from '../text/incidents';
import { count } from '../text/parts';
import { shell } from '../text/shell';
import { Button } from '../ui/button';
import { Card, Empty, Skeleton } from '../ui/card';
import { SeverityMark, StatePill } from '../ui/icons';
import { Page } from '../ui/page';
import { Ago } from '../ui/time';
import { clock, day, now, zone } from '../ui/times';
import { useQuery } from '../useQuery';
import { Calls } from './MyPages';
import { OnCallNow } from './OnCall';
import { Platform } from './Platform';
import { type Needs, SHOWN, type Shown, useNeeds } from './useMyIncidents';
import { useGuide } from './useOnboarding';
import { Figures, Noisy } from './weekFigures';

const HomeHeartbeats = lazyPart(() => import('../heartbeats/HomeHeartbeats').then(({ HomeHeartbeats: part }) => part));
const Guide = lazyPart(() => import('./Guide').then(({ Guide: part }) => part));

/** Home: the viewer's pages, the open incidents, who is on call, and the figures of the week. */

export function HomePage() {
  const open = useQuery(
    'open incidents',
    () => ports.incidents.list({ status: 'open,acknowledged,in_progress', sort: 'urgency', per_page: SHOWN }),
    {
      modules: ['incidents'],
    },
  );
  const { box, calls, held, all, fresh, arrived, take, now: stands } = useNeeds(open.value?.incidents);
  const guide = useGuide();
  const guideFirst = useFirst(open.value && stands.total === 0);
  return (
    <Page
      title={open.value ? headingOf(stands) : words.loading}
      below={
        <p class="second">
          <time class="muted nowrap" dateTime={new Date(now.peek()).toISOString()}>
            {day(now.value)}, {clock(now.value)} {zone()}
          </time>
        </p>
      }
      actions={<CreateAction />}
    >
      {open.problem && <ProblemBanner problem={open.problem} onAgain={open.again} />}
      <NoOneBanner />
      <div class="reads" ref={box}>
        <Arrived n={arrived.n} text={arrivedText(arrived, calls.length)} onTake={take} />
        <Calls of={calls} again={open.again} />
        {guide && guideFirst && <Guide of={guide} />}
        <div class="cols two">
          <div class="stack">
            {held.length > 0 && <Held of={held} again={open.again} />}
            <Open of={all} fresh={fresh} total={open.value?.total} />
            <Figures />
            {guide && guideFirst === false && <Guide of={guide} />}
          </div>
          <div class="stack">
            <OnCallNow />
            <HomeHeartbeats />
            <Noisy />
            <Platform />
          </div>
        </div>
      </div>
      <CreateDock />
    </Page>
  );
}

/** The first known value: the guide does not move while a person fills it in. */
function useFirst(holds: boolean | undefined): boolean | undefined {
  const first = useRef<boolean | undefined>(undefined);
  first.current ??= holds;
  return first.current;
}

/** The button that shows the waiting rows; it counts the ones that page the viewer first. */
const arrivedText = ({ n, calling }: Needs['arrived'], shown: number): string => {
  if (calling === 0) return list.arrived(n);
  return shown === 0 ? words.needs(calling) : words.needsToo(calling);
};

/** The worst severity first. */
function headingOf({ calling, open, further, critical, noOne }: Needs['now']): string {
  if (critical + noOne > 0) return words.worst(critical, noOne, calling);
  if (calling > 0) return words.needs(calling);
  if (open > 0) return words.open(open);
  return further > 0 ? words.further(further) : words.calm;
}

const Held = ({ of, again }: { of: readonly Shown[]; again(): Promise<void> }) => (
  <Card title={words.held} count={of.length}>
    <ul class="list">
      {of.map(({ incident, left }) => (
        <li key={incident.id}>
          <SeverityMark of={incident.severity} quiet />
          <div class="grow">
            <a class="t" href={hrefOfIncident(incident.id)}>
              {titleOf(incident)}
            </a>
            <div class="small muted">
              {incident.service}
              {left && ` · ${list.left}`}
              {incident.acknowledged_at && (
                <>
                  {' · '}
                  <Ago at={incident.acknowledged_at} />
                </>
              )}
            </div>
          </div>
          <span class="wide">
            <StatePill of={incident.status} busy={isBusy(incident.id)} />
          </span>
          {!left && mayAsk('incidents', 'update') && (
            <Button
              small
              busy={isBusy(incident.id)}
              disabled={!isLive.value && shell.waits}
              onClick={() => void move(incident, 'resolved', null, again).then(again)}
            >
              {list.resolve}
            </Button>
          )}
        </li>
      ))}
    </ul>
  </Card>
);

interface OpenProps {
  of: readonly Shown[];
  fresh: ReadonlySet<string>;
  total: number | undefined;
}

function Open({ of, fresh, total }: OpenProps) {
  const { columns } = list;
  return (
    <Card
      title={words.openList}
      count={total === undefined ? undefined : count(total)}
      end={<a href="/incidents">{words.all}</a>}
    >
      {total === undefined ? (
        <Skeleton rows={4} />
      ) : of.length === 0 ? (
        <Empty title={words.none.title}>
          <p>{words.none.text}</p>
        </Empty>
      ) : (
        <table class="rows">
          <thead>
            <tr>
              <th scope="col">
                <span class="sr">{columns.severity}</span>
              </th>
              <th scope="col">{columns.incident}</th>
              <th scope="col">{columns.state}</th>
              <th scope="col">{columns.assignee}</th>
              <th scope="col" class="num">
                {columns.openFor}
              </th>
            </tr>
          </thead>
          <tbody>
            {of.map(({ incident, left }) => (
              <IncidentRow key={incident.id} incident={incident} fresh={fresh.has(incident.id)} left={left} />
            ))}
          </tbody>
        </table>
      )}
    </Card>
  );
}
