import { analytics as words } from '../text/analytics';
import { count, parts } from '../text/parts';
import { SeverityMark } from '../ui/icons';
import { day as dayName, shortDate } from '../ui/times';
import { busiest, countStep, darkestFrom, heatStep, heatWidth, laidOut, share, ticksTo } from './geometry';
import type { Day, Report } from './report';

/** Drawings whose text keeps its size: x is in per cent, text in pixels. Each has its finding as text. */

const BAR = 32;
export const MOST_BARS = 8;

/** Name, bar, number; the coloured part counts unresolved incidents. */
export function ServiceBars({ of }: { of: Report['by_service'] }) {
  const shown = of.slice(0, MOST_BARS);
  const most = Math.max(1, ...shown.map(({ incidents }) => incidents));
  const finding = words.noisySays(shown.map(({ service, incidents }) => `${service} ${count(incidents)}`).join(', '));
  return (
    <svg class="chart" height={shown.length * BAR - 10} role="img" aria-label={finding}>
      {shown.map(({ service, incidents, resolved }, row) => (
        <>
          <svg y={row * BAR} width="33%" height="22">
            <text class="tb" x="0" y="15">
              {service}
            </text>
          </svg>
          <svg x="34%" y={row * BAR} width="54%" height="22">
            <title>{`${service}: ${count(incidents)}`}</title>
            <rect class="lane" y="5" width="100%" height="12" rx="3" />
            <rect class="bar-b" y="5" width={`${(incidents / most) * 100}%`} height="12" rx="3" />
            {incidents > resolved && (
              <rect class="bar-a" y="5" width={`${((incidents - resolved) / most) * 100}%`} height="12" rx="3" />
            )}
          </svg>
          <text class="tb" x="100%" y={row * BAR + 15} text-anchor="end">
            {count(incidents)}
          </text>
        </>
      ))}
    </svg>
  );
}

const CELL = 24;

/** Seven rows of twenty-four; one hue, a darker step means more. */
export function HeatMap({ hours }: { hours: Report['hours'] }) {
  const most = busiest(hours);
  const width = heatWidth(most?.count ?? 0);
  const finding = most ? words.hoursSay(hourName(most.day, most.hour), most.count) : words.hoursQuiet;
  return (
    <svg class="heat" height={7 * CELL + 22} role="img" aria-label={finding}>
      {words.weekdays.map((name, row) => (
        <text x="0" y={row * CELL + 15}>
          {name}
        </text>
      ))}
      <svg x="9%" width="91%" height={7 * CELL + 22} overflow="visible">
        {hours.map((row, day) =>
          row.map((n, hour) => (
            <rect
              class={`h${heatStep(n, width)}`}
              x={`${(hour / 24) * 100}%`}
              y={day * CELL}
              width="3.85%"
              height={CELL - 3}
              rx="2"
            >
              <title>{words.cell(hourName(day, hour), n)}</title>
            </rect>
          )),
        )}
        {[0, 6, 12, 18].map((hour) => (
          <text x={`${(hour / 24) * 100}%`} y={7 * CELL + 14}>
            {String(hour).padStart(2, '0')}
          </text>
        ))}
      </svg>
    </svg>
  );
}

export const hourName = (day: number, hour: number): string => words.hour(words.weekdays[day] ?? '', hour);

/** The legend of the heat map. */
export function HeatLegend({ hours }: { hours: Report['hours'] }) {
  const from = darkestFrom(heatWidth(busiest(hours)?.count ?? 0));
  return (
    <span class="row label">
      0
      <svg width="84" height="12" aria-hidden="true">
        {[0, 1, 2, 3, 4].map((step) => (
          <rect class={`h${step}`} x={step * 17} width="16" height="12" rx="2" />
        ))}
      </svg>
      {count(from)}+
    </span>
  );
}

const SEVERITIES = ['critical', 'high', 'medium', 'low'] as const;

/** One bar; its parts are named below with their numbers. */
export function SeverityShares({ of }: { of: Report['totals'] }) {
  const laid = laidOut(SEVERITIES.map((severity) => of.by_severity[severity]));
  return (
    <>
      <div class="pad">
        <svg class="chart" height="16" aria-hidden="true">
          {laid.map(({ from, width }, i) => (
            <svg x={`${from}%`} width={`${width}%`} height="16">
              <rect class={`m-${SEVERITIES[i]}`} x="1" y="1" width="98.5%" height="14" rx="2" />
            </svg>
          ))}
        </svg>
      </div>
      <ul class="list">
        {SEVERITIES.map((severity) => (
          <li>
            <SeverityMark of={severity} />
            <span class="end">{count(of.by_severity[severity])}</span>
            <span class="muted nowrap">{words.percent(share(of.by_severity[severity], of.incidents))}</span>
          </li>
        ))}
      </ul>
    </>
  );
}

const PLOT = 150;
export const heldOf = ({ by_status }: Pick<Day, 'by_status'>): number => by_status.acknowledged + by_status.in_progress;

/** One bar per day, by the state of its incidents: resolved at the bottom, acknowledged in the middle, open on top. */
export function StatusBars({ days, totals }: { days: readonly Day[]; totals: Report['totals'] }) {
  const most = Math.max(1, ...days.map(({ incidents }) => incidents));
  const ticks = ticksTo(most, countStep(most));
  const top = ticks.at(-1) as number;
  const y = (n: number) => PLOT - (n / top) * PLOT + 8;
  const slot = 100 / Math.max(1, days.length);
  const { open, resolved } = totals.by_status;
  const named = Math.max(1, Math.ceil(days.length / 5));
  return (
    <svg class="chart" height={PLOT + 34} role="img" aria-label={words.statusesSay(open, heldOf(totals), resolved)}>
      {ticks.map((tick) => (
        <>
          <line class="grid" x1="8%" x2="100%" y1={y(tick)} y2={y(tick)} />
          <text x="0" y={y(tick) + 4}>
            {count(tick)}
          </text>
        </>
      ))}
      <svg x="8%" width="92%" height={PLOT + 34} overflow="visible">
        {days.map((day, i) => (
          <DayBar day={day} x={i * slot} width={slot * 0.7} y={y} />
        ))}
        {days.map(
          ({ day }, i) =>
            i % named === 0 && (
              <text x={`${i * slot}%`} y={PLOT + 28}>
                {shortDate(day)}
              </text>
            ),
        )}
      </svg>
    </svg>
  );
}

function DayBar({ day, x, width, y }: { day: Day; x: number; width: number; y(n: number): number }) {
  const { open, resolved } = day.by_status;
  const held = heldOf(day);
  const stack = [
    { class: 'bar-b', from: 0, to: resolved },
    { class: 'bar-a', from: resolved, to: resolved + held },
    { class: 'bar-open', from: resolved + held, to: resolved + held + open },
  ];
  const said = `${parts.state.resolved} ${count(resolved)}, ${words.held.toLowerCase()} ${count(held)}, ${parts.state.open.toLowerCase()} ${count(open)}`;
  return (
    <g>
      <title>{`${dayName(`${day.day}T12:00:00`)}: ${said}`}</title>
      {stack.map(
        (part) =>
          part.to > part.from && (
            <rect
              class={part.class}
              x={`${x}%`}
              width={`${width}%`}
              y={y(part.to)}
              height={y(part.from) - y(part.to)}
            />
          ),
      )}
    </g>
  );
}
