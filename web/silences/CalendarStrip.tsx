import { ports } from '../ports';
import { silences } from '../text/silences';
import { Card, Empty } from '../ui/card';
import { At } from '../ui/time';
import { clock, day, now, when, zone } from '../ui/times';
import { useQuery } from '../useQuery';
import './strip.css';
import { daysOf, placeOf } from './strip';
import { TOUCHED } from './view';

const { strip: words } = silences;
type Calendar = Awaited<ReturnType<typeof ports.alerts.muteCalendar>>;
type Mute = Calendar['mutes'][number];
type Span = Mute['spans'][number];

const WEEKDAY = new Intl.DateTimeFormat('en-GB', { weekday: 'narrow' });

/** The last two days and the next 14: when each silence and each maintenance window mutes. Also as text, row by row. */
export function CalendarStrip() {
  const asked = useQuery('mute calendar', () => ports.alerts.muteCalendar({}), { ...TOUCHED, everyMs: 60_000 });
  const calendar = asked.value;
  if (calendar === undefined) return null;
  return (
    <Card title={words.title} end={zone()}>
      {calendar.mutes.length === 0 ? (
        <Empty title={words.none} />
      ) : (
        <div class="mutes">
          <Days of={calendar} />
          <ul aria-label={words.title}>
            {calendar.mutes.map((mute) => (
              <Row key={mute.id} of={mute} within={calendar} />
            ))}
          </ul>
          {calendar.left_out > 0 && <p class="small muted">{words.leftOut(calendar.left_out)}</p>}
        </div>
      )}
    </Card>
  );
}

const edges = ({ from, to }: Calendar): [number, number] => [Date.parse(from), Date.parse(to)];

const Days = ({ of }: { of: Calendar }) => (
  <svg class="strip days" width="100%" height="32" aria-hidden="true">
    {daysOf(...edges(of)).map(({ at, x, width, weekend }) => (
      <svg key={at} x={`${x}%`} width={`${width}%`} height="32">
        {weekend && <rect class="rest" width="100%" height="32" />}
        {width > 3 && (
          <>
            <text x="50%" y="13" text-anchor="middle">
              {WEEKDAY.format(at)}
            </text>
            <text x="50%" y="27" text-anchor="middle" class="date">
              {new Date(at).getDate()}
            </text>
          </>
        )}
      </svg>
    ))}
  </svg>
);

const isNow = ({ starts_at, ends_at }: Span): boolean =>
  Date.parse(starts_at) <= now.value && now.value < Date.parse(ends_at);

/** A span as text; its end has a date only if that is another day. */
const textOf = ({ starts_at, ends_at }: Span): string => {
  const end = day(starts_at) === day(ends_at) ? clock(ends_at) : `${day(ends_at)} ${clock(ends_at)}`;
  return words.span(`${day(starts_at)} ${clock(starts_at)}`, end);
};

/** The state in a few words: until when it mutes, when it mutes next, or that it is over. */
function stateOf(spans: readonly Span[]): string {
  const next = spans.find(({ ends_at }) => Date.parse(ends_at) > now.value);
  if (next === undefined) return words.over;
  return isNow(next) ? words.until(when(next.ends_at)) : words.next(when(next.starts_at));
}

const Row = ({ of, within }: { of: Mute; within: Calendar }) => {
  const [from, to] = edges(within);
  const about = [...of.services, ...of.matchers].join(', ');
  return (
    <li>
      <details>
        <summary>
          <span class="t">{of.name || about}</span>{' '}
          <span class="small muted dots">
            <span>{words.by[of.by]}</span>
            {of.name !== '' && about !== '' && <span>{about}</span>}
            <span>{stateOf(of.spans)}</span>
          </span>
          <svg class="strip" width="100%" height="16" aria-hidden="true">
            {daysOf(from, to).map(({ at, x, width, weekend }) => (
              <rect key={at} class={weekend ? 'cell rest' : 'cell'} x={`${x}%`} width={`${width}%`} height="16" />
            ))}
            {of.spans.map((span) => {
              const { x, width } = placeOf(from, to, span);
              const kind = `${of.by}${isNow(span) ? ' running' : ''}`;
              return (
                <rect
                  key={span.starts_at}
                  class={`mute ${kind}`}
                  x={`${x}%`}
                  y="3"
                  width={`${width}%`}
                  height="10"
                  rx="2"
                >
                  <title>{textOf(span)}</title>
                </rect>
              );
            })}
            <line class="today" {...at(placeOf(from, to, { starts_at: iso(now.value), ends_at: iso(now.value) }).x)} />
          </svg>
        </summary>
        <ol class="small second" aria-label={words.spans}>
          {of.spans.map((span) => (
            <li key={span.starts_at}>
              <At at={span.starts_at}>{textOf(span)}</At>
            </li>
          ))}
        </ol>
      </details>
    </li>
  );
};

const iso = (instant: number): string => new Date(instant).toISOString();
const at = (x: number) => ({ x1: `${x}%`, x2: `${x}%`, y1: 0, y2: 16 });
