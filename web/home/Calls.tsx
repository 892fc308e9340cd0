import type { Incident } from '../../src/incidents/contract';
import { useAsked } from '../asking';
import { escalateNow, isBusy, move } from '../incidents/acting';
import { hrefOfIncident, titleOf } from '../incidents/rows';
import { later } from '../later';
import { isLive } from '../live/connection';
import { ports } from '../ports';
import { mayAsk, me } from '../session';
import { Button } from '../ui/button';
import { Person, SeverityMark, StatePill } from '../ui/marks';
import { Age, Countdown } from '../ui/time';
import { home as words } from '../words/home';
import { incident as incidentWords } from '../words/incident';
import { incidents as list } from '../words/incidents';
import { shell } from '../words/shell';

/** What needs somebody now: facts and fuse, countdown and one tap. */

const Fuse = later(() => import('../incidents/Clock').then(({ Fuse: part }) => part));

interface CallProps {
  of: Incident;
  /** It needs the viewer no longer, and stands where it stood because somebody is about to press something. */
  over: boolean;
  again(): Promise<void>;
}

export function Call({ of, over, again }: CallProps) {
  const whole = useAsked(`incident ${of.id}`, () => ports.incidents.get({ id: of.id }), {
    modules: ['incidents'],
    by: ({ subject }) => subject === of.id,
  });
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
        {over ? (
          <>
            <p class="second">{words.over}</p>
            <Person name={of.assigned_to} />
          </>
        ) : (
          <Due of={of} again={again} />
        )}
      </div>
    </section>
  );
}

function Due({ of, again }: Omit<CallProps, 'over'>) {
  const { escalation } = of;
  const next = escalation?.next_step_at;
  const waits = !isLive.value && shell.waits;
  return (
    <>
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
    </>
  );
}
