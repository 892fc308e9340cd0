import { ports } from '../ports';
import { home as words } from '../text/home';
import { count } from '../text/parts';
import { Card } from '../ui/card';
import { span } from '../ui/times';
import { useQuery } from '../useQuery';

/** The figures of this week compared with the last, and the services with the most incidents. */

const WEEK_MS = 7 * 86_400_000;
/** Spans start on a full minute, so that the same address is asked for again, not a new one each second. */
const weekAgo = (): string => new Date(Math.floor((Date.now() - WEEK_MS) / 60_000) * 60_000).toISOString();

const useWeek = () =>
  useQuery('week', () => ports.incidents.analytics({ from: weekAgo() }), {
    modules: ['incidents'],
    by: ({ kind }) => /resolved|acknowledged|created|opened/.test(kind),
  });

type Times = { median: number | null };

export function Figures() {
  const { value } = useWeek();
  const { figures } = words;
  if (!value) return null;
  const { totals, previous } = value;
  return (
    <section class="card figures" aria-label={figures.label}>
      <Figure label={figures.mtta} of={totals.mtta} before={previous.mtta} />
      <Figure label={figures.mttr} of={totals.mttr} before={previous.mttr} />
      <div>
        <span class="label">{figures.incidents}</span>
        <span class="fig">{count(totals.incidents)}</span>
        <span class="small muted">{figures.before(previous.incidents)}</span>
      </div>
      <div>
        <span class="label">{figures.alerts}</span>
        <span class="fig">{count(totals.resolved)}</span>
        <span class="small muted">{figures.before(previous.resolved)}</span>
      </div>
    </section>
  );
}

function Figure({ label, of, before }: { label: string; of: Times; before: Times }) {
  const { figures } = words;
  const change = of.median !== null && before.median !== null ? of.median - before.median : null;
  return (
    <div>
      <span class="label">{label}</span>
      <span class="fig">{of.median === null ? <small>{figures.none}</small> : <Spanned seconds={of.median} />}</span>
      {change === null ? (
        <span class="small muted">{figures.noCompare}</span>
      ) : Math.abs(change) < 1 ? (
        <span class="small muted">{figures.same}</span>
      ) : (
        <span class={`small ${change < 0 ? 'better' : 'worse'}`}>
          {change < 0 ? figures.faster(span(-change)) : figures.slower(span(change))}
        </span>
      )}
    </div>
  );
}

/** Large numbers, small units. */
const Spanned = ({ seconds }: { seconds: number }) => (
  <>
    {span(seconds)
      .split(' ')
      .map((part, at) => (at % 2 === 0 ? part : <small> {part} </small>))}
  </>
);

const MOST = 5;
const STEP = 34;

export function Noisy() {
  const { value } = useWeek();
  if (!value) return null;
  const noisy = value.by_service.slice(0, MOST);
  const most = Math.max(1, ...noisy.map(({ incidents }) => incidents));
  return (
    <Card title={words.noisy} end={<span class="label">{words.week}</span>}>
      <div class="pad">
        {noisy.length === 0 ? (
          <p class="second">{words.noNoise}</p>
        ) : (
          <svg
            class="chart"
            height={noisy.length * STEP - 8}
            role="img"
            aria-label={words.noisyLabel(noisy.map(({ service, incidents }) => `${service} ${incidents}`).join(', '))}
          >
            {noisy.map(({ service, incidents }, at) => (
              <g key={service}>
                <text class="tb" x="0" y={at * STEP + 12}>
                  {service}
                </text>
                <text class="ta2" x="100%" y={at * STEP + 12} text-anchor="end">
                  {incidents}
                </text>
                <rect class="lane" x="0" y={at * STEP + 18} width="100%" height="6" rx="3" />
                <rect
                  class={at === 0 ? 'bar-a' : 'bar-b'}
                  x="0"
                  y={at * STEP + 18}
                  width={`${(100 * incidents) / most}%`}
                  height="6"
                  rx="3"
                />
              </g>
            ))}
          </svg>
        )}
      </div>
    </Card>
  );
}
