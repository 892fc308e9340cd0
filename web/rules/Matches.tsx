import type { Ports } from '../ports';
import { rules } from '../text/rules';
import { SeverityMark } from '../ui/icons';
import { Ago } from '../ui/time';

const { trial: words } = rules;
export type Matched = Awaited<ReturnType<Ports['alerts']['rulesMatches']>>;

/** The newest alerts that a rule matches, with what it would do with each. */
export const Matches = ({ of }: { of: Matched }) => (
  <section class="stack tight" aria-label={words.matchesTitle}>
    <p class="small muted">
      {of.alerts.length === 0 && `${words.noMatches}. `}
      {words.compared(of.compared, of.more)}
    </p>
    <ul class="stack tight matched">
      {of.alerts.map((alert) => (
        <li key={alert.id}>
          <SeverityMark of={alert.severity} quiet />{' '}
          <a href={`/alerts/${alert.id}`} target="_blank" rel="noreferrer">
            {alert.message}
          </a>
          <div class="small muted dots">
            <span>{alert.service}</span>
            <Ago at={alert.created_at} />
            {alert.status === 'firing' && <span>{words.firing}</span>}
            <span>{alert.did}</span>
          </div>
        </li>
      ))}
    </ul>
  </section>
);
