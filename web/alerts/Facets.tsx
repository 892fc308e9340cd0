import type { Ports } from '../ports';
import { alerts as words } from '../text/alerts';
import { count, parts } from '../text/parts';
import { SeverityMark } from '../ui/icons';
import { Chip } from '../ui/navigation';
import { hrefOf, type View } from './view';

export type Told = Awaited<ReturnType<Ports['alerts']['facets']>>;
type Facet = Told['service'][number];

/** The server counts this many of the newest matching alerts; if there may be more, a count is a minimum. */
const COUNTED = 50_000;
const sumOf = (facets: readonly Facet[]): number => facets.reduce((sum, { count: n }) => sum + n, 0);
export const counting = (n: number, counted: number, least = counted >= COUNTED): string =>
  least && n > 0 ? words.atLeast(count(n)) : count(n);
export const countOf = (facets: readonly Facet[], value: string): string =>
  counting(facets.find((each) => each.value === value)?.count ?? 0, sumOf(facets));
export const totalOf = (facets: readonly Facet[]): string => counting(sumOf(facets), sumOf(facets));

const saying = (facets: readonly Facet[], counted: number, text = (value: string) => value) =>
  facets.map(({ value, count: n }) => ({ value, text: `${text(value)} (${counting(n, counted)})` }));

const severityWord = (value: string): string => (parts.severity as Record<string, string>)[value] ?? value;

/** The values of the matching alerts, with their numbers; a selection narrows the list. */
export function Facets({ view, of, onView }: { view: View; of: Told; onView(to: string): void }) {
  const pick = (name: 'service' | 'source' | 'label' | 'severity') => (value: string | null) =>
    onView(hrefOf(view, { [name]: value }));
  const labels = of.labels.flatMap(({ key, values }) =>
    values.map(({ value, count: n }) => ({
      value: `${key}:${value}`,
      text: `${key}=${value} (${counting(n, of.counted, of.labels_counted < of.counted)})`,
    })),
  );
  return (
    <div class="chips">
      <Chip
        name={words.severity}
        set={view.severity}
        choices={saying(of.severity, sumOf(of.severity), severityWord)}
        onPick={pick('severity')}
      />
      <Chip name={words.service} set={view.service} choices={saying(of.service, of.counted)} onPick={pick('service')} />
      <Chip name={words.source} set={view.source} choices={saying(of.source, of.counted)} onPick={pick('source')} />
      <Chip name={words.label} set={view.label} choices={labels} onPick={pick('label')} />
    </div>
  );
}

const SEVERITIES = ['critical', 'high', 'medium', 'low'] as const;

/** The number of alerts of each severity; a press filters by it, a second press removes the filter. */
export const Counters = ({ view, of }: { view: View; of: Told }) => (
  <nav class="card figures" aria-label={words.severity}>
    {SEVERITIES.map((severity) => (
      <a
        key={severity}
        class="counter"
        href={hrefOf(view, { severity: view.severity === severity ? null : severity })}
        aria-current={view.severity === severity ? 'true' : undefined}
      >
        <span class="fig">{countOf(of.severity, severity)}</span>
        <SeverityMark of={severity} />
      </a>
    ))}
  </nav>
);
