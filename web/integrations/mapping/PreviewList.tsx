import type { Problem } from '../../../src/kernel/ports/problem';
import { mapping as words } from '../../text/mapping';
import { SeverityMark } from '../../ui/icons';
import type { Preview } from './usePreview';

const MOST_SHOWN = 5;

/** The alerts that the draft reads, or why it reads none. */
export const PreviewList = ({ of, problem }: { of: Preview | null; problem: Problem | null }) => (
  <section class="stack tight" aria-label={words.preview} aria-live="polite">
    <h3>{words.preview}</h3>
    {problem !== null && <p class="fault">{problem.detail}</p>}
    {problem === null && of !== null && <Alerts of={of} />}
  </section>
);

function Alerts({ of: { alerts, total } }: { of: Preview }) {
  if (total === 0) return <p class="second">{words.nothing}</p>;
  const shown = alerts.slice(0, MOST_SHOWN);
  return (
    <ul class="stack tight">
      {shown.map((alert, at) => (
        <li key={at}>
          <div class="row wrap">
            <SeverityMark of={alert.severity} /> <span class="t">{alert.message}</span>
            <span class="small muted dots">
              <span>{alert.service}</span>
              <span>{alert.status}</span>
              <span class="mono">{alert.key}</span>
            </span>
          </div>
          {alert.description !== null && <p class="small second">{alert.description}</p>}
          <div class="tags">
            {Object.entries(alert.labels).map(([name, value]) => (
              <code key={name}>
                {name}={String(value)}
              </code>
            ))}
          </div>
        </li>
      ))}
      {total > shown.length && <li class="small muted">{words.more(total - shown.length)}</li>}
    </ul>
  );
}
