import { isLive } from '../live/connection';
import { mayAsk } from '../session';
import { Button } from '../ui/button';
import { Countdown } from '../ui/time';
import { clock, now, when } from '../ui/times';
import { incident as words } from '../words/incident';
import { nextWhomWords as nextWords } from '../words/nextWhom';
import { shell } from '../words/shell';
import { escalateNow } from './acting';
import type { Whole } from './happened';
import { type NextWhom, useNextWhom } from './nextWhom';

/** The escalation clock: who was paged, when the next step follows, and the way to hurry it. */
interface Mark {
  at: number;
  name: string;
  state: 'done' | 'next';
}

function marksOf({ timeline, escalation }: Whole, whom: NextWhom | null): Mark[] {
  const done = timeline
    .filter(({ event_type }) => event_type === 'paged')
    .slice(-4)
    .map(({ detail, created_at }): Mark => {
      const told = (detail['told'] as { name: string; role: string }[] | undefined) ?? [];
      const persons = told.filter(({ role }) => role !== 'room');
      return {
        at: Date.parse(created_at),
        name: persons[0]?.name ?? words.clock.stepName(Number(detail['step'] ?? 1)),
        state: 'done',
      };
    });
  const next = escalation?.next_step_at;
  if (!next || escalation?.state !== 'running') return done;
  return [
    ...done,
    {
      at: Date.parse(next),
      name: whom?.short ?? words.clock.stepName(escalation.next_step ?? escalation.step + 1),
      state: 'next',
    },
  ];
}

/** The policy as one line: what is past is solid, the next is a ring with the name of whoever is paged then. */
export const Fuse = ({ of }: { of: Whole }) => <Line of={of} whom={useNextWhom(of)} />;

function Line({ of, whom }: { of: Whole; whom: NextWhom | null }) {
  const marks = marksOf(of, whom);
  if (marks.length === 0) return null;
  const place = (at: number) => (marks.length === 1 ? 0 : (100 * at) / (marks.length - 1));
  const last = marks.findLastIndex(({ state }) => state === 'done');
  const next = marks[last + 1];
  const spent = next
    ? Math.min(1, Math.max(0, (now.value - (marks[last]?.at ?? now.value)) / (next.at - (marks[last]?.at ?? 0))))
    : 0;
  const burnt = place(Math.max(0, last)) + spent * (place(last + 1) - place(Math.max(0, last)));
  const follows = (at: string): string =>
    whom === null ? words.clock.will(of.escalation?.next_step ?? 1, at) : nextWords.follows(whom.whom, at);
  const said = marks.map(({ name, at, state }) =>
    state === 'done' ? words.clock.paged(name, clock(at)) : follows(clock(at)),
  );
  return (
    <svg class="fuse" role="img" aria-label={words.clock.label(said.join('; '))}>
      <line class="rail" x1="0" x2="100%" y1="8" y2="8" />
      <line class="burnt" x1="0" x2={`${Math.min(100, burnt)}%`} y1="8" y2="8" />
      {marks.map(({ name, at, state }, index) => {
        const x = place(index);
        const anchor = x === 0 ? 'start' : x === 100 ? 'end' : 'middle';
        return (
          <>
            <circle class={state} cx={x === 0 ? 6 : x === 100 ? '99.2%' : `${x}%`} cy="8" r="5.5" />
            <text class="b" x={`${x}%`} y="30" text-anchor={anchor}>
              {name}
            </text>
            <text x={`${x}%`} y="46" text-anchor={anchor}>
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
  const whom = useNextWhom(of);
  if (status === 'resolved' || (status !== 'open' && !snoozed_until)) return null;
  const next = escalation?.next_step_at;
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
        <Line of={of} whom={whom} />
      </div>
      <div class="when">
        {snoozed_until ? (
          <p>{words.clock.snoozed(when(snoozed_until))}</p>
        ) : escalation?.state === 'exhausted' ? (
          <p>{words.clock.exhausted}</p>
        ) : (
          next && (
            <div>
              <span class="second">
                {whom === null
                  ? words.clock.what(escalation?.next_step ?? 1)
                  : nextWords.paged(whom.whom, isLive.value)}
              </span>
              <Countdown
                at={next}
                what={whom === null ? words.clock.what(escalation?.next_step ?? 1) : words.clock.paging(whom.whom)}
                live={isLive.value}
              />
            </div>
          )
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
