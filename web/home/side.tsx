import { useAsked } from '../asking';
import { ports } from '../ports';
import { Card, Empty, Skeleton } from '../ui/card';
import { Badge, Face } from '../ui/marks';
import { span, when } from '../ui/times';
import { home as words } from '../words/home';
import { count } from '../words/parts';

/** How it goes: figures against last week, who answers, what is noisy, whether the house stands. */

const WEEK_MS = 7 * 86_400_000;
/** Spans begin on the full minute, so that one address is asked for again and not a new one each second. */
const weekAgo = (): string => new Date(Math.floor((Date.now() - WEEK_MS) / 60_000) * 60_000).toISOString();

const useWeek = () =>
  useAsked('week', () => ports.incidents.analytics({ from: weekAgo() }), {
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

/** Numbers large, units small. */
const Spanned = ({ seconds }: { seconds: number }) => (
  <>
    {span(seconds)
      .split(' ')
      .map((part, at) => (at % 2 === 0 ? part : <small> {part} </small>))}
  </>
);

export function OnCallNow() {
  const teams = useAsked(
    'on call now',
    async () => {
      const all = (await ports.oncall.teams({})).slice(0, 12);
      const current = await Promise.all(all.map(({ team }) => ports.oncall.current({ team }).catch(() => null)));
      return current.filter((each) => each !== null);
    },
    { modules: ['oncall'] },
  );
  if (!teams.value)
    return teams.problem ? null : (
      <Card title={words.onCall}>
        <Skeleton rows={2} />
      </Card>
    );
  return (
    <Card title={words.onCall}>
      {teams.value.length === 0 ? (
        <Empty title={words.noSchedules.title}>
          <p>{words.noSchedules.text}</p>
        </Empty>
      ) : (
        <ul class="list">
          {teams.value.map(({ team, primary, secondary }) => (
            <li key={team}>
              <div class="grow stack tight">
                <h3>{team}</h3>
                {primary && (
                  <div class="row">
                    <Face name={primary.name} large />
                    <div class="grow">
                      <div>
                        <strong>{primary.name}</strong> <span class="muted">{words.primary}</span>
                      </div>
                      {primary.expires_at && <div class="small second">{words.until(when(primary.expires_at))}</div>}
                    </div>
                  </div>
                )}
                {primary?.override && (
                  <div class="row small">
                    <Badge tone="on">{words.override}</Badge>
                    {primary.reason && <span class="second">“{primary.reason}”</span>}
                  </div>
                )}
                {secondary && (
                  <div class="row small second">
                    <Face name={secondary.name} />
                    <span class="grow">
                      {secondary.name} <span class="muted">{words.secondary}</span>
                    </span>
                  </div>
                )}
              </div>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}

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

export function Platform() {
  const health = useAsked('health', () => ports.gateway.servicesHealth({}), { modules: ['gateway'] });
  if (!health.value) return null;
  const all = Object.entries(health.value);
  const up = all.filter(([, { status }]) => status === 'up').length;
  return (
    <Card
      title={words.platform}
      end={<span class={`live ${up < all.length ? 'stale' : ''}`}>{words.answers(up, all.length)}</span>}
    >
      <div class="pad">
        <dl class="facts small">
          {all.map(([name, { status }]) => (
            <>
              <dt>{name}</dt>
              <dd>{status === 'up' ? words.up : <Badge tone="warn">{words.down}</Badge>}</dd>
            </>
          ))}
        </dl>
      </div>
    </Card>
  );
}
