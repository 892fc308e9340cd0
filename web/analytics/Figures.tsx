import { analytics } from '../text/analytics';
import { count } from '../text/parts';
import { span } from '../ui/times';
import { share } from './geometry';
import type { Report } from './report';

const { figures: words } = analytics;

/** Four figures compared with the span before. Words mark the better one; colour only supports them. */
export function Figures({ of: { totals, previous } }: { of: Report }) {
  return (
    <section class="card figures" aria-label={words.title}>
      <Time label={words.mtta} now={totals.mtta.median} before={previous.mtta.median} />
      <Time label={words.mttr} now={totals.mttr.median} before={previous.mttr.median} />
      <Count now={totals.incidents} before={previous.incidents} />
      <div>
        <span class="label">{words.resolved}</span>
        <span class="fig">
          {share(totals.resolved, totals.incidents)} <small>%</small>
        </span>
        <span class="small muted">{words.of(totals.resolved, totals.incidents)}</span>
      </div>
    </section>
  );
}

/** `2 min 41 s` with small units. */
const Figure = ({ seconds }: { seconds: number }) => (
  <span class="fig">
    {span(seconds)
      .split(' ')
      .map((word) => (/^\d/.test(word) ? `${word} ` : <small>{word} </small>))}
  </span>
);

function Time({ label, now, before }: { label: string; now: number | null; before: number | null }) {
  return (
    <div>
      <span class="label">{label}</span>
      {now === null ? <span class="fig muted">–</span> : <Figure seconds={now} />}
      {now === null || before === null ? (
        <span class="small muted">{now === null ? words.none : words.before}</span>
      ) : (
        <Change by={now - before} less={words.faster} more={words.slower} said={(n) => span(n)} />
      )}
    </div>
  );
}

const Count = ({ now, before }: { now: number; before: number }) => (
  <div>
    <span class="label">{words.incidents}</span>
    <span class="fig">{count(now)}</span>
    <Change by={now - before} less={words.fewer} more={words.more} said={(n) => n} />
  </div>
);

interface ChangeProps<T> {
  by: number;
  less(said: T): string;
  more(said: T): string;
  said(by: number): T;
}

/** Lower is better for all these figures. */
function Change<T>({ by, less, more, said }: ChangeProps<T>) {
  const size = Math.abs(Math.round(by));
  if (size === 0) return <span class="small muted">{words.same}</span>;
  return <span class={`small ${by < 0 ? 'better' : 'worse'}`}>{by < 0 ? less(said(size)) : more(said(size))}</span>;
}
