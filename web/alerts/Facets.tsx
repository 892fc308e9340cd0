import type { Ports } from '../ports';
import { SeverityMark } from '../ui/marks';
import { Chip } from '../ui/views';
import { alerts as words } from '../words/alerts';
import { count, parts } from '../words/parts';
import { hrefOf, type View } from './view';

export type Told = Awaited<ReturnType<Ports['alerts']['facets']>>;
type Facet = Told['service'][number];

const saying = (facets: readonly Facet[], text = (value: string) => value) =>
  facets.map(({ value, count: n }) => ({ value, text: `${text(value)} (${count(n)})` }));

const severityWord = (value: string): string => (parts.severity as Record<string, string>)[value] ?? value;

/** What stands among the alerts that match, with how many of each: choosing one narrows the list. */
export function Facets({ view, of, onView }: { view: View; of: Told; onView(to: string): void }) {
  const pick = (name: 'service' | 'source' | 'label' | 'severity') => (value: string | null) =>
    onView(hrefOf(view, { [name]: value }));
  const labels = of.labels.flatMap(({ key, values }) =>
    values.map(({ value, count: n }) => ({ value: `${key}:${value}`, text: `${key}=${value} (${count(n)})` })),
  );
  return (
    <div class="chips">
      <Chip
        name={words.severity}
        set={view.severity}
        choices={saying(of.severity, severityWord)}
        onPick={pick('severity')}
      />
      <Chip name={words.service} set={view.service} choices={saying(of.service)} onPick={pick('service')} />
      <Chip name={words.source} set={view.source} choices={saying(of.source)} onPick={pick('source')} />
      <Chip name={words.label} set={view.label} choices={labels} onPick={pick('label')} />
    </div>
  );
}

const SEVERITIES = ['critical', 'high', 'medium', 'low'] as const;

/** How many there are of each severity; pressing one shows only those, pressing it again shows all. */
export const Counters = ({ view, of }: { view: View; of: Told }) => (
  <nav class="card figures" aria-label={words.severity}>
    {SEVERITIES.map((severity) => (
      <a
        key={severity}
        class="counter"
        href={hrefOf(view, { severity: view.severity === severity ? null : severity })}
        aria-current={view.severity === severity ? 'true' : undefined}
      >
        <span class="fig">{count(of.severity.find(({ value }) => value === severity)?.count ?? 0)}</span>
        <SeverityMark of={severity} />
      </a>
    ))}
  </nav>
);
