import { isLive } from '../live/connection';
import { mayAsk } from '../session';
import { incident as words } from '../text/incident';
import { nextResponderWords as nextWords } from '../text/nextResponder';
import { shell } from '../text/shell';
import { Button } from '../ui/button';
import { Countdown } from '../ui/time';
import { clock, now, when } from '../ui/times';
import { acknowledgedSoFar, escalateNow } from './incidentActions';
import { type EscalationState, type NextResponder, nextResponder, useEscalations } from './nextResponder';
import type { Whole } from './timelineSentence';

/** The escalation: the paged responders, the time of the next step, and a button that runs it now. */
interface Mark {
  at: number;
  name: string;
  state: 'done' | 'next';
}

function marksOf({ paged, next }: EscalationState, responder: NextResponder | null): Mark[] {
  const done = paged.map(({ step, at, names }): Mark => {
    const name = names[0] ?? words.clock.stepName(step);
    return { at: Date.parse(at), name, state: 'done' };
  });
  if (next === null) return done;
  return [
    ...done,
    { at: Date.parse(next.at), name: responder?.short ?? words.clock.stepName(next.step), state: 'next' },
  ];
}

/** Steps whose names fit beside each other on a desk; on a phone two fit. */
const MOST_NAMED = 5;

/**
 * The policy on one line: past steps are filled, the next one is a ring with the name of its responder. If the names do not
 * fit, only the first and the last are shown.
 */
export function EscalationLine({ of }: { of: EscalationState }) {
  const responder = of.next && nextResponder(of.next);
  const marks = marksOf(of, responder);
  if (marks.length === 0) return null;
  const place = (at: number) => (marks.length === 1 ? 0 : (100 * at) / (marks.length - 1));
  const last = marks.findLastIndex(({ state }) => state === 'done');
  const next = marks[last + 1];
  const share = next
    ? Math.min(1, Math.max(0, (now.value - (marks[last]?.at ?? now.value)) / (next.at - (marks[last]?.at ?? 0))))
    : 0;
  const reached = place(Math.max(0, last)) + share * (place(last + 1) - place(Math.max(0, last)));
  const follows = (at: string): string =>
    responder === null ? words.clock.will(of.next?.step ?? 1, at) : nextWords.follows(responder.name, at);
  const said = marks.map(({ name, at, state }) =>
    state === 'done' ? words.clock.paged(name, clock(at)) : follows(clock(at)),
  );
  return (
    <svg
      class={`escalation-line${marks.length > MOST_NAMED ? ' many' : ''}`}
      role="img"
      aria-label={words.clock.label(said.join('; '))}
    >
      <line class="rail" x1="0" x2="100%" y1="8" y2="8" />
      <line class="past" x1="0" x2={`${Math.min(100, reached)}%`} y1="8" y2="8" />
      {marks.map(({ name, at, state }, index) => {
        const x = place(index);
        const anchor = x === 0 ? 'start' : x === 100 ? 'end' : 'middle';
        const between = anchor === 'middle' ? 'between' : '';
        return (
          <>
            <circle class={state} cx={x === 0 ? 6 : x === 100 ? '99.2%' : `${x}%`} cy="8" r="5.5" />
            <text class={`b ${between}`} x={`${x}%`} y="30" text-anchor={anchor}>
              {name}
            </text>
            <text class={between} x={`${x}%`} y="46" text-anchor={anchor}>
              {clock(at)}
            </text>
          </>
        );
      })}
    </svg>
  );
}

export function EscalationCall({ of }: { of: Whole }) {
  const { escalation, status, snoozed_until, severity } = of;
  const waits =
    status === 'open' || acknowledgedSoFar(of) !== null || (status !== 'resolved' && snoozed_until !== null);
  const state = useEscalations(waits ? [of.id] : [])(of.id);
  if (!waits) return null;
  const may = mayAsk('incidents', 'escalateIncident');
  return (
    <section class={`card call of-${severity}`} aria-labelledby="clock">
      <div class="what">
        <h2 id="clock" class="sr">
          {words.clock.title}
        </h2>
        <p class="small second dots">
          {of.team && <strong>{of.team}</strong>}
          {escalation && escalation.step > 0 && <span>{words.clock.step(escalation.step)}</span>}
          {escalation && escalation.round > 0 && <span>{words.clock.round(escalation.round)}</span>}
          {!escalation && <span>{words.clock.starting}</span>}
        </p>
        {state && <EscalationLine of={state} />}
      </div>
      <div class="when">
        {snoozed_until ? (
          <p>{words.clock.snoozed(when(snoozed_until))}</p>
        ) : escalation?.state === 'exhausted' ? (
          <p>{words.clock.exhausted}</p>
        ) : (
          <Due of={of} state={state} />
        )}
        {may && (
          <Button wide icon="up" onClick={() => void escalateNow(of)} disabled={!isLive.value && shell.waits}>
            {words.escalateNow}
          </Button>
        )}
      </div>
    </section>
  );
}

/** The instant and the responder of the next page; the instant is known first. */
function Due({ of: { escalation }, state }: { of: Whole; state: EscalationState | undefined }) {
  const { next_step_at: at = null, next_step: step = null } = escalation ?? {};
  if (at === null) return null;
  const responder = state?.next && state.next.at === at ? nextResponder(state.next) : null;
  const what = words.clock.what(step ?? 1);
  return (
    <div>
      <span class="second">{responder === null ? what : nextWords.paged(responder.name, isLive.value)}</span>
      <Countdown at={at} what={responder === null ? what : words.clock.paging(responder.name)} live={isLive.value} />
    </div>
  );
}
