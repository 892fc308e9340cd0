import type { Alert } from '../../src/alerts/contract';
import type { Ports } from '../ports';
import { alerts } from '../text/alerts';
import { Card } from '../ui/card';
import { SeverityMark } from '../ui/icons';
import { Ago } from '../ui/time';

const { history: words } = alerts;

type Event = Awaited<ReturnType<Ports['alerts']['reports']>>['history'][number];

/** The texts of an alert, newest first, each with the tool's part of the request. */
export const History = ({ of, expired }: { of: readonly Event[] } & Pick<Alert, 'expired'>) => (
  <Card title={words.title} count={of.length}>
    <ul class="list">
      {of.map((event) => (
        <li key={`${event.kind} ${event.at} ${event.message}`}>
          <div class="grow stack tight">
            <div>
              <strong>{event.kind === 'ended' && expired ? words.expired : words[event.kind]}</strong>{' '}
              <span class="small muted">{event.reported_by}</span>
            </div>
            {event.kind !== 'ended' && (
              <div>
                <SeverityMark of={event.severity} quiet /> {event.message}
              </div>
            )}
            {event.payload !== null && (
              <details>
                <summary class="small">{words.payload}</summary>
                <pre class="code" tabIndex={0}>
                  {indented(event.payload)}
                </pre>
              </details>
            )}
          </div>
          <span class="small second nowrap">
            <Ago at={event.at} />
          </span>
        </li>
      ))}
    </ul>
  </Card>
);

/** A payload that was cut is no JSON, so it is shown as it is. */
function indented(payload: string): string {
  try {
    return JSON.stringify(JSON.parse(payload), null, 2);
  } catch {
    return payload;
  }
}
