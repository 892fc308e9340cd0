import type { Incident } from '../../src/incidents/contract';
import { useAsked } from '../asking';
import { escalateNow, isBusy, move, newest } from '../incidents/acting';
import { creating } from '../incidents/creating';
import { hrefOfIncident, IncidentRow, titleOf } from '../incidents/rows';
import { later } from '../later';
import { isLive } from '../live/connection';
import { ProblemBanner } from '../live/problems';
import { ports } from '../ports';
import { isMe, mayAsk, me } from '../session';
import { Button } from '../ui/button';
import { Card, Empty, Skeleton } from '../ui/card';
import { SeverityMark, StatePill } from '../ui/marks';
import { Page } from '../ui/page';
import { Age, Ago, Countdown } from '../ui/time';
import { clock, day, now, zone } from '../ui/times';
import { home as words } from '../words/home';
import { incident as incidentWords } from '../words/incident';
import { incidents as list } from '../words/incidents';
import { count } from '../words/parts';
import { shell } from '../words/shell';
import { OnCallNow } from './OnCall';
import { Platform } from './Platform';
import { useGuide } from './told';
import { Figures, Noisy } from './week';

const Fuse = later(() => import('../incidents/Clock').then(({ Fuse: part }) => part));
const Guide = later(() => import('./Guide').then(({ Guide: part }) => part));

/** What needs me now, then what is open, who has it, and how it goes. */
const SHOWN = 50;
const RANK = { critical: 0, high: 1, medium: 2, low: 3 } as const;

export function HomePage() {
  const open = useAsked(
    'open incidents',
    () => ports.incidents.list({ status: 'open,acknowledged,in_progress', per_page: SHOWN }),
    {
      modules: ['incidents'],
    },
  );
  const guide = useGuide();
  const incidents = (open.value?.incidents ?? []).map(newest).filter(({ status }) => status !== 'resolved');
  const mine = incidents.filter(({ assigned_to, assignee_email }) => isMe(assigned_to) || isMe(assignee_email));
  const calls = mine.filter(({ status, snoozed_until }) => status === 'open' && !snoozed_until).sort(worstFirst);
  const held = mine.filter(({ status }) => status !== 'open');
  return (
    <Page
      title={open.value ? headingOf(incidents, calls) : words.loading}
      below={
        <p class="second">
          <time class="muted nowrap" dateTime={new Date(now.peek()).toISOString()}>
            {day(now.value)}, {clock(now.value)} {zone()}
          </time>
        </p>
      }
      actions={
        mayAsk('incidents', 'create') && (
          <Button wide icon="plus" onClick={() => (creating.value = {})}>
            {list.create}
          </Button>
        )
      }
    >
      {open.problem && <ProblemBanner problem={open.problem} onAgain={open.again} />}
      {calls.slice(0, 3).map((incident) => (
        <Call key={incident.id} of={incident} again={open.again} />
      ))}
      {/* Where it stands is known with what is open: shown before, it would push everything down and go again. */}
      {guide && open.value && incidents.length === 0 && <Guide of={guide} />}
      <div class="cols two">
        <div class="stack">
          {held.length > 0 && <Held of={held} again={open.again} />}
          <Open of={incidents} total={open.value?.total} />
          <Figures />
          {guide && incidents.length > 0 && <Guide of={guide} />}
        </div>
        <div class="stack">
          <OnCallNow />
          <Noisy />
          <Platform />
        </div>
      </div>
    </Page>
  );
}

const worstFirst = (a: Incident, b: Incident): number =>
  RANK[a.severity] - RANK[b.severity] || a.created_at.localeCompare(b.created_at);

function headingOf(incidents: readonly Incident[], calls: readonly Incident[]): string {
  if (calls.length > 0) return words.needs(calls.length);
  const open = incidents.filter(({ status }) => status === 'open').length;
  return open > 0 ? words.open(open) : words.calm;
}

/** What needs somebody now: facts and fuse, countdown and one tap. */
function Call({ of, again }: { of: Incident; again(): Promise<void> }) {
  const whole = useAsked(`incident ${of.id}`, () => ports.incidents.get({ id: of.id }), {
    modules: ['incidents'],
    by: ({ subject }) => subject === of.id,
  });
  const { escalation } = of;
  const next = escalation?.next_step_at;
  const waits = !isLive.value && shell.waits;
  return (
    <section class={`card call of-${of.severity}`} aria-labelledby={`call-${of.id}`}>
      <div class="what">
        <div class="row wrap">
          <SeverityMark of={of.severity} />
          <StatePill of={of.status} busy={isBusy(of.id)} />
        </div>
        <h2 id={`call-${of.id}`}>
          <a href={hrefOfIncident(of.id)}>{titleOf(of)}</a>
        </h2>
        <p class="small second dots">
          <span>{of.service}</span>
          {of.team && <span>{of.team}</span>}
          {of.alert_count > 0 && <span>{list.alerts(of.alert_count)}</span>}
          <span>
            {incidentWords.openFor} <Age at={of.created_at} long />
          </span>
        </p>
        {whole.value && <Fuse of={whole.value} />}
      </div>
      <div class="when">
        {next ? (
          <div>
            <Countdown at={next} what={incidentWords.clock.what(escalation?.next_step ?? 1)} live={isLive.value} />
            <span class="second">{incidentWords.clock.until(escalation?.next_step ?? 1)}</span>
          </div>
        ) : (
          <p class="second">
            {escalation?.state === 'exhausted' ? incidentWords.clock.exhausted : incidentWords.clock.starting}
          </p>
        )}
        {mayAsk('incidents', 'update') && (
          <div class="stack tight">
            <Button
              main
              big
              icon="check"
              busy={isBusy(of.id)}
              disabled={waits}
              onClick={() => void move(of, 'acknowledged', me.peek()?.username ?? null).then(again)}
            >
              {list.acknowledge}
            </Button>
            <Button quiet small wide disabled={waits} onClick={() => void escalateNow(of)}>
              {list.escalateNow}
            </Button>
          </div>
        )}
      </div>
    </section>
  );
}

const Held = ({ of, again }: { of: readonly Incident[]; again(): Promise<void> }) => (
  <Card title={words.held} count={of.length}>
    <ul class="list">
      {of.map((incident) => (
        <li key={incident.id}>
          <SeverityMark of={incident.severity} quiet />
          <div class="grow">
            <a class="t" href={hrefOfIncident(incident.id)}>
              {titleOf(incident)}
            </a>
            <div class="small muted">
              {incident.service}
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
          {mayAsk('incidents', 'update') && (
            <Button
              small
              busy={isBusy(incident.id)}
              disabled={!isLive.value && shell.waits}
              onClick={() => void move(incident, 'resolved', null).then(again)}
            >
              {list.resolve}
            </Button>
          )}
        </li>
      ))}
    </ul>
  </Card>
);

function Open({ of, total }: { of: readonly Incident[]; total: number | undefined }) {
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
            {of.map((incident) => (
              <IncidentRow key={incident.id} incident={incident} />
            ))}
          </tbody>
        </table>
      )}
    </Card>
  );
}
