import { useEffect, useRef, useState } from 'preact/hooks';
import './language';
import uPlot from 'uplot';
import { analytics as words } from '../text/analytics';
import { theme } from '../theme';
import { day as dayName, shortDate, span } from '../ui/times';
import { apart, lastKnown, spanStep, ticksTo } from './geometry';

/**
 * Median and p90 of a time in seconds, per day. The median is a line over a tint, the p90 dashed; their names are
 * at the last point, so there is no legend. The values under the pointer are shown below, in words.
 */
export interface Trend {
  title: string;
  days: readonly string[];
  median: readonly (number | null)[];
  p90: readonly (number | null)[];
}

const HEIGHT = 206;
const NAMES_WIDTH = 120;
const NAME_HEIGHT = 16;
/** The most days that get a point each; with more the points overlap. */
const POINTS_UP_TO = 31;

const nameOfDay = (iso: string | undefined): string => (iso ? dayName(`${iso}T12:00:00`) : '');
const said = (seconds: number | null | undefined): string =>
  seconds === null || seconds === undefined ? words.unmeasured : span(seconds);

export function LineChart(trend: Trend) {
  const room = useRef<HTMLDivElement>(null);
  const [at, setAt] = useState<number | null>(null);
  const { days, median, p90 } = trend;
  useEffect(() => {
    const element = room.current;
    if (!element) return undefined;
    return draw(element, trend, setAt);
  }, [days, median, p90, theme.value]);
  const index = at ?? lastKnown(median)?.index ?? null;
  return (
    <div class="pad">
      <div class="trend" ref={room} role="img" aria-label={findingOf(trend)} />
      <p class="small muted" aria-hidden="true">
        {index === null
          ? words.unmeasured
          : words.readout(nameOfDay(days[index]), said(median[index]), said(p90[index]))}
      </p>
    </div>
  );
}

function findingOf({ title, days, median, p90 }: Trend): string {
  const last = lastKnown(median);
  if (last === null) return words.noTrend(title);
  return words.trend(title, nameOfDay(days[0]), nameOfDay(days.at(-1)), said(last.value), said(p90[last.index]));
}

/** Draws, and draws again after a change of the size or the theme; returns a function that stops it. */
function draw(element: HTMLElement, trend: Trend, onAt: (index: number | null) => void): () => void {
  const plot = new uPlot(optionsOf(element, trend, onAt), dataOf(trend), element);
  const watch = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height: HEIGHT }));
  watch.observe(element);
  return () => {
    watch.disconnect();
    plot.destroy();
  };
}

const dataOf = ({ days, median, p90 }: Trend): uPlot.AlignedData => [days.map((_, i) => i), [...median], [...p90]];

function optionsOf(element: HTMLElement, trend: Trend, onAt: (index: number | null) => void): uPlot.Options {
  const look = getComputedStyle(element);
  const colour = (name: string) => coloured(element, name);
  const font = `${look.getPropertyValue('--t-draw')} ${look.fontFamily}`;
  const most = Math.max(1, ...[...trend.median, ...trend.p90].map((value) => value ?? 0));
  const ticks = ticksTo(most, spanStep(most));
  const points = { show: trend.days.length <= POINTS_UP_TO, size: 5 };
  const axis = { stroke: colour('--ink-3'), font, ticks: { show: false } };
  return {
    width: element.clientWidth,
    height: HEIGHT,
    padding: [10, NAMES_WIDTH, 0, 0],
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 7 } },
    scales: { x: { time: false }, y: { range: [0, ticks.at(-1) as number] } },
    axes: [
      {
        ...axis,
        grid: { show: false },
        size: 26,
        values: (_, at) => at.map((i) => shortDay(trend.days[i])),
        space: 72,
      },
      {
        ...axis,
        grid: { stroke: colour('--line'), width: 1 },
        size: 58,
        splits: () => ticks,
        values: (_, at) => at.map((seconds) => span(seconds)),
      },
    ],
    series: [
      {},
      { stroke: colour('--accent'), width: 2, fill: colour('--accent-tint'), spanGaps: true, points },
      { stroke: colour('--ink-3'), width: 1.5, dash: [4, 3], spanGaps: true, points: { show: false } },
    ],
    hooks: {
      setCursor: [({ cursor }) => onAt(cursor.idx ?? null)],
      draw: [(plot) => nameLines(plot, trend, { font, colour })],
    },
  };
}

const shortDay = (iso: string | undefined): string => (iso ? shortDate(iso) : '');

/** Canvas reads no custom property, so the colours of the theme are read from the page. */
function coloured(element: HTMLElement, name: string): string {
  const probe = document.createElement('span');
  probe.className = `probe${name}`;
  element.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

interface Pen {
  font: string;
  colour(name: string): string;
}

/** Both names at the last points of their lines, with a halo, moved apart if they overlap. */
function nameLines(plot: uPlot, { median, p90 }: Trend, { font, colour }: Pen): void {
  const ratio = devicePixelRatio;
  const ends = [lastKnown(p90), lastKnown(median)] as const;
  if (ends[0] === null || ends[1] === null) return;
  const [upper, lower] = ends.map((end) => plot.valToPos(end?.value ?? 0, 'y', true)) as [number, number];
  const [above, below] = apart(upper, lower, NAME_HEIGHT * ratio);
  const { ctx } = plot;
  ctx.save();
  ctx.font = font.replace(/^[\d.]+px/, (size) => `${Number.parseFloat(size) * ratio}px`);
  ctx.textAlign = 'left';
  ctx.textBaseline = 'middle';
  ctx.lineJoin = 'round';
  ctx.lineWidth = 4 * ratio;
  ctx.strokeStyle = colour('--surface');
  const write = (text: string, end: { index: number }, y: number, fill: string) => {
    const x = plot.valToPos(end.index, 'x', true) + 8 * ratio;
    ctx.strokeText(text, x, y);
    ctx.fillStyle = colour(fill);
    ctx.fillText(text, x, y);
  };
  write(`${words.p90} ${span(ends[0].value)}`, ends[0], above, '--ink-2');
  write(`${words.median} ${span(ends[1].value)}`, ends[1], below, '--accent');
  ctx.restore();
}
