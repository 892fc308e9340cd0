import { ProblemBanner } from '../live/problems';
import { ports } from '../ports';
import { integrations } from '../text/integrations';
import { Card, Skeleton } from '../ui/card';
import { Ago } from '../ui/time';
import { useQuery } from '../useQuery';
import { HEARD } from './IntegrationsPage';

const { rejected: words } = integrations;

/** Reports with this key that could not be read: the reason, and the start of the body without its secrets. */
export function Rejected({ id }: { id: string }) {
  const asked = useQuery(`rejected-${id}`, () => ports.alerts.rejected({ id }), HEARD);
  const of = asked.value?.rejected;
  return (
    <Card title={words.title} count={of?.length}>
      {asked.problem && <ProblemBanner problem={asked.problem} onAgain={asked.again} />}
      {!of && !asked.problem && <Skeleton rows={2} />}
      {of?.length === 0 && <p class="pad second">{words.none}</p>}
      {of && of.length > 0 && (
        <ul class="list">
          {of.map(({ at, reason, body }) => (
            <li key={at}>
              <details class="grow">
                <summary>
                  {reason}{' '}
                  <span class="small muted">
                    <Ago at={at} />
                  </span>
                </summary>
                <pre class="code" tabIndex={0}>
                  {body}
                </pre>
              </details>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}
