import type { Incident } from '../../src/incidents/contract';
import { hrefOfIncident, titleOf } from '../incidents/cells';
import { escalateNow, isBusy, move } from '../incidents/incidentActions';
import { type EscalationState, nextResponder, useEscalations } from '../incidents/nextResponder';
import { lazyPart } from '../lazy';
import { isLive } from '../live/connection';
import { mayAsk, me } from '../session';
import { home as words } from '../text/home';
import { incident as incidentWords } from '../text/incident';
import { incidents as list } from '../text/incidents';
import { nextResponderWords as nextWords } from '../text/nextResponder';
import { shell } from '../text/shell';
import { Button } from '../ui/button';
import { Person, SeverityMark, StatePill } from '../ui/icons';
import { Age, Countdown } from '../ui/time';
import type { Shown } from './useMyIncidents';

/** An incident that pages the viewer: facts, escalation, countdown and one button. */

const EscalationLine = lazyPart(() => import('../incidents/Clock').then(({ EscalationLine: part }) => part));

interface CallProps {
  of: Incident;
  /** It does not page the viewer any more; it stays in place because a person is about to press a button. */
  over: boolean;
  state: EscalationState | undefined;
  again(): Promise<void>;
}

interface CallsProps {
  of: readonly Shown[];
  again(): Promise<void>;
}

export function Calls({ of, again }: CallsProps) {
  const stateOf = useEscalations(of.map(({ incident }) => incident.id));
  return (
    <>
      {of.map(({ incident, left }) => (
        <Call key={incident.id} of={incident} over={left} state={stateOf(incident.id)} again={again} />
      ))}
    </>
  );
}

function Call({ of, over, state, again }: CallProps) {
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
        {state && <EscalationLine of={state} />}
      </div>
      <div class="when">
        {over ? (
          <>
            <p class="second">{words.over}</p>
            <Person name={of.assigned_to} email={of.assignee_email} />
          </>
        ) : (
          <Due of={of} state={state} again={again} />
        )}
      </div>
    </section>
  );
}

function Due({ of, state, again }: Omit<CallProps, 'over'>) {
  const { escalation } = of;
  const next = escalation?.next_step_at;
  const responder = state?.next && state.next.at === next ? nextResponder(state.next) : null;
  const step = escalation?.next_step ?? 1;
  const waits = !isLive.value && shell.waits;
  return (
    <>
      {next ? (
        <div>
          <Countdown
            at={next}
            what={responder === null ? incidentWords.clock.what(step) : incidentWords.clock.paging(responder.name)}
            live={isLive.value}
          />
          <span class="second">
            {responder === null ? incidentWords.clock.until(step) : nextWords.until(responder.within)}
          </span>
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
            onClick={() => void move(of, 'acknowledged', me.peek()?.username ?? null, again).then(again)}
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
